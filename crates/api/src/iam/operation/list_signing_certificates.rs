//! `ListSigningCertificates`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSigningCertificates.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `ListSigningCertificates`.
#[derive(Clone, Copy, Debug)]
pub struct ListSigningCertificates;

/// Input of `ListSigningCertificates`.
#[derive(Clone, Debug, Serialize)]
pub struct ListSigningCertificatesInput {
    /// `Marker`, 1 to 320 long.
    #[serde(rename = "marker", skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// `MaxItems`, 1 to 1000.
    #[serde(rename = "maxItems", skip_serializing_if = "Option::is_none")]
    pub max_items: Option<i64>,
    /// `UserName`, 1 to 128 long.
    #[serde(rename = "userName", skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
}

#[derive(Default)]
pub(crate) struct RawListSigningCertificatesInput {
    marker: Option<String>,
    max_items: Option<i64>,
    user_name: Option<String>,
}

impl FromForm for RawListSigningCertificatesInput {
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

impl Constrained for RawListSigningCertificatesInput {
    type Valid = ListSigningCertificatesInput;
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
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> ListSigningCertificatesInput {
        ListSigningCertificatesInput {
            marker: self.marker,
            max_items: self.max_items,
            user_name: self.user_name,
        }
    }
}

/// Output of `ListSigningCertificates`.
#[derive(Clone, Debug, Default)]
pub struct ListSigningCertificatesOutput {
    /// `Certificates`.
    pub certificates: Option<Vec<crate::iam::shape::SigningCertificate>>,
    /// `IsTruncated`.
    pub is_truncated: Option<bool>,
    /// `Marker`.
    pub marker: Option<String>,
}

impl WriteXml for ListSigningCertificatesOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Certificates", self.certificates.as_ref());
        xml.member("IsTruncated", self.is_truncated.as_ref());
        xml.member("Marker", self.marker.as_ref());
    }
}

impl QueryOperation for ListSigningCertificates {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "ListSigningCertificates";
    const RESULT: Option<&'static str> = Some("ListSigningCertificatesResult");
    type Input = ListSigningCertificatesInput;
    type Output = ListSigningCertificatesOutput;
    const ERRORS: &'static [QueryErrorCode] = &[QueryErrorCode::NoSuchEntity, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawListSigningCertificatesInput>(form)
    }
}
