//! How the AWS SDK is set up, for whatever service it calls: time limits, attempts, and whose credentials.

use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader};
use std::time::Duration;

/// Until a connection stands.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For one attempt of a short call.
pub(crate) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// Attempts of a call, the first included.
pub(crate) const ATTEMPTS_MAX: u32 = 3;

/// The default chain: environment, profiles, SSO, roles.
pub(crate) fn loader() -> ConfigLoader {
    aws_config::defaults(BehaviorVersion::latest())
        .timeout_config(timeouts())
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX))
}

/// The time limits of a short call.
pub(crate) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .build()
}

/// Credentials and Region of a profile, whatever the environment says: it speaks of KMS. So does `AWS_CA_BUNDLE`.
pub(crate) fn of_profile(profile: &str) -> ConfigLoader {
    let region = ProfileFileRegionProvider::builder().profile_name(profile).build();
    loader()
        .profile_name(profile)
        .credentials_provider(ProfileFileCredentialsProvider::builder().profile_name(profile).build())
        .region(RegionProviderChain::first_try(region).or_default_provider())
}
