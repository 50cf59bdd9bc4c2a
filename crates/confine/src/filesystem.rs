//! Landlock: which directories a process may open, and that it reaches nothing else.

use crate::{ConfineError, Report};
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, make_bitflags,
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
    let failed = ConfineError::at(NAME);
    let allowed = allowed.iter().map(|path| (path, rights_below()));
    let readable = readable.iter().map(|path| (path, rights_to_read()));
    let mut directories = Vec::new();
    for (path, rights) in allowed.chain(readable) {
        directories.push((PathFd::new(path).map_err(|e| failed(&e))?, rights));
    }
    match enforce(directories).map_err(|e| failed(&e))? {
        RulesetStatus::FullyEnforced => report.in_force(NAME),
        RulesetStatus::PartiallyEnforced => report.lacking(NAME, "the kernel enforces only a part"),
        RulesetStatus::NotEnforced => report.lacking(NAME, "the kernel lacks it"),
    }
    Ok(())
}

fn enforce(directories: Vec<(PathFd, BitFlags<AccessFs>)>) -> Result<RulesetStatus, RulesetError> {
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(KNOWN))?
        .handle_access(AccessNet::from_all(KNOWN))?
        .scope(Scope::from_all(KNOWN))?
        .create()?;
    for (directory, rights) in directories {
        rules = rules.add_rule(PathBeneath::new(directory, rights))?;
    }
    Ok(rules.restrict_self()?.ruleset)
}
