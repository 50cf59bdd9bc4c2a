//! `strongroom simulate` for whoever holds a token of an identity provider: may it assume the role?

use super::OperatorError;
use super::simulate::{SESSION, Simulation};
use crate::kept::KeptHolder;
use crate::service::Service;
use crate::state::{ProviderEntry, Snapshot};
use crate::web_identity::CLAIMS_UNBUILT;
use std::sync::Arc;
use strongroom_policy::{OwnedContext, OwnedWebIdentity, Time};
use strongroom_types::{AccountId, PrincipalArn};

/// The action that a role's trust policy decides alone.
pub(super) const WEB_IDENTITY: &str = "sts:AssumeRoleWithWebIdentity";

impl Service {
    /// The question of a holder. What its token claims stands in the request; the rest is completed from the state.
    pub(super) fn hypothetical_holder(
        &self,
        asked: &Simulation,
        mut context: OwnedContext,
        snapshot: &Snapshot,
    ) -> Result<KeptHolder, OperatorError> {
        let provider = provider(&asked.principal, snapshot)?;
        let arn = asked.resource.as_deref().and_then(|text| PrincipalArn::parse(text).ok());
        let role = arn.and_then(|arn| snapshot.directory.role_at(&arn));
        let role =
            role.ok_or_else(|| wrong("the resource of this action is the ARN of a role that exists"))?;
        if role.account != provider.account {
            return Err(wrong("a role is assumed with tokens of the providers of its own account"));
        }
        let token = context.session.web_identity.take().unwrap_or_default();
        context.session.web_identity = Some(complete_token(token, provider)?);
        context.session.federated_provider.get_or_insert_with(|| provider.issuer().to_owned());
        context.now.get_or_insert(Time(self.clock().now()));
        context.region.get_or_insert_with(|| self.parts().region.to_string());
        context.resource_tags.get_or_insert_with(|| role.record.tags.clone());
        context.request.assume_role.role_session_name.get_or_insert_with(|| SESSION.to_owned());
        let (provider, action, trust) = (provider.arn(), WEB_IDENTITY, role.trust.clone());
        Ok(KeptHolder { provider, action, role: role.arn(), trust, context })
    }
}

fn wrong(text: &str) -> OperatorError {
    OperatorError::Question(text.to_owned())
}

/// The identity provider of an ARN.
fn provider<'a>(text: &str, snapshot: &'a Snapshot) -> Result<&'a Arc<ProviderEntry>, OperatorError> {
    let named = || {
        let (account, issuer) = text.strip_prefix("arn:aws:iam::")?.split_once(":oidc-provider/")?;
        snapshot.directory.provider(&AccountId::parse(account).ok()?, issuer)
    };
    named().ok_or_else(|| wrong(&format!("there is no identity provider {text}")))
}

/// The claims of a token that the provider's checks let through.
fn complete_token(
    mut token: OwnedWebIdentity,
    provider: &ProviderEntry,
) -> Result<OwnedWebIdentity, OperatorError> {
    if token.audience.is_empty() || token.subject.is_empty() {
        return Err(wrong(
            "the token's audience and subject have to be said: session.web_identity of the request",
        ));
    }
    if !provider.record.client_ids.contains(&token.audience) {
        return Err(wrong("the provider does not list the token's audience; such a token is refused"));
    }
    if token.claims.iter().any(|(name, _)| CLAIMS_UNBUILT.contains(&name.as_str())) {
        return Err(wrong("a token with session tags or a source identity is refused"));
    }
    if token.issuer.is_empty() {
        provider.issuer().clone_into(&mut token.issuer);
    }
    if token.issuer != provider.issuer() {
        return Err(wrong("the token's issuer is not the provider"));
    }
    Ok(token)
}
