//! The connection: one configuration for S3 and KMS, and the runtime that carries the calls.

use super::kms::SessionKms;
use crate::error::EnvelopeError;
use crate::keyring::{KeyringError, client_from_environment};
use crate::s3::{KmsWrappingKey, MayUnwrap, WrappingKey};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use std::env;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long S3 may be silent. There is no limit to a whole attempt: a part takes as long as the line makes it.
const READ_TIMEOUT: Duration = Duration::from_secs(60);
const ATTEMPTS_MAX: u32 = 3;
/// Uploads and downloads go on on these while the calling thread encrypts.
const THREADS: usize = 2;

/// Clients for S3 and KMS by the SDK's default chain: environment, profiles, SSO, roles, `AWS_ENDPOINT_URL_S3`,
/// `AWS_ENDPOINT_URL_KMS`, `AWS_CA_BUNDLE`.
pub struct Session {
    runtime: Arc<Runtime>,
    config: SdkConfig,
    s3: aws_sdk_s3::Client,
}

impl Session {
    /// Loads the default chain. Nothing is called yet, but what the chain itself needs.
    pub fn from_environment() -> Result<Self, EnvelopeError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .enable_all()
            .build()
            .map_err(|e| KeyringError::Runtime(e.to_string()))?;
        let timeouts =
            TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(READ_TIMEOUT).build();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX));
        if let Some(http) = client_from_environment()? {
            loader = loader.http_client(http);
        }
        let config = runtime.block_on(loader.load());
        let s3 =
            aws_sdk_s3::config::Builder::from(&config).force_path_style(has_own_endpoint(&config)).build();
        Ok(Self { s3: aws_sdk_s3::Client::from_conf(s3), runtime: Arc::new(runtime), config })
    }

    /// A KMS key of this session. `seal_with` is for new wraps, `may_unwrap` says which keys may unwrap.
    pub fn kms_key(&self, seal_with: Option<String>, may_unwrap: MayUnwrap) -> WrappingKey {
        let calls = SessionKms::new(Arc::clone(&self.runtime), &self.config);
        WrappingKey::Kms(KmsWrappingKey::new(Box::new(calls), seal_with, may_unwrap))
    }

    pub(super) fn client(&self) -> &aws_sdk_s3::Client {
        &self.s3
    }

    /// Waits for a call; tasks that were spawned go on meanwhile.
    pub(super) fn wait<F: Future>(&self, call: F) -> F::Output {
        self.runtime.block_on(call)
    }

    pub(super) fn handle(&self) -> &tokio::runtime::Handle {
        self.runtime.handle()
    }
}

/// Servers that are not AWS seldom have a name for each bucket, so the bucket goes into the path.
fn has_own_endpoint(config: &SdkConfig) -> bool {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    config.endpoint_url().is_some() || set("AWS_ENDPOINT_URL_S3") || set("AWS_ENDPOINT_URL")
}
