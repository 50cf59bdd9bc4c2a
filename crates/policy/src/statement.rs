//! One statement: effect, principals, actions, resources.

use crate::PolicyError;
use crate::json::{Json, Members, member};
use crate::pattern::Pattern;
use crate::principal::{self, Match, Principal};
use std::sync::Arc;
use strongroom_types::PrincipalArn;

/// The elements that are evaluated.
const KNOWN: [&str; 7] = ["Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "NotResource"];

/// The elements of the language that are not evaluated yet.
const LATER: [&str; 2] = ["NotPrincipal", "Condition"];

/// What a matching statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

/// `Action` or `NotAction`; `Resource` or `NotResource`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Selector {
    Only(Vec<Pattern>),
    AllBut(Vec<Pattern>),
}

impl Selector {
    fn selects(&self, text: &str) -> bool {
        match self {
            Self::Only(patterns) => patterns.iter().any(|pattern| pattern.matches(text)),
            Self::AllBut(patterns) => !patterns.iter().any(|pattern| pattern.matches(text)),
        }
    }
}

/// A compiled statement.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) sid: Option<Arc<str>>,
    pub(crate) effect: Effect,
    pub(crate) principals: Vec<Principal>,
    /// `None` when the element is absent: the statement is accepted and matches nothing (contract 4.9).
    pub(crate) actions: Option<Selector>,
    /// As `actions`.
    pub(crate) resources: Option<Selector>,
}

impl Statement {
    /// Compiles one element of `Statement`.
    pub(crate) fn read(json: &Json) -> Result<Self, PolicyError> {
        let Json::Object(members) = json else {
            return Err(PolicyError::WrongType {
                name: "Statement",
                expected: "an object or a list of objects",
            });
        };
        refuse_other_elements(members)?;
        let sid = member(members, "Sid").map(|value| text("Sid", value)).transpose()?.map(Arc::<str>::from);
        let principal = member(members, "Principal").ok_or(PolicyError::MissingElement("Principal"))?;
        Ok(Self {
            sid,
            effect: effect(members)?,
            principals: principal::read(principal)?,
            actions: selector(members, "Action", "NotAction", action)?,
            resources: selector(members, "Resource", "NotResource", resource)?,
        })
    }

    /// Whether and how the statement meets this caller, action and resource. A direct match wins over one
    /// by the account.
    pub(crate) fn covers(&self, caller: &PrincipalArn, action: &str, resource: &str) -> Option<Match> {
        let (actions, resources) = (self.actions.as_ref()?, self.resources.as_ref()?);
        let mut found = None;
        for principal in &self.principals {
            match principal.covers(caller) {
                Some(Match::Direct) => {
                    found = Some(Match::Direct);
                    break;
                }
                Some(Match::Account) => found = Some(Match::Account),
                None => {}
            }
        }
        found.filter(|_| actions.selects(action) && resources.selects(resource))
    }
}

fn refuse_other_elements(members: &Members) -> Result<(), PolicyError> {
    for (name, _) in members {
        if LATER.contains(&name.as_str()) {
            return Err(PolicyError::Unsupported(format!("the element '{name}'")));
        }
        if !KNOWN.contains(&name.as_str()) {
            return Err(PolicyError::UnknownElement(name.clone()));
        }
    }
    Ok(())
}

fn effect(members: &Members) -> Result<Effect, PolicyError> {
    let value = member(members, "Effect").ok_or(PolicyError::MissingElement("Effect"))?;
    match text("Effect", value)? {
        "Allow" => Ok(Effect::Allow),
        "Deny" => Ok(Effect::Deny),
        _ => Err(PolicyError::UnknownEffect),
    }
}

/// Reads an element or its negation; both at once are refused, neither is `None`.
fn selector(
    members: &Members,
    only: &'static str,
    all_but: &'static str,
    compile: fn(&str) -> Result<Pattern, PolicyError>,
) -> Result<Option<Selector>, PolicyError> {
    let patterns = |name: &'static str, value: &Json| {
        let mut patterns = Vec::new();
        for text in texts(name, value)? {
            patterns.push(compile(text)?);
        }
        Ok::<_, PolicyError>(patterns)
    };
    match (member(members, only), member(members, all_but)) {
        (None, None) => Ok(None),
        (Some(value), None) => Ok(Some(Selector::Only(patterns(only, value)?))),
        (None, Some(value)) => Ok(Some(Selector::AllBut(patterns(all_but, value)?))),
        (Some(_), Some(_)) => Err(PolicyError::Both(only, all_but)),
    }
}

fn action(text: &str) -> Result<Pattern, PolicyError> {
    refuse_variables(text)?;
    if text != "*" && !text.contains(':') {
        return Err(PolicyError::ActionWithoutService(text.to_owned()));
    }
    Ok(Pattern::any_case(text))
}

fn resource(text: &str) -> Result<Pattern, PolicyError> {
    refuse_variables(text)?;
    Ok(Pattern::exact_case(text))
}

/// Taken literally a variable would never match: a deny that uses one would be lost.
fn refuse_variables(text: &str) -> Result<(), PolicyError> {
    if text.contains("${") {
        return Err(PolicyError::Unsupported(format!("a policy variable ('{text}')")));
    }
    Ok(())
}

/// The text of a string element.
pub(crate) fn text<'a>(name: &'static str, json: &'a Json) -> Result<&'a str, PolicyError> {
    match json {
        Json::Text(text) => Ok(text.as_str()),
        _ => Err(PolicyError::WrongType { name, expected: "a string" }),
    }
}

/// The texts of an element that is a string or a list of strings. An empty list is refused: under a negation
/// it would select everything.
pub(crate) fn texts<'a>(name: &'static str, json: &'a Json) -> Result<Vec<&'a str>, PolicyError> {
    let wrong = PolicyError::WrongType { name, expected: "a string or a list of at least one string" };
    match json {
        Json::Text(text) => Ok(vec![text.as_str()]),
        Json::List(items) if !items.is_empty() => {
            let each = |item: &'a Json| match item {
                Json::Text(text) => Ok(text.as_str()),
                _ => Err(wrong.clone()),
            };
            items.iter().map(each).collect()
        }
        _ => Err(wrong),
    }
}
