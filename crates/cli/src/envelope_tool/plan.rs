//! From the names on the command line to the work: one job a file, each with its output, before anything is done.

use super::Failure;
use super::paths::{SUFFIX, as_file, is_standard, opened_name, sealed_name, shown};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use strongroom_envelope::is_temporary_name;

/// One file and where its result goes; both may be `-`.
pub(crate) struct Job {
    /// What is read.
    pub(crate) input: PathBuf,
    /// What is written; the input itself where nothing or the input is.
    pub(crate) output: PathBuf,
    /// Whether the output's folder is made if it is missing.
    pub(crate) make_folder: bool,
}

/// How an output is named after its input, and which files of a folder count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    /// `.sealed` is added; files that have it already are passed over.
    Seal,
    /// `.sealed` comes off; other files are passed over.
    Open,
    /// The file itself; in folders, those that end in `.sealed`.
    Itself,
}

/// What is to be done.
#[derive(Default)]
pub(crate) struct Plan {
    /// In the order of the command line, folders in the order of names.
    pub(crate) jobs: Vec<Job>,
    /// What cannot be done.
    pub(crate) failures: Vec<(PathBuf, Failure)>,
    /// What was done before: nothing becomes of it, and it is told.
    pub(crate) finished: Vec<Job>,
    /// How many files in folders were passed over.
    pub(crate) skipped: u64,
    /// Whether there may be more than one result, which are then summed up.
    pub(crate) several: bool,
    outputs: HashSet<PathBuf>,
}

/// The names of the command line.
pub(crate) struct Given<'a> {
    /// Files, folders, or `-` alone.
    pub(crate) files: &'a [PathBuf],
    /// `-r`: what is in folders.
    pub(crate) recursive: bool,
    /// `-o`: a file for one file, a folder for several.
    pub(crate) output: Option<&'a Path>,
}

/// Finds the files and names the outputs.
pub(crate) fn plan(given: &Given<'_>, naming: Naming) -> Result<Plan, Failure> {
    let several = given.recursive || given.files.len() > 1;
    let mut plan = Plan { several, ..Plan::default() };
    if !several {
        let [file] = given.files else { return Err(Failure::Usage("no FILE is given".into())) };
        if !is_standard(file) && file.is_dir() {
            plan.fail(file, is_folder(file));
            return Ok(plan);
        }
        let output = match given.output {
            Some(output) => output.to_owned(),
            None if is_standard(file) => file.clone(),
            None => as_file(beside(file, naming)?),
        };
        plan.jobs.push(Job { input: file.clone(), output, make_folder: false });
        return Ok(plan);
    }
    if given.files.iter().any(|file| is_standard(file)) || given.output.is_some_and(is_standard) {
        return Err(Failure::Usage("- stands alone: several files do not go through one pipe".into()));
    }
    if let Some(folder) = given.output.filter(|folder| !folder.is_dir() && !given.recursive) {
        return Err(Failure::Usage(format!(
            "{} is no folder: -o names one when there are several files, and -r makes it",
            shown(folder, "-")
        )));
    }
    for file in given.files {
        match (given.recursive, file.is_dir()) {
            (true, true) => plan.walk(file, file, given.output, naming),
            (false, true) => plan.fail(file, is_folder(file)),
            _ => {
                let folder = file.parent().unwrap_or(Path::new(""));
                plan.add(file, folder, given.output, naming);
            }
        }
    }
    Ok(plan)
}

fn is_folder(path: &Path) -> Failure {
    Failure::Io(format!("{} is a folder: -r takes what is in it", shown(path, "-")))
}

/// The name of a file's output where `-o` does not say it.
fn beside(file: &Path, naming: Naming) -> Result<PathBuf, Failure> {
    match naming {
        Naming::Itself => Ok(file.to_owned()),
        Naming::Seal => Ok(sealed_name(file)),
        Naming::Open => opened_name(file)
            .ok_or_else(|| Failure::Usage(format!("{} does not end in {SUFFIX}: give -o", shown(file, "-")))),
    }
}

impl Plan {
    /// How many bytes the inputs have, where all are regular files.
    pub(crate) fn bytes(&self) -> Option<u64> {
        let files = self.jobs.iter().map(|job| Some(&job.input).filter(|input| !is_standard(input)));
        files
            .map(|file| fs::metadata(file?).ok().filter(fs::Metadata::is_file).map(|found| found.len()))
            .sum()
    }

    /// Takes out the jobs that were done before.
    pub(crate) fn pass_over(&mut self, is_done: impl Fn(&Job) -> bool) {
        let jobs = std::mem::take(&mut self.jobs);
        (self.finished, self.jobs) = jobs.into_iter().partition(is_done);
    }

    fn fail(&mut self, path: &Path, failure: Failure) {
        self.failures.push((path.to_owned(), failure));
    }

    /// A file, whose output lies under `output` as it lies under `root`, or beside it.
    fn add(&mut self, file: &Path, root: &Path, output: Option<&Path>, naming: Naming) {
        let beside = match beside(file, naming) {
            Ok(beside) => beside,
            Err(failure) => return self.fail(file, failure),
        };
        let path = as_file(match output {
            Some(folder) if naming != Naming::Itself => {
                folder.join(beside.strip_prefix(root).unwrap_or(&beside))
            }
            _ => beside,
        });
        if !self.outputs.insert(path.clone()) {
            return self.fail(
                file,
                Failure::Usage(format!("{}: another file has this output too", shown(&path, "-"))),
            );
        }
        self.jobs.push(Job { input: file.to_owned(), output: path, make_folder: output.is_some() });
    }

    /// What is in a folder, by name. Symbolic links are not followed: they could lead out of it, or round in it.
    fn walk(&mut self, folder: &Path, root: &Path, output: Option<&Path>, naming: Naming) {
        let listed = fs::read_dir(folder).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
        let mut entries = match listed {
            Ok(entries) => entries,
            Err(error) => return self.fail(folder, Failure::Io(format!("{}: {error}", shown(folder, "-")))),
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => self.walk(&path, root, output, naming),
                Ok(kind) if kind.is_file() && counts(&path, naming) => self.add(&path, root, output, naming),
                Ok(_) => self.skipped += 1,
                Err(error) => self.fail(&path, Failure::Io(format!("{}: {error}", shown(&path, "-")))),
            }
        }
    }
}

/// What a seal leaves beside its input, at its end or when it is interrupted.
const OF_A_SEAL: [&str; 5] =
    [SUFFIX, ".sealed.partial", ".sealed.resume", ".sealed.resume.new", ".sealed.recipients"];

/// Whether a file in a folder is one to work on. What an interrupted seal left is none, nor are a message's recipients.
fn counts(path: &Path, naming: Naming) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let has = |suffix: &str| name.strip_suffix(suffix).is_some_and(|stem| !stem.is_empty());
    match naming {
        Naming::Seal => !OF_A_SEAL.into_iter().any(has) && !is_temporary_name(&name),
        Naming::Open | Naming::Itself => has(SUFFIX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with files, some in a folder within.
    fn tree(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("in")).unwrap();
        for name in names {
            fs::write(folder.path().join(name), b"x").unwrap();
        }
        folder
    }

    fn outputs(plan: &Plan) -> Vec<String> {
        plan.jobs.iter().map(|job| job.output.display().to_string()).collect()
    }

    #[test]
    fn a_folder_is_walked_by_name_and_mirrored() {
        let folder = tree(&["b", "a", "c.sealed", "c.sealed.recipients", "in/d", "in/e.sealed.resume"]);
        std::os::unix::fs::symlink("a", folder.path().join("link")).unwrap();
        let files = [folder.path().to_owned()];
        let given = Given { files: &files, recursive: true, output: Some(Path::new("out")) };
        let sealed = plan(&given, Naming::Seal).ok().unwrap();
        assert_eq!(outputs(&sealed), ["out/a.sealed", "out/b.sealed", "out/in/d.sealed"]);
        assert_eq!((sealed.skipped, sealed.failures.len(), sealed.bytes()), (4, 0, Some(3)));
        let opened = plan(&given, Naming::Open).ok().unwrap();
        assert_eq!(outputs(&opened), ["out/c"]);
    }

    #[test]
    fn what_a_seal_leaves_is_not_sealed() {
        let left = ["a.sealed.partial", "a.sealed.resume", "a.sealed.resume.new", "a.sealed.recipients"];
        let temporary = [".strongroom-0123456789abcdef.unfinished"];
        let documents = [".sealed.resume.new", ".strongroom-backup", ".strongroom-config", "a.resume.new"];
        let folder = tree(&[&left[..], &temporary, &documents].concat());
        let files = [folder.path().to_owned()];
        let given = Given { files: &files, recursive: true, output: Some(Path::new("out")) };
        let sealed = plan(&given, Naming::Seal).ok().unwrap();
        let expected = documents.map(|name| format!("out/{name}.sealed")).to_vec();
        assert_eq!((outputs(&sealed), sealed.skipped), (expected, 5));
    }

    #[test]
    fn files_that_cannot_be_named_are_failures_and_the_others_stay() {
        let folder = tree(&["a.sealed", "b"]);
        let files = ["a.sealed", "b", "in"].map(|name| folder.path().join(name));
        let given = Given { files: &files, recursive: false, output: None };
        let plan = plan(&given, Naming::Open).ok().unwrap();
        assert_eq!(plan.jobs.len(), 1);
        let failed: Vec<_> = plan.failures.iter().map(|(path, _)| path.clone()).collect();
        assert_eq!(failed, files[1..]);
    }

    #[test]
    fn an_output_named_like_the_pipe_is_a_file() {
        let planned = |file: &str, naming, recursive, output: Option<&str>| {
            let files = [PathBuf::from(file)];
            plan(&Given { files: &files, recursive, output: output.map(Path::new) }, naming).ok().unwrap()
        };
        assert_eq!(outputs(&planned("-.sealed", Naming::Open, false, None)), ["./-"]);
        assert_eq!(outputs(&planned("-.sealed", Naming::Open, true, None)), ["./-"]);
        assert_eq!(outputs(&planned("-.sealed", Naming::Open, true, Some("out"))), ["out/-"]);
        assert_eq!(outputs(&planned("./-", Naming::Seal, false, None)), ["./-.sealed"]);
        for naming in [Naming::Seal, Naming::Open, Naming::Itself] {
            let piped = planned("-", naming, false, None);
            assert_eq!((outputs(&piped), piped.bytes()), (vec!["-".to_owned()], None), "the control");
        }
    }

    #[test]
    fn two_files_never_share_an_output() {
        let folder = tree(&["a", "in/a"]);
        let files = ["a", "in/a"].map(|name| folder.path().join(name));
        let given = Given { files: &files, recursive: false, output: Some(folder.path()) };
        let plan = plan(&given, Naming::Seal).ok().unwrap();
        assert_eq!((plan.jobs.len(), plan.failures.len()), (1, 1));
    }

    #[test]
    fn a_pipe_stands_alone_and_several_files_need_a_folder() {
        for (files, output) in
            [(&["-", "a"][..], None), (&["a", "b"], Some("nonexistent")), (&["a", "b"], Some("-"))]
        {
            let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
            let given = Given { files: &files, recursive: false, output: output.map(Path::new) };
            assert!(matches!(plan(&given, Naming::Seal), Err(Failure::Usage(_))));
        }
    }
}
