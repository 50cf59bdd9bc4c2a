//! Printing that survives a reader who has gone: `strongroom quickstart | head` ends quietly, it does not panic.

use std::borrow::Cow;
use std::io::{self, Write as _};

/// Nobody reads standard output any more. The command ends as if all had been read.
#[derive(Debug)]
pub(crate) struct ReaderGone;

impl std::fmt::Display for ReaderGone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("nobody reads standard output")
    }
}

impl std::error::Error for ReaderGone {}

/// Why a text could not be printed.
pub(crate) enum SayError {
    /// The reader closed the pipe.
    ReaderGone,
    /// Anything else, such as a full disk.
    Io(io::Error),
}

impl From<SayError> for anyhow::Error {
    fn from(error: SayError) -> Self {
        match error {
            SayError::ReaderGone => ReaderGone.into(),
            SayError::Io(error) => anyhow::Error::new(error).context("cannot write to standard output"),
        }
    }
}

/// Prints to standard output, at once.
pub(crate) fn say(text: &str) -> Result<(), SayError> {
    say_bytes(text.as_bytes())
}

/// The same for what need not be text.
pub(crate) fn say_bytes(bytes: &[u8]) -> Result<(), SayError> {
    let mut out = io::stdout().lock();
    written(out.write_all(bytes).and_then(|()| out.flush()))
}

/// What became of writing to standard output.
pub(crate) fn written(result: io::Result<()>) -> Result<(), SayError> {
    result.map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => SayError::ReaderGone,
        _ => SayError::Io(error),
    })
}

/// Prints a line to standard output.
#[cfg(target_os = "linux")]
pub(crate) fn say_line(text: &str) -> Result<(), SayError> {
    say(&format!("{text}\n"))
}

/// Prints a line, or a few, to standard error, if anybody reads it. Names of files and texts of services come from
/// strangers: none of them steers the terminal.
pub(crate) fn complain(text: &str) {
    let lines: Vec<String> = text.split('\n').map(harmless).collect();
    let _ = writeln!(io::stderr(), "{}", lines.join("\n"));
}

/// A text of one line without the characters that steer a terminal.
pub(crate) fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect()
}

/// The same JSON without the control characters that it may have as they are, DEL and those of ISO 6429 (U+0080 to U+009F):
/// escaped, they mean the same to a program and nothing to a terminal. Line breaks between its parts stay.
pub(crate) fn harmless_json(json: &str) -> Cow<'_, str> {
    let steers = |c: char| c.is_control() && c != '\n';
    if !json.contains(steers) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if steers(c) {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::{SayError, harmless, harmless_json, written};
    use std::borrow::Cow;
    use std::io;

    #[test]
    fn reader_who_has_gone_is_told_from_a_full_disk() {
        assert!(matches!(written(Err(io::ErrorKind::BrokenPipe.into())), Err(SayError::ReaderGone)));
        assert!(matches!(written(Err(io::ErrorKind::StorageFull.into())), Err(SayError::Io(_))));
        assert!(written(Ok(())).is_ok());
    }

    #[test]
    fn control_characters_are_replaced_and_the_rest_stays() {
        assert_eq!(harmless("a\u{1b}[31m\n\u{9b}b\tc é"), "a\u{fffd}[31m\u{fffd}\u{fffd}b\tc é");
    }

    #[test]
    fn json_steers_no_terminal_and_means_the_same() {
        let value = serde_json::json!({ "a\u{9b}31m\u{7f}": "\u{1b}é\n", "b": ["\u{80}"] });
        for json in [format!("{value}\n"), format!("{value:#}\n")] {
            let printed = harmless_json(&json);
            assert!(json.contains('\u{9b}') && !printed.contains(|c: char| c.is_control() && c != '\n'));
            assert_eq!(serde_json::from_str::<serde_json::Value>(&printed).unwrap(), value);
            assert_eq!(printed.lines().count(), json.lines().count());
        }
        assert!(matches!(harmless_json("{\"a\": \"é\"}\n"), Cow::Borrowed(_)));
    }
}
