//! New access keys of root principals, on their way to the secrets folder: the supervisor has one on the disk before it is made
//! valid and before the operator hears of it.

use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use strongroom_control::{Channel, FromFront, RootKeyLaid, RootKeyStep, SecretText};
use strongroom_service::{OperatorError, ProposedRootKey, RootCredentials, Service};
use tokio::sync::oneshot;

/// How long the supervisor may take to write a key down.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who waits for the supervisor: the access key id, and where the answer goes.
type Waiting = Option<(String, oneshot::Sender<Result<(), String>>)>;

/// The way to the secrets folder.
pub(crate) struct RootHandover {
    channel: Arc<Channel>,
    /// One at a time: each is proposed for the state that the one before left.
    turn: tokio::sync::Mutex<()>,
    waiting: Mutex<Waiting>,
}

impl RootHandover {
    pub(crate) fn new(channel: Arc<Channel>) -> Self {
        Self { channel, turn: tokio::sync::Mutex::new(()), waiting: Mutex::new(None) }
    }

    /// What the supervisor says of a key.
    pub(crate) fn heard(&self, laid: RootKeyLaid) {
        let waiting = self.waiting().take_if(|(id, _)| *id == laid.access_key_id);
        if let Some((_, told)) = waiting {
            // Nobody waits any more: the key was given up.
            let _ = told.send(laid.failed.map_or(Ok(()), Err));
        }
    }

    /// A new access key for an account's root principal.
    pub(crate) async fn renew(
        &self,
        service: &Service,
        account: Option<&str>,
        uid: u32,
    ) -> Result<Value, OperatorError> {
        let _turn = self.turn.lock().await;
        let proposed = service.propose_root_access_key(account).await?;
        self.make_valid(service, proposed, uid).await
    }

    /// An account and the first access key for its root principal.
    pub(crate) async fn create_account(
        &self,
        service: &Service,
        id: &str,
        uid: u32,
    ) -> Result<Value, OperatorError> {
        let _turn = self.turn.lock().await;
        let proposed = service.propose_account(id).await?;
        self.make_valid(service, proposed, uid).await
    }

    /// Says of keys that a crash left in between whether they are valid: the state says it.
    pub(crate) fn settle(&self, service: &Service, laid: &[(String, String)]) {
        for (account, access_key_id) in laid.iter().cloned() {
            let is_valid = service.has_access_key(&access_key_id);
            tracing::warn!(%account, %access_key_id, is_valid, "a root access key was left in between");
            self.say(match is_valid {
                true => RootKeyStep::Valid { account, access_key_id },
                false => RootKeyStep::Void { account, access_key_id },
            });
        }
    }

    /// Has a proposed key kept, and makes it valid then. The operator is told whose it is.
    async fn make_valid(
        &self,
        service: &Service,
        proposed: ProposedRootKey,
        uid: u32,
    ) -> Result<Value, OperatorError> {
        let account = proposed.credentials().account.to_string();
        let access_key_id = proposed.credentials().access_key_id.clone();
        let made = json!({ "Account": account, "AccessKeyId": access_key_id });
        if let Err(why) = self.lay(proposed.credentials()).await {
            self.say(RootKeyStep::Void { account, access_key_id });
            return Err(OperatorError::NotKept(why));
        }
        match service.make_root_key_valid(proposed, uid).await {
            Ok(_) => {
                self.say(RootKeyStep::Valid { account, access_key_id });
                Ok(made)
            }
            Err(error) => {
                // The change may be made and its record not.
                if service.has_access_key(&access_key_id) {
                    self.say(RootKeyStep::Valid { account, access_key_id });
                } else if error.changed_nothing() {
                    self.say(RootKeyStep::Void { account, access_key_id });
                } else {
                    tracing::error!(
                        %account,
                        %access_key_id,
                        "whether a new root access key is valid is not known: it lies beside the credentials in the secrets \
                         folder, and the next start puts it in their place if it is"
                    );
                }
                Err(error)
            }
        }
    }

    /// Returns when the disk has it.
    async fn lay(&self, made: &RootCredentials) -> Result<(), String> {
        let (told, answer) = oneshot::channel();
        *self.waiting() = Some((made.access_key_id.clone(), told));
        let step = RootKeyStep::Lay {
            account: made.account.to_string(),
            access_key_id: made.access_key_id.clone(),
            secret_access_key: SecretText::new(String::from_utf8_lossy(made.secret.expose()).into_owned()),
        };
        self.channel.send(&FromFront::RootKey(step), &[]).map_err(|error| error.to_string())?;
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(Ok(laid)) => laid,
            Ok(Err(_)) | Err(_) => {
                Err(format!("the secrets folder has not taken it within {} s", PATIENCE.as_secs()))
            }
        }
    }

    fn say(&self, step: RootKeyStep) {
        if let Err(error) = self.channel.send(&FromFront::RootKey(step), &[]) {
            tracing::error!(%error, "the supervisor was not told what became of a root access key");
        }
    }

    /// A poisoned lock is taken over: what it guards is whole after each statement.
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixStream;
    use strongroom_types::{AccountId, SecretBytes};

    fn handover() -> (Arc<RootHandover>, Channel) {
        let (near, far) = UnixStream::pair().unwrap();
        (Arc::new(RootHandover::new(Arc::new(Channel::new(near)))), Channel::new(far))
    }

    /// What comes of laying a key when the supervisor says this of another key and of this one.
    async fn laid(of_another: Option<&str>, of_it: Option<&str>) -> Result<(), String> {
        let (handover, supervisor) = handover();
        let laying = tokio::spawn({
            let handover = handover.clone();
            async move {
                let made = RootCredentials {
                    account: AccountId::parse("111122223333").unwrap(),
                    access_key_id: "AKIA1".to_owned(),
                    secret: SecretBytes::new(b"secret".to_vec()),
                };
                handover.lay(&made).await
            }
        });
        let heard = tokio::task::spawn_blocking(move || supervisor.receive::<FromFront>()).await.unwrap();
        let FromFront::RootKey(RootKeyStep::Lay { access_key_id, secret_access_key, .. }) = heard.unwrap().0
        else {
            panic!("not a key")
        };
        assert_eq!((access_key_id.as_str(), secret_access_key.expose()), ("AKIA1", "secret"));
        let say = |id: &str, failed: Option<&str>| {
            handover.heard(RootKeyLaid { access_key_id: id.to_owned(), failed: failed.map(str::to_owned) });
        };
        say("AKIA2", of_another);
        say("AKIA1", of_it);
        laying.await.unwrap()
    }

    #[tokio::test]
    async fn key_counts_as_kept_only_when_the_supervisor_says_so_of_it() {
        assert_eq!(laid(Some("no"), None).await, Ok(()));
        assert_eq!(laid(None, Some("no space")).await, Err("no space".to_owned()));
    }
}
