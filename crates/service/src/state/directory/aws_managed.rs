//! Managed policies of AWS that people attach out of habit, as far as they are about what is built here.

use super::entries::compile_identity;
use std::sync::LazyLock;
use strongroom_policy::IdentityPolicy;

/// A managed policy of AWS.
#[derive(Debug)]
pub(crate) struct AwsManaged {
    pub(crate) arn: &'static str,
    pub(crate) name: &'static str,
    /// The unique id that it has in every account of AWS.
    pub(crate) unique_id: &'static str,
    pub(crate) text: &'static str,
}

impl AwsManaged {
    /// When AWS made the oldest of them, in milliseconds: 2015-02-06T18:39:46Z.
    pub(crate) const CREATED_MS: u64 = 1_423_247_986_000;

    /// One of them by its ARN.
    pub(crate) fn find(arn: &str) -> Option<&'static Self> {
        AWS_MANAGED.iter().find(|policy| policy.arn == arn)
    }
}

/// All of them, in the order of their names. The texts are those of AWS, restricted to the services that are served.
pub(crate) static AWS_MANAGED: [AwsManaged; 4] = [
    AwsManaged {
        arn: "arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser",
        name: "AWSKeyManagementServicePowerUser",
        unique_id: "ANPAJNPP7PPPPMJRV2SA4",
        text: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:CreateAlias","kms:CreateKey","kms:DeleteAlias","kms:Describe*","kms:GenerateRandom","kms:Get*","kms:List*","kms:TagResource","kms:UntagResource","iam:ListGroups","iam:ListRoles","iam:ListUsers"],"Resource":"*"}]}"#,
    },
    AwsManaged {
        arn: "arn:aws:iam::aws:policy/AdministratorAccess",
        name: "AdministratorAccess",
        unique_id: "ANPAIWMBCKSKIEE64ZLYK",
        text: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    },
    AwsManaged {
        arn: "arn:aws:iam::aws:policy/IAMFullAccess",
        name: "IAMFullAccess",
        unique_id: "ANPAI7XKCFMBPM3QQRRVQ",
        text: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}"#,
    },
    AwsManaged {
        arn: "arn:aws:iam::aws:policy/IAMReadOnlyAccess",
        name: "IAMReadOnlyAccess",
        unique_id: "ANPAJKSO7NDY4T57MWDSQ",
        text: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:Get*","iam:List*","iam:Simulate*"],"Resource":"*"}]}"#,
    },
];

static COMPILED: LazyLock<Vec<IdentityPolicy>> = LazyLock::new(|| {
    let compiled = AWS_MANAGED.iter().map(|policy| compile_identity(policy.arn, policy.text));
    compiled.filter_map(Result::ok).collect()
});

/// What stands in for a boundary that cannot be found.
static NOTHING: LazyLock<Option<IdentityPolicy>> = LazyLock::new(|| {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;
    compile_identity("a permissions boundary that does not exist", text).ok()
});

/// One of them, compiled.
pub(super) fn find(arn: &str) -> Option<&'static IdentityPolicy> {
    COMPILED.iter().find(|policy| *policy.name == *arn)
}

/// A policy that allows nothing.
pub(super) fn nothing() -> Option<&'static IdentityPolicy> {
    NOTHING.as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_compiles() {
        assert_eq!(COMPILED.len(), AWS_MANAGED.len());
        assert!(AWS_MANAGED.iter().all(|policy| policy.arn.rsplit('/').next() == Some(policy.name)));
        assert!(nothing().is_some());
    }
}
