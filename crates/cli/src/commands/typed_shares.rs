//! Shares that are typed, pasted or piped in: each as the whole sheet or as its text alone, in as many lines as it comes in.

use crate::passphrase::{Silence, read_line};
use anyhow::{Result, bail};
use strongroom_control::SecretText;
use strongroom_operator::share_characters_missing;

/// Where shares come from. On a terminal nothing is echoed, and nothing that was pasted is dropped, while this lives.
pub(crate) struct TypedShares(Option<Silence>);

impl TypedShares {
    /// Standard input.
    pub(crate) fn begin() -> Result<Self> {
        Silence::begin().map(Self)
    }

    /// Whether somebody types, who can be asked again.
    pub(crate) fn can_ask_again(&self) -> bool {
        self.0.is_some()
    }

    /// The next share's text.
    pub(crate) fn next_share(&self) -> Result<SecretText> {
        match &self.0 {
            Some(silence) => gathered(|missing| silence.ask(&prompt(missing)), true),
            None => gathered(|_| read_line(), false),
        }
    }
}

/// `missing`: what the share that was begun lacks.
fn prompt(missing: Option<usize>) -> String {
    missing.map_or_else(
        || "Share".to_owned(),
        |missing| format!("{missing} more characters (an empty line: begin again)"),
    )
}

/// Lines until they make a share, or no beginning of one. Lines of remarks and empty ones are skipped, but where somebody types
/// a share with too few characters, an empty line is how he ends it.
fn gathered(
    mut line: impl FnMut(Option<usize>) -> Result<Option<SecretText>>,
    ends_at_empty_line: bool,
) -> Result<SecretText> {
    let (mut text, mut missing) = (String::new(), None);
    while let Some(typed) = line(missing)? {
        let typed = typed.expose().trim();
        if typed.is_empty() && missing.is_some() && ends_at_empty_line {
            break;
        }
        if typed.is_empty() || typed.starts_with('#') {
            continue;
        }
        text.push_str(typed);
        text.push('\n');
        match share_characters_missing(&text) {
            0 => break,
            some => missing = Some(some),
        }
    }
    if text.is_empty() {
        bail!("no share on standard input");
    }
    Ok(SecretText::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts that come of such input, without white space, and what was missing at each line.
    fn read(input: &str, typed: bool) -> (Vec<String>, Vec<Option<usize>>) {
        let (mut lines, mut asked, mut texts) = (input.lines(), Vec::new(), Vec::new());
        while let Ok(text) = gathered(
            |missing| {
                asked.push(missing);
                Ok(lines.next().map(|line| SecretText::new(line.to_owned())))
            },
            typed,
        ) {
            texts.push(text.expose().split_whitespace().collect());
        }
        (texts, asked)
    }

    fn sheet(letter: char) -> (String, String) {
        let text = format!("srshare1{}", letter.to_string().repeat(75));
        let (first, rest) = text.split_at(30);
        let (second, third) = rest.split_at(30);
        (format!("# Share 1\n# Keep it.\n\n{first}\n{second}\n{third}\n"), text)
    }

    #[test]
    fn sheets_in_a_row_are_a_share_each() {
        let ((first, first_text), (second, second_text)) = (sheet('q'), sheet('p'));
        for (input, typed) in [
            (format!("{first}{second}"), false),
            (format!("{first}\n{second}"), true),
            (format!("{first}{second}").replace('\n', "\n\n"), false),
            (format!("{first_text}\n{second_text}\n"), true),
            (format!("{first_text}\n{second_text}\n"), false),
        ] {
            assert_eq!(read(&input, typed).0, [first_text.clone(), second_text.clone()], "{input}");
        }
        let asked = read(&first, true).1;
        assert_eq!(asked, [None, None, None, None, Some(53), Some(23), None]);
    }

    #[test]
    fn share_that_lacks_a_character_ends_at_an_empty_line_where_it_is_typed() {
        let (sheet, text) = sheet('q');
        let input = format!("{}\n\n{sheet}", &text[..82]);
        assert_eq!(read(&input, true).0, [text[..82].to_owned(), text]);
    }

    #[test]
    fn what_begins_like_no_share_is_handed_over_at_once() {
        let (sheet, text) = sheet('q');
        for typed in [true, false] {
            assert_eq!(read(&format!("correct horse\n{sheet}"), typed).0, ["correcthorse", text.as_str()]);
            assert_eq!(read("# nothing\n\n", typed).0, Vec::<String>::new());
        }
    }
}
