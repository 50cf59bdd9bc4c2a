//! `SimulatePrincipalPolicy`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `SimulatePrincipalPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct SimulatePrincipalPolicy;

/// Input of `SimulatePrincipalPolicy`.
#[derive(Clone, Debug, Serialize)]
pub struct SimulatePrincipalPolicyInput {
    /// `ActionNames`.
    #[serde(rename = "actionNames")]
    pub action_names: Vec<String>,
    /// `CallerArn`, 1 to 2048 long.
    #[serde(rename = "callerArn", skip_serializing_if = "Option::is_none")]
    pub caller_arn: Option<String>,
    /// `ContextEntries`.
    #[serde(rename = "contextEntries", skip_serializing_if = "Option::is_none")]
    pub context_entries: Option<Vec<crate::iam::shape::ContextEntry>>,
    /// `Marker`, 1 to 320 long.
    #[serde(rename = "marker", skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// `MaxItems`, 1 to 1000.
    #[serde(rename = "maxItems", skip_serializing_if = "Option::is_none")]
    pub max_items: Option<i64>,
    /// `PermissionsBoundaryPolicyInputList`.
    #[serde(rename = "permissionsBoundaryPolicyInputList", skip_serializing_if = "Option::is_none")]
    pub permissions_boundary_policy_input_list: Option<Vec<String>>,
    /// `PolicyExclusionList`.
    #[serde(rename = "policyExclusionList", skip_serializing_if = "Option::is_none")]
    pub policy_exclusion_list: Option<Vec<crate::iam::shape::PolicyIdentifier>>,
    /// `PolicyInputList`.
    #[serde(rename = "policyInputList", skip_serializing_if = "Option::is_none")]
    pub policy_input_list: Option<Vec<String>>,
    /// `PolicySourceArn`, 20 to 2048 long.
    #[serde(rename = "policySourceArn")]
    pub policy_source_arn: String,
    /// `ResourceArns`.
    #[serde(rename = "resourceArns", skip_serializing_if = "Option::is_none")]
    pub resource_arns: Option<Vec<String>>,
    /// `ResourceHandlingOption`, 1 to 64 long.
    #[serde(rename = "resourceHandlingOption", skip_serializing_if = "Option::is_none")]
    pub resource_handling_option: Option<String>,
    /// `ResourceOwner`, 1 to 2048 long.
    #[serde(rename = "resourceOwner", skip_serializing_if = "Option::is_none")]
    pub resource_owner: Option<String>,
    /// `ResourcePolicy`, 1 to 131072 long.
    #[serde(rename = "resourcePolicy", skip_serializing_if = "Option::is_none")]
    pub resource_policy: Option<String>,
}

#[derive(Default)]
pub(crate) struct RawSimulatePrincipalPolicyInput {
    action_names: Option<Vec<String>>,
    caller_arn: Option<String>,
    context_entries: Option<Vec<crate::iam::shape::RawContextEntry>>,
    marker: Option<String>,
    max_items: Option<i64>,
    permissions_boundary_policy_input_list: Option<Vec<String>>,
    policy_exclusion_list: Option<Vec<crate::iam::shape::RawPolicyIdentifier>>,
    policy_input_list: Option<Vec<String>>,
    policy_source_arn: Option<String>,
    resource_arns: Option<Vec<String>>,
    resource_handling_option: Option<String>,
    resource_owner: Option<String>,
    resource_policy: Option<String>,
}

impl FromForm for RawSimulatePrincipalPolicyInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                action_names: at.member("ActionNames")?,
                caller_arn: at.member("CallerArn")?,
                context_entries: at.member("ContextEntries")?,
                marker: at.member("Marker")?,
                max_items: at.member("MaxItems")?,
                permissions_boundary_policy_input_list: at.member("PermissionsBoundaryPolicyInputList")?,
                policy_exclusion_list: at.member("PolicyExclusionList")?,
                policy_input_list: at.member("PolicyInputList")?,
                policy_source_arn: at.member("PolicySourceArn")?,
                resource_arns: at.member("ResourceArns")?,
                resource_handling_option: at.member("ResourceHandlingOption")?,
                resource_owner: at.member("ResourceOwner")?,
                resource_policy: at.member("ResourcePolicy")?,
            })
        })
    }
}

impl Constrained for RawSimulatePrincipalPolicyInput {
    type Valid = SimulatePrincipalPolicyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("actionNames");
        violations.required(at, self.action_names.is_some());
        if let Some(value) = &self.action_names {
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                violations.characters(at, Shown::Text(value), value, 3, 128);
            }
        }
        let at = path.member("callerArn");
        if let Some(value) = &self.caller_arn {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
        let at = path.member("contextEntries");
        if let Some(value) = &self.context_entries {
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                value.check(at, violations);
            }
        }
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
        let at = path.member("permissionsBoundaryPolicyInputList");
        if let Some(value) = &self.permissions_boundary_policy_input_list {
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                violations.characters(at, Shown::Text(value), value, 1, 131072);
                violations.pattern(
                    at,
                    Shown::Text(value),
                    pattern::policy_text(value),
                    r"[\u0009\u000A\u000D\u0020-\u00FF]+",
                );
            }
        }
        let at = path.member("policyExclusionList");
        if let Some(value) = &self.policy_exclusion_list {
            violations.longest(at, Shown::Hidden, value.len(), 256);
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                value.check(at, violations);
            }
        }
        let at = path.member("policyInputList");
        if let Some(value) = &self.policy_input_list {
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                violations.characters(at, Shown::Text(value), value, 1, 131072);
                violations.pattern(
                    at,
                    Shown::Text(value),
                    pattern::policy_text(value),
                    r"[\u0009\u000A\u000D\u0020-\u00FF]+",
                );
            }
        }
        let at = path.member("policySourceArn");
        violations.required(at, self.policy_source_arn.is_some());
        if let Some(value) = &self.policy_source_arn {
            violations.characters(at, Shown::Text(value), value, 20, 2048);
        }
        let at = path.member("resourceArns");
        if let Some(value) = &self.resource_arns {
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                violations.characters(at, Shown::Text(value), value, 1, 2048);
            }
        }
        let at = path.member("resourceHandlingOption");
        if let Some(value) = &self.resource_handling_option {
            violations.characters(at, Shown::Text(value), value, 1, 64);
        }
        let at = path.member("resourceOwner");
        if let Some(value) = &self.resource_owner {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
        let at = path.member("resourcePolicy");
        if let Some(value) = &self.resource_policy {
            violations.characters(at, Shown::Text(value), value, 1, 131072);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::policy_text(value),
                r"[\u0009\u000A\u000D\u0020-\u00FF]+",
            );
        }
    }
    fn build(self) -> SimulatePrincipalPolicyInput {
        SimulatePrincipalPolicyInput {
            action_names: self.action_names.unwrap_or_default(),
            caller_arn: self.caller_arn,
            context_entries: self
                .context_entries
                .map(|list| list.into_iter().map(Constrained::build).collect()),
            marker: self.marker,
            max_items: self.max_items,
            permissions_boundary_policy_input_list: self.permissions_boundary_policy_input_list,
            policy_exclusion_list: self
                .policy_exclusion_list
                .map(|list| list.into_iter().map(Constrained::build).collect()),
            policy_input_list: self.policy_input_list,
            policy_source_arn: self.policy_source_arn.unwrap_or_default(),
            resource_arns: self.resource_arns,
            resource_handling_option: self.resource_handling_option,
            resource_owner: self.resource_owner,
            resource_policy: self.resource_policy,
        }
    }
}

/// Output of `SimulatePrincipalPolicy`.
#[derive(Clone, Debug, Default)]
pub struct SimulatePrincipalPolicyOutput {
    /// `EvaluationResults`.
    pub evaluation_results: Option<Vec<crate::iam::shape::EvaluationResult>>,
    /// `IsTruncated`.
    pub is_truncated: Option<bool>,
    /// `Marker`.
    pub marker: Option<String>,
}

impl WriteXml for SimulatePrincipalPolicyOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("EvaluationResults", self.evaluation_results.as_ref());
        xml.member("IsTruncated", self.is_truncated.as_ref());
        xml.member("Marker", self.marker.as_ref());
    }
}

impl QueryOperation for SimulatePrincipalPolicy {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "SimulatePrincipalPolicy";
    const RESULT: Option<&'static str> = Some("SimulatePrincipalPolicyResult");
    type Input = SimulatePrincipalPolicyInput;
    type Output = SimulatePrincipalPolicyOutput;
    const ERRORS: &'static [QueryErrorCode] =
        &[QueryErrorCode::NoSuchEntity, QueryErrorCode::InvalidInput, QueryErrorCode::PolicyEvaluation];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawSimulatePrincipalPolicyInput>(form)
    }
}
