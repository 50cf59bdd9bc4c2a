//! ListGrants: the grants on a key, in the order of their ids.

use crate::call::Call;
use crate::fault::Fault;
use crate::marker::{limit, page};
use crate::ops::{Behaviour, Plane};
use crate::selector::Forms;
use crate::state::{Directory, GrantEntry};
use crate::usable::States;
use std::sync::Arc;
use strongroom_api::operation::{ListGrants, ListGrantsInput, ListGrantsOutput};
use strongroom_policy::{BoundPrincipal, RequestFacts};
use strongroom_types::{GrantId, UniqueId};

impl Behaviour for ListGrants {
    const ACTION: &'static str = "kms:ListGrants";
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &ListGrantsInput) -> Result<ListGrantsOutput, Fault> {
        let located = call.locate_anywhere(&input.key_id, Forms::IdOrArn, Self::ACTION)?;
        let facts = RequestFacts { grant_is_for_aws_resource: Some(false), ..RequestFacts::default() };
        let key = call.authorize_request(located, Self::ACTION, facts)?.usable(States::Any)?;
        let (key, directory) = (key.key(), &call.snapshot.directory);
        let wanted = input.grant_id.as_deref().map(super::grant_id).transpose()?;
        let grantees = grantees(directory, input)?;
        let text = |member: &Option<String>| member.clone().unwrap_or_default();
        let (grant_id, grantee) = (text(&input.grant_id), text(&input.grantee_principal));
        let service = text(&input.grantee_service_principal);
        let request = ["ListGrants", key.arn_text(), &*grant_id, &*grantee, &*service];
        let after = match &input.marker {
            Some(marker) => {
                let last = call.service.marker_key().read(&request, marker)?;
                Some(GrantId::parse(&last).map_err(|_| Fault::InvalidMarker)?)
            }
            None => None,
        };
        let found: Box<dyn Iterator<Item = &Arc<GrantEntry>>> = match (&wanted, &grantees) {
            (Some(id), _) => Box::new(key.grants.get(id).into_iter().filter(|grant| {
                after.as_ref().is_none_or(|last| grant.id > *last)
                    && grantees.as_ref().is_none_or(|asked| asked.contains(&grant.grant.grantee))
            })),
            (None, None) => Box::new(key.grants.after(after.as_ref())),
            (None, Some(grantees)) => {
                Box::new(grantees.iter().flat_map(|grantee| key.grants.of_after(grantee, after.as_ref())))
            }
        };
        let page = page(found, limit(input.limit, 50, 100), |grant| grant.id.to_string());
        let entry = |grant: &&Arc<GrantEntry>| super::list_entry(directory, &key.arn, grant);
        Ok(ListGrantsOutput {
            grants: Some(page.items.iter().map(entry).collect()),
            truncated: Some(page.continues.is_some()),
            next_marker: page.continues.map(|last| call.service.marker_key().make(&request, &last)),
        })
    }
}

/// Whose grants are asked for, if not everybody's. One who is not there any more has the unique id that lists show;
/// an id is a user's or a role's, so at most one of several has grants.
fn grantees(directory: &Directory, input: &ListGrantsInput) -> Result<Option<Vec<BoundPrincipal>>, Fault> {
    match (&input.grantee_principal, &input.grantee_service_principal) {
        (None, None) => Ok(None),
        (None, Some(service)) => Ok(Some(vec![BoundPrincipal::Service(service.as_str().into())])),
        (Some(text), None) => match UniqueId::parse(text) {
            Ok(id) => Ok(Some(vec![BoundPrincipal::User(id.clone()), BoundPrincipal::Role(id)])),
            Err(_) => Ok(Some(super::bind(directory, text)?.into_iter().collect())),
        },
        (Some(_), Some(_)) => {
            let text = "GranteePrincipal and GranteeServicePrincipal cannot both be specified.";
            Err(Fault::Invalid(text.to_owned()))
        }
    }
}
