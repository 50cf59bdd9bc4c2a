//! Whom the element Principal means (contract sections 4.9, 6.1 and 6.2).

use crate::case::{Case, Who};
use crate::tally::Tally;
use serde_json::Value;

/// How a principal means the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    /// The caller itself.
    Itself,
    /// What it was made from: the role of a session, the user of a federated user.
    Issuer,
    /// Everybody.
    Everybody,
    /// Its account, which delegates to the account's identity policies.
    Account,
}

/// The principals of the element as pairs of kind and text. `"*"` is AWS `*`.
pub(crate) fn list(element: &Value) -> Vec<(String, String)> {
    match element {
        Value::String(text) => vec![("AWS".to_owned(), text.clone())],
        Value::Object(kinds) => kinds
            .iter()
            .flat_map(|(kind, values)| {
                super::condition::strings(values).into_iter().map(|v| (kind.clone(), v))
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// In which ways a statement is about the caller: nothing when it is not.
pub(crate) fn named(statement: &Value, deny: bool, case: &Case, tally: &mut Tally) -> Vec<Named> {
    if let Some(element) = statement.get("Principal") {
        let found = list(element).into_iter().filter_map(|(kind, text)| one(&kind, &text, case, tally));
        // "Everybody" lets no web identity in: a trust policy has to name its provider.
        let counts =
            |how: &Named| deny || *how != Named::Everybody || !matches!(case.caller, Who::WebIdentity { .. });
        return found.filter(counts).collect();
    }
    let Some(element) = statement.get("NotPrincipal") else { return Vec::new() };
    let listed: Vec<_> =
        list(element).into_iter().filter_map(|(kind, text)| one(&kind, &text, case, tally)).collect();
    // The account, then the role or user, then the session: a Deny spares whom it lists at every level, an Allow
    // includes whom it lists at none.
    let everybody = listed.contains(&Named::Everybody);
    let spared = match deny {
        true => everybody || levels(&case.caller).iter().all(|level| listed.contains(level)),
        false => !listed.is_empty(),
    };
    tally.count("principal", &format!("NotPrincipal {} {}", if deny { "Deny" } else { "Allow" }, !spared));
    if spared { Vec::new() } else { vec![Named::Everybody] }
}

/// The levels at which a caller is known. The root is its account.
fn levels(caller: &Who) -> Vec<Named> {
    match caller {
        Who::Root { .. } | Who::WebIdentity { .. } | Who::Nobody => vec![Named::Itself],
        Who::User { .. } | Who::FederatedUser { by: None, .. } => vec![Named::Account, Named::Itself],
        Who::RoleSession { .. } | Who::FederatedUser { by: Some(_), .. } => {
            vec![Named::Account, Named::Issuer, Named::Itself]
        }
    }
}

fn one(kind: &str, text: &str, case: &Case, tally: &mut Tally) -> Option<Named> {
    let (form, found) = match kind {
        "AWS" => aws(text, case),
        "Federated" => {
            let same = matches!(&case.caller, Who::WebIdentity { provider } if provider == text);
            ("Federated", same.then_some(Named::Itself))
        }
        // A service never calls as a person.
        _ => ("Service", None),
    };
    tally.count("principal", &format!("{form} {}", found.is_some()));
    found
}

/// A principal of kind AWS: the form it has, and how it means the caller.
pub(crate) fn aws(text: &str, case: &Case) -> (&'static str, Option<Named>) {
    let caller = &case.caller;
    if matches!(caller, Who::Nobody | Who::WebIdentity { .. }) && text != "*" {
        return ("AWS for a web identity", None);
    }
    let account = text.split(':').nth(4).unwrap_or_default();
    let resource = text.split(':').nth(5).unwrap_or_default();
    let (kind, name) = resource.split_once('/').unwrap_or((resource, ""));
    match kind {
        _ if text == "*" => ("everybody", Some(Named::Everybody)),
        _ if text.len() == 12 && text.chars().all(|c| c.is_ascii_digit()) => {
            ("account id", of_account(text, caller))
        }
        "" if !text.contains(':') => ("unique id", of_unique_id(text, caller)),
        "root" => ("root", of_account(account, caller)),
        "user" | "role" => {
            let form = if kind == "user" { "user" } else { "role" };
            (form, case.directory.get(text).and_then(|id| of_unique_id(id, caller)))
        }
        "assumed-role" => ("session", of_session(account, name, case)),
        "federated-user" => {
            let same =
                matches!(caller, Who::FederatedUser { account: a, name: n, .. } if a == account && n == name);
            ("federated user", same.then_some(Named::Itself))
        }
        _ => ("?", None),
    }
}

fn of_account(account: &str, caller: &Who) -> Option<Named> {
    let how = if matches!(caller, Who::Root { .. }) { Named::Itself } else { Named::Account };
    (caller.account() == account).then_some(how)
}

fn of_unique_id(wanted: &str, caller: &Who) -> Option<Named> {
    match caller {
        Who::User { id, .. } if id == wanted => Some(Named::Itself),
        Who::RoleSession { id, .. } if id == wanted => Some(Named::Issuer),
        Who::FederatedUser { by: Some(id), .. } if id == wanted => Some(Named::Issuer),
        _ => None,
    }
}

/// `ROLE/SESSION`: the role by its name without path, found in the directory.
fn of_session(account: &str, name: &str, case: &Case) -> Option<Named> {
    let (role, session) = name.split_once('/')?;
    let id = role_id(account, role, case)?;
    let Who::RoleSession { id: caller_id, session: caller_session, .. } = &case.caller else { return None };
    (*caller_id == id && caller_session == session).then_some(Named::Itself)
}

/// The unique id of a role by its name.
pub(crate) fn role_id(account: &str, role: &str, case: &Case) -> Option<String> {
    let start = format!("arn:aws:iam::{account}:role/");
    let named =
        |arn: &&String| arn.strip_prefix(&start).and_then(|path| path.split('/').next_back()) == Some(role);
    case.directory.keys().find(named).map(|arn| case.directory[arn].clone())
}
