//! Texts of a policy that a request's text is held against, with their policy variables (contract section 6.3).
//!
//! A variable is replaced by the request's value, taken literally: a `*` in somebody's tag is no wildcard. One
//! whose key is missing, or has several values, and that has no default is no text at all: the template then
//! matches nothing (so that a negated operator, and `NotResource`, match).

use crate::PolicyError;
use crate::condition::key::ConditionKey;
use crate::pattern::{Pattern, Token, matches_tokens, tokens};
use crate::request::{Place, Request};

/// How a template is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Exact,
    /// Without regard to case, in all of Unicode.
    AnyCase,
    /// With wildcards.
    Like,
}

/// A compiled text.
#[derive(Clone, Debug)]
pub(crate) enum Template {
    Fixed(Box<str>, Mode),
    Pattern(Pattern),
    Variable(Box<[Segment]>, Mode),
}

/// A piece of a text with variables.
#[derive(Clone, Debug)]
pub(crate) enum Segment {
    /// Text in which `*` and `?` are wildcards when the mode says so.
    Text(Box<str>),
    /// One of `${*}`, `${?}`, `${$}`.
    Literal(char),
    Variable {
        key: ConditionKey,
        default: Option<Box<str>>,
    },
}

impl Template {
    /// Compiles a text; without `variables` a `${` is nothing special.
    pub(crate) fn compile(text: &str, mode: Mode, variables: bool) -> Result<Self, PolicyError> {
        if variables && text.contains("${") {
            return Ok(Self::Variable(segments(text)?.into(), mode));
        }
        Ok(match mode {
            Mode::Like => Self::Pattern(Pattern::exact_case(text)),
            Mode::Exact | Mode::AnyCase => Self::Fixed(text.into(), mode),
        })
    }

    /// Whether it matches every text whatever the request.
    pub(crate) fn is_anything(&self) -> bool {
        matches!(self, Self::Pattern(pattern) if pattern.is_anything())
    }

    /// What it says before its first variable.
    pub(crate) fn beginning(&self) -> String {
        match self {
            Self::Fixed(text, _) => text.to_string(),
            Self::Pattern(pattern) => pattern.text(),
            Self::Variable(segments, _) => match segments.first() {
                Some(Segment::Text(text)) => text.to_string(),
                _ => String::new(),
            },
        }
    }

    /// Whether it matches its own text and no other, whatever the request.
    fn is_exact(&self) -> bool {
        matches!(self, Self::Pattern(pattern) if pattern.is_exact())
    }

    /// Whether the whole text matches.
    pub(crate) fn matches(&self, text: &str, request: &Request<'_>, place: Place) -> bool {
        match self {
            Self::Fixed(wanted, mode) => same(wanted, text, *mode),
            Self::Pattern(pattern) => pattern.matches(text),
            Self::Variable(segments, Mode::Like) => {
                let (mut pattern, mut room) = (Vec::new(), text.chars().count());
                for segment in segments {
                    match (segment, segment.text(request, place)) {
                        (Segment::Text(wild), _) => pattern.extend(tokens(wild)),
                        (_, Some(literal)) => {
                            // A value said many times over makes no pattern that is longer than the text.
                            let Some(left) = room.checked_sub(literal.chars().count()) else { return false };
                            room = left;
                            pattern.extend(literal.chars().map(Token::Char));
                        }
                        (_, None) => return false,
                    }
                }
                matches_tokens(&pattern, text)
            }
            Self::Variable(segments, Mode::AnyCase) => {
                let mut rest = lower(text);
                let begins = segments.iter().all(|segment| {
                    let wanted = segment.text(request, place);
                    wanted.is_some_and(|wanted| lower(&wanted).all(|letter| rest.next() == Some(letter)))
                });
                begins && rest.next().is_none()
            }
            Self::Variable(segments, Mode::Exact) => {
                let rest = segments.iter().try_fold(text, |rest, segment| {
                    segment.text(request, place).and_then(|wanted| rest.strip_prefix(wanted.as_str()))
                });
                rest.is_some_and(str::is_empty)
            }
        }
    }
}

impl Segment {
    fn text(&self, request: &Request<'_>, place: Place) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.to_string()),
            Self::Literal(letter) => Some(letter.to_string()),
            Self::Variable { key, default } => {
                request.text_of(key, place).or_else(|| default.as_ref().map(ToString::to_string))
            }
        }
    }
}

fn same(wanted: &str, text: &str, mode: Mode) -> bool {
    match mode {
        Mode::AnyCase => lower(wanted).eq(lower(text)),
        Mode::Exact | Mode::Like => wanted == text,
    }
}

fn lower(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().flat_map(char::to_lowercase)
}

fn segments(text: &str) -> Result<Vec<Segment>, PolicyError> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, variable)) = rest.split_once("${") {
        if !before.is_empty() {
            found.push(Segment::Text(before.into()));
        }
        let (segment, after) = variable_of(variable, text)?;
        found.push(segment);
        rest = after;
    }
    if !rest.is_empty() {
        found.push(Segment::Text(rest.into()));
    }
    Ok(found)
}

/// Reads what stands between `${` and its `}`, and gives what follows.
fn variable_of<'a>(text: &'a str, whole: &str) -> Result<(Segment, &'a str), PolicyError> {
    let invalid = || PolicyError::InvalidVariable(whole.to_owned());
    for letter in ['*', '?', '$'] {
        if let Some(after) = text.strip_prefix(letter).and_then(|rest| rest.strip_prefix('}')) {
            return Ok((Segment::Literal(letter), after));
        }
    }
    let end = text.find([',', '}', '{']).ok_or_else(invalid)?;
    let (name, after) = text.split_at(end);
    let key = ConditionKey::parse(name.trim()).map_err(|error| match error {
        PolicyError::KeyWithoutPrefix(_) => invalid(),
        other => other,
    })?;
    if let Some(after) = after.strip_prefix('}') {
        return Ok((Segment::Variable { key, default: None }, after));
    }
    let quoted = after.strip_prefix(',').map(str::trim_start).and_then(|rest| rest.strip_prefix('\''));
    let (default, after) = quoted.and_then(|rest| rest.split_once('\'')).ok_or_else(invalid)?;
    let after = after.trim_start().strip_prefix('}').ok_or_else(invalid)?;
    Ok((Segment::Variable { key, default: Some(default.into()) }, after))
}

/// How many parts an ARN has. The last one may have colons of its own.
const ARN_PARTS: usize = 6;

/// An ARN pattern: six parts, compared one by one, so that a wildcard does not reach into the next part and no
/// value of a variable makes a part.
#[derive(Clone, Debug)]
pub(crate) enum ArnTemplate {
    Parts(ArnParts),
    /// `*` alone: every ARN.
    AnyArn,
    /// Not six parts: no ARN matches.
    Never,
}

/// The parts of an ARN pattern. Those without wildcards and variables that it begins with, mostly all up to the account,
/// are one text: one comparison instead of one each.
#[derive(Clone, Debug)]
pub(crate) struct ArnParts {
    /// Those parts, each with the colon after it; never the last part.
    head: Box<str>,
    /// The others.
    rest: Box<[Template]>,
}

impl ArnTemplate {
    pub(crate) fn compile(text: &str, variables: bool) -> Result<Self, PolicyError> {
        if text == "*" {
            return Ok(Self::AnyArn);
        }
        let texts = arn_parts(text, variables);
        let mut parts = Vec::new();
        for part in &texts {
            parts.push(Template::compile(part, Mode::Like, variables)?);
        }
        if parts.len() != ARN_PARTS {
            return Ok(Self::Never);
        }
        let exact = parts.iter().take(ARN_PARTS - 1).take_while(|part| part.is_exact()).count();
        let head: String = texts.iter().take(exact).flat_map(|part| [*part, ":"]).collect();
        let rest: Vec<Template> = parts.split_off(exact);
        Ok(Self::Parts(ArnParts { head: head.into(), rest: rest.into() }))
    }

    pub(crate) fn matches(&self, text: &str, request: &Request<'_>, place: Place) -> bool {
        match self {
            Self::Never => false,
            Self::AnyArn => text.bytes().filter(|byte| *byte == b':').count() >= ARN_PARTS - 1,
            Self::Parts(parts) => parts.matches(text, request, place),
        }
    }
}

impl ArnParts {
    /// Whether all six parts match; a text with fewer parts is no ARN.
    fn matches(&self, text: &str, request: &Request<'_>, place: Place) -> bool {
        let Some(tail) = text.strip_prefix(&*self.head) else { return false };
        let mut found = tail.splitn(self.rest.len(), ':');
        self.rest.iter().all(|part| found.next().is_some_and(|found| part.matches(found, request, place)))
    }
}

/// Splits at the first five colons that stand outside of a variable.
fn arn_parts(text: &str, variables: bool) -> Vec<&str> {
    let (mut parts, mut start, mut inside) = (Vec::new(), 0, false);
    for (at, letter) in text.char_indices() {
        match letter {
            '{' if variables && text[..at].ends_with('$') => inside = true,
            '}' => inside = false,
            ':' if !inside && parts.len() < 5 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}
