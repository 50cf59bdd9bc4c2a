//! How a process shares its core with the one it works for.

/// Lets whoever wakes this process go on: it runs when the waker waits, or on another core that is idle.
///
/// The vault is woken by the front's first frame. If it ran at once in the front's place it would find that frame
/// alone; so it finds all that the front had to send. For every thread that is started after this call. Where it
/// is refused, calls are only dearer.
pub fn run_after_the_waker() {
    set_class(libc::SCHED_BATCH);
}

/// Lets every other thread go before the calling one, whenever there is one: for work that nobody waits for. It stays so,
/// for the thread and for those that it starts: without a privilege the way back is closed (sched(7)), so a thread whose
/// work may become urgent does not call this. Where it is refused, such work only competes as any other.
///
/// Such a thread holds no lock that others wait for while it waits itself: it may not get the core back for seconds.
///
/// Niceness would not do: a nice thread that runs may keep its core for a slice, milliseconds, while a request waits.
pub fn run_when_idle() {
    set_class(libc::SCHED_IDLE);
}

/// Puts the calling thread into a class that has no priorities. Not being allowed to is no fault.
#[allow(unsafe_code)]
fn set_class(class: libc::c_int) {
    // The kernel's own call: musl's function of that name refuses, and has another parameter block.
    let priority: libc::c_int = 0;
    // SAFETY: the kernel's parameter block is the priority alone; it outlives the call, which only reads it.
    unsafe { libc::syscall(libc::SYS_sched_setscheduler, 0, class, &raw const priority) };
}

#[cfg(test)]
mod tests {
    use super::{run_after_the_waker, run_when_idle};

    /// The policy of the calling thread, field 41 of proc(5)'s `stat`; its second field, the name, ends with `)`.
    fn policy() -> String {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
        stat.rsplit_once(") ").unwrap().1.split(' ').nth(41 - 3).unwrap().to_owned()
    }

    /// The policy of a thread before and after a call.
    fn around(call: fn()) -> (String, String) {
        std::thread::spawn(move || {
            let before = policy();
            call();
            (before, policy())
        })
        .join()
        .unwrap()
    }

    #[test]
    fn thread_is_in_its_class_only_after_the_call() {
        for (call, class) in
            [(run_after_the_waker as fn(), libc::SCHED_BATCH), (run_when_idle as fn(), libc::SCHED_IDLE)]
        {
            let (before, after) = around(call);
            assert_ne!(before, class.to_string(), "positive control");
            assert_eq!(after, class.to_string());
        }
    }
}
