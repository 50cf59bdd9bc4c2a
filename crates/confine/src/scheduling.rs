//! How a process shares its core with the one it works for.

/// Lets whoever wakes this process go on: it runs when the waker waits, or on another core that is idle.
///
/// The vault is woken by the front's first frame. If it ran at once in the front's place it would find that frame
/// alone; so it finds all that the front had to send. For every thread that is started after this call. Where it
/// is refused, calls are only dearer.
#[allow(unsafe_code)]
pub fn run_after_the_waker() {
    // The kernel's own call: musl's function of that name refuses, and has another parameter block.
    let priority: libc::c_int = 0;
    // SAFETY: the kernel's parameter block is the priority alone; it outlives the call, which only reads it.
    unsafe { libc::syscall(libc::SYS_sched_setscheduler, 0, libc::SCHED_BATCH, &raw const priority) };
}

#[cfg(test)]
mod tests {
    use super::run_after_the_waker;

    /// The policy of the calling thread, field 41 of proc(5)'s `stat`; its second field, the name, ends with `)`.
    fn policy() -> String {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
        stat.rsplit_once(") ").unwrap().1.split(' ').nth(41 - 3).unwrap().to_owned()
    }

    #[test]
    fn thread_is_in_the_batch_class_only_after_the_call() {
        let (before, after) = std::thread::spawn(|| {
            let before = policy();
            run_after_the_waker();
            (before, policy())
        })
        .join()
        .unwrap();
        let batch = libc::SCHED_BATCH.to_string();
        assert_ne!(before, batch, "positive control");
        assert_eq!(after, batch);
    }
}
