//! The canonical map of a binding (`reference/vault.md` section 6), the form of an encryption context too.

/// A map that has no canonical form: a key twice, or a text or count beyond `u16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the map has no canonical form")]
pub struct MapError;

/// `u16 count`, then `u16 length · key · u16 length · value` for each pair, big-endian, sorted by key bytes.
/// Pairs come in any order.
pub fn canonical_map(pairs: &[(&str, &str)]) -> Result<Vec<u8>, MapError> {
    let mut sorted = pairs.to_vec();
    sorted.sort_unstable_by_key(|(key, _)| key.as_bytes());
    if sorted.windows(2).any(|pair| matches!(pair, [(a, _), (b, _)] if a == b)) {
        return Err(MapError);
    }
    let size = sorted.iter().map(|(key, value)| 4 + key.len() + value.len()).sum::<usize>();
    let mut out = Vec::with_capacity(2 + size);
    out.extend_from_slice(&u16::try_from(sorted.len()).map_err(|_| MapError)?.to_be_bytes());
    for text in sorted.iter().flat_map(|(key, value)| [key, value]) {
        out.extend_from_slice(&u16::try_from(text.len()).map_err(|_| MapError)?.to_be_bytes());
        out.extend_from_slice(text.as_bytes());
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::{bytes, map, read};

    #[test]
    fn context_vectors() {
        let vectors = read("context.json");
        assert_eq!(vectors.len(), 11);
        for vector in &vectors {
            assert_eq!(map(vector, "pairs"), bytes(vector, "canonical"), "{}", vector["name"]);
        }
    }

    #[test]
    fn duplicate_key_and_long_text_are_refused() {
        let long = "x".repeat(65_536);
        assert_eq!(canonical_map(&[("a", "1"), ("b", "2"), ("a", "1")]), Err(MapError));
        assert_eq!(canonical_map(&[("a", &long)]), Err(MapError));
        assert!(canonical_map(&[("a", &long[1..])]).is_ok());
    }
}
