//! The connection: one configuration for S3 and KMS, and the runtime that carries the calls.

use super::interrupt::{OpenUploads, on_interrupt};
use super::kms::SessionKms;
use crate::call_runtime::CallRuntime;
use crate::error::{Doing as _, EnvelopeError};
use crate::keyring::client_from_environment;
use crate::s3::{KmsWrappingKey, MayUnwrap, WrappingKey};
use crate::sdk_config::{CONNECT_TIMEOUT, loader, of_profile};
use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use std::env;
use std::sync::Arc;

/// Names the profile of S3 where KMS and S3 are different services with different credentials.
const S3_PROFILE: &str = "STRONGROOM_S3_PROFILE";
/// Uploads and downloads go on on these while the calling thread encrypts.
const THREADS: usize = 2;

/// Clients for S3 and KMS by the SDK's default chain: environment, profiles, SSO, roles, `AWS_ENDPOINT_URL_S3`,
/// `AWS_ENDPOINT_URL_KMS`, `AWS_CA_BUNDLE`; for S3 alone the profile that `STRONGROOM_S3_PROFILE` names.
pub struct Session {
    runtime: Arc<CallRuntime>,
    config: SdkConfig,
    s3: aws_sdk_s3::Client,
    uploads: OpenUploads,
}

/// No limit for an attempt, said so that the limit of short calls is not filled in: a part takes as long as the line makes it,
/// and the SDK notices by itself that nothing moves any more.
fn timeouts_of_s3() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).disable_operation_attempt_timeout().build()
}

impl Session {
    /// Loads the default chain. Nothing is called yet, but what the chain itself needs.
    pub fn from_environment() -> Result<Self, EnvelopeError> {
        let runtime = CallRuntime::of_threads(THREADS)?;
        let mut kms = loader();
        if let Some(http) = client_from_environment()? {
            kms = kms.http_client(http);
        }
        let config = runtime.wait(kms.load());
        let of_s3 = match env::var(S3_PROFILE).ok().filter(|profile| !profile.is_empty()) {
            Some(profile) => runtime.wait(of_profile(&profile).load()),
            None => config.clone(),
        };
        let s3 = aws_sdk_s3::config::Builder::from(&of_s3)
            .timeout_config(timeouts_of_s3())
            .force_path_style(has_own_endpoint(&of_s3))
            .build();
        let s3 = aws_sdk_s3::Client::from_conf(s3);
        Ok(Self { s3, runtime: Arc::new(runtime), config, uploads: OpenUploads::default() })
    }

    /// With a client that a test made.
    #[cfg(test)]
    pub(super) fn of_client(s3: aws_sdk_s3::Client) -> Result<Self, EnvelopeError> {
        let (runtime, config) = (CallRuntime::of_threads(THREADS)?, SdkConfig::builder().build());
        Ok(Self { s3, runtime: Arc::new(runtime), config, uploads: OpenUploads::default() })
    }

    /// From now on, Ctrl-C, SIGTERM and SIGHUP (where that is not ignored, as far as is known) take back the multipart uploads
    /// of this session, and then call `then`, which has to end the process.
    pub fn take_back_on_interrupt(&self, then: fn()) -> Result<(), EnvelopeError> {
        on_interrupt(self.runtime.get(), self.s3.clone(), self.uploads.clone(), then)
            .doing("wait for signals")
    }

    pub(super) fn uploads(&self) -> &OpenUploads {
        &self.uploads
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
    pub(super) fn wait<T: Send>(&self, call: impl Future<Output = T> + Send) -> T {
        self.runtime.wait(call)
    }

    pub(super) fn handle(&self) -> &tokio::runtime::Handle {
        self.runtime.get().handle()
    }
}

/// Servers that are not AWS seldom have a name for each bucket, so the bucket goes into the path.
fn has_own_endpoint(config: &SdkConfig) -> bool {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    config.endpoint_url().is_some() || set("AWS_ENDPOINT_URL_S3") || set("AWS_ENDPOINT_URL")
}

#[cfg(test)]
mod tests {
    use super::timeouts_of_s3;
    use crate::sdk_config::timeouts;

    #[test]
    fn part_of_an_upload_has_the_time_that_the_line_takes() {
        // As the SDK completes what a client was given.
        let mut completed = timeouts_of_s3();
        completed.take_defaults_from(&timeouts());
        assert!(timeouts().operation_attempt_timeout().is_some(), "the positive control");
        assert_eq!(completed.operation_attempt_timeout(), None);
        assert_eq!(completed.connect_timeout(), timeouts().connect_timeout());
    }
}
