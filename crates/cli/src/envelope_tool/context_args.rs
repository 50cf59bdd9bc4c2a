//! `--encryption-context K=V`, any number of times.

use super::Failure;
use std::collections::BTreeMap;
use strongroom_envelope::message::Context;

/// What to say of arguments that look like several pairs in one, as the AWS CLI takes them: here a comma is a part of the
/// value. `None` if none does.
pub(crate) fn comma_warning(arguments: &[String]) -> Option<String> {
    let looks_so = |argument: &&String| {
        let value = argument.split_once('=').map_or("", |(_, value)| value);
        value.split(',').skip(1).any(|part| part.contains('='))
    };
    arguments.iter().find(looks_so).map(|argument| {
        format!(
            "strongroom: --encryption-context {argument:?} is one pair, with the comma in its value: give the flag once \
             for each pair if several were meant"
        )
    })
}

/// The pairs of the command line. The key ends at the first `=`; a key may stand once only.
pub(crate) fn context(arguments: &[String]) -> Result<Context, Failure> {
    let mut pairs = BTreeMap::new();
    for argument in arguments {
        let Some((key, value)) = argument.split_once('=') else {
            return Err(Failure::Usage(format!("--encryption-context {argument:?} has no '='")));
        };
        if pairs.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(Failure::Usage(format!("--encryption-context has the key {key:?} twice")));
        }
    }
    Context::new(pairs).map_err(|error| Failure::Usage(format!("--encryption-context: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_pairs_in_one_are_pointed_out() {
        let of = |text: &str| comma_warning(&[text.to_owned()]);
        assert!(of("a=b,c=1").is_some_and(|said| said.contains("\"a=b,c=1\" is one pair")));
        for usual in ["a=b", "a=b,c", "a,b=c", "a=b=c"] {
            assert_eq!(of(usual), None, "{usual}");
        }
    }

    #[test]
    fn pairs_split_at_the_first_equals_sign() {
        let arguments = ["a=b=c".to_owned(), "d=".to_owned()];
        let pairs = context(&arguments).unwrap_or_default();
        assert_eq!(pairs.pairs()["a"], "b=c");
        assert_eq!(pairs.pairs()["d"], "");
        for bad in [&["a"][..], &["a=1", "a=2"], &["=x"], &["aws-crypto-x=1"]] {
            let arguments: Vec<_> = bad.iter().map(|text| (*text).to_owned()).collect();
            assert!(matches!(context(&arguments), Err(Failure::Usage(_))), "{bad:?}");
        }
    }
}
