//! Times as an operator writes them: `2026-01-02T03:04:05Z`, `2026-01-02`, or so long ago, `90m`, `12h`, `30d`, `4w`.

use jiff::Timestamp;

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
