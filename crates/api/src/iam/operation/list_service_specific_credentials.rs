//! `ListServiceSpecificCredentials`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServiceSpecificCredentials.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `ListServiceSpecificCredentials`.
#[derive(Clone, Copy, Debug)]
pub struct ListServiceSpecificCredentials;

/// Input of `ListServiceSpecificCredentials`.
#[derive(Clone, Debug, Serialize)]
pub struct ListServiceSpecificCredentialsInput {
    /// `AllUsers`.
    #[serde(rename = "allUsers", skip_serializing_if = "Option::is_none")]
    pub all_users: Option<bool>,
    /// `Marker`, 1 to 320 long.
    #[serde(rename = "marker", skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// `MaxItems`, 1 to 1000.
    #[serde(rename = "maxItems", skip_serializing_if = "Option::is_none")]
    pub max_items: Option<i64>,
    /// `ServiceName`.
    #[serde(rename = "serviceName", skip_serializing_if = "Option::is_none")]
    pub service_name: Option<String>,
    /// `UserName`, 1 to 64 long.
    #[serde(rename = "userName", skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
}

#[derive(Default)]
pub(crate) struct RawListServiceSpecificCredentialsInput {
    all_users: Option<bool>,
    marker: Option<String>,
    max_items: Option<i64>,
    service_name: Option<String>,
    user_name: Option<String>,
}

impl FromForm for RawListServiceSpecificCredentialsInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                all_users: at.member("AllUsers")?,
                marker: at.member("Marker")?,
                max_items: at.member("MaxItems")?,
                service_name: at.member("ServiceName")?,
                user_name: at.member("UserName")?,
            })
        })
    }
}

impl Constrained for RawListServiceSpecificCredentialsInput {
    type Valid = ListServiceSpecificCredentialsInput;
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
    fn build(self) -> ListServiceSpecificCredentialsInput {
        ListServiceSpecificCredentialsInput {
            all_users: self.all_users,
            marker: self.marker,
            max_items: self.max_items,
            service_name: self.service_name,
            user_name: self.user_name,
        }
    }
}

/// Output of `ListServiceSpecificCredentials`.
#[derive(Clone, Debug, Default)]
pub struct ListServiceSpecificCredentialsOutput {
    /// `IsTruncated`.
    pub is_truncated: Option<bool>,
    /// `Marker`.
    pub marker: Option<String>,
    /// `ServiceSpecificCredentials`.
    pub service_specific_credentials: Option<Vec<crate::iam::shape::ServiceSpecificCredentialMetadata>>,
}

impl WriteXml for ListServiceSpecificCredentialsOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("IsTruncated", self.is_truncated.as_ref());
        xml.member("Marker", self.marker.as_ref());
        xml.member("ServiceSpecificCredentials", self.service_specific_credentials.as_ref());
    }
}

impl QueryOperation for ListServiceSpecificCredentials {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "ListServiceSpecificCredentials";
    const RESULT: Option<&'static str> = Some("ListServiceSpecificCredentialsResult");
    type Input = ListServiceSpecificCredentialsInput;
    type Output = ListServiceSpecificCredentialsOutput;
    const ERRORS: &'static [QueryErrorCode] =
        &[QueryErrorCode::NoSuchEntity, QueryErrorCode::NotSupportedService];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawListServiceSpecificCredentialsInput>(form)
    }
}
