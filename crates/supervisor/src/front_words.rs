//! What the front says that counts as long as this process lives: it is kept, written and handed on alike while the service
//! serves and while it ends.

use crate::event::Event;
use crate::keeper::{Keeper, Kept};
use crate::operator_calls::OperatorCalls;
use crate::root_credentials::{self, RootCredentials};
use crate::unsettled::Unsettled;
use crate::{Folders, SupervisorError};
use strongroom_control::{FromFront, RootKeyLaid, RootKeyStep, SecretText};
use strongroom_types::AccountId;
use strongroom_vault_protocol::CustodyChannel;

/// Who takes it.
pub(crate) struct FrontWords {
    pub(crate) keeper: Keeper,
    pub(crate) calls: OperatorCalls,
    pub(crate) unsettled: Unsettled,
    /// Until the front serves.
    pub(crate) first_start: bool,
    folders: Folders,
    region: String,
    account: AccountId,
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
                self.make_valid(&account, &access_key_id);
            }
            FromFront::RootKey(RootKeyStep::Void { account, access_key_id }) => {
                self.make_void(&account, &access_key_id);
            }
            FromFront::AccountDeleted { account } => {
                if let Err(error) = root_credentials::remove(&self.folders, &account, &self.account) {
                    tracing::error!(%error, "the root credentials of a deleted account could not be removed");
                }
            }
            FromFront::Anchor { text } => self.keeper.keep(Kept::Anchor, text),
            FromFront::LogKeys { text } => self.keeper.keep(Kept::LogKeys, text),
            FromFront::LogCheckpoint { text } => self.keeper.keep(Kept::LogCheckpoint, text),
            FromFront::Operator { id, reply } => {
                let answer = self.unsettled.settle(id, reply, vault);
                self.calls.answer(id, answer);
            }
            other @ (FromFront::Ready
            | FromFront::RootKey(RootKeyStep::Lay { .. })
            | FromFront::CertificateTaken(_)
            | FromFront::Fatal { .. }) => return Ok(Some(other)),
        }
        Ok(None)
    }

    /// Lays a root access key that is not valid yet into the secrets folder; the answer for the front.
    pub(crate) fn lay(
        &self,
        account: String,
        access_key_id: String,
        secret_access_key: SecretText,
    ) -> RootKeyLaid {
        let (id, region) = (access_key_id.clone(), self.region.clone());
        let made = RootCredentials { account, access_key_id, secret_access_key, region };
        let laid = made.lay(&self.folders, &self.account);
        if let Err(error) = &laid {
            tracing::error!(%error, "a new root access key could not be written, and is not made valid");
        }
        RootKeyLaid { access_key_id: id, failed: laid.err().map(|error| error.to_string()) }
    }

    fn make_valid(&self, account: &str, access_key_id: &str) {
        let made = root_credentials::make_valid(&self.folders, account, access_key_id, &self.account);
        if let Err(error) = made {
            tracing::error!(
                %error,
                access_key_id,
                "the root access key that is valid now did not take the place of the one before: it is in the file that \
                 ends with .next in the secrets folder"
            );
        }
    }

    fn make_void(&self, account: &str, access_key_id: &str) {
        let removed = root_credentials::make_void(&self.folders, account, access_key_id, &self.account);
        if let Err(error) = removed {
            tracing::error!(%error, access_key_id, "a root access key that is not valid could not be removed");
        }
    }

    /// The same while the service ends, which goes on whatever fails.
    pub(crate) fn take_last(&mut self, event: Event, vault: Option<&CustodyChannel>) {
        let Event::FromFront(_, message) = event else { return };
        if let Err(error) = self.take(message, vault) {
            tracing::error!(%error, "what the front said last could not be written");
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::json;
    use std::path::Path;
    use std::sync::mpsc::sync_channel;

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
        assert!(!file.exists());
        let (operator, told) = sync_channel(1);
        let id = words.calls.new_id();
        words.calls.wait(id, operator);
        words.take_last(
            Event::FromFront(1, FromFront::Operator { id, reply: Ok(json!({ "Done": 1 })) }),
            None,
        );
        assert_eq!(told.try_recv().unwrap(), Ok(json!({ "Done": 1 })));
    }

    #[test]
    fn root_key_that_cannot_be_written_is_told_and_ends_nothing() {
        let temporary = tempfile::tempdir().unwrap();
        let mut words = words(temporary.path());
        let account = || "111122223333".to_owned();
        let secret = || SecretText::new("secret".to_owned());
        let (file, next) =
            (words.folders.root_credentials(), words.folders.secret("root-credentials.AKIA1.next"));
        // A folder that is not empty in its place: no file can be renamed to it.
        std::fs::create_dir_all(next.join("inside")).unwrap();
        let laid = words.lay(account(), "AKIA1".to_owned(), secret());
        assert!(laid.failed.is_some_and(|why| why.contains("root-credentials.AKIA1.next")));
        std::fs::remove_dir_all(&next).unwrap();
        let laid = words.lay(account(), "AKIA1".to_owned(), secret());
        assert_eq!((laid.access_key_id.as_str(), laid.failed), ("AKIA1", None), "the control");
        assert!(next.exists() && !file.exists());
        let valid = RootKeyStep::Valid { account: account(), access_key_id: "AKIA1".to_owned() };
        words.take_last(Event::FromFront(1, FromFront::RootKey(valid)), None);
        assert!(!next.exists() && file.exists());
    }

    #[test]
    fn what_counts_only_while_the_service_serves_is_given_back() {
        let temporary = tempfile::tempdir().unwrap();
        let mut words = words(temporary.path());
        assert!(matches!(words.take(FromFront::Ready, None), Ok(Some(FromFront::Ready))));
        let anchor = FromFront::Anchor { text: "anchor\n".to_owned() };
        assert!(matches!(words.take(anchor, None), Ok(None)), "the control");
        assert_eq!(words.keeper.read(Kept::Anchor).unwrap().as_deref(), Some("anchor\n"));
    }
}
