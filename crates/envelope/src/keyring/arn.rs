//! Key ARNs as they stand in messages. Wider than the service's own: messages may come from AWS, where
//! partitions and key ids have other forms.

use std::fmt;

/// `arn:PARTITION:kms:REGION:ACCOUNT:key/ID`, checked for shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KmsKeyArn {
    text: String,
    partition: String,
    region: String,
    account: String,
    id: String,
}

impl KmsKeyArn {
    /// Parses an ARN of a KMS key; aliases and everything else give `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let (partition, region, account, rest) = kms_parts(text)?;
        let id = rest.strip_prefix("key/")?;
        let character = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        let valid = !id.is_empty() && id.bytes().all(character);
        valid.then(|| Self {
            text: text.into(),
            partition: partition.into(),
            region: region.into(),
            account: account.into(),
            id: id.into(),
        })
    }

    /// The whole ARN.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The partition, e.g. `aws`.
    pub fn partition(&self) -> &str {
        &self.partition
    }

    /// The Region.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The account, twelve digits.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The key's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether the key has replicas in other Regions, or may have.
    pub fn is_multi_region(&self) -> bool {
        self.id.starts_with("mrk-")
    }

    /// Whether both are the same key, in whatever Region.
    pub fn is_related(&self, other: &Self) -> bool {
        let place = |arn: &Self| (arn.partition.clone(), arn.account.clone(), arn.id.clone());
        self.text == other.text || (self.is_multi_region() && place(self) == place(other))
    }

    /// The ARN of the same key in another Region; only multi-Region keys have one.
    pub fn in_region(&self, region: &str) -> Option<Self> {
        let Self { partition, account, id, .. } = self;
        let text = format!("arn:{partition}:kms:{region}:{account}:key/{id}");
        self.is_multi_region().then(|| Self::parse(&text)).flatten()
    }
}

impl fmt::Display for KmsKeyArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The Region of any KMS ARN, keys and aliases alike.
pub(crate) fn region_of(text: &str) -> Option<&str> {
    kms_parts(text).map(|(_, region, _, _)| region)
}

/// Whether a text can stand where an ARN has its Region.
pub(super) fn is_region(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Whether a text can stand where an ARN has its account.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

fn kms_parts(text: &str) -> Option<(&str, &str, &str, &str)> {
    let mut parts = text.splitn(6, ':');
    let (arn, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
    let (region, account, rest) = (parts.next()?, parts.next()?, parts.next()?);
    // What a partition's name may have in it is what a Region's may.
    let valid = arn == "arn" && partition.starts_with("aws") && is_region(partition) && service == "kms";
    (valid && is_region(region) && is_account(account)).then_some((partition, region, account, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replicas_are_related_and_other_keys_are_not() {
        let parse = |text| KmsKeyArn::parse(text).unwrap();
        let here = parse("arn:aws:kms:us-east-1:111122223333:key/mrk-1");
        let there = parse("arn:aws:kms:eu-west-1:111122223333:key/mrk-1");
        assert!(here.is_related(&there));
        assert_eq!(here.in_region("eu-west-1"), Some(there));
        for other in [
            "arn:aws-cn:kms:us-east-1:111122223333:key/mrk-1",
            "arn:aws:kms:us-east-1:111122223334:key/mrk-1",
            "arn:aws:kms:us-east-1:111122223333:key/mrk-2",
        ] {
            assert!(!here.is_related(&parse(other)), "{other}");
        }
        let single = parse("arn:aws:kms:us-east-1:111122223333:key/1");
        assert!(!single.is_related(&parse("arn:aws:kms:eu-west-1:111122223333:key/1")));
        assert_eq!(single.in_region("eu-west-1"), None);
    }

    #[test]
    fn key_arns_only() {
        let good = "arn:aws-cn:kms:cn-north-1:111122223333:key/mrk-0123";
        let arn = KmsKeyArn::parse(good).unwrap();
        assert_eq!((arn.region(), arn.account(), arn.id()), ("cn-north-1", "111122223333", "mrk-0123"));
        for bad in [
            "arn:aws:kms:us-east-1:111122223333:alias/a",
            "arn:aws:kms:us-east-1:11112222333:key/a",
            "arn:aws:kms::111122223333:key/a",
            "arn:aws:s3:us-east-1:111122223333:key/a",
            "arn:aws:kms:us-east-1:111122223333:key/",
            "arn:aws:kms:us-east-1:111122223333:key/a/b",
            "1234abcd-12ab-34cd-56ef-1234567890ab",
        ] {
            assert_eq!(KmsKeyArn::parse(bad), None, "{bad}");
        }
        assert_eq!(region_of("arn:aws:kms:us-east-1:111122223333:alias/a"), Some("us-east-1"));
    }
}
