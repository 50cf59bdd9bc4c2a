//! Writes what the front has the secrets folder keep, on a thread of its own: each file is synced about once a second, and a
//! disk that stands still must not keep the supervisor's loop from starting what died, or from sealing the vault.

use crate::{Folders, SupervisorError, anchor};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kept {
    /// How far the state had come.
    Anchor,
    /// The public keys of the audit log.
    LogKeys,
    /// A checkpoint of the audit log.
    LogCheckpoint,
    /// The one with which it was closed.
    LogClosed,
    /// How far retention has removed it.
    LogRemoved,
}

/// What is called once a text is written, with whether it is.
type Told = Box<dyn FnOnce(bool) + Send>;

/// The newest texts, and the thread that writes them. It ends when this is dropped.
pub(crate) struct Keeper {
    folders: Folders,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    newest: HashMap<Kept, String>,
    /// Whose newest text is not being written yet, in turn.
    waiting: VecDeque<Kept>,
    /// Who is told when what is there of this kind is written.
    told: Vec<(Kept, Told)>,
    writing: bool,
    /// Whether the folder has forgotten for certain that the log was closed.
    forgot_closed: bool,
    ends: bool,
}

impl Keeper {
    /// Starts the thread.
    pub(crate) fn start(folders: Folders) -> Result<Self, SupervisorError> {
        let of_the_thread = folders.clone();
        Self::with(folders, move |what, text| write(&of_the_thread, what, text))
    }

    fn with(
        folders: Folders,
        write: impl Fn(Kept, &str) -> bool + Send + 'static,
    ) -> Result<Self, SupervisorError> {
        let shared = Arc::<Shared>::default();
        let writer = shared.clone();
        let started =
            thread::Builder::new().name("keeper".to_owned()).spawn(move || writer.write_what_comes(&write));
        let failed = |error| SupervisorError::System(format!("nobody writes to the secrets folder: {error}"));
        started.map_err(failed)?;
        Ok(Self { folders, shared })
    }

    /// Has a text take the place of the one before, which need not have been written.
    pub(crate) fn keep(&self, what: Kept, text: String) {
        self.put(what, text, None);
    }

    /// The same, and tells when it is written, or could not be.
    pub(crate) fn keep_and_tell(&self, what: Kept, text: String, told: impl FnOnce(bool) + Send + 'static) {
        self.put(what, text, Some(Box::new(told)));
    }

    fn put(&self, what: Kept, text: String, told: Option<Told>) {
        let mut state = self.shared.state();
        state.told.extend(told.map(|told| (what, told)));
        state.forgot_closed &= what != Kept::LogClosed || text.is_empty();
        state.newest.insert(what, text);
        if !state.waiting.contains(&what) {
            state.waiting.push_back(what);
        }
        self.shared.changed.notify_all();
    }

    /// Whether this process has had the folder forget that the log was closed, and nobody has closed it since.
    pub(crate) fn has_forgotten_closed(&self) -> bool {
        self.shared.state().forgot_closed
    }

    /// The newest text, written or not. A front that is started again must not be given an older one.
    pub(crate) fn read(&self, what: Kept) -> Result<Option<String>, SupervisorError> {
        let newest = self.shared.state().newest.get(&what).cloned();
        match (newest, what) {
            (Some(text), _) => Ok(Some(text)),
            (None, Kept::Anchor) => anchor::read(&self.folders),
            (None, Kept::LogKeys) => anchor::read_log_keys(&self.folders),
            (None, Kept::LogCheckpoint) => anchor::read_log_checkpoint(&self.folders),
            (None, Kept::LogClosed) => anchor::read_log_closed(&self.folders),
            (None, Kept::LogRemoved) => anchor::read_log_removed(&self.folders),
        }
    }

    /// Waits until everything is written; whether it is.
    pub(crate) fn finish(&self, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        let mut state = self.shared.state();
        while state.writing || !state.waiting.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let woken = self.shared.changed.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.shared.state().ends = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_what_comes(&self, write: &dyn Fn(Kept, &str) -> bool) {
        while let Some((what, text, told)) = self.next() {
            let kept = write(what, &text);
            self.note(what, &text, kept);
            told.into_iter().for_each(|told| told(kept));
            self.state().writing = false;
            self.changed.notify_all();
        }
    }

    /// Before anybody is told of it.
    fn note(&self, what: Kept, text: &str, kept: bool) {
        let mut state = self.state();
        if what == Kept::LogClosed {
            // A newer text may wait already.
            state.forgot_closed = kept && text.is_empty() && !state.waiting.contains(&what);
        }
    }

    /// Waits for a text that is to be written; `None` when there will be no more.
    fn next(&self) -> Option<(Kept, String, Vec<Told>)> {
        let mut state = self.state();
        loop {
            if let Some(what) = state.waiting.pop_front() {
                state.writing = true;
                let text = state.newest.get(&what).cloned().unwrap_or_default();
                let told = std::mem::take(&mut state.told);
                let (told, others): (Vec<_>, Vec<_>) = told.into_iter().partition(|(of, _)| *of == what);
                state.told = others;
                return Some((what, text, told.into_iter().map(|(_, told)| told).collect()));
            }
            if state.ends {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Whether it is kept, as far as anybody asks.
fn write(folders: &Folders, what: Kept, text: &str) -> bool {
    match what {
        Kept::Anchor => return anchor::keep(folders, text),
        Kept::LogKeys => anchor::keep_log_keys(folders, text),
        Kept::LogCheckpoint => anchor::keep_log_checkpoint(folders, text),
        Kept::LogClosed => return anchor::keep_log_closed(folders, text),
        Kept::LogRemoved => return anchor::keep_log_removed(folders, text),
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use std::sync::mpsc::channel;

    const PATIENCE: Duration = Duration::from_secs(30);

    fn folders(base: &Path) -> Folders {
        Folders { data_dir: base.join("d"), secrets_dir: base.join("s") }.create().unwrap()
    }

    #[test]
    fn disk_that_stands_still_holds_nobody_up_and_is_given_the_newest_texts_in_turn() {
        let temporary = tempfile::tempdir().unwrap();
        let (hold, held) = channel::<()>();
        let (wrote, written) = channel();
        let keeper = Keeper::with(folders(temporary.path()), move |what, text| {
            wrote.send((what, text.to_owned())).unwrap();
            // Returns once the other end is gone.
            held.recv().is_ok()
        })
        .unwrap();
        keeper.keep(Kept::Anchor, "1".to_owned());
        assert_eq!(written.recv().unwrap(), (Kept::Anchor, "1".to_owned()));
        for text in ["2", "3"] {
            keeper.keep(Kept::Anchor, text.to_owned());
        }
        keeper.keep(Kept::LogCheckpoint, "a".to_owned());
        assert_eq!(keeper.read(Kept::Anchor).unwrap().as_deref(), Some("3"), "for a front that starts");
        assert!(!keeper.finish(Duration::ZERO), "the control: nothing of it is written");
        assert!(written.try_recv().is_err());
        drop(hold);
        assert!(keeper.finish(PATIENCE));
        let then = [(Kept::Anchor, "3".to_owned()), (Kept::LogCheckpoint, "a".to_owned())];
        assert_eq!(written.try_iter().collect::<Vec<_>>(), then);
    }

    #[test]
    fn what_is_kept_is_in_the_folder_when_the_keeper_has_finished() {
        let temporary = tempfile::tempdir().unwrap();
        let folders = folders(temporary.path());
        let all = [Kept::Anchor, Kept::LogKeys, Kept::LogCheckpoint, Kept::LogClosed, Kept::LogRemoved];
        let keeper = Keeper::start(folders.clone()).unwrap();
        for what in all {
            assert_eq!(keeper.read(what).unwrap(), None);
            keeper.keep(what, format!("{what:?}\n"));
        }
        assert!(keeper.finish(PATIENCE));
        let next = Keeper::start(folders.clone()).unwrap();
        for what in all {
            assert_eq!(next.read(what).unwrap(), Some(format!("{what:?}\n")));
        }
    }

    #[test]
    fn who_asks_is_told_when_the_folder_has_forgotten_that_the_log_was_closed_or_cannot() {
        let temporary = tempfile::tempdir().unwrap();
        let folders = folders(temporary.path());
        let keeper = Keeper::start(folders.clone()).unwrap();
        keeper.keep(Kept::LogClosed, "closed\n".to_owned());
        assert!(keeper.finish(PATIENCE));
        let (tell, told) = channel();
        let opened = || {
            let tell = tell.clone();
            keeper.keep_and_tell(Kept::LogClosed, String::new(), move |kept| tell.send(kept).unwrap());
            told.recv().unwrap()
        };
        assert!(opened());
        assert!(!folders.log_closed().exists());
        assert!(opened(), "as often as a front asks");
        std::fs::create_dir(folders.log_closed()).unwrap();
        assert!(!opened(), "a folder is in its place");
    }
}
