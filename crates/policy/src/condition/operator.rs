//! Condition operators: their names, and a policy's values as each of them reads them.

use super::value::{self, Network};
use crate::PolicyError;
use crate::template::{ArnTemplate, Mode, Template};

/// `ForAnyValue:` and `ForAllValues:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantifier {
    /// No prefix.
    Plain,
    Any,
    All,
}

/// How two values stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    pub(crate) fn holds<T: PartialOrd>(self, found: T, wanted: T) -> bool {
        match self {
            Self::Equal => found == wanted,
            Self::Less => found < wanted,
            Self::LessOrEqual => found <= wanted,
            Self::Greater => found > wanted,
            Self::GreaterOrEqual => found >= wanted,
        }
    }
}

/// The families of operators, negation taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Text(Mode),
    Arn,
    Number(Order),
    Date(Order),
    Flag,
    Binary,
    Address,
    Null,
}

/// An operator as a policy names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) quantifier: Quantifier,
    pub(crate) family: Family,
    pub(crate) negated: bool,
    pub(crate) if_exists: bool,
}

/// Every operator without prefix and suffix (contract section 6.3): family, and whether it is negated.
const NAMES: [(&str, Family, bool); 27] = [
    ("StringEquals", Family::Text(Mode::Exact), false),
    ("StringNotEquals", Family::Text(Mode::Exact), true),
    ("StringEqualsIgnoreCase", Family::Text(Mode::AnyCase), false),
    ("StringNotEqualsIgnoreCase", Family::Text(Mode::AnyCase), true),
    ("StringLike", Family::Text(Mode::Like), false),
    ("StringNotLike", Family::Text(Mode::Like), true),
    ("NumericEquals", Family::Number(Order::Equal), false),
    ("NumericNotEquals", Family::Number(Order::Equal), true),
    ("NumericLessThan", Family::Number(Order::Less), false),
    ("NumericLessThanEquals", Family::Number(Order::LessOrEqual), false),
    ("NumericGreaterThan", Family::Number(Order::Greater), false),
    ("NumericGreaterThanEquals", Family::Number(Order::GreaterOrEqual), false),
    ("DateEquals", Family::Date(Order::Equal), false),
    ("DateNotEquals", Family::Date(Order::Equal), true),
    ("DateLessThan", Family::Date(Order::Less), false),
    ("DateLessThanEquals", Family::Date(Order::LessOrEqual), false),
    ("DateGreaterThan", Family::Date(Order::Greater), false),
    ("DateGreaterThanEquals", Family::Date(Order::GreaterOrEqual), false),
    ("Bool", Family::Flag, false),
    ("BinaryEquals", Family::Binary, false),
    ("IpAddress", Family::Address, false),
    ("NotIpAddress", Family::Address, true),
    ("ArnEquals", Family::Arn, false),
    ("ArnLike", Family::Arn, false),
    ("ArnNotEquals", Family::Arn, true),
    ("ArnNotLike", Family::Arn, true),
    ("Null", Family::Null, false),
];

impl Operator {
    /// Reads `[ForAnyValue:|ForAllValues:]NAME[IfExists]`. Null takes neither.
    pub(crate) fn parse(text: &str) -> Result<Self, PolicyError> {
        let unknown = || PolicyError::UnknownOperator(text.to_owned());
        let (quantifier, name) = match text.split_once(':') {
            None => (Quantifier::Plain, text),
            Some(("ForAnyValue", name)) => (Quantifier::Any, name),
            Some(("ForAllValues", name)) => (Quantifier::All, name),
            Some(_) => return Err(unknown()),
        };
        let (name, if_exists) = name.strip_suffix("IfExists").map_or((name, false), |name| (name, true));
        let found = NAMES.iter().find(|(known, _, _)| *known == name);
        let &(_, family, negated) = found.ok_or_else(unknown)?;
        if family == Family::Null && (if_exists || quantifier != Quantifier::Plain) {
            return Err(unknown());
        }
        Ok(Self { quantifier, family, negated, if_exists })
    }
}

/// A policy's values for one key, read once.
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    Texts(Box<[Template]>),
    Arns(Box<[ArnTemplate]>),
    Numbers(Order, Box<[f64]>),
    /// Milliseconds since the epoch.
    Dates(Order, Box<[i64]>),
    Flags(Box<[bool]>),
    Bytes(Box<[Vec<u8>]>),
    Networks(Box<[Network]>),
    /// Whether the key has to be missing.
    Missing(Box<[bool]>),
}

impl Wanted {
    /// Reads the values; the operator's own name is for the refusal.
    pub(crate) fn read(
        family: Family,
        name: &str,
        values: &[String],
        variables: bool,
    ) -> Result<Self, PolicyError> {
        let reader = Reader { name, values };
        Ok(match family {
            Family::Text(mode) => {
                let compile = |text: &String| Template::compile(text, mode, variables);
                Self::Texts(values.iter().map(compile).collect::<Result<_, _>>()?)
            }
            Family::Arn => {
                let compile = |text: &String| ArnTemplate::compile(text, variables);
                Self::Arns(values.iter().map(compile).collect::<Result<_, _>>()?)
            }
            Family::Number(order) => Self::Numbers(order, reader.each("a number", value::number)?),
            Family::Date(order) => Self::Dates(order, reader.each("a date", value::date_ms)?),
            Family::Flag => Self::Flags(reader.each("true or false", value::flag)?),
            Family::Binary => Self::Bytes(reader.each("Base64", value::bytes)?),
            Family::Address => Self::Networks(reader.each("an IP address or a CIDR block", Network::parse)?),
            Family::Null => Self::Missing(reader.each("true or false", value::flag)?),
        })
    }

    /// Whether no value can match whatever the request.
    pub(crate) fn never(&self) -> bool {
        matches!(self, Self::Arns(arns) if arns.iter().all(|arn| matches!(arn, ArnTemplate::Never)))
    }
}

/// The values of one operator and key, to be read in the operator's way.
struct Reader<'a> {
    name: &'a str,
    values: &'a [String],
}

impl Reader<'_> {
    fn each<T>(&self, expected: &'static str, read: fn(&str) -> Option<T>) -> Result<Box<[T]>, PolicyError> {
        let each = |value: &String| {
            read(value).ok_or_else(|| PolicyError::InvalidValue {
                operator: self.name.to_owned(),
                value: value.clone(),
                expected,
            })
        };
        self.values.iter().map(each).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_read_with_prefix_and_suffix() {
        for (name, family, negated) in NAMES.iter().filter(|(_, family, _)| *family != Family::Null) {
            for (prefix, quantifier) in [
                ("", Quantifier::Plain),
                ("ForAnyValue:", Quantifier::Any),
                ("ForAllValues:", Quantifier::All),
            ] {
                for (suffix, if_exists) in [("", false), ("IfExists", true)] {
                    let expected = Operator { quantifier, family: *family, negated: *negated, if_exists };
                    assert_eq!(Operator::parse(&format!("{prefix}{name}{suffix}")), Ok(expected));
                }
            }
        }
        assert_eq!(Operator::parse("Null").unwrap().family, Family::Null);
    }

    #[test]
    fn operators_that_do_not_exist() {
        for name in [
            "",
            "IfExists",
            "stringequals",
            "StringEqualsIfExistsIfExists",
            "NullIfExists",
            "ForAnyValue:Null",
            "ForAllValues:",
            "ForSomeValues:StringEquals",
            "ForAnyValue:ForAllValues:StringEquals",
            "BinaryNotEquals",
            "NotBool",
        ] {
            assert_eq!(Operator::parse(name), Err(PolicyError::UnknownOperator(name.to_owned())));
        }
    }

    #[test]
    fn values_that_an_operator_cannot_read() {
        for (operator, value, expected) in [
            ("NumericEquals", "x", "a number"),
            ("DateLessThan", "yesterday", "a date"),
            ("Bool", "yes", "true or false"),
            ("BinaryEquals", "?", "Base64"),
            ("IpAddress", "10.0.0.0/40", "an IP address or a CIDR block"),
            ("Null", "", "true or false"),
        ] {
            let family = Operator::parse(operator).unwrap().family;
            let refused = Wanted::read(family, operator, &[value.to_owned()], true).unwrap_err();
            let (operator, value) = (operator.to_owned(), value.to_owned());
            assert_eq!(refused, PolicyError::InvalidValue { operator, value, expected });
        }
    }
}
