//! Where DynamoDB is: what is configured for it, else what is configured for every service, else AWS in the Region.

use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

/// The URL that calls go to, with its path, which ends with a slash.
pub(super) fn endpoint(config: &SdkConfig, region: &str) -> String {
    let url = configured(config).unwrap_or_else(|| regional(region, config.use_fips() == Some(true)));
    format!("{}/", url.trim_end_matches('/'))
}

/// `AWS_ENDPOINT_URL_DYNAMODB`, `AWS_ENDPOINT_URL`, and their places in a profile.
fn configured(config: &SdkConfig) -> Option<String> {
    let key = ServiceConfigKey::builder();
    let key = key.service_id("DynamoDB").env("AWS_ENDPOINT_URL").profile("endpoint_url").build().ok();
    let own = config.service_config().zip(key).and_then(|(service, key)| service.load_config(key));
    own.or_else(|| config.endpoint_url().map(str::to_owned))
}

/// Of the partitions `aws`, `aws-us-gov` and `aws-cn`; others need a configured one.
fn regional(region: &str, fips: bool) -> String {
    let service = if fips { "dynamodb-fips" } else { "dynamodb" };
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://{service}.{region}.{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configured_endpoint_goes_before_that_of_the_region() {
        let config = SdkConfig::builder().endpoint_url("http://127.0.0.1:8000").build();
        assert_eq!(endpoint(&config, "eu-west-1"), "http://127.0.0.1:8000/");
        let below = SdkConfig::builder().endpoint_url("https://proxy.example/dynamodb/").build();
        assert_eq!(endpoint(&below, "eu-west-1"), "https://proxy.example/dynamodb/");
        let none = SdkConfig::builder().build();
        assert_eq!(endpoint(&none, "eu-west-1"), "https://dynamodb.eu-west-1.amazonaws.com/");
        assert_eq!(endpoint(&none, "cn-north-1"), "https://dynamodb.cn-north-1.amazonaws.com.cn/");
        let fips = SdkConfig::builder().use_fips(true).build();
        assert_eq!(endpoint(&fips, "us-east-1"), "https://dynamodb-fips.us-east-1.amazonaws.com/");
    }
}
