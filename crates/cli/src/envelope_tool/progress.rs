//! A progress bar for long work, on a terminal only.

use crate::terminal::complain;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal as _};

/// Work below this size is over before anybody could read a bar, in bytes.
const LONG_BYTES: u64 = 256 << 20;

/// Counts bytes, and shows them where somebody looks.
pub(crate) struct Meter(ProgressBar);

impl Meter {
    /// A bar for `bytes` (unknown for a pipe); silent when quiet, short, or not on a terminal.
    pub(crate) fn new(bytes: Option<u64>, quiet: bool) -> Self {
        let short = bytes.is_some_and(|bytes| bytes < LONG_BYTES);
        if quiet || short || !io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::with_draw_target(bytes, ProgressDrawTarget::stderr());
        let template = if bytes.is_some() {
            "{bar:30} {bytes}/{total_bytes} {binary_bytes_per_sec} {eta}"
        } else {
            "{bytes} {binary_bytes_per_sec}"
        };
        Self(match ProgressStyle::with_template(template) {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        })
    }

    /// So many bytes more are done.
    pub(crate) fn add(&self, bytes: u64) {
        self.0.inc(bytes);
    }

    /// Takes the bar away, and says what was done unless quiet.
    pub(crate) fn finish(&self, quiet: bool, text: &str) {
        self.0.finish_and_clear();
        if !quiet {
            complain(text);
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
