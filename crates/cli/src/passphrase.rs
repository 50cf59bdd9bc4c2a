//! Passphrases: typed without an echo, read from a line of standard input, or from a file. Never from the command line, which
//! others can read.

use crate::terminal::complain;
use anyhow::{Context, Result, bail};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::path::Path;
use strongroom_control::SecretText;

/// Longer lines are refused by the service; this bounds what is read.
const BYTES_MAX: u64 = 4_096;

/// Whether somebody can be asked.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal()
}

/// The terminal without an echo, until this goes. What was typed before it, and what nobody read at its end, is dropped.
pub(crate) struct Silence(Termios);

impl Silence {
    /// None where standard input is no terminal.
    pub(crate) fn begin() -> Result<Option<Self>> {
        let stdin = io::stdin();
        if !stdin.is_terminal() {
            return Ok(None);
        }
        let before = tcgetattr(&stdin).context("the terminal")?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&stdin, OptionalActions::Flush, &silent).context("the terminal")?;
        Ok(Some(Self(before)))
    }

    /// The next line that is typed, without its end; None at the end of the input.
    pub(crate) fn ask(&self, prompt: &str) -> Result<Option<SecretText>> {
        let _ = write!(io::stderr(), "{prompt}: ");
        let line = read_line();
        // The Enter was not echoed either.
        complain("");
        line
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.0);
    }
}

/// Asks on the terminal; without one, the next line of standard input.
pub(crate) fn ask(prompt: &str) -> Result<SecretText> {
    let line = match Silence::begin()? {
        Some(silence) => silence.ask(prompt)?,
        None => read_line()?,
    };
    line.context("no passphrase on standard input")
}

/// Asks for a new one, twice where somebody types it.
pub(crate) fn ask_for_new(prompt: &str) -> Result<SecretText> {
    let first = ask(prompt)?;
    if can_ask() && ask("The same again")?.expose() != first.expose() {
        bail!("the two passphrases differ");
    }
    Ok(first)
}

/// The first line of a file.
pub(crate) fn from_file(path: &Path) -> Result<SecretText> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Ok(without_line_end(text))
}

/// The next line of standard input, without its end; None at the end of the input.
pub(crate) fn read_line() -> Result<Option<SecretText>> {
    let mut line = String::with_capacity(BYTES_MAX as usize);
    let read = io::stdin().lock().take(BYTES_MAX).read_line(&mut line).context("standard input")?;
    Ok((read > 0).then(|| without_line_end(line)))
}

fn without_line_end(mut text: String) -> SecretText {
    let end = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
    let end = end.len();
    text.truncate(end);
    SecretText::new(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_line_end_goes() {
        for (text, kept) in [("a b \n", "a b "), ("a\r\n", "a"), ("a\r", "a\r"), ("a", "a"), ("\n", "")] {
            assert_eq!(without_line_end(text.to_owned()).expose(), kept);
        }
    }
}
