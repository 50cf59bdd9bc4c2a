//! When a certificate ends: the one field of X.509 (RFC 5280, 4.1.2.5) that rustls does not tell.
//!
//! The certificate is the operator's own or our CA's, and was read by rustls already; still every length is checked.

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The end of a certificate's validity in seconds since 1970; `None` for what is no certificate, or ends before that.
pub(crate) fn certificate_end(der: &[u8]) -> Option<u64> {
    let (certificate, _) = element(der, SEQUENCE)?;
    let (mut fields, _) = element(certificate, SEQUENCE)?;
    if fields.first() == Some(&VERSION) {
        fields = any_element(fields)?.2;
    }
    // Serial number, signature algorithm, issuer.
    for _ in 0..3 {
        fields = any_element(fields)?.2;
    }
    let (validity, _) = element(fields, SEQUENCE)?;
    let (_, _, after) = any_element(validity)?;
    let (tag, text, _) = any_element(after)?;
    time(tag, text)
}

/// Content of an element that must have this tag, and what follows it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, content, rest) = any_element(bytes)?;
    (found == tag).then_some((content, rest))
}

/// Tag and content of the first element, and what follows it. DER (X.690, 8.1): definite lengths of at most four bytes.
fn any_element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = bytes.split_first_chunk::<2>()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if length.is_empty() || length.len() > 4 {
            return None;
        }
        (length.iter().fold(0, |so_far: usize, byte| (so_far << 8) | usize::from(*byte)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`; two digits of a year mean 1950 to 2049.
fn time(tag: u8, text: &[u8]) -> Option<u64> {
    let digits = text.strip_suffix(b"Z")?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |digits: &[u8]| digits.iter().fold(0, |so_far, digit| so_far * 10 + u64::from(digit - b'0'));
    let (year, rest) = match tag {
        UTC_TIME => {
            let (year, rest) = digits.split_at_checked(2)?;
            let year = number(year);
            (if year < 50 { 2_000 + year } else { 1_900 + year }, rest)
        }
        GENERALIZED_TIME => {
            let (year, rest) = digits.split_at_checked(4)?;
            (number(year), rest)
        }
        _ => return None,
    };
    if rest.len() != 10 {
        return None;
    }
    let mut parts = rest.chunks(2).map(number);
    let (month, day) = (parts.next()?, parts.next()?);
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
    if !(1..=12).contains(&month) || day == 0 || year < 1_970 {
        return None;
    }
    Some(days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// Of the Gregorian calendar, from 1970 on: years are counted from March, so that the leap day is the last.
fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let leap_days = year / 4 - year / 100 + year / 400;
    // Days before a month that is counted from March: 31, 30, 31, 30, 31, and so on.
    let before_month = (153 * month + 2) / 5;
    // 1970-01-01 is day 719,468 after the 1st of March of the year 0.
    (year * 365 + leap_days + before_month + day - 1).saturating_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_both_forms() {
        for (tag, text, seconds) in [
            (UTC_TIME, "700101000000Z", Some(0)),
            (UTC_TIME, "000229120000Z", Some(951_825_600)),
            (UTC_TIME, "261126014241Z", Some(1_795_657_361)),
            (UTC_TIME, "491231235959Z", Some(2_524_607_999)),
            (UTC_TIME, "500101000000Z", None),
            (GENERALIZED_TIME, "20500101000000Z", Some(2_524_608_000)),
            (GENERALIZED_TIME, "99991231235959Z", Some(253_402_300_799)),
            (GENERALIZED_TIME, "20501301000000Z", None),
            (UTC_TIME, "2611260142Z", None),
            (UTC_TIME, "26112601424xZ", None),
            (UTC_TIME, "", None),
            (SEQUENCE, "700101000000Z", None),
        ] {
            assert_eq!(time(tag, text.as_bytes()), seconds, "{text}");
        }
    }

    /// An element of a length below 128.
    fn der(tag: u8, content: &[u8]) -> Vec<u8> {
        [&[tag, content.len() as u8][..], content].concat()
    }

    fn certificate(version: bool) -> Vec<u8> {
        let times = [der(UTC_TIME, b"260101000000Z"), der(GENERALIZED_TIME, b"20500101000000Z")].concat();
        let mut fields = if version { der(VERSION, &[2, 1, 2]) } else { Vec::new() };
        fields.extend([der(2, &[7]), der(SEQUENCE, b""), der(SEQUENCE, b"")].concat());
        fields.extend(der(SEQUENCE, &times));
        der(SEQUENCE, &der(SEQUENCE, &fields))
    }

    #[test]
    fn end_is_found_behind_what_comes_before_it() {
        for version in [true, false] {
            assert_eq!(certificate_end(&certificate(version)), Some(2_524_608_000));
        }
    }

    #[test]
    fn certificate_truncated_anywhere_has_no_end() {
        let whole = certificate(true);
        for length in 0..whole.len() {
            assert_eq!(certificate_end(&whole[..length]), None, "{length}");
        }
    }

    #[test]
    fn lengths_of_more_than_four_bytes_and_of_none() {
        assert_eq!(any_element(&[SEQUENCE, 0x81, 1, 9]), Some((SEQUENCE, &[9][..], &[][..])));
        assert_eq!(any_element(&[SEQUENCE, 0x80, 0, 0]), None);
        assert_eq!(any_element(&[SEQUENCE, 0x85, 0, 0, 0, 0, 1, 9]), None);
        assert_eq!(any_element(&[SEQUENCE, 0x84, 0xff, 0xff, 0xff, 0xff, 9]), None);
    }
}
