//! Lists of IAM, who may ask for them, and page by page: `Marker`, `MaxItems`, `IsTruncated`.

use crate::call::Call;
use crate::fault::Fault;
use crate::marker::{limit, page};
use crate::state::{ByName, iam_arn};
use std::sync::Arc;
use strongroom_policy::RequestFacts;
use strongroom_types::AccountId;

/// Items of a page when the request does not say.
const ITEMS_DEFAULT: usize = 100;

/// The most items of a page.
const ITEMS_MAX: usize = 1_000;

/// What a list is asked for.
pub(super) struct Asked<'a> {
    /// The operation, and everything else that the pages depend on: markers are bound to it.
    pub(super) request: &'a [&'a str],
    pub(super) marker: Option<&'a String>,
    pub(super) max_items: Option<i64>,
}

/// One page as answers give it.
#[derive(Debug)]
pub(super) struct Listed<T> {
    pub(super) items: Vec<T>,
    pub(super) is_truncated: Option<bool>,
    pub(super) marker: Option<String>,
}

/// Authority to list what has names: the action is on the path that is asked for, so that a policy for `user/*` or for
/// one path is enough, as with AWS.
pub(super) fn authorized(
    call: &Call<'_>,
    action: &'static str,
    kind: &str,
    path_prefix: &str,
) -> Result<(), Fault> {
    let arn = iam_arn(call.account(), kind, path_prefix, "");
    call.authorize_resource(&arn, action, RequestFacts::default(), None).map(|_| ())
}

/// One page of items, each under what they are sorted by. The items come in that order.
pub(super) fn listed<T>(
    call: &Call<'_>,
    asked: &Asked<'_>,
    items: impl Iterator<Item = (String, T)>,
) -> Result<Listed<T>, Fault> {
    let mut request = vec![call.account().as_str()];
    request.extend_from_slice(asked.request);
    let after = match asked.marker {
        Some(marker) => Some(call.service.marker_key().read(&request, marker)?),
        None => None,
    };
    let rest = items.filter(|(key, _)| after.as_ref().is_none_or(|last| key > last));
    let page = page(rest, limit(asked.max_items, ITEMS_DEFAULT, ITEMS_MAX), |(key, _)| key.clone());
    Ok(Listed {
        items: page.items.into_iter().map(|(_, item)| item).collect(),
        is_truncated: Some(page.continues.is_some()),
        marker: page.continues.map(|last| call.service.marker_key().make(&request, &last)),
    })
}

/// Everything of one kind in an account, in the order of names.
pub(super) fn own<'a, T>(
    entries: &'a ByName<T>,
    account: &AccountId,
) -> impl Iterator<Item = (&'a String, &'a Arc<T>)> + use<'a, T> {
    let account = account.clone();
    let from = (account.clone(), String::new());
    let own = entries.range(from..).take_while(move |((of, _), _)| *of == account);
    own.map(|((_, name), entry)| (name, entry))
}
