//! Names of inputs and outputs: `-` is standard input or output, `.sealed` comes and goes.

use super::Failure;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use strongroom_envelope::{Input, Output};

const SUFFIX: &str = ".sealed";

fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The input of that name.
pub(crate) fn input(path: &Path) -> Result<Input, Failure> {
    Ok(if is_standard(path) { Input::stdin()? } else { Input::from_path(path)? })
}

/// Where `seal` writes: `-o`, standard output for standard input, else the input's name with `.sealed`.
pub(crate) fn sealed_output(
    input: &Path,
    output: Option<&Path>,
    force: bool,
) -> Result<(Output, PathBuf), Failure> {
    let path = match output {
        Some(path) => path.to_owned(),
        None if is_standard(input) => input.to_owned(),
        None => {
            let mut name = input.as_os_str().to_owned();
            name.push(SUFFIX);
            name.into()
        }
    };
    if is_standard(&path) && std::io::stdout().is_terminal() {
        return Err(Failure::Usage("a sealed message is binary, not for a terminal: give -o".into()));
    }
    to(path, force)
}

/// Where `open` writes: `-o`, standard output for standard input, else the input's name without `.sealed`.
pub(crate) fn opened_output(
    input: &Path,
    output: Option<&Path>,
    force: bool,
) -> Result<(Output, PathBuf), Failure> {
    if let Some(path) = output {
        return to(path.to_owned(), force);
    }
    if is_standard(input) {
        return to(input.to_owned(), force);
    }
    match opened_name(input) {
        Some(path) => to(path, force),
        None => Err(Failure::Usage(format!("{} does not end in {SUFFIX}: give -o", input.display()))),
    }
}

fn opened_name(input: &Path) -> Option<PathBuf> {
    let stem = input.file_name()?.to_str()?.strip_suffix(SUFFIX)?;
    (!stem.is_empty()).then(|| input.with_file_name(stem))
}

fn to(path: PathBuf, force: bool) -> Result<(Output, PathBuf), Failure> {
    let output = if is_standard(&path) { Output::stdout()? } else { Output::to_path(&path, force)? };
    Ok((output, path))
}

/// A name for people.
pub(crate) fn shown(path: &Path, standard: &str) -> String {
    if is_standard(path) { standard.to_owned() } else { path.display().to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_comes_off_the_name() {
        assert_eq!(opened_name(Path::new("a/b.pdf.sealed")), Some("a/b.pdf".into()));
        for bad in ["a/b.pdf", ".sealed", "/"] {
            assert_eq!(opened_name(Path::new(bad)), None, "{bad}");
        }
    }
}
