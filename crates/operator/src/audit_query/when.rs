//! Times as an operator writes them: `2026-01-02T03:04:05Z`, `2026-01-02`, or so long ago, `90m`, `12h`, `30d`, `4w`.

use jiff::Timestamp;

/// Digits of a year; a number of as many is no number of seconds.
const YEAR_DIGITS: usize = 4;

/// A text that is no time.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0} is no time: write 2026-01-02, 2026-01-02T03:04:05Z, or how long ago, such as 90m, 12h, 30d or 4w"
)]
pub struct WhenError(String);

/// The second of a time, in seconds since 1970; `now` is the second that it is now. A day begins at midnight UTC.
pub fn moment(text: &str, now: u64) -> Result<u64, WhenError> {
    let refused = || WhenError(text.to_owned());
    if let Some(ago) = ago(text) {
        return now.checked_sub(ago).ok_or_else(refused);
    }
    let day = text.len() == 10;
    let full = if day { format!("{text}T00:00:00Z") } else { text.to_owned() };
    let time: Timestamp = full.parse().map_err(|_| refused())?;
    u64::try_from(time.as_second()).map_err(|_| refused())
}

/// A time as the service's hypothetical questions have it: what [`moment`] takes, to the fraction of a second, and what date
/// conditions of policies take besides, a year, a month or seconds since 1970.
pub fn instant(text: &str, now: u64) -> Result<String, WhenError> {
    let at = |second: u64| Timestamp::from_second(i64::try_from(second).ok()?).ok();
    let whole = || moment(&first_day(text), now).ok().and_then(at);
    let seconds = || text.parse::<u64>().ok().filter(|_| text.len() != YEAR_DIGITS).and_then(at);
    let time = text.parse::<Timestamp>().ok().or_else(whole).or_else(seconds);
    let time = time.filter(|time| time.as_second() >= 0);
    time.map(|time| time.to_string()).ok_or_else(|| WhenError(text.to_owned()))
}

/// The first day of a year or a month; any other text as it is.
fn first_day(text: &str) -> String {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    match (text.len(), digits) {
        (YEAR_DIGITS, YEAR_DIGITS) => format!("{text}-01-01"),
        (7, 6) if text.as_bytes().get(4) == Some(&b'-') => format!("{text}-01"),
        _ => text.to_owned(),
    }
}

/// Seconds of `12h`.
fn ago(text: &str) -> Option<u64> {
    let unit = text.chars().next_back()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return None,
    };
    let digits = text.strip_suffix(unit)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse::<u64>().ok()?.checked_mul(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_as_date_conditions_are() {
        let now = 1_767_225_600 + 100 * 86_400;
        for (text, wanted) in [
            ("2026-01-02T03:00:00Z", "2026-01-02T03:00:00Z"),
            ("2026-01-02T03:00:00.5Z", "2026-01-02T03:00:00.5Z"),
            ("2026-01-02T03:00:00+02:00", "2026-01-02T01:00:00Z"),
            ("2026", "2026-01-01T00:00:00Z"),
            ("2026-02", "2026-02-01T00:00:00Z"),
            ("2026-02-03", "2026-02-03T00:00:00Z"),
            ("1767225600", "2026-01-01T00:00:00Z"),
            ("100d", "2026-01-01T00:00:00Z"),
            ("000100d", "2026-01-01T00:00:00Z"),
        ] {
            assert_eq!(instant(text, now), Ok(wanted.to_owned()), "{text}");
        }
        for text in ["", "tomorrow", "2026-13", "1960", "-1", "2026-01-02T03:00", "99999999999999"] {
            assert_eq!(instant(text, now), Err(WhenError(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn times_are_read() {
        let now = 1_767_225_600 + 100 * 86_400;
        let at = |text: &str| moment(text, now);
        assert_eq!(at("2026-01-01"), Ok(1_767_225_600));
        assert_eq!(at("2026-01-01T00:00:01Z"), Ok(1_767_225_601));
        assert_eq!(at("2026-01-01T02:00:00+02:00"), Ok(1_767_225_600));
        assert_eq!(at("100d"), Ok(1_767_225_600));
        assert_eq!((at("90m"), at("2w")), (Ok(now - 5_400), Ok(now - 1_209_600)));
        for text in [
            "",
            "d",
            "-1d",
            "1y",
            "yesterday",
            "2026-13-01",
            "1960-01-01",
            "99999999d",
            "2026-01-01T00:00:00",
        ] {
            assert_eq!(at(text), Err(WhenError(text.to_owned())), "{text}");
        }
    }
}
