//! How a process shares its core with the one it works for.

/// Lets whoever wakes this process go on: it runs when the waker waits, or on another core that is idle.
///
/// The vault is woken by the front's first frame. If it ran at once in the front's place it would find that frame
/// alone; so it finds all that the front had to send. For every thread that is started after this call. Where it
/// is refused, calls are only dearer.
#[allow(unsafe_code)]
pub fn run_after_the_waker() {
    let parameters = libc::sched_param { sched_priority: 0 };
    // SAFETY: the pointer is to a parameter block that outlives the call, which only reads it.
    unsafe { libc::sched_setscheduler(0, libc::SCHED_BATCH, &raw const parameters) };
}
