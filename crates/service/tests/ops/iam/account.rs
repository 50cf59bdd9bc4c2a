//! The account as a whole.

mod get_account_authorization_details;
mod get_account_summary;
mod list_account_aliases;
