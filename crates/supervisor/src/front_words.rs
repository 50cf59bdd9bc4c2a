//! What the front says that counts as long as this process lives: it is kept, written and handed on alike while the service
//! serves and while it ends.

use crate::event::Event;
use crate::keeper::{Keeper, Kept};
use crate::operator_calls::{OperatorCalls, Waiting};
use crate::root_credentials::RootCredentials;
use crate::root_key_steps::RootKeySteps;
use crate::unsettled::Unsettled;
use crate::{Folders, SupervisorError};
use std::sync::mpsc::SyncSender;
use std::thread;
use strongroom_control::{FromFront, RootKeyLaid, RootKeyStep, SecretText, ToFront};
use strongroom_types::AccountId;
use strongroom_vault_protocol::CustodyChannel;

/// Who takes it.
pub(crate) struct FrontWords {
    pub(crate) keeper: Keeper,
    pub(crate) calls: OperatorCalls,
    pub(crate) unsettled: Unsettled,
    /// Until the front serves.
    pub(crate) first_start: bool,
    /// What becomes of root access keys that lie there.
    pub(crate) root_keys: RootKeySteps,
    /// Root access keys on their way to the secrets folder.
    laying: Vec<Laying>,
    folders: Folders,
    region: String,
    account: AccountId,
}

/// A root access key that a thread lays into the secrets folder.
struct Laying {
    account: String,
    access_key_id: String,
    /// The front has given it up meanwhile.
    void: bool,
}

impl FrontWords {
    /// `account` and `region` are those that the service was started with.
    pub(crate) fn new(
        folders: &Folders,
        account: AccountId,
        region: String,
        first_start: bool,
    ) -> Result<Self, SupervisorError> {
        Ok(Self {
            keeper: Keeper::start(folders.clone())?,
            calls: OperatorCalls::default(),
            unsettled: Unsettled::default(),
            first_start,
            root_keys: RootKeySteps::start(folders.clone(), account.clone())?,
            laying: Vec::new(),
            folders: folders.clone(),
            region,
            account,
        })
    }

    /// Takes a message, or gives back one that counts only while the service serves.
    pub(crate) fn take(
        &mut self,
        message: FromFront,
        vault: Option<&CustodyChannel>,
    ) -> Result<Option<FromFront>, SupervisorError> {
        match message {
            FromFront::RootCredentials { account, access_key_id, secret_access_key } => {
                let region = self.region.clone();
                let made = RootCredentials { account, access_key_id, secret_access_key, region };
                // Said by a front that starts: without them nobody could do anything.
                made.write(&self.folders, self.first_start, &self.account)?;
            }
            FromFront::RootKey(RootKeyStep::Valid { account, access_key_id }) => {
                self.root_keys.valid(account, access_key_id);
            }
            FromFront::RootKey(RootKeyStep::Void { account, access_key_id }) => {
                match self.laying.iter_mut().find(|laying| laying.access_key_id == access_key_id) {
                    Some(laying) => laying.void = true,
                    None => self.root_keys.void(account, access_key_id),
                }
            }
            FromFront::AccountDeleted { account } => self.root_keys.deleted(account),
            FromFront::LogKeys { text } => self.keeper.keep(Kept::LogKeys, text),
            FromFront::LogCheckpoint { text } => self.keeper.keep(Kept::LogCheckpoint, text),
            FromFront::LogClosed { text } => self.keeper.keep(Kept::LogClosed, text),
            FromFront::Operator { id, reply } => {
                let answer = self.unsettled.settle(id, reply, vault);
                match self.calls.take(id) {
                    Some(Waiting { operator, behind_root_keys: true }) => {
                        self.root_keys.answer(operator, answer);
                    }
                    // He may have gone.
                    Some(Waiting { operator, .. }) => drop(operator.send(answer)),
                    None => {}
                }
            }
            other @ (FromFront::Ready
            | FromFront::Anchor { .. }
            | FromFront::LogOpened
            | FromFront::LogRemoved { .. }
            | FromFront::RootKey(RootKeyStep::Lay { .. })
            | FromFront::CertificateTaken(_)
            | FromFront::VaultAway { .. }
            | FromFront::Fatal { .. }) => return Ok(Some(other)),
        }
        Ok(None)
    }

    /// Keeps what this front waits for; an event has the answer. It is given at once where nothing is to be written: a disk
    /// that takes nothing must not keep a front from being started again.
    pub(crate) fn keep_for_front(
        &self,
        front: u64,
        message: FromFront,
        events: &SyncSender<Event>,
    ) -> Option<ToFront> {
        let events = events.clone();
        // A supervisor that has ended asks no more.
        let answer = move |kept: ToFront| drop(events.send(Event::ForFront(front, kept)));
        match message {
            FromFront::LogOpened if self.keeper.has_forgotten_closed() => {
                return Some(ToFront::LogOpened(true));
            }
            FromFront::LogOpened => {
                let told = move |kept| answer(ToFront::LogOpened(kept));
                self.keeper.keep_and_tell(Kept::LogClosed, String::new(), told);
            }
            FromFront::Anchor { text } => {
                let asked = text.clone();
                let told = move |kept| answer(ToFront::AnchorKept(asked, kept));
                self.keeper.keep_and_tell(Kept::Anchor, text, told);
            }
            FromFront::LogRemoved { text } => {
                let asked = text.clone();
                let told = move |kept| answer(ToFront::LogRemovedKept(asked, kept));
                self.keeper.keep_and_tell(Kept::LogRemoved, text, told);
            }
            _ => {}
        }
        None
    }

    /// Lays a root access key that is not valid yet into the secrets folder, on a thread of its own: a disk that stands still
    /// must not keep the supervisor's loop from what is urgent. An event has the answer for that front; it is given at once
    /// if there is no thread.
    pub(crate) fn lay(
        &mut self,
        front: u64,
        account: String,
        access_key_id: String,
        secret_access_key: SecretText,
        events: &SyncSender<Event>,
    ) -> Option<RootKeyLaid> {
        let (id, region) = (access_key_id.clone(), self.region.clone());
        self.laying.push(Laying { account: account.clone(), access_key_id: id.clone(), void: false });
        let made = RootCredentials { account, access_key_id, secret_access_key, region };
        let (folders, configured, events) = (self.folders.clone(), self.account.clone(), events.clone());
        let started = thread::Builder::new().name("root-key".to_owned()).spawn(move || {
            let laid = made.lay(&folders, &configured);
            if let Err(error) = &laid {
                tracing::error!(%error, "a new root access key could not be written, and is not made valid");
            }
            let failed = laid.err().map(|error| error.to_string());
            // A supervisor that has ended asks no more.
            let laid = RootKeyLaid { access_key_id: made.access_key_id.clone(), failed };
            let _ = events.send(Event::RootKeyLaid(front, laid));
        });
        let error = started.err()?;
        self.laying.retain(|laying| laying.access_key_id != id);
        Some(RootKeyLaid { access_key_id: id, failed: Some(error.to_string()) })
    }

    /// A key was laid, or could not be: the answer for the front that waits. If that is gone or has given the key up, the key
    /// is not valid and will not be.
    pub(crate) fn laid(&mut self, laid: RootKeyLaid, front_waits: bool) -> Option<RootKeyLaid> {
        let at = self.laying.iter().position(|laying| laying.access_key_id == laid.access_key_id)?;
        let Laying { account, access_key_id, void } = self.laying.swap_remove(at);
        if front_waits && !void {
            return Some(laid);
        }
        self.root_keys.void(account, access_key_id);
        None
    }

    /// The same while the service ends, which goes on whatever fails.
    pub(crate) fn take_last(&mut self, event: Event, vault: Option<&CustodyChannel>) {
        let message = match event {
            Event::FromFront(_, message) => message,
            Event::RootKeyLaid(_, laid) => {
                // Whoever waited for it ends.
                let _ = self.laid(laid, false);
                return;
            }
            _ => return,
        };
        match self.take(message, vault) {
            // Of a front that nobody answers any more.
            Ok(Some(FromFront::Anchor { text })) => self.keeper.keep(Kept::Anchor, text),
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "what the front said last could not be written"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use rustix::fs::{CWD, Mode, mkfifoat};
    use serde_json::json;
    use std::fs::OpenOptions;
    use std::path::{Path, PathBuf};
    use std::sync::mpsc::{Receiver, sync_channel};
    use std::time::Duration;

    const PATIENCE: Duration = Duration::from_secs(30);

    /// Of a service that runs for a while already.
    pub(crate) fn words(base: &Path) -> FrontWords {
        let folders = Folders { data_dir: base.join("d"), secrets_dir: base.join("s") }.create().unwrap();
        let account = AccountId::parse("111122223333").unwrap();
        FrontWords::new(&folders, account, "eu-central-1".to_owned(), false).unwrap()
    }

    #[test]
    fn credentials_deletions_and_answers_that_come_last_are_taken() {
        let temporary = tempfile::tempdir().unwrap();
        let mut words = words(temporary.path());
        let file = words.folders.root_credentials();
        let said = FromFront::RootCredentials {
            account: "111122223333".to_owned(),
            access_key_id: "AKIA1".to_owned(),
            secret_access_key: SecretText::new("secret".to_owned()),
        };
        words.take_last(Event::FromFront(1, said), None);
        let written: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        assert_eq!(
            (&written["access_key_id"], &written["region"]),
            (&json!("AKIA1"), &json!("eu-central-1"))
        );
        let account = "111122223333".to_owned();
        words.take_last(Event::FromFront(1, FromFront::AccountDeleted { account }), None);
        assert!(words.root_keys.finish(PATIENCE) && !file.exists());
        let (operator, told) = sync_channel(1);
        let id = words.calls.new_id();
        words.calls.wait(id, operator, true);
        words.take_last(
            Event::FromFront(1, FromFront::Operator { id, reply: Ok(json!({ "Done": 1 })) }),
            None,
        );
        assert_eq!(told.try_recv().unwrap(), Ok(json!({ "Done": 1 })));
    }

    const ACCOUNT: &str = "111122223333";

    /// Where the valid key lies, and the one that is not valid yet.
    fn files(words: &FrontWords) -> (PathBuf, PathBuf) {
        (words.folders.root_credentials(), words.folders.secret("root-credentials.AKIA1.next"))
    }

    fn step(make: impl FnOnce(String, String) -> RootKeyStep) -> FromFront {
        FromFront::RootKey(make(ACCOUNT.to_owned(), "AKIA1".to_owned()))
    }

    /// Begins to lay a key for the front number 1.
    fn begin_to_lay(words: &mut FrontWords) -> Receiver<Event> {
        let (events, heard) = sync_channel(1);
        let secret = SecretText::new("secret".to_owned());
        let failed = words.lay(1, ACCOUNT.to_owned(), "AKIA1".to_owned(), secret, &events);
        assert!(failed.is_none(), "{failed:?}");
        heard
    }

    /// What came of it, if the front still waits.
    fn end_of(words: &mut FrontWords, heard: &Receiver<Event>, front_waits: bool) -> Option<RootKeyLaid> {
        let Event::RootKeyLaid(1, laid) = heard.recv().unwrap() else { panic!("another event") };
        words.laid(laid, front_waits)
    }

    #[test]
    fn root_key_that_cannot_be_written_is_told_and_ends_nothing() {
        let temporary = tempfile::tempdir().unwrap();
        let mut words = words(temporary.path());
        let (file, next) = files(&words);
        // A folder that is not empty in its place: no file can be renamed to it.
        std::fs::create_dir_all(next.join("inside")).unwrap();
        let heard = begin_to_lay(&mut words);
        let laid = end_of(&mut words, &heard, true).unwrap();
        assert!(laid.failed.is_some_and(|why| why.contains("root-credentials.AKIA1.next")));
        std::fs::remove_dir_all(&next).unwrap();
        let heard = begin_to_lay(&mut words);
        let laid = end_of(&mut words, &heard, true).unwrap();
        assert_eq!((laid.access_key_id.as_str(), laid.failed), ("AKIA1", None), "the control");
        assert!(next.exists() && !file.exists());
        let valid = step(|account, access_key_id| RootKeyStep::Valid { account, access_key_id });
        words.take_last(Event::FromFront(1, valid), None);
        assert!(words.root_keys.finish(PATIENCE) && !next.exists() && file.exists());
    }

    #[test]
    fn disk_that_stands_still_keeps_nobody_waiting_for_a_key_that_became_valid_but_who_is_told_of_it() {
        let temporary = tempfile::tempdir().unwrap();
        let mut words = words(temporary.path());
        let (file, next) = files(&words);
        let heard = begin_to_lay(&mut words);
        assert!(end_of(&mut words, &heard, true).unwrap().failed.is_none());
        // Whoever reads it waits until somebody has written.
        mkfifoat(CWD, file.as_path(), Mode::RUSR | Mode::WUSR).unwrap();
        let valid = step(|account, access_key_id| RootKeyStep::Valid { account, access_key_id });
        words.take(valid, None).unwrap();
        let (operator, told) = sync_channel(1);
        let id = words.calls.new_id();
        words.calls.wait(id, operator, true);
        let reply = Ok(json!({ "AccessKeyId": "AKIA1" }));
        words.take(FromFront::Operator { id, reply }, None).unwrap();
        assert!(!words.root_keys.finish(Duration::ZERO) && told.try_recv().is_err() && next.exists());
        let (other, others) = sync_channel(1);
        let id = words.calls.new_id();
        words.calls.wait(id, other, false);
        words.take(FromFront::Operator { id, reply: Ok(json!({ "Sealed": true })) }, None).unwrap();
        assert_eq!(others.try_recv().unwrap(), Ok(json!({ "Sealed": true })), "of something else");
        drop(OpenOptions::new().write(true).open(&file).unwrap());
        assert_eq!(told.recv().unwrap(), Ok(json!({ "AccessKeyId": "AKIA1" })));
        assert!(!next.exists() && file.is_file(), "he finds it");
        assert!(words.root_keys.finish(PATIENCE), "the control");
    }

    #[test]
    fn disk_that_stands_still_keeps_a_root_key_and_nobody_else_waiting() {
        let temporary = tempfile::tempdir().unwrap();
        let mut words = words(temporary.path());
        let (file, next) = files(&words);
        // Whoever reads it waits until somebody has written.
        mkfifoat(CWD, file.as_path(), Mode::RUSR | Mode::WUSR).unwrap();
        let heard = begin_to_lay(&mut words);
        assert!(heard.try_recv().is_err() && !next.exists());
        drop(OpenOptions::new().write(true).open(&file).unwrap());
        assert!(end_of(&mut words, &heard, true).unwrap().failed.is_none() && next.exists());
    }

    #[test]
    fn root_key_that_nobody_waits_for_any_more_goes_again() {
        let temporary = tempfile::tempdir().unwrap();
        let mut words = words(temporary.path());
        let (_, next) = files(&words);
        let heard = begin_to_lay(&mut words);
        let void = step(|account, access_key_id| RootKeyStep::Void { account, access_key_id });
        words.take(void, None).unwrap();
        let is_gone = |words: &FrontWords| words.root_keys.finish(PATIENCE) && !next.exists();
        assert!(end_of(&mut words, &heard, true).is_none() && is_gone(&words), "the front has given it up");
        let heard = begin_to_lay(&mut words);
        assert!(end_of(&mut words, &heard, false).is_none() && is_gone(&words), "the front is gone");
        let heard = begin_to_lay(&mut words);
        words.take_last(heard.recv().unwrap(), None);
        assert!(is_gone(&words), "the service ends");
        let heard = begin_to_lay(&mut words);
        assert!(end_of(&mut words, &heard, true).is_some() && next.exists(), "the control");
    }

    #[test]
    fn front_that_is_started_again_need_not_wait_for_what_the_folder_has_forgotten_already() {
        let temporary = tempfile::tempdir().unwrap();
        let words = words(temporary.path());
        let closed = words.folders.log_closed();
        std::fs::write(&closed, "closed\n").unwrap();
        let (events, heard) = sync_channel(1);
        let opens = |front| words.keep_for_front(front, FromFront::LogOpened, &events);
        assert!(opens(1).is_none(), "the control: it is still to be removed");
        assert!(matches!(heard.recv().unwrap(), Event::ForFront(1, ToFront::LogOpened(true))));
        // In its place, so that nothing more could be removed.
        std::fs::create_dir(&closed).unwrap();
        assert!(matches!(opens(2), Some(ToFront::LogOpened(true))));
        words.keeper.keep(Kept::LogClosed, "closed\n".to_owned());
        assert!(opens(3).is_none(), "closed again");
        assert!(matches!(heard.recv().unwrap(), Event::ForFront(3, ToFront::LogOpened(false))));
    }

    #[test]
    fn what_counts_only_while_the_service_serves_is_given_back() {
        let temporary = tempfile::tempdir().unwrap();
        let mut words = words(temporary.path());
        assert!(matches!(words.take(FromFront::Ready, None), Ok(Some(FromFront::Ready))));
        let keys = FromFront::LogKeys { text: "keys\n".to_owned() };
        assert!(matches!(words.take(keys, None), Ok(None)), "the control");
        assert_eq!(words.keeper.read(Kept::LogKeys).unwrap().as_deref(), Some("keys\n"));
    }

    #[test]
    fn front_is_told_when_its_anchor_is_on_the_disk_or_cannot_be() {
        let temporary = tempfile::tempdir().unwrap();
        let words = words(temporary.path());
        let file = words.folders.rollback_anchor();
        let (events, heard) = sync_channel(1);
        let keep = |text: &str| {
            let asked = FromFront::Anchor { text: text.to_owned() };
            assert!(words.keep_for_front(1, asked, &events).is_none(), "not before it is written");
            match heard.recv().unwrap() {
                Event::ForFront(1, ToFront::AnchorKept(of, kept)) => (of == text, kept),
                _ => panic!("another event"),
            }
        };
        assert_eq!(keep("one\n"), (true, true));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "one\n");
        // A folder in its place: no file can be renamed to it.
        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir(&file).unwrap();
        assert_eq!(keep("two\n"), (true, false));
        std::fs::remove_dir(&file).unwrap();
        assert_eq!(keep("three\n"), (true, true), "the control");
    }

    #[test]
    fn anchor_that_comes_last_is_kept() {
        let temporary = tempfile::tempdir().unwrap();
        let mut words = words(temporary.path());
        let anchor = FromFront::Anchor { text: "anchor\n".to_owned() };
        words.take_last(Event::FromFront(1, anchor), None);
        assert_eq!(words.keeper.read(Kept::Anchor).unwrap().as_deref(), Some("anchor\n"));
    }
}
