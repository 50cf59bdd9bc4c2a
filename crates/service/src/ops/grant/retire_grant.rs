//! RetireGrant: takes a grant away, by whom the grant itself lets do it.

use crate::call::Call;
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use crate::selector::Forms;
use crate::state::GrantEntry;
use crate::usable::States;
use std::sync::Arc;
use strongroom_api::NoOutput;
use strongroom_api::operation::{RetireGrant, RetireGrantInput};
use strongroom_audit::Json;
use strongroom_policy::{Constraints, Grant, GrantFacts, RequestFacts};
use strongroom_types::GrantId;

impl Behaviour for RetireGrant {
    const ACTION: &'static str = "kms:RetireGrant";
    const PLANE: Plane = Plane::Change;

    /// Key and grant are told elsewhere in the record of a call that succeeded, and the parameters are not, as with AWS.
    fn told(input: &RetireGrantInput, refused: bool) -> Option<Json> {
        if refused { Json::new(input).ok() } else { None }
    }

    async fn answer(call: &Call<'_>, input: &RetireGrantInput) -> Result<NoOutput, Fault> {
        let named = Named::of(call, input).await?;
        let located = call.locate_anywhere(&named.key, Forms::IdOrArn, Self::ACTION)?;
        let grant: Arc<GrantEntry> = match super::find(located.key(), &named.id) {
            Ok(grant) => grant.clone(),
            // Who holds a token learns nothing; anybody else is not told which keys of other accounts exist.
            Err(_) if !named.by_token && located.key().arn.account != *call.account() => {
                return Err(call.denied_foreign(Self::ACTION));
            }
            Err(fault) => return Err(fault),
        };
        let authorized = call.authorize_retirement(located, Self::ACTION, &grant, facts(&grant.grant))?;
        let key = authorized.usable(States::Any)?;
        call.notes().grant = Some(grant.id.clone());
        call.dry_run(input.dry_run)?;
        call.commit(super::removal(key.key(), &grant)?).await?;
        call.note_response("keyId", key.arn());
        Ok(NoOutput)
    }
}

/// Which grant a request names.
struct Named {
    key: String,
    id: GrantId,
    by_token: bool,
}

impl Named {
    /// By a token, or by key and grant id.
    async fn of(call: &Call<'_>, input: &RetireGrantInput) -> Result<Self, Fault> {
        match (&input.grant_token, &input.key_id, &input.grant_id) {
            (Some(token), None, None) => {
                let (key, id) = super::open(call, token).await?;
                if key.region != *call.region() {
                    return Err(Fault::InvalidGrantToken);
                }
                Ok(Self { key: key.to_string(), id, by_token: true })
            }
            (None, Some(key), Some(id)) => {
                Ok(Self { key: key.clone(), id: super::grant_id(id)?, by_token: false })
            }
            _ => {
                let text = "Either GrantToken, or both KeyId and GrantId must be specified.";
                Err(Fault::Invalid(text.to_owned()))
            }
        }
    }
}

/// What condition keys read of the grant.
fn facts(grant: &Grant) -> RequestFacts<'_> {
    let facts = GrantFacts {
        operations: grant.operations,
        constraints: grant.constraints.as_ref(),
        source_arn: grant.source_arn.as_deref(),
        ..GrantFacts::default()
    };
    RequestFacts {
        encryption_context: grant.constraints.as_ref().map(Constraints::pairs),
        grant: Some(facts),
        ..RequestFacts::default()
    }
}
