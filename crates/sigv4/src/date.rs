//! When a request was signed, and whether that is close enough to now.

use crate::request::text;
use crate::{AuthError, RequestHead};
use jiff::tz::Offset;
use std::borrow::Cow;
use strongroom_types::Timestamp;

/// How far a signature's time may lie from the server's clock, either way (contract section 3.2).
pub(crate) const SKEW_SECONDS_MAX: i64 = 300;

/// The time of a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignedAt<'a> {
    /// Seconds since the epoch; negative before it.
    pub(crate) seconds: i64,
    /// `YYYYMMDDTHHMMSSZ`, as it stands in the string to sign.
    pub(crate) text: Cow<'a, str>,
}

impl SignedAt<'_> {
    /// The same time; the epoch when it lies before.
    pub(crate) fn timestamp(&self) -> Timestamp {
        Timestamp::from_millis(u64::try_from(self.seconds).unwrap_or_default().saturating_mul(1_000))
    }
}

/// Whether the request carries a time at all.
pub(crate) fn is_dated(head: &RequestHead<'_>) -> bool {
    head.header("x-amz-date").is_some() || head.header("date").is_some()
}

/// Row 8: `X-Amz-Date` (ISO basic), else `Date` (RFC 1123 or ISO basic).
pub(crate) fn signed_at<'a>(head: &RequestHead<'a>) -> Result<SignedAt<'a>, AuthError> {
    let (value, rfc_allowed) = match head.header("x-amz-date") {
        Some(value) => (value, false),
        None => (head.header("date").unwrap_or_default(), true),
    };
    let text = match text(value) {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    };
    if let Some(seconds) = parse_basic(&text) {
        return Ok(SignedAt { seconds, text });
    }
    let seconds = if rfc_allowed { parse_rfc(&text) } else { None };
    match seconds {
        Some(seconds) => Ok(SignedAt { seconds, text: Cow::Owned(basic(seconds)) }),
        None => Err(AuthError::BadDate(text.into_owned())),
    }
}

/// Row 8 of a presigned request: ISO basic form only.
pub(crate) fn of_query(text: &str) -> Result<SignedAt<'_>, AuthError> {
    match parse_basic(text) {
        Some(seconds) => Ok(SignedAt { seconds, text: Cow::Borrowed(text) }),
        None => Err(AuthError::BadDate(text.to_owned())),
    }
}

/// Rows 9 and 10; exactly five minutes are accepted.
pub(crate) fn check_skew(signed: &SignedAt<'_>, now: Timestamp) -> Result<(), AuthError> {
    let now = seconds(now);
    let earliest = now.saturating_sub(SKEW_SECONDS_MAX);
    if signed.seconds < earliest {
        return Err(AuthError::Expired {
            signed: signed.text.to_string(),
            earliest: basic(earliest),
            now: basic(now),
        });
    }
    check_current(signed, now)
}

/// Rows 9 and 10 of a presigned request: good until exactly `expires_seconds` after it was signed.
pub(crate) fn check_lifetime(
    signed: &SignedAt<'_>,
    expires_seconds: u32,
    now: Timestamp,
) -> Result<(), AuthError> {
    let now = seconds(now);
    let earliest = now.saturating_sub(i64::from(expires_seconds));
    if signed.seconds < earliest {
        return Err(AuthError::PresignedExpired {
            signed: signed.text.to_string(),
            earliest: basic(earliest),
            now: basic(now),
            expires_seconds,
        });
    }
    check_current(signed, now)
}

/// Row 10.
fn check_current(signed: &SignedAt<'_>, now: i64) -> Result<(), AuthError> {
    let latest = now.saturating_add(SKEW_SECONDS_MAX);
    if signed.seconds > latest {
        return Err(AuthError::NotYetCurrent {
            signed: signed.text.to_string(),
            latest: basic(latest),
            now: basic(now),
        });
    }
    Ok(())
}

fn seconds(time: Timestamp) -> i64 {
    i64::try_from(time.seconds()).unwrap_or(i64::MAX)
}

/// `YYYYMMDDTHHMMSSZ` exactly, to seconds since the epoch.
fn parse_basic(text: &str) -> Option<i64> {
    let bytes: &[u8; 16] = text.as_bytes().try_into().ok()?;
    if bytes[8] != b'T' || bytes[15] != b'Z' {
        return None;
    }
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_i16, |sum, digit| match digit {
            b'0'..=b'9' => Some(sum * 10 + i16::from(digit - b'0')),
            _ => None,
        })
    };
    let pair = |at: usize| number(&bytes[at..at + 2]).and_then(|n| i8::try_from(n).ok());
    let (year, month, day) = (number(&bytes[..4])?, pair(4)?, pair(6)?);
    let (hour, minute, second) = (pair(9)?, pair(11)?, pair(13)?);
    let civil = jiff::civil::DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    Some(Offset::UTC.to_timestamp(civil).ok()?.as_second())
}

/// An HTTP date such as `Sun, 30 Aug 2015 12:36:00 GMT`, to seconds since the epoch.
fn parse_rfc(text: &str) -> Option<i64> {
    let parser = jiff::fmt::rfc2822::DateTimeParser::new();
    parser.parse_timestamp(text).ok().map(jiff::Timestamp::as_second)
}

/// Seconds since the epoch as `YYYYMMDDTHHMMSSZ`; a time beyond the year 9999 is shown as that year's end.
pub(crate) fn basic(seconds: i64) -> String {
    let time = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX);
    time.strftime("%Y%m%dT%H%M%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_round_trip() {
        for text in ["20150830T123600Z", "20240229T235959Z", "19700101T000000Z"] {
            assert_eq!(basic(parse_basic(text).unwrap()), text);
        }
        assert_eq!(parse_basic("20150830T123600Z"), Some(1_440_938_160));
    }

    #[test]
    fn date_that_does_not_exist_or_is_not_basic() {
        for text in [
            "",
            "20150230T000000Z",
            "20150830T246000Z",
            "20150830T123660Z",
            "2015-08-30T12:36:00Z",
            "20150830T123600z",
            "20150830 123600Z",
            "+0150830T123600Z",
            "é0150830T12360Z",
        ] {
            assert_eq!(parse_basic(text), None, "{text}");
        }
    }

    #[test]
    fn date_header_counts_when_there_is_no_amz_date() {
        let at = |name: &str, value: &str| {
            let headers = [(name, value.as_bytes())];
            let signed = signed_at(&RequestHead { method: "POST", path: "/", query: "", headers: &headers });
            signed.map(|signed| (signed.seconds, signed.text.into_owned()))
        };
        let expected = (1_440_938_160, "20150830T123600Z".to_owned());
        assert_eq!(at("date", "Sun, 30 Aug 2015 12:36:00 GMT").unwrap(), expected);
        assert_eq!(at("date", "20150830T123600Z").unwrap(), expected);
        assert!(at("x-amz-date", "Sun, 30 Aug 2015 12:36:00 GMT").is_err());
    }

    #[test]
    fn skew_of_exactly_five_minutes_is_accepted() {
        let signed = SignedAt { seconds: 1_000_000, text: Cow::Borrowed("") };
        let at = |seconds: u64| check_skew(&signed, Timestamp::from_millis(seconds * 1_000));
        assert!(at(1_000_300).is_ok() && at(999_700).is_ok());
        assert!(matches!(at(1_000_301), Err(AuthError::Expired { .. })));
        assert!(matches!(at(999_699), Err(AuthError::NotYetCurrent { .. })));
    }

    #[test]
    fn presigned_lifetime_ends_exactly_after_its_seconds() {
        let signed = SignedAt { seconds: 1_000_000, text: Cow::Borrowed("") };
        let at = |seconds: u64| check_lifetime(&signed, 60, Timestamp::from_millis(seconds * 1_000));
        assert!(at(1_000_060).is_ok() && at(999_700).is_ok());
        assert!(matches!(at(1_000_061), Err(AuthError::PresignedExpired { .. })));
        assert!(matches!(at(999_699), Err(AuthError::NotYetCurrent { .. })));
    }
}
