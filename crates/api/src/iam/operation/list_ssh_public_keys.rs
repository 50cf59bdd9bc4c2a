//! `ListSSHPublicKeys`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSSHPublicKeys.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `ListSSHPublicKeys`.
#[derive(Clone, Copy, Debug)]
pub struct ListSSHPublicKeys;

/// Input of `ListSSHPublicKeys`.
#[derive(Clone, Debug, Serialize)]
pub struct ListSSHPublicKeysInput {
    /// `Marker`, 1 to 320 long.
    #[serde(rename = "marker", skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// `MaxItems`, 1 to 1000.
    #[serde(rename = "maxItems", skip_serializing_if = "Option::is_none")]
    pub max_items: Option<i64>,
    /// `UserName`, 1 to 64 long.
    #[serde(rename = "userName", skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
}

#[derive(Default)]
pub(crate) struct RawListSSHPublicKeysInput {
    marker: Option<String>,
    max_items: Option<i64>,
    user_name: Option<String>,
}

impl FromForm for RawListSSHPublicKeysInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                marker: at.member("Marker")?,
                max_items: at.member("MaxItems")?,
                user_name: at.member("UserName")?,
            })
        })
    }
}

impl Constrained for RawListSSHPublicKeysInput {
    type Valid = ListSSHPublicKeysInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("marker");
        if let Some(value) = &self.marker {
            violations.characters(at, Shown::Text(value), value, 1, 320);
            violations.pattern(at, Shown::Text(value), pattern::marker(value), r"[\u0020-\u00FF]+");
        }
        let at = path.member("maxItems");
        if let Some(value) = &self.max_items {
            violations.least(at, *value, 1);
            violations.most(at, *value, 1000);
        }
        let at = path.member("userName");
        if let Some(value) = &self.user_name {
            violations.characters(at, Shown::Text(value), value, 1, 64);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> ListSSHPublicKeysInput {
        ListSSHPublicKeysInput { marker: self.marker, max_items: self.max_items, user_name: self.user_name }
    }
}

/// Output of `ListSSHPublicKeys`.
#[derive(Clone, Debug, Default)]
pub struct ListSSHPublicKeysOutput {
    /// `IsTruncated`.
    pub is_truncated: Option<bool>,
    /// `Marker`.
    pub marker: Option<String>,
    /// `SSHPublicKeys`.
    pub ssh_public_keys: Option<Vec<crate::iam::shape::SSHPublicKeyMetadata>>,
}

impl WriteXml for ListSSHPublicKeysOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("IsTruncated", self.is_truncated.as_ref());
        xml.member("Marker", self.marker.as_ref());
        xml.member("SSHPublicKeys", self.ssh_public_keys.as_ref());
    }
}

impl QueryOperation for ListSSHPublicKeys {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "ListSSHPublicKeys";
    const RESULT: Option<&'static str> = Some("ListSSHPublicKeysResult");
    type Input = ListSSHPublicKeysInput;
    type Output = ListSSHPublicKeysOutput;
    const ERRORS: &'static [QueryErrorCode] = &[QueryErrorCode::NoSuchEntity];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawListSSHPublicKeysInput>(form)
    }
}
