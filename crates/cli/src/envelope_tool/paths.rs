//! Names of inputs and outputs: `-` is standard input or output, `.sealed` comes and goes.

use super::made_folders::make_folder;
use super::{Failure, Job};
use crate::terminal::harmless;
use std::ffi::OsStr;
use std::fs::File;
use std::io::IsTerminal as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use strongroom_envelope::{Input, Output};

/// What `seal` adds to a name.
pub(super) const SUFFIX: &str = ".sealed";

/// Whether a name means standard input or output.
pub(super) fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// A file's name as one that does not mean standard input or output.
pub(super) fn as_file(name: PathBuf) -> PathBuf {
    if is_standard(&name) { Path::new(".").join(name) } else { name }
}

/// The input of that name.
pub(crate) fn input(path: &Path) -> Result<Input, Failure> {
    if is_standard(path) {
        return Ok(Input::stdin()?);
    }
    Input::from_path(path).map_err(|error| Failure::Io(format!("{}: {error}", shown(path, "-"))))
}

/// The file of that name, for what replaces it: opened before it is read, it tells whether another has its name by then.
pub(crate) fn held(path: &Path) -> Result<File, Failure> {
    File::open(path)
        .map_err(|error| Failure::Io(format!("{}: cannot open the input: {error}", shown(path, "-"))))
}

/// The name that `seal` gives: the input's with `.sealed`.
pub(super) fn sealed_name(input: &Path) -> PathBuf {
    let mut name = input.as_os_str().to_owned();
    name.push(SUFFIX);
    name.into()
}

/// The name that `open` gives: the input's without `.sealed`. Names are bytes; few systems want them to be UTF-8.
pub(super) fn opened_name(input: &Path) -> Option<PathBuf> {
    let stem = OsStr::from_bytes(input.file_name()?.as_bytes().strip_suffix(SUFFIX.as_bytes())?);
    // What is left of `...sealed` is `..`, which names a folder: another than the one that was meant, or one outside of it.
    let is_name = Path::new(stem).file_name() == Some(stem);
    is_name.then(|| input.with_file_name(stem))
}

/// Where a sealed message goes: anywhere but to a terminal.
pub(crate) fn sealed_output(job: &Job, force: bool) -> Result<Output, Failure> {
    if is_standard(&job.output) && std::io::stdout().is_terminal() {
        return Err(Failure::Usage("a sealed message is binary, not for a terminal: give -o".into()));
    }
    output(job, force)
}

/// Where the result of a job goes; its folder is made where the job says so.
pub(crate) fn output(job: &Job, force: bool) -> Result<Output, Failure> {
    let path = &job.output;
    if is_standard(path) {
        return Ok(Output::stdout()?);
    }
    let _held = make_folder_of(job)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if path.as_os_str().as_encoded_bytes().ends_with(b"/") {
        return Err(Failure::Io(format!("{} is a folder's name: -o names a file", shown(path, "-"))));
    }
    // Said here because the result is first written under a name that means nothing to the user.
    if folder.is_some_and(|folder| !folder.is_dir()) {
        return Err(Failure::Io(format!("the folder of {} does not exist", shown(path, "-"))));
    }
    Ok(Output::to_path(path, force)?)
}

/// Makes the folder of a job's output where the job says so. It stays at least until the file that holds it is dropped.
pub(crate) fn make_folder_of(job: &Job) -> Result<Option<File>, Failure> {
    let folder = job.output.parent().filter(|folder| job.make_folder && !folder.as_os_str().is_empty());
    let Some(folder) = folder else { return Ok(None) };
    make_folder(folder)
        .map_err(|error| Failure::Io(format!("cannot make the folder {}: {error}", shown(folder, "-"))))
}

/// A name for people, on one line whatever it holds.
pub(crate) fn shown(path: &Path, standard: &str) -> String {
    if is_standard(path) { standard.to_owned() } else { harmless(&path.display().to_string()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_input_and_missing_folder_are_named() {
        let Err(Failure::Io(said)) = input(Path::new("/nonexistent/in")) else { panic!("it was opened") };
        assert!(said.starts_with("/nonexistent/in: cannot open the input"), "{said}");
        let job = Job { input: "in".into(), output: "/nonexistent/out".into(), make_folder: false };
        let Err(Failure::Io(said)) = output(&job, false) else { panic!("it was made") };
        assert_eq!(said, "the folder of /nonexistent/out does not exist");
        let job = Job { input: "in".into(), output: "out/".into(), make_folder: false };
        let Err(Failure::Io(said)) = output(&job, false) else { panic!("it was made") };
        assert_eq!(said, "out/ is a folder's name: -o names a file");
    }

    #[test]
    fn sealed_comes_off_the_name() {
        assert_eq!(opened_name(Path::new("a/b.pdf.sealed")), Some("a/b.pdf".into()));
        assert_eq!(opened_name(Path::new("a/....sealed")), Some("a/...".into()));
        for bad in ["a/b.pdf", ".sealed", "/", "a/..sealed", "a/...sealed"] {
            assert_eq!(opened_name(Path::new(bad)), None, "{bad}");
        }
    }

    #[test]
    fn names_that_are_no_utf_8_keep_their_bytes() {
        let path = |bytes: &'static [u8]| Path::new(OsStr::from_bytes(bytes));
        assert_eq!(sealed_name(path(b"a/\xff")), path(b"a/\xff.sealed"));
        assert_eq!(opened_name(path(b"a/\xff.sealed")).as_deref(), Some(path(b"a/\xff")));
    }
}
