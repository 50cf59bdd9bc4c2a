//! A gate between a client and a vault: commands wait in front of it while it is shut.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

#[derive(Debug, Default)]
struct State {
    shut: bool,
    waiting: bool,
}

/// The gate; clones are handles to the same one. Open at first.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    state: Arc<Mutex<State>>,
    changed: Arc<Condvar>,
}

impl Gate {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Commands wait from now on.
    pub fn shut(&self) {
        self.state().shut = true;
    }

    /// Commands pass, those that wait first.
    pub fn open(&self) {
        self.state().shut = false;
        self.changed.notify_all();
    }

    /// Whether a command waits.
    pub fn is_waited_at(&self) -> bool {
        self.state().waiting
    }

    pub(crate) fn pass(&self) {
        let mut state = self.state();
        state.waiting = state.shut;
        while state.shut {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.waiting = false;
    }

    /// Puts the gate in front of one lane of a vault; gives the client's new end.
    pub(crate) fn guard(&self, vault: UnixStream) -> io::Result<UnixStream> {
        let (client, near) = UnixStream::pair()?;
        let (commands, answers) = (near.try_clone()?, vault.try_clone()?);
        let gate = self.clone();
        thread::spawn(move || pump(commands, vault, || gate.pass()));
        thread::spawn(move || pump(answers, near, || {}));
        Ok(client)
    }
}

/// Carries bytes until either side is closed, then closes the other.
fn pump(mut from: UnixStream, mut to: UnixStream, before: impl Fn()) {
    let mut buffer = [0; 65_536];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        before();
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Both);
}
