//! Operations on the account as a whole. Aliases of accounts cannot be made: there is no sign-in page to name.

mod get_account_authorization_details;
mod get_account_summary;
mod list_account_aliases;

use crate::iam::{Entry, entry};
use strongroom_api::iam::operation as api;

/// The operations of this family.
pub(super) const TABLE: &[Entry] = &[
    entry::<api::GetAccountAuthorizationDetails>(),
    entry::<api::GetAccountSummary>(),
    entry::<api::ListAccountAliases>(),
];
