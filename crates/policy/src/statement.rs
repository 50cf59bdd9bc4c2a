//! One statement: effect, principals, actions, resources, conditions; and whether it meets a request.

use crate::action::{Action, Selected};
use crate::condition::{self, Condition};
use crate::json::{Json, Members, member, text, texts};
use crate::observer::{Element, Observer};
use crate::pattern::Pattern;
use crate::principal::{Principals, Reader};
use crate::request::{Place, Request};
use crate::template::{Mode, Template};
use crate::{DocumentKind, Match, PolicyError};
use std::sync::Arc;

/// The elements of the language.
#[rustfmt::skip]
const KNOWN: [&str; 9] = [
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
];

/// What a matching statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Effect {
    /// Lets the caller.
    Allow,
    /// Refuses, whatever else allows.
    Deny,
}

/// An element or its negation, with its texts for explanations.
#[derive(Clone, Debug)]
pub(crate) enum Selector<T> {
    Only(Vec<T>),
    AllBut(Vec<T>),
}

impl<T> Selector<T> {
    fn selects(&self, matches: impl Fn(&T) -> bool) -> bool {
        match self {
            Self::Only(items) => items.iter().any(matches),
            Self::AllBut(items) => !items.iter().any(matches),
        }
    }

    pub(crate) fn items(&self) -> &[T] {
        match self {
            Self::Only(items) | Self::AllBut(items) => items,
        }
    }
}

/// `Action` or `NotAction`: the patterns, and what they select of the known actions.
#[derive(Clone, Debug)]
pub(crate) struct Actions {
    patterns: Selector<Pattern>,
    known: Selected,
}

impl Actions {
    pub(crate) fn new(patterns: Selector<Pattern>) -> Self {
        let known = Selected::by(|action| patterns.selects(|pattern| pattern.matches(action)));
        Self { patterns, known }
    }

    pub(crate) fn patterns(&self) -> &[Pattern] {
        self.patterns.items()
    }

    fn selects(&self, action: Action<'_>) -> bool {
        let by_name = || self.patterns.selects(|pattern| pattern.matches(action.as_str()));
        self.known.contains(action).unwrap_or_else(by_name)
    }
}

/// A compiled statement.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) sid: Option<Arc<str>>,
    pub(crate) effect: Effect,
    pub(crate) principals: Principals,
    /// `None` when the element is absent: the statement is accepted and matches nothing (contract section 4.9).
    pub(crate) actions: Option<Actions>,
    /// As `actions`; a trust policy's statement is about its own role.
    pub(crate) resources: Option<Selector<Template>>,
    pub(crate) conditions: Vec<Condition>,
}

impl Statement {
    /// Compiles one element of `Statement`.
    pub(crate) fn read(
        json: &Json,
        kind: DocumentKind,
        variables: bool,
        principals: &mut Reader<'_>,
    ) -> Result<Self, PolicyError> {
        let Json::Object(members) = json else {
            return Err(PolicyError::WrongType {
                name: "Statement",
                expected: "an object or a list of objects",
            });
        };
        if let Some((name, _)) = members.iter().find(|(name, _)| !KNOWN.contains(&name.as_str())) {
            return Err(PolicyError::UnknownElement(name.clone()));
        }
        let sid = member(members, "Sid").map(|value| text("Sid", value)).transpose()?.map(Arc::<str>::from);
        let effect = effect(members)?;
        let resource = |text: &str| resource(text, kind, variables);
        let statement = Self {
            sid,
            effect,
            principals: read_principals(members, kind, principals)?,
            actions: selector(members, "Action", "NotAction", action)?.map(Actions::new),
            resources: selector(members, "Resource", "NotResource", resource)?,
            conditions: member(members, "Condition")
                .map(|json| condition::read(json, variables))
                .transpose()?
                .unwrap_or_default(),
        };
        statement.check(kind)?;
        Ok(statement.with_own_resource(kind))
    }

    /// What a kind of document asks of each statement.
    fn check(&self, kind: DocumentKind) -> Result<(), PolicyError> {
        match kind {
            DocumentKind::KeyPolicy => {
                let overly = self.conditions.iter().find(|condition| condition.is_overly_permissive());
                match overly {
                    Some(condition) if self.effect == Effect::Allow => Err(PolicyError::OverlyPermissive {
                        operator: condition.written.operator.to_string(),
                        key: condition.written.key.to_string(),
                    }),
                    _ => Ok(()),
                }
            }
            DocumentKind::TrustPolicy if self.resources.is_some() => Err(PolicyError::ProhibitedResource),
            DocumentKind::TrustPolicy if self.actions.is_none() => Err(PolicyError::MissingActions),
            DocumentKind::TrustPolicy => Ok(()),
            DocumentKind::Identity | DocumentKind::Session => {
                match (&self.actions, &self.resources, &self.sid) {
                    (None, _, _) => Err(PolicyError::MissingActions),
                    (_, None, _) => Err(PolicyError::MissingResources),
                    (_, _, Some(sid)) if !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                        Err(PolicyError::InvalidSid(sid.to_string()))
                    }
                    _ => Ok(()),
                }
            }
        }
    }

    fn with_own_resource(mut self, kind: DocumentKind) -> Self {
        if kind == DocumentKind::TrustPolicy {
            self.resources = Some(Selector::Only(vec![Template::Pattern(Pattern::exact_case("*"))]));
        }
        self
    }

    /// Whether and how the statement meets the request. An observer that records is told of every element that
    /// does not match; else the first such ends it.
    pub(crate) fn meets<O: Observer>(
        &self,
        request: &Request<'_>,
        place: Place,
        observer: &mut O,
    ) -> Option<Match> {
        let selects_action = self.selects_action(request.action);
        if !selects_action {
            observer.mismatch(if self.actions.is_some() { Element::Action } else { Element::NoAction });
        }
        if !selects_action && !O::RECORDS {
            return None;
        }
        let principal = self.principals.cover(request.subject, self.effect);
        if principal.is_none() {
            observer.mismatch(Element::Principal);
        }
        if principal.is_none() && !O::RECORDS {
            return None;
        }
        let selects_resource = self.selects_resource(request, place);
        if !selects_resource {
            observer.mismatch(if self.resources.is_some() { Element::Resource } else { Element::NoResource });
        }
        if !selects_resource && !O::RECORDS {
            return None;
        }
        let mut conditions_hold = true;
        for condition in &self.conditions {
            let holds = condition.holds(request, place);
            observer.condition(condition, request, place, holds);
            conditions_hold &= holds;
            if !holds && !O::RECORDS {
                return None;
            }
        }
        principal.filter(|_| selects_action && selects_resource && conditions_hold)
    }

    pub(crate) fn selects_action(&self, action: Action<'_>) -> bool {
        self.actions.as_ref().is_some_and(|actions| actions.selects(action))
    }

    pub(crate) fn selects_resource(&self, request: &Request<'_>, place: Place) -> bool {
        self.resources.as_ref().is_some_and(|resources| {
            resources.selects(|template| {
                template.is_anything() || template.matches(request.resource_text(), request, place)
            })
        })
    }
}

fn effect(members: &Members) -> Result<Effect, PolicyError> {
    let value = member(members, "Effect").ok_or(PolicyError::MissingElement("Effect"))?;
    match text("Effect", value)? {
        "Allow" => Ok(Effect::Allow),
        "Deny" => Ok(Effect::Deny),
        _ => Err(PolicyError::UnknownEffect),
    }
}

fn read_principals(
    members: &Members,
    kind: DocumentKind,
    reader: &mut Reader<'_>,
) -> Result<Principals, PolicyError> {
    let found = (member(members, "Principal"), member(members, "NotPrincipal"));
    match (kind.names_principals(), found) {
        (false, (None, None)) => Ok(Principals::Attached),
        (false, _) => Err(PolicyError::ProhibitedPrincipal),
        (true, (Some(_), Some(_))) => Err(PolicyError::Both("Principal", "NotPrincipal")),
        (true, (Some(json), None)) => Ok(Principals::Only(reader.read(json)?)),
        (true, (None, Some(json))) => Ok(Principals::AllBut(reader.read(json)?)),
        (true, (None, None)) => Err(PolicyError::MissingElement("Principal")),
    }
}

/// Reads an element or its negation; both at once are refused, neither is `None`.
fn selector<T>(
    members: &Members,
    only: &'static str,
    all_but: &'static str,
    compile: impl Fn(&str) -> Result<T, PolicyError>,
) -> Result<Option<Selector<T>>, PolicyError> {
    let items = |name: &'static str, value: &Json| {
        texts(name, value)?.into_iter().map(&compile).collect::<Result<Vec<_>, PolicyError>>()
    };
    match (member(members, only), member(members, all_but)) {
        (None, None) => Ok(None),
        (Some(value), None) => Ok(Some(Selector::Only(items(only, value)?))),
        (None, Some(value)) => Ok(Some(Selector::AllBut(items(all_but, value)?))),
        (Some(_), Some(_)) => Err(PolicyError::Both(only, all_but)),
    }
}

fn action(text: &str) -> Result<Pattern, PolicyError> {
    if text != "*" && !text.contains(':') {
        return Err(PolicyError::ActionWithoutService(text.to_owned()));
    }
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*?:-_.".contains(&byte)) {
        return Err(PolicyError::InvalidAction(text.to_owned()));
    }
    Ok(Pattern::any_case(text))
}

/// A key policy's resource is the key whatever stands there (contract section 4.9); an identity policy has to name
/// an ARN.
fn resource(text: &str, kind: DocumentKind, variables: bool) -> Result<Template, PolicyError> {
    if !kind.names_principals() && text != "*" && !text.starts_with("arn:") {
        return Err(PolicyError::ResourceNotArn(text.to_owned()));
    }
    Template::compile(text, Mode::Like, variables)
}
