//! The measures that concern the process as a whole: privileges, core files, tracing, limits.

use crate::{ConfineError, Report, user};
use caps::errors::CapsError;
use caps::{CapSet, Capability};
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, Signal, set_dumpable_behavior, set_parent_process_death_signal,
    setrlimit,
};

/// No new privileges, no core file, not dumpable. Not dumpable comes last of all that changes credentials.
pub(crate) fn close_to_others(report: &mut Report) -> Result<(), ConfineError> {
    rustix::thread::set_no_new_privs(true).map_err(|e| ConfineError::at("no-new-privileges")(&e))?;
    report.in_force("no-new-privileges");
    limit(Resource::Core, 0, "no-core-files", report)?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(|e| ConfineError::at("not-dumpable")(&e))?;
    report.in_force("not-dumpable");
    Ok(())
}

/// The process is killed when the thread that started it ends.
pub(crate) fn end_with_parent(report: &mut Report) -> Result<(), ConfineError> {
    set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|e| ConfineError::at("ends-with-parent")(&e))?;
    report.in_force("ends-with-parent");
    Ok(())
}

/// Sets both the soft and the hard limit.
pub(crate) fn limit(
    resource: Resource,
    value: u64,
    name: &'static str,
    report: &mut Report,
) -> Result<(), ConfineError> {
    setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) })
        .map_err(|e| ConfineError::at(name)(&e))?;
    report.in_force(name);
    Ok(())
}

/// Empties every capability set of this thread. The user stays: files that the process opens belong to it.
pub(crate) fn drop_capabilities(report: &mut Report) {
    report.note("no-capabilities", empty_bounding_set().and_then(|()| empty_sets()));
}

/// The same for a process that opens no file of the service's user: what was started as root becomes the user `id`. It comes
/// before everything that a change of user takes back, which is being not dumpable and ending with the parent.
pub(crate) fn drop_root_and_capabilities(id: libc::uid_t, report: &mut Report) {
    // First, for it takes a capability that goes with root.
    let bounding = empty_bounding_set();
    user::leave_root(id, report);
    report.note("no-capabilities", bounding.and_then(|()| empty_sets()));
}

/// What programs that it becomes could have at most. Without the capability to do so it stays.
fn empty_bounding_set() -> Result<(), CapsError> {
    match caps::has_cap(None, CapSet::Effective, Capability::CAP_SETPCAP) {
        Ok(true) => caps::clear(None, CapSet::Bounding),
        _ => Ok(()),
    }
}

fn empty_sets() -> Result<(), CapsError> {
    caps::clear(None, CapSet::Ambient)
        .and_then(|()| caps::clear(None, CapSet::Inheritable))
        .and_then(|()| caps::clear(None, CapSet::Effective))
        .and_then(|()| caps::clear(None, CapSet::Permitted))
}

/// Memory that was writable never becomes executable (`PR_SET_MDWE`, Linux 6.3).
#[allow(unsafe_code)]
pub(crate) fn deny_write_execute(report: &mut Report) {
    const PR_SET_MDWE: libc::c_int = 65;
    const REFUSE_EXEC_GAIN: libc::c_ulong = 1;
    // SAFETY: this prctl takes integers only.
    let result = unsafe { libc::prctl(PR_SET_MDWE, REFUSE_EXEC_GAIN, 0 as libc::c_ulong, 0, 0) };
    let outcome = if result == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) };
    report.note("no-write-then-execute", outcome);
}
