//! SIGTERM, SIGINT and SIGUSR1, taken by a thread of their own.

use std::io;
use std::mem::MaybeUninit;

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// SIGTERM, SIGINT: the service shall end.
    Stop,
    /// SIGUSR1: the certificate was replaced. Not SIGHUP: a terminal that is closed sends it, and shall end the service.
    CertificateReplaced,
}

/// The signals that mean something to the service, blocked: threads started later inherit that, children do not.
pub(crate) struct Signals(libc::sigset_t);

impl Signals {
    /// Blocks them in this thread. Call it before any other thread runs.
    #[allow(unsafe_code)]
    pub(crate) fn block() -> io::Result<Self> {
        let mut set = MaybeUninit::uninit();
        // SAFETY: `set` is initialised by sigemptyset before it is used; the old mask is not asked for.
        let set = unsafe {
            libc::sigemptyset(set.as_mut_ptr());
            libc::sigaddset(set.as_mut_ptr(), libc::SIGTERM);
            libc::sigaddset(set.as_mut_ptr(), libc::SIGINT);
            libc::sigaddset(set.as_mut_ptr(), libc::SIGUSR1);
            let set = set.assume_init();
            match libc::pthread_sigmask(libc::SIG_BLOCK, &set, std::ptr::null_mut()) {
                0 => set,
                error => return Err(io::Error::from_raw_os_error(error)),
            }
        };
        Ok(Self(set))
    }

    /// Waits until one of them comes.
    #[allow(unsafe_code)]
    pub(crate) fn wait(&self) -> Signal {
        let mut signal = 0;
        // SAFETY: both pointers are valid for the call.
        while unsafe { libc::sigwait(&self.0, &mut signal) } != 0 {}
        if signal == libc::SIGUSR1 { Signal::CertificateReplaced } else { Signal::Stop }
    }
}
