//! Signals, taken by a thread of their own: those that mean something to the service, and those that interrupt a command.

use crate::SupervisorError;
use std::io;
use std::mem::MaybeUninit;
use std::thread;

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// SIGTERM, SIGINT: the service shall end.
    Stop,
    /// SIGUSR1: the certificate was replaced. Not SIGHUP: a terminal that is closed sends it, and shall end the service.
    CertificateReplaced,
}

/// The signals that mean something to the service, blocked: threads and programs started later inherit that.
pub(crate) struct Signals(libc::sigset_t);

impl Signals {
    /// Blocks them in this thread. Call it before any other thread runs.
    pub(crate) fn block() -> io::Result<Self> {
        Self::block_these([libc::SIGTERM, libc::SIGINT, libc::SIGUSR1])
    }

    #[allow(unsafe_code)]
    fn block_these(signals: impl IntoIterator<Item = libc::c_int>) -> io::Result<Self> {
        let mut set = MaybeUninit::uninit();
        // SAFETY: `set` is initialised by sigemptyset before it is used; the old mask is not asked for.
        let set = unsafe {
            libc::sigemptyset(set.as_mut_ptr());
            for signal in signals {
                libc::sigaddset(set.as_mut_ptr(), signal);
            }
            let set = set.assume_init();
            match libc::pthread_sigmask(libc::SIG_BLOCK, &set, std::ptr::null_mut()) {
                0 => set,
                error => return Err(io::Error::from_raw_os_error(error)),
            }
        };
        Ok(Self(set))
    }

    /// Waits until one of them comes.
    pub(crate) fn wait(&self) -> Signal {
        if self.next() == libc::SIGUSR1 { Signal::CertificateReplaced } else { Signal::Stop }
    }

    /// The number of the one that comes next.
    #[allow(unsafe_code)]
    fn next(&self) -> libc::c_int {
        let mut signal = 0;
        // SAFETY: both pointers are valid for the call.
        while unsafe { libc::sigwait(&self.0, &mut signal) } != 0 {}
        signal
    }

    /// Tells of each, for ever.
    fn tell(&self, mut then: impl FnMut(i32)) {
        loop {
            then(self.next());
        }
    }
}

/// From now on SIGINT, SIGTERM and SIGHUP end nothing by themselves: each calls `then` with its number, on a thread of its
/// own. One that is ignored, as under nohup, stays so. Call it before any other thread runs. Programs that are
/// started later have them blocked too: whoever wants to end one kills it.
pub fn on_interrupt(then: impl FnMut(i32) + Send + 'static) -> Result<(), SupervisorError> {
    let system = |e: io::Error| SupervisorError::System(e.to_string());
    let heeded =
        [libc::SIGINT, libc::SIGTERM, libc::SIGHUP].into_iter().filter(|signal| !is_ignored(*signal));
    let signals = Signals::block_these(heeded).map_err(system)?;
    let started = thread::Builder::new().name("signals".to_owned()).spawn(move || signals.tell(then));
    started.map(drop).map_err(system)
}

#[allow(unsafe_code)]
fn is_ignored(signal: libc::c_int) -> bool {
    let mut now = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: nothing is changed; the call writes what the signal does now to `now`, which may be all zeros too.
    unsafe {
        libc::sigaction(signal, std::ptr::null(), now.as_mut_ptr()) == 0
            && now.assume_init().sa_sigaction == libc::SIG_IGN
    }
}
