//! Medians and spreads.

/// The middle value; 0 if there is none.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let sorted = sorted(values);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// `median [lowest-highest]`.
pub(crate) fn spread(values: impl Iterator<Item = f64>) -> String {
    let sorted = sorted(values);
    let (low, high) = (sorted.first().copied(), sorted.last().copied());
    let middle = median(sorted.iter().copied());
    format!("{middle:.2} [{:.2}-{:.2}]", low.unwrap_or_default(), high.unwrap_or_default())
}

/// Where so many percent of sorted latencies in microseconds lie below, in milliseconds; 0 if there is none.
pub(crate) fn percentile_ms(sorted_us: &[u32], percent: usize) -> f64 {
    let index = sorted_us.len().saturating_sub(1) * percent / 100;
    sorted_us.get(index).map_or(0.0, |us| f64::from(*us) / 1e3)
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_of_odd_and_no_values() {
        assert_eq!(spread([3.0, 1.0, 2.0].into_iter()), "2.00 [1.00-3.00]");
        assert_eq!(median(std::iter::empty()), 0.0);
    }

    #[test]
    fn percentiles_of_many_and_no_latencies() {
        let hundred: Vec<u32> = (1..=101).map(|ms| ms * 1_000).collect();
        assert_eq!([50, 99, 100].map(|percent| percentile_ms(&hundred, percent)), [51.0, 100.0, 101.0]);
        assert_eq!(percentile_ms(&[], 99), 0.0);
    }
}
