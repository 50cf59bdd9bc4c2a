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
}
