//! The structure `EvaluationResult`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `EvaluationResult` in an output.
#[derive(Clone, Debug, Default)]
pub struct EvaluationResult {
    /// `EvalActionName`.
    pub eval_action_name: Option<String>,
    /// `EvalDecision`.
    pub eval_decision: Option<String>,
    /// `EvalDecisionDetails`.
    pub eval_decision_details: Option<BTreeMap<String, String>>,
    /// `EvalResourceName`.
    pub eval_resource_name: Option<String>,
    /// `MatchedStatements`.
    pub matched_statements: Option<Vec<crate::iam::shape::Statement>>,
    /// `MissingContextValues`.
    pub missing_context_values: Option<Vec<String>>,
    /// `OrganizationsDecisionDetail`.
    pub organizations_decision_detail: Option<crate::iam::shape::OrganizationsDecisionDetail>,
    /// `PermissionsBoundaryDecisionDetail`.
    pub permissions_boundary_decision_detail: Option<crate::iam::shape::PermissionsBoundaryDecisionDetail>,
    /// `ResourceSpecificResults`.
    pub resource_specific_results: Option<Vec<crate::iam::shape::ResourceSpecificResult>>,
}

impl WriteXml for EvaluationResult {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("EvalActionName", self.eval_action_name.as_ref());
        xml.member("EvalDecision", self.eval_decision.as_ref());
        xml.member("EvalDecisionDetails", self.eval_decision_details.as_ref());
        xml.member("EvalResourceName", self.eval_resource_name.as_ref());
        xml.member("MatchedStatements", self.matched_statements.as_ref());
        xml.member("MissingContextValues", self.missing_context_values.as_ref());
        xml.member("OrganizationsDecisionDetail", self.organizations_decision_detail.as_ref());
        xml.member("PermissionsBoundaryDecisionDetail", self.permissions_boundary_decision_detail.as_ref());
        xml.member("ResourceSpecificResults", self.resource_specific_results.as_ref());
    }
}
