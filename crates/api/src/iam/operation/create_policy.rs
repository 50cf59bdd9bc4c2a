//! `CreatePolicy`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `CreatePolicy`.
#[derive(Clone, Copy, Debug)]
pub struct CreatePolicy;

/// Input of `CreatePolicy`.
#[derive(Clone, Debug, Serialize)]
pub struct CreatePolicyInput {
    /// `Description`.
    #[serde(rename = "description", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `Path`, 1 to 512 long.
    #[serde(rename = "path", skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// `PolicyDocument`, 1 to 131072 long.
    #[serde(rename = "policyDocument")]
    pub policy_document: String,
    /// `PolicyName`, 1 to 128 long.
    #[serde(rename = "policyName")]
    pub policy_name: String,
    /// `Tags`.
    #[serde(rename = "tags", skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<crate::iam::shape::Tag>>,
}

#[derive(Default)]
pub(crate) struct RawCreatePolicyInput {
    description: Option<String>,
    path: Option<String>,
    policy_document: Option<String>,
    policy_name: Option<String>,
    tags: Option<Vec<crate::iam::shape::RawTag>>,
}

impl FromForm for RawCreatePolicyInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                description: at.member("Description")?,
                path: at.member("Path")?,
                policy_document: at.member("PolicyDocument")?,
                policy_name: at.member("PolicyName")?,
                tags: at.member("Tags")?,
            })
        })
    }
}

impl Constrained for RawCreatePolicyInput {
    type Valid = CreatePolicyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("description");
        if let Some(value) = &self.description {
            violations.characters(at, Shown::Text(value), value, 0, 1000);
        }
        let at = path.member("path");
        if let Some(value) = &self.path {
            violations.characters(at, Shown::Text(value), value, 1, 512);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::policy_path(value),
                r"((/[A-Za-z0-9\.,\+@=_-]+)*)/",
            );
        }
        let at = path.member("policyDocument");
        violations.required(at, self.policy_document.is_some());
        if let Some(value) = &self.policy_document {
            violations.characters(at, Shown::Text(value), value, 1, 131072);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::policy_text(value),
                r"[\u0009\u000A\u000D\u0020-\u00FF]+",
            );
        }
        let at = path.member("policyName");
        violations.required(at, self.policy_name.is_some());
        if let Some(value) = &self.policy_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
        let at = path.member("tags");
        if let Some(value) = &self.tags {
            violations.longest(at, Shown::Hidden, value.len(), 50);
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                value.check(at, violations);
            }
        }
    }
    fn build(self) -> CreatePolicyInput {
        CreatePolicyInput {
            description: self.description,
            path: self.path,
            policy_document: self.policy_document.unwrap_or_default(),
            policy_name: self.policy_name.unwrap_or_default(),
            tags: self.tags.map(|list| list.into_iter().map(Constrained::build).collect()),
        }
    }
}

/// Output of `CreatePolicy`.
#[derive(Clone, Debug, Default)]
pub struct CreatePolicyOutput {
    /// `Policy`.
    pub policy: Option<crate::iam::shape::Policy>,
}

impl WriteXml for CreatePolicyOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Policy", self.policy.as_ref());
    }
}

impl QueryOperation for CreatePolicy {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "CreatePolicy";
    const RESULT: Option<&'static str> = Some("CreatePolicyResult");
    type Input = CreatePolicyInput;
    type Output = CreatePolicyOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::InvalidInput,
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::EntityAlreadyExists,
        QueryErrorCode::MalformedPolicyDocument,
        QueryErrorCode::ConcurrentModification,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawCreatePolicyInput>(form)
    }
}
