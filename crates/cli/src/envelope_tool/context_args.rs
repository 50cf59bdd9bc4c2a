//! `--encryption-context K=V`, any number of times.

use super::Failure;
use std::collections::BTreeMap;
use strongroom_envelope::message::Context;

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
