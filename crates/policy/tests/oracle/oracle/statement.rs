//! Statements: whether one applies to a request, from the policy's text.

use super::condition::{self, strings};
use super::context::Present;
use super::principal::{self, Named};
use super::text;
use crate::case::Case;
use crate::tally::Tally;
use serde_json::Value;

/// What a policy is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Key,
    Trust,
    Identity,
    Session,
}

impl Kind {
    pub(crate) fn names_principals(self) -> bool {
        matches!(self, Self::Key | Self::Trust)
    }
}

/// What a policy says about a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    pub(crate) denies: bool,
    /// In which ways an allowing statement is about the caller. In policies without principals: `Itself`.
    pub(crate) allows: Vec<Named>,
}

/// Asks every statement of a policy.
pub(crate) fn ask(kind: Kind, policy: &str, case: &Case, tally: &mut Tally) -> Said {
    let mut said = Said::default();
    let Ok(policy) = serde_json::from_str::<Value>(policy) else { return said };
    let variables = policy.get("Version").and_then(Value::as_str) == Some("2012-10-17");
    let present = Present::of(case, !kind.names_principals());
    for statement in statements(&policy) {
        let deny = statement.get("Effect").and_then(Value::as_str) == Some("Deny");
        let named = match kind.names_principals() {
            true => principal::named(&statement, deny, case, tally),
            false => vec![Named::Itself],
        };
        let applies = !named.is_empty()
            && action(&statement, &case.action)
            && resource(kind, &statement, case, variables, &present)
            && condition::all_met(statement.get("Condition"), variables, &present, tally);
        if applies && deny {
            said.denies = true;
        } else if applies {
            said.allows.extend(named);
        }
    }
    said
}

/// The statements: a list, or one.
pub(crate) fn statements(policy: &Value) -> Vec<Value> {
    match policy.get("Statement") {
        Some(Value::Array(all)) => all.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    }
}

/// Actions in any case of letters. A statement without them is about none.
fn action(statement: &Value, action: &str) -> bool {
    let chars: Vec<_> = action.to_lowercase().chars().collect();
    let any =
        |list: &Value| strings(list).iter().any(|p| text::fits(&text::plain(&p.to_lowercase()), &chars));
    match (statement.get("Action"), statement.get("NotAction")) {
        (Some(list), _) => any(list),
        (None, Some(list)) => !any(list),
        (None, None) => false,
    }
}

/// Resources. A trust policy is about its role; any other statement without them is about none.
fn resource(kind: Kind, statement: &Value, case: &Case, variables: bool, present: &Present) -> bool {
    let chars: Vec<_> = case.on.text().chars().collect();
    let any = |list: &Value| {
        let patterns = strings(list);
        patterns.iter().filter_map(|p| text::expand(p, variables, present)).any(|p| text::fits(&p, &chars))
    };
    match (statement.get("Resource"), statement.get("NotResource")) {
        (Some(list), _) => any(list),
        (None, Some(list)) => !any(list),
        (None, None) => kind == Kind::Trust,
    }
}
