//! Every Rust file opens with `//!`: what lives there and why.

/// Faults of one file.
pub(crate) fn check(path: &str, text: &str) -> Vec<String> {
    if !path.ends_with(".rs") || text.starts_with("//! ") {
        return Vec::new();
    }
    vec![format!("{path}:1: begins without `//! ...`, which says what lives there")]
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn file_without_header_is_refused() {
        assert_eq!(check("a.rs", "use std::fmt;\n").len(), 1);
        assert_eq!(check("a.rs", "// Not a header.\n").len(), 1);
        assert_eq!(check("a.rs", "").len(), 1);
    }

    #[test]
    fn header_is_enough_and_other_files_need_none() {
        assert!(check("a.rs", "//! The thing.\n").is_empty());
        assert!(check("a.py", "import os\n").is_empty());
    }
}
