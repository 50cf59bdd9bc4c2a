//! Who watches an evaluation: nobody while serving, a recorder when it is to be explained. The same code runs.

use crate::condition::Condition;
use crate::request::{Place, Request};
use crate::statement::Statement;
use crate::{Grant, GrantMismatch, Match, PolicyName};

/// An element of a statement that did not match, other than a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Element {
    /// `Principal` or `NotPrincipal`.
    Principal,
    /// `Action` or `NotAction`.
    Action,
    /// There is no `Action`, so that the statement never applies.
    NoAction,
    /// `Resource` or `NotResource`.
    Resource,
    /// There is no `Resource`, so that the statement never applies.
    NoResource,
}

/// What an evaluation tells.
pub(crate) trait Observer {
    /// Whether every element of every statement is to be compared, also after one did not match.
    const RECORDS: bool;

    /// A statement is considered.
    fn begin(&mut self, policy: &PolicyName, index: usize, statement: &Statement);

    /// An element of it does not match.
    fn mismatch(&mut self, element: Element);

    /// A condition of it was evaluated.
    fn condition(&mut self, condition: &Condition, request: &Request<'_>, place: Place, holds: bool);

    /// How it met the request.
    fn end(&mut self, matched: Option<Match>);

    /// A grant was considered.
    fn grant(&mut self, grant: &Grant, result: Result<Match, GrantMismatch>);
}

/// Nobody watches.
pub(crate) struct Nobody;

impl Observer for Nobody {
    const RECORDS: bool = false;

    fn begin(&mut self, _: &PolicyName, _: usize, _: &Statement) {}

    fn mismatch(&mut self, _: Element) {}

    fn condition(&mut self, _: &Condition, _: &Request<'_>, _: Place, _: bool) {}

    fn end(&mut self, _: Option<Match>) {}

    fn grant(&mut self, _: &Grant, _: Result<Match, GrantMismatch>) {}
}
