//! A form-encoded body, or a query string, as names and values (WHATWG URL, "application/x-www-form-urlencoded
//! parsing", but what it repairs is refused here: what is signed must mean one thing).

use super::QueryRefusal;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use zeroize::Zeroizing;

/// The most parameters that are read.
pub const PARAMETERS_MAX: usize = 2_000;

/// Decoded parameters, each name once. Values are wiped on drop, and Debug does not show them.
#[derive(Default)]
pub struct Form {
    parameters: BTreeMap<String, Zeroizing<String>>,
}

impl Form {
    /// Reads a body, or the query string of a URL (without its `?`).
    pub fn parse(text: &[u8]) -> Result<Self, QueryRefusal> {
        let mut parameters = BTreeMap::new();
        for pair in text.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
            if parameters.len() == PARAMETERS_MAX {
                return Err(QueryRefusal::MalformedQueryString("There are too many parameters."));
            }
            let end = pair.iter().position(|b| *b == b'=').unwrap_or(pair.len());
            let (name, value) = pair.split_at_checked(end).unwrap_or_default();
            let name = decode(name)?;
            if name.is_empty() {
                return Err(QueryRefusal::MalformedQueryString("A parameter has no name."));
            }
            let value = Zeroizing::new(decode(value.strip_prefix(b"=").unwrap_or_default())?);
            if parameters.insert(name, value).is_some() {
                return Err(QueryRefusal::MalformedQueryString("A parameter comes twice."));
            }
        }
        Ok(Self { parameters })
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(|value| value.as_str())
    }

    /// The names that begin so, without that beginning, in order.
    pub(super) fn below<'f>(&'f self, beginning: &'f str) -> impl Iterator<Item = &'f str> {
        let names = self.parameters.range::<str, _>((Bound::Included(beginning), Bound::Unbounded));
        names.map_while(move |(name, _)| name.strip_prefix(beginning))
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Form({} parameters)", self.parameters.len())
    }
}

/// `+` to a space and `%XX` to a byte; the result must be UTF-8.
fn decode(text: &[u8]) -> Result<String, QueryRefusal> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => escaped(rest.next(), rest.next()).ok_or(QueryRefusal::MalformedQueryString(
                "A percent sign is not followed by two hex digits.",
            ))?,
            byte => *byte,
        });
    }
    String::from_utf8(std::mem::take(&mut *bytes)).map_err(|error| {
        drop(Zeroizing::new(error.into_bytes()));
        QueryRefusal::MalformedQueryString("A parameter is not UTF-8.")
    })
}

fn escaped(high: Option<&u8>, low: Option<&u8>) -> Option<u8> {
    let digit =
        |byte: Option<&u8>| char::from(*byte?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refused(text: &[u8]) -> &'static str {
        match Form::parse(text) {
            Err(QueryRefusal::MalformedQueryString(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    fn encode(text: &str) -> String {
        text.bytes().map(|b| if b == b' ' { "+".to_owned() } else { format!("%{b:02X}") }).collect()
    }

    #[test]
    fn escapes_and_plus_are_decoded() {
        let form = Form::parse(b"Action=CreateUser&a=%7b+%2B%C3%A9&b=&c&x.member.1=1=2&").unwrap();
        assert_eq!(form.get("Action"), Some("CreateUser"));
        assert_eq!(form.get("a"), Some("{ +\u{e9}"));
        assert_eq!((form.get("b"), form.get("c"), form.get("d")), (Some(""), Some(""), None));
        assert_eq!(form.get("x.member.1"), Some("1=2"));
        assert!(Form::parse(b"").unwrap().parameters.is_empty());
    }

    #[test]
    fn percent_without_two_digits() {
        for text in [&b"a=%"[..], b"a=%1", b"a=%g0", b"a=%+1", b"%zz=1", b"a=%&b=1"] {
            assert_eq!(refused(text), "A percent sign is not followed by two hex digits.");
        }
    }

    #[test]
    fn bytes_that_are_not_utf_8() {
        for text in [&b"a=%ff"[..], b"a=\xff", b"%c3=1", b"a=%c0%80", b"a=%ed%a0%80"] {
            assert_eq!(refused(text), "A parameter is not UTF-8.");
        }
    }

    #[test]
    fn name_twice_however_it_is_spelled() {
        for text in [&b"a=1&a=1"[..], b"a=1&%61=2", b"a+=1&a%20=1", b"a&a="] {
            assert_eq!(refused(text), "A parameter comes twice.");
        }
    }

    #[test]
    fn value_without_a_name() {
        assert_eq!(refused(b"=1"), "A parameter has no name.");
        assert_eq!(refused(b"a=1&="), "A parameter has no name.");
    }

    #[test]
    fn too_many_parameters() {
        let form = |count: usize| (0..count).map(|i| format!("p{i}=1&")).collect::<String>();
        assert!(Form::parse(form(PARAMETERS_MAX).as_bytes()).is_ok());
        assert_eq!(refused(form(PARAMETERS_MAX + 1).as_bytes()), "There are too many parameters.");
    }

    #[test]
    fn debug_shows_no_value() {
        let form = Form::parse(b"WebIdentityToken=c2VjcmV0").unwrap();
        assert_eq!(format!("{form:?}"), "Form(1 parameters)");
    }

    proptest! {
        #[test]
        fn parse_never_panics(text in any::<Vec<u8>>()) {
            let _ = Form::parse(&text);
        }

        #[test]
        fn round_trip(pairs in proptest::collection::btree_map(".{1,8}", ".{0,8}", 0..20)) {
            let text: Vec<String> = pairs.iter().map(|(n, v)| format!("{}={}", encode(n), encode(v))).collect();
            let form = Form::parse(text.join("&").as_bytes()).unwrap();
            prop_assert_eq!(form.parameters.len(), pairs.len());
            for (name, value) in &pairs {
                prop_assert_eq!(form.get(name), Some(value.as_str()));
            }
        }
    }
}
