//! Session policies: what a session is limited to, beyond what its principal may.

use crate::fault::Fault;
use crate::state::{Directory, Nobody};
use strongroom_api::sts::shape::PolicyDescriptorType;
use strongroom_policy::{Document, DocumentKind};
use strongroom_types::AccountId;

/// The most managed policies of a session.
const ARNS_MAX: usize = 10;

/// The session policies of a request.
#[derive(Default)]
pub(super) struct Limits {
    /// Documents; `None` does not limit, an empty list limits to nothing.
    pub(super) policies: Option<Vec<String>>,
    /// ARNs of managed policies.
    pub(super) policy_arns: Vec<String>,
}

impl Limits {
    /// Reads and checks them. Managed policies are of the session's own account, or AWS's.
    pub(super) fn read(
        policy: Option<&String>,
        arns: Option<&Vec<PolicyDescriptorType>>,
        account: &AccountId,
        directory: &Directory,
    ) -> Result<Self, Fault> {
        if let Some(text) = policy {
            let document = Document::parse(DocumentKind::Session, text, &Nobody)
                .map_err(|error| Fault::Policy(error.to_string()))?;
            for warning in document.warnings(None) {
                tracing::info!(warning, "a session policy says what can never apply");
            }
        }
        let arns = arns.map(Vec::as_slice).unwrap_or_default();
        if arns.len() > ARNS_MAX {
            let text = "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must \
                        have length less than or equal to 10";
            return Err(Fault::Invalid(text.to_owned()));
        }
        let own = [format!("arn:aws:iam::{account}:policy/"), "arn:aws:iam::aws:policy/".to_owned()];
        let mut policy_arns = Vec::with_capacity(arns.len());
        for arn in arns.iter().filter_map(|named| named.arn.as_ref()) {
            let known = own.iter().any(|own| arn.starts_with(own)) && directory.in_force(arn).is_some();
            if !known {
                return Err(Fault::Invalid(format!("Policy {arn} does not exist or is not attachable.")));
            }
            if !policy_arns.contains(arn) {
                policy_arns.push(arn.clone());
            }
        }
        Ok(Self { policies: policy.map(|text| vec![text.clone()]), policy_arns })
    }

    /// Limited by these alone: without any, to nothing.
    pub(super) fn always(self) -> Self {
        Self { policies: Some(self.policies.unwrap_or_default()), ..self }
    }

    /// Whether there are any.
    pub(super) fn any(&self) -> bool {
        self.policies.as_ref().is_some_and(|policies| !policies.is_empty()) || !self.policy_arns.is_empty()
    }
}
