//! The shape of CHANGELOG.md: Keep a Changelog, with an `Unreleased` part on top.

/// Where it lies.
pub(crate) const PATH: &str = "CHANGELOG.md";

/// What the parts of a release may be called.
const PARTS: [&str; 6] = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];

/// Faults of the file.
pub(crate) fn check(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if text.lines().next() != Some("# Changelog") {
        faults.push(format!("{PATH}:1: does not begin with `# Changelog`"));
    }
    let mut releases = 0;
    for (index, line) in text.lines().enumerate().skip(1) {
        let fault = heading_fault(line, releases == 0);
        faults.extend(fault.map(|fault| format!("{PATH}:{}: {fault}", index + 1)));
        releases += usize::from(line.starts_with("## "));
    }
    if releases == 0 {
        faults.push(format!("{PATH}: has no `## [Unreleased]`"));
    }
    faults
}

/// What is wrong with a line, if it is a heading; `first` says that no release came before it.
fn heading_fault(line: &str, first: bool) -> Option<String> {
    if !line.starts_with('#') {
        return None;
    }
    if let Some(part) = line.strip_prefix("### ") {
        return (!PARTS.contains(&part)).then(|| format!("`{part}` is none of {}", PARTS.join(", ")));
    }
    let Some(release) = line.strip_prefix("## ") else {
        return Some(format!("`{line}` is neither a release nor a part of one"));
    };
    match (first, release == "[Unreleased]", is_dated_release(release)) {
        (true, true, _) | (false, _, true) => None,
        (true, ..) => Some("the first release is not `[Unreleased]`".to_owned()),
        (false, ..) => Some(format!("`{release}` is not `[1.2.3] - 2026-01-31`")),
    }
}

/// `[1.2.3] - 2026-01-31`
fn is_dated_release(release: &str) -> bool {
    let Some((version, date)) = release.strip_prefix('[').and_then(|rest| rest.split_once("] - ")) else {
        return false;
    };
    let numbers = |text: &str, separator: char, lengths: [std::ops::RangeInclusive<usize>; 3]| {
        let parts: Vec<&str> = text.split(separator).collect();
        parts.len() == 3
            && parts.iter().zip(lengths).all(|(part, length)| {
                length.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
            })
    };
    numbers(version, '.', [1..=4, 1..=4, 1..=4]) && numbers(date, '-', [4..=4, 2..=2, 2..=2])
}

#[cfg(test)]
mod tests {
    use super::check;

    const GOOD: &str =
        "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A.\n\n## [0.1.0] - 2026-01-31\n\n### Fixed\n";

    #[test]
    fn good_one_is_taken() {
        assert!(check(GOOD).is_empty(), "{:?}", check(GOOD));
    }

    #[test]
    fn each_departure_is_refused() {
        for (from, to) in [
            ("# Changelog", "# News"),
            ("## [Unreleased]", "## [0.2.0] - 2026-02-28"),
            ("## [Unreleased]\n", ""),
            ("### Added", "### Features"),
            ("### Fixed", "#### Fixed"),
            ("[0.1.0] - 2026-01-31", "0.1.0"),
            ("[0.1.0] - 2026-01-31", "[0.1.0] - January"),
            ("[0.1.0] - 2026-01-31", "[0.1] - 2026-01-31"),
        ] {
            assert!(!check(&GOOD.replace(from, to)).is_empty(), "{from} -> {to}");
        }
        assert!(!check("# Changelog\n").is_empty());
    }
}
