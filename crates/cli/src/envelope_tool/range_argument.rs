//! `--range FROM..TO`: bytes of a document, counted from 0; `TO` is not among them. Either may be left out.

use super::Failure;
use strongroom_envelope::DocumentRange;

/// Reads a range. A number may end in K, M, G or T (powers of 1,024), with or without `iB`.
pub(crate) fn range(text: &str) -> Result<DocumentRange, Failure> {
    let wrong = || Failure::Usage(format!("--range {text:?} is not FROM..TO, e.g. 0..4096, 1G..2G or 100.."));
    let (from, to) = text.split_once("..").ok_or_else(wrong)?;
    let from = if from.is_empty() { 0 } else { number(from).ok_or_else(wrong)? };
    let to = if to.is_empty() { None } else { Some(number(to).ok_or_else(wrong)?) };
    if to.is_some_and(|to| to < from) {
        return Err(Failure::Usage(format!("--range {text:?} ends before it begins")));
    }
    Ok(DocumentRange { from, to })
}

fn number(text: &str) -> Option<u64> {
    let plain = text.strip_suffix("iB").unwrap_or(text);
    let (digits, unit) = match plain.char_indices().next_back()? {
        (at, unit @ ('K' | 'M' | 'G' | 'T')) => (&plain[..at], unit),
        _ if plain.len() == text.len() => (plain, ' '),
        _ => return None,
    };
    let factor = match unit {
        'K' => 1 << 10,
        'M' => 1 << 20,
        'G' => 1 << 30,
        'T' => 1 << 40,
        _ => 1u64,
    };
    let valid = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    valid.then_some(digits)?.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_what_is_none() {
        for (text, from, to) in [
            ("0..10", 0, Some(10)),
            ("5..", 5, None),
            ("..7", 0, Some(7)),
            ("..", 0, None),
            ("1K..2MiB", 1 << 10, Some(2 << 20)),
            ("1G..1T", 1 << 30, Some(1 << 40)),
            ("3..3", 3, Some(3)),
        ] {
            assert!(matches!(range(text), Ok(found) if found == DocumentRange { from, to }), "{text}");
        }
        for text in [
            "",
            "5",
            "a..b",
            "-1..2",
            "+1..2",
            "9..8",
            "1X..",
            "iB..",
            "K..",
            "5iB..",
            "16777216T..",
            "1..2..3",
        ] {
            assert!(matches!(range(text), Err(Failure::Usage(_))), "{text}");
        }
    }
}
