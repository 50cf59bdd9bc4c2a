//! The structure `InlinePolicyIdentifierType`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `InlinePolicyIdentifierType` in an input.
#[derive(Clone, Debug, Serialize)]
pub struct InlinePolicyIdentifierType {
    /// `AttachmentName`, 1 to 128 long.
    #[serde(rename = "attachmentName")]
    pub attachment_name: String,
    /// `AttachmentType`.
    #[serde(rename = "attachmentType")]
    pub attachment_type: String,
    /// `PolicyName`, 1 to 128 long.
    #[serde(rename = "policyName")]
    pub policy_name: String,
}

#[derive(Default)]
pub(crate) struct RawInlinePolicyIdentifierType {
    attachment_name: Option<String>,
    attachment_type: Option<String>,
    policy_name: Option<String>,
}

impl FromForm for RawInlinePolicyIdentifierType {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                attachment_name: at.member("AttachmentName")?,
                attachment_type: at.member("AttachmentType")?,
                policy_name: at.member("PolicyName")?,
            })
        })
    }
}

impl Constrained for RawInlinePolicyIdentifierType {
    type Valid = InlinePolicyIdentifierType;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("attachmentName");
        violations.required(at, self.attachment_name.is_some());
        if let Some(value) = &self.attachment_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
        let at = path.member("attachmentType");
        violations.required(at, self.attachment_type.is_some());
        if let Some(value) = &self.attachment_type {
            violations.one_of(at, value, &["user", "group", "role"]);
        }
        let at = path.member("policyName");
        violations.required(at, self.policy_name.is_some());
        if let Some(value) = &self.policy_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> InlinePolicyIdentifierType {
        InlinePolicyIdentifierType {
            attachment_name: self.attachment_name.unwrap_or_default(),
            attachment_type: self.attachment_type.unwrap_or_default(),
            policy_name: self.policy_name.unwrap_or_default(),
        }
    }
}
