//! The structure `OrderedOrganizationPolicyType`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `OrderedOrganizationPolicyType` in an input.
#[derive(Clone, Debug, Serialize)]
pub struct OrderedOrganizationPolicyType {
    /// `ServiceControlPolicyInputList`.
    #[serde(rename = "serviceControlPolicyInputList", skip_serializing_if = "Option::is_none")]
    pub service_control_policy_input_list: Option<Vec<String>>,
}

#[derive(Default)]
pub(crate) struct RawOrderedOrganizationPolicyType {
    service_control_policy_input_list: Option<Vec<String>>,
}

impl FromForm for RawOrderedOrganizationPolicyType {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self { service_control_policy_input_list: at.member("ServiceControlPolicyInputList")? })
        })
    }
}

impl Constrained for RawOrderedOrganizationPolicyType {
    type Valid = OrderedOrganizationPolicyType;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("serviceControlPolicyInputList");
        if let Some(value) = &self.service_control_policy_input_list {
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
    }
    fn build(self) -> OrderedOrganizationPolicyType {
        OrderedOrganizationPolicyType {
            service_control_policy_input_list: self.service_control_policy_input_list,
        }
    }
}
