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
    if is_standard(path) {
        return Ok(Input::stdin()?);
    }
    Input::from_path(path).map_err(|error| Failure::Io(format!("{}: {error}", path.display())))
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
    if is_standard(&path) {
        return Ok((Output::stdout()?, path));
    }
    // Said here because the result is first written under a name that means nothing to the user.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.is_dir()) {
        return Err(Failure::Io(format!("the folder of {} does not exist", path.display())));
    }
    Ok((Output::to_path(&path, force)?, path))
}

/// A name for people.
pub(crate) fn shown(path: &Path, standard: &str) -> String {
    if is_standard(path) { standard.to_owned() } else { path.display().to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_input_and_missing_folder_are_named() {
        let Err(Failure::Io(said)) = input(Path::new("/nonexistent/in")) else { panic!("it was opened") };
        assert!(said.starts_with("/nonexistent/in: cannot open the input"), "{said}");
        let Err(Failure::Io(said)) = to("/nonexistent/out".into(), false) else { panic!("it was made") };
        assert_eq!(said, "the folder of /nonexistent/out does not exist");
    }

    #[test]
    fn sealed_comes_off_the_name() {
        assert_eq!(opened_name(Path::new("a/b.pdf.sealed")), Some("a/b.pdf".into()));
        for bad in ["a/b.pdf", ".sealed", "/"] {
            assert_eq!(opened_name(Path::new(bad)), None, "{bad}");
        }
    }
}
