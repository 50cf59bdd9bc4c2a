//! The structure `PolicyIdentifier`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `PolicyIdentifier` in an input.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyIdentifier {
    /// `InlinePolicyIdentifier`.
    #[serde(rename = "inlinePolicyIdentifier", skip_serializing_if = "Option::is_none")]
    pub inline_policy_identifier: Option<crate::iam::shape::InlinePolicyIdentifierType>,
    /// `PolicyArn`, 20 to 2048 long.
    #[serde(rename = "policyArn", skip_serializing_if = "Option::is_none")]
    pub policy_arn: Option<String>,
    /// `PolicyType`.
    #[serde(rename = "policyType", skip_serializing_if = "Option::is_none")]
    pub policy_type: Option<String>,
}

#[derive(Default)]
pub(crate) struct RawPolicyIdentifier {
    inline_policy_identifier: Option<crate::iam::shape::RawInlinePolicyIdentifierType>,
    policy_arn: Option<String>,
    policy_type: Option<String>,
}

impl FromForm for RawPolicyIdentifier {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                inline_policy_identifier: at.member("InlinePolicyIdentifier")?,
                policy_arn: at.member("PolicyArn")?,
                policy_type: at.member("PolicyType")?,
            })
        })
    }
}

impl Constrained for RawPolicyIdentifier {
    type Valid = PolicyIdentifier;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("inlinePolicyIdentifier");
        if let Some(value) = &self.inline_policy_identifier {
            value.check(at, violations);
        }
        let at = path.member("policyArn");
        if let Some(value) = &self.policy_arn {
            violations.characters(at, Shown::Text(value), value, 20, 2048);
        }
        let at = path.member("policyType");
        if let Some(value) = &self.policy_type {
            violations.one_of(
                at,
                value,
                &["inline", "aws-managed", "user-managed", "permission-boundary", "scp", "rcp"],
            );
        }
    }
    fn build(self) -> PolicyIdentifier {
        PolicyIdentifier {
            inline_policy_identifier: self.inline_policy_identifier.map(Constrained::build),
            policy_arn: self.policy_arn,
            policy_type: self.policy_type,
        }
    }
}
