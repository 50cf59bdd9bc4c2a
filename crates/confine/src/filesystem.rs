//! Landlock: which directories and files a process may open, to which ports it connects, and that it reaches nothing else.

use crate::{ConfineError, Report};
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, NetPort, PathBeneath, PathFd,
    Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, make_bitflags,
};
use std::path::Path;

const NAME: &str = "landlock";

/// The newest rights we know; older kernels enforce what they have.
const KNOWN: ABI = ABI::V7;

/// What may be done below an allowed directory: plain files and directories, nothing that runs.
fn rights_below() -> BitFlags<AccessFs> {
    make_bitflags!(AccessFs::{
        ReadFile | ReadDir | WriteFile | Truncate | MakeReg | MakeDir | RemoveFile | RemoveDir | Refer
    })
}

/// What may be done below a directory that is only read.
fn rights_to_read() -> BitFlags<AccessFs> {
    make_bitflags!(AccessFs::{ReadFile | ReadDir})
}

/// Opens nothing outside `allowed` and `readable`, writes nothing outside `allowed`, binds and connects no TCP socket, signals no process outside.
/// This thread and those it starts later.
pub(crate) fn restrict(
    allowed: &[&Path],
    readable: &[&Path],
    report: &mut Report,
) -> Result<(), ConfineError> {
    let allowed = allowed.iter().map(|path| (path, rights_below()));
    let readable = readable.iter().map(|path| (path, rights_to_read()));
    apply(allowed.chain(readable), &[], report)
}

/// Opens nothing but `files`, and those for reading; binds no TCP socket, connects to TCP ports of `ports` alone,
/// signals no process outside. This thread and those it starts later.
pub(crate) fn restrict_to_files_and_ports(
    files: &[&Path],
    ports: &[u16],
    report: &mut Report,
) -> Result<(), ConfineError> {
    let to_read_a_file = make_bitflags!(AccessFs::{ReadFile});
    apply(files.iter().map(|path| (path, to_read_a_file)), ports, report)
}

/// Opens nothing outside `allowed`, `readable` and `files`, writes nothing outside `allowed`; binds no TCP socket,
/// connects to TCP ports of `ports` alone, signals no process outside. This thread and those it starts later.
pub(crate) fn restrict_to_paths_and_ports(
    allowed: &[&Path],
    readable: &[&Path],
    files: &[&Path],
    ports: &[u16],
    report: &mut Report,
) -> Result<(), ConfineError> {
    let allowed = allowed.iter().map(|path| (path, rights_below()));
    let readable = readable.iter().map(|path| (path, rights_to_read()));
    let files = files.iter().map(|path| (path, make_bitflags!(AccessFs::{ReadFile})));
    apply(allowed.chain(readable).chain(files), ports, report)
}

/// What a vendor's library may do below a directory of its own: everything but run programs.
fn rights_of_a_library() -> BitFlags<AccessFs> {
    make_bitflags!(AccessFs::{
        ReadFile | ReadDir | WriteFile | Truncate | MakeReg | MakeDir | MakeSock | MakeFifo | RemoveFile | RemoveDir
            | Refer | IoctlDev
    })
}

/// What it may do with a file or device of its own.
fn rights_of_a_library_to_a_file() -> BitFlags<AccessFs> {
    make_bitflags!(AccessFs::{ReadFile | WriteFile | Truncate | IoctlDev})
}

/// Opens nothing outside `usable` and `readable`, writes nothing outside `usable`, signals no process outside. Sockets
/// of every kind stay free. This thread and those it starts later.
pub(crate) fn restrict_files(
    usable: &[&Path],
    readable: &[&Path],
    report: &mut Report,
) -> Result<(), ConfineError> {
    let failed = ConfineError::at(NAME);
    let mut opened = Vec::new();
    for (paths, below, file) in [
        (usable, rights_of_a_library(), rights_of_a_library_to_a_file()),
        (readable, rights_to_read(), make_bitflags!(AccessFs::{ReadFile})),
    ] {
        for path in paths {
            let rights = if path.is_dir() { below } else { file };
            opened.push((PathFd::new(path).map_err(|e| failed(&e))?, rights));
        }
    }
    note(enforce_files(opened).map_err(|e| failed(&e))?, report);
    Ok(())
}

fn enforce_files(paths: Vec<(PathFd, BitFlags<AccessFs>)>) -> Result<RulesetStatus, RulesetError> {
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(KNOWN))?
        .scope(Scope::Signal)?
        .create()?;
    for (path, rights) in paths {
        rules = rules.add_rule(PathBeneath::new(path, rights))?;
    }
    Ok(rules.restrict_self()?.ruleset)
}

fn note(status: RulesetStatus, report: &mut Report) {
    match status {
        RulesetStatus::FullyEnforced => report.in_force(NAME),
        RulesetStatus::PartiallyEnforced => report.lacking(NAME, "the kernel enforces only a part"),
        RulesetStatus::NotEnforced => report.lacking(NAME, "the kernel lacks it"),
    }
}

fn apply<P: AsRef<Path>>(
    paths: impl Iterator<Item = (P, BitFlags<AccessFs>)>,
    ports: &[u16],
    report: &mut Report,
) -> Result<(), ConfineError> {
    let failed = ConfineError::at(NAME);
    let mut opened = Vec::new();
    for (path, rights) in paths {
        opened.push((PathFd::new(path).map_err(|e| failed(&e))?, rights));
    }
    note(enforce(opened, ports).map_err(|e| failed(&e))?, report);
    Ok(())
}

fn enforce(paths: Vec<(PathFd, BitFlags<AccessFs>)>, ports: &[u16]) -> Result<RulesetStatus, RulesetError> {
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(KNOWN))?
        .handle_access(AccessNet::from_all(KNOWN))?
        .scope(Scope::from_all(KNOWN))?
        .create()?;
    for (path, rights) in paths {
        rules = rules.add_rule(PathBeneath::new(path, rights))?;
    }
    for port in ports {
        rules = rules.add_rule(NetPort::new(*port, AccessNet::ConnectTcp))?;
    }
    Ok(rules.restrict_self()?.ruleset)
}
