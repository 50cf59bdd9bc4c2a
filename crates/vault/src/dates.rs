//! The date of a moment, and whether a signing scope's date is near enough.

use strongroom_types::Timestamp;

const PAST_MS: u64 = 20 * 60 * 1_000;
const AHEAD_MS: u64 = 5 * 60 * 1_000;
const DAY_MS: u64 = 86_400_000;

/// `YYYYMMDD` in UTC (civil-from-days: <https://howardhinnant.github.io/date_algorithms.html>).
fn date(ms: u64) -> String {
    let days = ms / DAY_MS + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}{month:02}{day:02}")
}

/// Whether `scope` is the date of some moment from 20 minutes ago to 5 minutes ahead (DESIGN.md section 4).
pub(crate) fn in_range(scope: &str, now: Timestamp) -> bool {
    let now = now.millis();
    scope == date(now.saturating_sub(PAST_MS)) || scope == date(now.saturating_add(AHEAD_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_known_moments() {
        for (ms, expected) in [
            (0, "19700101"),
            (951_782_400_000, "20000229"),
            (1_709_164_800_000, "20240229"),
            (1_735_689_599_999, "20241231"),
            (1_735_689_600_000, "20250101"),
            (4_107_542_400_000, "21000301"),
        ] {
            assert_eq!(date(ms), expected);
        }
    }

    #[test]
    fn scope_date_follows_the_window() {
        let midnight = 1_735_689_600_000;
        let allowed = |scope, ms| in_range(scope, Timestamp::from_millis(ms));
        assert!(allowed("20250101", midnight - AHEAD_MS));
        assert!(!allowed("20250101", midnight - AHEAD_MS - 1));
        assert!(allowed("20241231", midnight + PAST_MS - 1));
        assert!(!allowed("20241231", midnight + PAST_MS));
        assert!(allowed("20250101", midnight + DAY_MS / 2));
        assert!(!allowed("20250102", midnight + DAY_MS / 2));
        assert!(!allowed("", midnight));
    }
}
