//! A progress bar for long work, on a terminal only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal as _};
use std::path::Path;

/// Work below this size is over before anybody could read a bar, in bytes, but for many files.
const LONG_BYTES: u64 = 256 << 20;
/// From so many files on there is a bar whatever their size: each takes a call to KMS.
const MANY_FILES: usize = 32;

/// Counts bytes, and shows them where somebody looks.
pub(crate) struct Meter(ProgressBar);

impl Meter {
    /// A bar for `bytes` (unknown for a pipe) in so many files; silent when quiet, short, or not on a terminal.
    pub(crate) fn new(bytes: Option<u64>, files: usize, quiet: bool) -> Self {
        if quiet || !is_long(bytes, files) || !io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::with_draw_target(bytes, ProgressDrawTarget::stderr());
        Self(bar.with_style(style(bytes.is_some())))
    }

    /// How many bytes it will be, where nobody knew it at first. What turns out to be short has no bar.
    pub(crate) fn total(&self, bytes: u64) {
        if is_long(Some(bytes), 1) {
            self.0.set_style(style(true));
            self.0.set_length(bytes);
        } else {
            self.0.set_draw_target(ProgressDrawTarget::hidden());
        }
    }

    /// So many bytes more are done.
    pub(crate) fn add(&self, bytes: u64) {
        self.0.inc(bytes);
    }

    /// Says which of several files it is about now.
    pub(crate) fn at(&self, number: usize, files: usize, file: &Path) {
        let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
        self.0.set_message(format!("{number}/{files} {} ", shortened(&name)));
    }

    /// Does something that prints, without the bar in its way.
    pub(crate) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.0.suspend(print)
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        self.0.finish_and_clear();
    }
}

fn style(total_is_known: bool) -> ProgressStyle {
    let template = if total_is_known {
        "{msg}{bar:30} {bytes}/{total_bytes} {binary_bytes_per_sec} {eta}"
    } else {
        "{msg}{bytes} {binary_bytes_per_sec}"
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn is_long(bytes: Option<u64>, files: usize) -> bool {
    bytes.is_none_or(|bytes| bytes >= LONG_BYTES) || files >= MANY_FILES
}

/// A name that leaves room for the bar, and cannot steer the terminal.
fn shortened(name: &str) -> String {
    const CHARACTERS_MAX: usize = 24;
    let plain: Vec<char> = name.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    match plain.get(..CHARACTERS_MAX - 1) {
        Some(start) if plain.len() > CHARACTERS_MAX => start.iter().chain(['…'].iter()).collect(),
        _ => plain.iter().collect(),
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_files_many_files_and_pipes_have_a_bar() {
        assert!(is_long(None, 1) && is_long(Some(LONG_BYTES), 1) && is_long(Some(0), MANY_FILES));
        assert!(!is_long(Some(LONG_BYTES - 1), MANY_FILES - 1));
    }

    #[test]
    fn length_that_is_known_later_is_shown() {
        let meter = Meter(ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()));
        assert_eq!(meter.0.length(), None, "the control");
        meter.total(LONG_BYTES);
        assert_eq!(meter.0.length(), Some(LONG_BYTES));
    }

    #[test]
    fn names_are_cut_and_cannot_steer_a_terminal() {
        assert_eq!(shortened("a\u{1b}[2J"), "a?[2J");
        assert_eq!(shortened(&"x".repeat(24)), "x".repeat(24));
        assert_eq!(shortened(&"x".repeat(25)), format!("{}…", "x".repeat(23)));
    }
}
