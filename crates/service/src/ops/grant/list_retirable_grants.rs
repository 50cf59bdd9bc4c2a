//! ListRetirableGrants: the grants that a principal may retire, as their retiring principal, on all keys of the Region.

use crate::call::Call;
use crate::fault::Fault;
use crate::marker::{limit, page};
use crate::ops::{Behaviour, Plane};
use crate::state::GrantEntry;
use std::sync::Arc;
use strongroom_api::operation::{ListRetirableGrants, ListRetirableGrantsInput, ListRetirableGrantsOutput};
use strongroom_policy::{BoundPrincipal, RequestFacts};
use strongroom_types::{GrantId, KeyArn, PrincipalArn};

impl Behaviour for ListRetirableGrants {
    const ACTION: &'static str = "kms:ListRetirableGrants";
    const PLANE: Plane = Plane::Read;

    async fn answer(
        call: &Call<'_>,
        input: &ListRetirableGrantsInput,
    ) -> Result<ListRetirableGrantsOutput, Fault> {
        let (name, principal) = authorized(call, input)?;
        let request = ["ListRetirableGrants", call.account().as_str(), call.region().as_str(), name];
        let after = match &input.marker {
            Some(marker) => Some(place(&call.service.marker_key().read(&request, marker)?)?),
            None => None,
        };
        // A service's name is the same in every account: of its grants each account sees its own.
        let own = matches!(principal, Some(BoundPrincipal::Service(_))).then(|| call.account());
        let found = principal.iter().flat_map(|principal| {
            call.snapshot.retirable_after(principal, call.region(), own, after.clone())
        });
        let last = |(key, grant): &(&KeyArn, &Arc<GrantEntry>)| format!("{key} {}", grant.id);
        let page = page(found, limit(input.limit, 50, 100), last);
        let directory = &call.snapshot.directory;
        let entry = |(key, grant): &(&KeyArn, &Arc<GrantEntry>)| super::list_entry(directory, key, grant);
        Ok(ListRetirableGrantsOutput {
            grants: Some(page.items.iter().map(entry).collect()),
            truncated: Some(page.continues.is_some()),
            next_marker: page.continues.map(|last| call.service.marker_key().make(&request, &last)),
        })
    }
}

/// The principal as it is named, and whom it stands for if it is there. Only principals of the caller's own account
/// can be asked about.
fn authorized<'a>(
    call: &Call<'_>,
    input: &'a ListRetirableGrantsInput,
) -> Result<(&'a str, Option<BoundPrincipal>), Fault> {
    let action = ListRetirableGrants::ACTION;
    match (input.retiring_principal.as_deref(), input.retiring_service_principal.as_deref()) {
        (Some(text), None) => {
            let arn = PrincipalArn::parse(text).map_err(|_| Fault::InvalidArn(text.to_owned()))?;
            if arn.account() != call.account() {
                return Err(call.denied_foreign(action));
            }
            call.authorize_resource(text, action, RequestFacts::default(), None)?;
            Ok((text, super::bind(&call.snapshot.directory, text)?))
        }
        (None, Some(service)) => {
            call.authorize_account(action)?;
            Ok((service, Some(BoundPrincipal::Service(service.into()))))
        }
        _ => {
            let text = "Exactly one of RetiringPrincipal and RetiringServicePrincipal must be specified.";
            Err(Fault::Invalid(text.to_owned()))
        }
    }
}

/// The item that a marker continues after.
fn place(last: &str) -> Result<(KeyArn, GrantId), Fault> {
    let parsed = || {
        let (key, id) = last.split_once(' ')?;
        Some((KeyArn::parse(key).ok()?, GrantId::parse(id).ok()?))
    };
    parsed().ok_or(Fault::InvalidMarker)
}
