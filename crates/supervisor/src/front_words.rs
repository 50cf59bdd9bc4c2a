//! What the front says that counts as long as this process lives: it is kept, written and handed on alike while the service
//! serves and while it ends.

use crate::event::Event;
use crate::keeper::{Keeper, Kept};
use crate::operator_calls::OperatorCalls;
use crate::root_credentials::{self, RootCredentials};
use crate::unsettled::Unsettled;
use crate::{Folders, SupervisorError};
use strongroom_control::FromFront;
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
                RootCredentials { account, access_key_id, secret_access_key, region }.write(
                    &self.folders,
                    self.first_start,
                    &self.account,
                )?;
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
            other @ (FromFront::Ready | FromFront::CertificateTaken(_) | FromFront::Fatal { .. }) => {
                return Ok(Some(other));
            }
        }
        Ok(None)
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
    use strongroom_control::SecretText;

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
    fn what_counts_only_while_the_service_serves_is_given_back() {
        let temporary = tempfile::tempdir().unwrap();
        let mut words = words(temporary.path());
        assert!(matches!(words.take(FromFront::Ready, None), Ok(Some(FromFront::Ready))));
        let anchor = FromFront::Anchor { text: "anchor\n".to_owned() };
        assert!(matches!(words.take(anchor, None), Ok(None)), "the control");
        assert_eq!(words.keeper.read(Kept::Anchor).unwrap().as_deref(), Some("anchor\n"));
    }
}
