//! Conditions: one operator, one key, the values a policy wants, and whether a request meets them.

pub(crate) mod key;
pub(crate) mod operator;
pub(crate) mod value;

use crate::PolicyError;
use crate::json::{self, Json};
use crate::request::{Place, Request};
use key::ConditionKey;
use operator::{Operator, Quantifier, Wanted};
use std::net::IpAddr;
use value::{Found, Value};

/// One key under one operator.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub(crate) operator: Operator,
    pub(crate) key: ConditionKey,
    wanted: Wanted,
    /// Boxed: decisions do not read it, and without it a condition is one cache line.
    pub(crate) written: Box<Written>,
}

/// The texts of the policy, for explanations.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) operator: Box<str>,
    pub(crate) key: Box<str>,
    pub(crate) values: Vec<String>,
}

/// Reads the element `Condition`: operators, each with keys, each with values.
pub(crate) fn read(json: &Json, variables: bool) -> Result<Vec<Condition>, PolicyError> {
    let wrong = PolicyError::WrongType { name: "Condition", expected: "an object of objects" };
    let Json::Object(operators) = json else { return Err(wrong) };
    let mut conditions = Vec::new();
    for (operator_name, keys) in operators {
        let operator = Operator::parse(operator_name)?;
        let Json::Object(keys) = keys else { return Err(wrong) };
        for (key_name, values) in keys {
            let values = json::values(values)?;
            conditions.push(Condition {
                operator,
                key: ConditionKey::parse(key_name)?,
                wanted: Wanted::read(operator.family, operator_name, &values, variables)?,
                written: Box::new(Written {
                    operator: operator_name.as_str().into(),
                    key: key_name.as_str().into(),
                    values,
                }),
            });
        }
    }
    Ok(conditions)
}

impl Condition {
    /// Whether the request meets the condition (contract section 6.3, "Combination").
    ///
    /// A key that is missing, or has no values: a positive operator is false, a negated one true, `IfExists`
    /// true (with `ForAnyValue` too), `ForAllValues` true, `ForAnyValue` false.
    /// Without a prefix a key of many values is met when any value is; negated, when none is.
    pub(crate) fn holds(&self, request: &Request<'_>, place: Place) -> bool {
        let found = request.read(&self.key, place);
        if let Wanted::Missing(wanted) = &self.wanted {
            return wanted.contains(&(found == Found::Missing));
        }
        let meets = |value: &Value<'_>| self.matches(value, request, place) != self.operator.negated;
        let one;
        let many: Vec<Value<'_>>;
        let values = match found {
            Found::Missing => &[][..],
            Found::One(value) => {
                one = [value];
                &one[..]
            }
            Found::Many(texts) => {
                many = texts.into_iter().map(Value::Text).collect();
                &many[..]
            }
        };
        match self.operator.quantifier {
            _ if values.is_empty() && self.operator.if_exists => true,
            Quantifier::All => values.iter().all(meets),
            Quantifier::Any => values.iter().any(meets),
            // Without a value a negated operator holds, and no other one does.
            Quantifier::Plain if self.operator.negated => values.iter().all(meets),
            Quantifier::Plain => values.iter().any(meets),
        }
    }

    /// Whether a value matches one of the wanted, negation apart. A value that cannot be read as what the
    /// operator compares matches none.
    fn matches(&self, value: &Value<'_>, request: &Request<'_>, place: Place) -> bool {
        match &self.wanted {
            Wanted::Texts(templates) => {
                let text = value.text();
                templates.iter().any(|template| template.matches(&text, request, place))
            }
            Wanted::Arns(templates) => {
                let text = value.text();
                templates.iter().any(|template| template.matches(&text, request, place))
            }
            Wanted::Numbers(order, wanted) => {
                value.number().is_some_and(|found| wanted.iter().any(|wanted| order.holds(found, *wanted)))
            }
            Wanted::Dates(order, wanted) => {
                value.date_ms().is_some_and(|found| wanted.iter().any(|wanted| order.holds(found, *wanted)))
            }
            Wanted::Flags(wanted) => value.flag().is_some_and(|found| wanted.contains(&found)),
            Wanted::Bytes(wanted) => wanted.contains(&value.bytes()),
            Wanted::Networks(wanted) => {
                let inside = |found: IpAddr| wanted.iter().any(|network| network.contains(found));
                value.address().is_some_and(inside)
            }
            Wanted::Missing(_) => false,
        }
    }

    /// Whether the operator is `ForAllValues` on a key that has one value: in an Allow it lets in every request
    /// that lacks the key.
    pub(crate) fn is_overly_permissive(&self) -> bool {
        self.operator.quantifier == Quantifier::All && self.key.row.values == key::Values::One
    }

    /// Whether no request can match one of the wanted values.
    pub(crate) fn never_matches(&self) -> bool {
        self.wanted.never()
    }
}
