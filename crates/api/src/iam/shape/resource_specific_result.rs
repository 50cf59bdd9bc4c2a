//! The structure `ResourceSpecificResult`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `ResourceSpecificResult` in an output.
#[derive(Clone, Debug, Default)]
pub struct ResourceSpecificResult {
    /// `EvalDecisionDetails`.
    pub eval_decision_details: Option<BTreeMap<String, String>>,
    /// `EvalResourceDecision`.
    pub eval_resource_decision: Option<String>,
    /// `EvalResourceName`.
    pub eval_resource_name: Option<String>,
    /// `MatchedStatements`.
    pub matched_statements: Option<Vec<crate::iam::shape::Statement>>,
    /// `MissingContextValues`.
    pub missing_context_values: Option<Vec<String>>,
    /// `PermissionsBoundaryDecisionDetail`.
    pub permissions_boundary_decision_detail: Option<crate::iam::shape::PermissionsBoundaryDecisionDetail>,
}

impl WriteXml for ResourceSpecificResult {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("EvalDecisionDetails", self.eval_decision_details.as_ref());
        xml.member("EvalResourceDecision", self.eval_resource_decision.as_ref());
        xml.member("EvalResourceName", self.eval_resource_name.as_ref());
        xml.member("MatchedStatements", self.matched_statements.as_ref());
        xml.member("MissingContextValues", self.missing_context_values.as_ref());
        xml.member("PermissionsBoundaryDecisionDetail", self.permissions_boundary_decision_detail.as_ref());
    }
}
