//! What the supervisor says while the front serves, and what the front answers.

use crate::tls::CurrentCertificate;
use serde_json::json;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use strongroom_control::{Channel, FromFront, OperatorFault, OperatorRequest, SecretText, ToFront};
use strongroom_service::{OperatorError, RootCredentials, Service};
use strongroom_vault_protocol::VaultClient;
use tokio::sync::watch;

/// What messages of the supervisor act on.
pub(crate) struct ControlLink {
    pub(crate) channel: Arc<Channel>,
    pub(crate) service: Arc<Service>,
    pub(crate) vault: VaultClient,
    pub(crate) certificate: Arc<CurrentCertificate>,
    pub(crate) end: watch::Sender<bool>,
}

impl ControlLink {
    /// Reads messages on a thread of its own until the supervisor is gone; then the front ends too.
    pub(crate) fn spawn(self, runtime: tokio::runtime::Handle) -> std::io::Result<()> {
        let read = move || {
            while let Ok((message, descriptors)) = self.channel.receive::<ToFront>() {
                self.take(&runtime, message, descriptors);
            }
            tracing::warn!("the supervisor is gone");
            self.end.send_replace(true);
        };
        std::thread::Builder::new().name("control".to_owned()).spawn(read).map(drop)
    }

    fn take(&self, runtime: &tokio::runtime::Handle, message: ToFront, descriptors: Vec<OwnedFd>) {
        match message {
            ToFront::Start(_) => tracing::warn!("a second start message"),
            ToFront::VaultLanes => runtime.block_on(self.reconnect(descriptors)),
            ToFront::Certificate(identity) => match self.certificate.replace(&identity) {
                Ok(()) => tracing::info!("the server certificate was renewed"),
                Err(error) => tracing::error!(%error, "a renewed certificate was refused"),
            },
            ToFront::Operator { id, peer_uid, request } => {
                let (service, channel) = (self.service.clone(), self.channel.clone());
                runtime.spawn(async move {
                    let reply = operate(&service, &channel, peer_uid, request).await;
                    let reply = reply.map_err(|error| OperatorFault { message: error.to_string() });
                    if let Err(error) = channel.send(&FromFront::Operator { id, reply }, &[]) {
                        tracing::error!(%error, "an operator's request could not be answered");
                    }
                });
            }
            ToFront::Shutdown => {
                self.end.send_replace(true);
            }
        }
    }

    /// The vault was started again: its new lanes, and its keyring.
    async fn reconnect(&self, descriptors: Vec<OwnedFd>) {
        let keyring = self.service.keyring();
        match connect(&self.vault, descriptors, keyring.as_ref()).await {
            Ok(()) => tracing::info!("the vault was started again and is open"),
            Err(error) => tracing::error!(%error, "the vault was started again and does not open"),
        }
    }
}

/// Takes the lanes to the vault over.
pub(crate) async fn connect(
    vault: &VaultClient,
    descriptors: Vec<OwnedFd>,
    keyring: Option<&strongroom_vault_protocol::Keyring>,
) -> Result<(), String> {
    let [fast, slow] =
        <[OwnedFd; 2]>::try_from(descriptors).map_err(|_| "a message without its two lanes".to_owned())?;
    let lanes = vault.connect(UnixStream::from(fast), UnixStream::from(slow), keyring);
    lanes.await.map_err(|error| error.to_string())
}

/// One operator's request.
async fn operate(
    service: &Service,
    uid: u32,
    request: OperatorRequest,
) -> Result<serde_json::Value, OperatorError> {
    match request {
        OperatorRequest::Status => Ok(json!(service.status(uid).await?)),
        OperatorRequest::UserCreate { name } => {
            let made = service.create_user(&name, uid).await?;
            Ok(json!({
                "UserName": made.user,
                "Arn": made.arn,
                "AccessKeyId": made.access_key_id,
                "SecretAccessKey": String::from_utf8_lossy(made.secret.expose()),
            }))
        }
        OperatorRequest::RenewRootAccessKey => {
            let made = service.renew_root_access_key(uid).await?;
            if let Err(error) = channel.send(&root_credentials(&made), &[]) {
                tracing::error!(%error, "the new root credentials could not be handed over; renew them again");
            }
            Ok(json!({ "Account": made.account.to_string(), "AccessKeyId": made.access_key_id }))
        }
    }
}

/// The message that hands root credentials to the secrets folder.
pub(crate) fn root_credentials(made: &RootCredentials) -> FromFront {
    FromFront::RootCredentials {
        account: made.account.to_string(),
        access_key_id: made.access_key_id.clone(),
        secret_access_key: SecretText::new(String::from_utf8_lossy(made.secret.expose()).into_owned()),
    }
}
