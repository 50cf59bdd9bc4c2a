//! What the supervisor says while the front serves, and what the front answers.

use crate::anchors::Anchors;
use crate::audit_reading::AuditReading;
use crate::figures::{FrontFigures, gather};
use crate::key_sources::KeySources;
use crate::looks::Looks;
use crate::opening::Early;
use crate::removal::Removals;
use crate::root_handover::RootHandover;
use crate::sinks::Sinks;
use crate::tls::CurrentCertificate;
use serde_json::{Value, json};
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;
use strongroom_control::{
    AuditAct, Channel, ChannelError, CustodyNews, FromFront, MESSAGE_BYTES_MAX, OperatorFault,
    OperatorRequest, QuotaSetting, SecretText, TlsIdentity, ToFront,
};
use strongroom_service::figures::as_json;
use strongroom_service::{
    ANSWER_BYTES_MAX, ActDone, LogAct, OperatorError, RootCredentials, Service, Simulation, fitting,
};
use strongroom_vault_protocol::VaultClient;
use tokio::sync::watch;

/// How often and how long a vault that was started again is waited for while it tries its root: a token answers in
/// milliseconds, a passphrase takes longer and is noticed a second later.
const OPENING_LOOKS: u32 = 10;
const OPENING_PAUSE: Duration = Duration::from_millis(20);

/// An answer is in a message, with a few names around it.
const _: () = assert!(ANSWER_BYTES_MAX + 1_024 <= MESSAGE_BYTES_MAX);

/// What messages of the supervisor act on.
pub(crate) struct ControlLink {
    pub(crate) channel: Arc<Channel>,
    pub(crate) service: Arc<Service>,
    pub(crate) figures: Arc<FrontFigures>,
    pub(crate) vault: VaultClient,
    pub(crate) certificate: Arc<CurrentCertificate>,
    pub(crate) key_sources: Arc<KeySources>,
    pub(crate) audit_reading: Arc<AuditReading>,
    /// The watches of the figures.
    pub(crate) watches: Arc<Looks>,
    pub(crate) root_handover: Arc<RootHandover>,
    /// What came before the service was there.
    pub(crate) early: Early,
    pub(crate) removals: Arc<Removals>,
    pub(crate) anchors: Arc<Anchors>,
    pub(crate) end: watch::Sender<bool>,
}

impl ControlLink {
    /// Reads messages on a thread of its own until the supervisor is gone; then the front ends too.
    pub(crate) fn spawn(mut self, runtime: tokio::runtime::Handle) -> std::io::Result<()> {
        let early = std::mem::take(&mut self.early);
        let read = move || {
            for (message, descriptors) in early {
                self.take(&runtime, message, descriptors);
            }
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
            ToFront::Fetcher => self.key_sources.connect(descriptors),
            ToFront::Courier => self.figures.sinks().connect(descriptors),
            ToFront::Certificate(identity) => self.show(&identity),
            ToFront::RootKeyLaid(laid) => self.root_handover.heard(laid),
            ToFront::LogRemovedKept(text, kept) => self.removals.heard(&text, kept),
            ToFront::AnchorKept(text, kept) => self.anchors.heard(&text, kept),
            ToFront::LogOpened(_) => tracing::warn!("nobody waits for the log"),
            ToFront::Processes(processes) => self.figures.set_processes(processes),
            ToFront::Operator { id, peer_uid, request: OperatorRequest::Figures { ticket } } => {
                let (service, channel) = (self.service.clone(), self.channel.clone());
                let (figures, watches) = (self.figures.clone(), self.watches.clone());
                runtime.spawn(async move {
                    let shown = show_figures(&service, &figures, &watches, peer_uid, ticket).await;
                    answer(&channel, id, Ok(shown));
                });
            }
            ToFront::Operator { id, peer_uid, request } => {
                let (service, channel) = (self.service.clone(), self.channel.clone());
                let (reading, handover) = (self.audit_reading.clone(), self.root_handover.clone());
                let sinks = self.figures.sinks().clone();
                let file = descriptors.into_iter().next().map(File::from);
                runtime.spawn(async move {
                    let reply = match request {
                        OperatorRequest::Backup => back_up(&service, peer_uid, file).await,
                        OperatorRequest::AuditSinks => Ok(show_sinks(&service, peer_uid, &sinks).await),
                        request => operate(&service, &channel, &reading, &handover, peer_uid, request).await,
                    };
                    let reply = reply.map_err(|error| OperatorFault {
                        message: error.to_string(),
                        nothing_changed: false,
                    });
                    answer(&channel, id, reply);
                });
            }
            ToFront::Custody { id, peer_uid, news } => {
                let (service, channel) = (self.service.clone(), self.channel.clone());
                runtime.spawn(follow(service, channel, id, peer_uid, news));
            }
            ToFront::Shutdown => {
                self.end.send_replace(true);
            }
        }
    }

    /// Shows another certificate, or says that it cannot.
    fn show(&self, identity: &TlsIdentity) {
        let replaced = self.certificate.replace(identity);
        match &replaced {
            Ok(()) => {
                self.figures.set_certificate_end(self.certificate.ends());
                tracing::info!("the server certificate was renewed");
            }
            Err(error) => tracing::error!(%error, "a renewed certificate was refused"),
        }
        if let Err(error) = self.channel.send(&FromFront::CertificateTaken(replaced.is_ok()), &[]) {
            tracing::warn!(%error, "the supervisor was not told about a certificate");
        }
    }

    /// The vault was started again: its new lanes, and its keyring.
    async fn reconnect(&self, descriptors: Vec<OwnedFd>) {
        // A keyring that is being stored is the one to open: the vault that proposed it is gone.
        let turn = self.service.keyring_turn().await;
        let keyring = self.service.keyring();
        let connected = connect(&self.vault, descriptors, keyring.as_ref()).await;
        drop(turn);
        match connected {
            Ok(()) => {
                for _ in 0..OPENING_LOOKS {
                    if !self.service.look_at_vault().await {
                        break;
                    }
                    tokio::time::sleep(OPENING_PAUSE).await;
                }
                let state = if self.service.is_sealed() { "sealed" } else { "open" };
                tracing::info!(state, "the vault was started again");
            }
            Err(error) => tracing::error!(%error, "the vault was started again and does not open"),
        }
    }
}

/// What the vault has done for an operator is followed, and the operator answered. A refusal was answered already.
async fn follow(service: Arc<Service>, channel: Arc<Channel>, id: u64, peer_uid: u32, news: CustodyNews) {
    let act = match news {
        CustodyNews::Unsealed { root } => ActDone::Unsealed(root),
        CustodyNews::Sealed => ActDone::Sealed,
        CustodyNews::Enrolled { id, name } => ActDone::Enrolled { id, name },
        CustodyNews::Removed { id, dropped } => ActDone::Removed { id, dropped },
        CustodyNews::Rotated => ActDone::Rotated,
        CustodyNews::RecoveryCreated { set, shares, threshold } => {
            ActDone::RecoveryCreated { set, shares, threshold }
        }
        CustodyNews::RecoveryRemoved { dropped } => ActDone::RecoveryRemoved { dropped },
        CustodyNews::Refused { act, reason } => {
            return service.note_refused_act(&act, &reason, peer_uid).await;
        }
    };
    let reply = service.follow_act(act, peer_uid).await;
    let fault = |error: OperatorError| OperatorFault {
        nothing_changed: error.changed_nothing(),
        message: error.to_string(),
    };
    answer(&channel, id, reply.map_err(fault));
}

/// Takes the lanes to the vault over; of a vault that is sealed too.
pub(crate) async fn connect(
    vault: &VaultClient,
    descriptors: Vec<OwnedFd>,
    keyring: Option<&strongroom_vault_protocol::Keyring>,
) -> Result<(), String> {
    let [fast, slow] =
        <[OwnedFd; 2]>::try_from(descriptors).map_err(|_| "a message without its two lanes".to_owned())?;
    let lanes = vault.connect(UnixStream::from(fast), UnixStream::from(slow), keyring);
    match lanes.await {
        Err(error) if !error.is_closed() => Err(error.to_string()),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Hands an answer over. One that is too long for a message is a refusal, so that nobody waits for it.
fn answer(channel: &Channel, id: u64, reply: Result<Value, OperatorFault>) {
    let mut sent = channel.send(&FromFront::Operator { id, reply }, &[]);
    if let Err(ChannelError::TooLong(bytes)) = sent {
        let message = format!("the answer is too long: {bytes} bytes");
        let fault = OperatorFault { message, nothing_changed: false };
        sent = channel.send(&FromFront::Operator { id, reply: Err(fault) }, &[]);
    }
    if let Err(error) = sent {
        tracing::error!(%error, "an operator's request could not be answered");
    }
}

/// How the sinks of the audit log are. A log that cannot be written must not hide why.
async fn show_sinks(service: &Service, uid: u32, sinks: &Sinks) -> Value {
    service.note_look_at_sinks(uid).await;
    let (shown, runs) = sinks.shown();
    json!({ "Sinks": shown, "CourierRuns": runs, "LowWater": sinks.low_water() })
}

/// Every figure, and the ticket with which a watch goes on: only its beginning is put on the record. What cannot be recorded
/// has no ticket, and is shown all the same: the figures tell why.
async fn show_figures(
    service: &Service,
    figures: &FrontFigures,
    watches: &Looks,
    uid: u32,
    ticket: Option<u64>,
) -> Value {
    let who = json!({ "uid": uid });
    let mut going_on = watches.has(ticket, &who);
    if going_on.is_none() && service.note_look_at_figures(uid).await {
        going_on = Some(watches.open(&who));
    }
    let mut shown = as_json(&gather(service, figures).await);
    if let (Some(shown), Some(ticket)) = (shown.as_object_mut(), going_on) {
        shown.insert("ticket".to_owned(), json!(ticket));
    }
    shown
}

/// One operator's request.
async fn operate(
    service: &Service,
    channel: &Channel,
    reading: &AuditReading,
    handover: &RootHandover,
    uid: u32,
    request: OperatorRequest,
) -> Result<Value, OperatorError> {
    use OperatorRequest as R;
    Ok(match request {
        R::Status => fitting(&service.status(uid).await?),
        R::UserCreate { name, account } => {
            let made = service.create_user_in(account.as_deref(), &name, uid).await?;
            json!({
                "UserName": made.user,
                "Arn": made.arn,
                "AccessKeyId": made.access_key_id,
                "SecretAccessKey": String::from_utf8_lossy(made.secret.expose()),
            })
        }
        R::LogKeys => json!({ "PublicKeys": service.show_log_keys(uid).await? }),
        R::QuotasShow => json!(service.quotas_in_force(uid).await?),
        R::QuotasSet { quota } => {
            let QuotaSetting { per, class, per_second, burst } = quota;
            json!(service.set_quota(&per, &class, per_second, burst, uid).await?)
        }
        R::RenewRootAccessKey { account } => handover.renew(service, account.as_deref(), uid).await?,
        R::AccountCreate { id } => handover.create_account(service, &id, uid).await?,
        R::AccountList => fitting(&json!({ "Accounts": service.list_accounts(uid).await? })),
        R::AccountDelete { id } => {
            let account = service.delete_account(&id, uid).await?.to_string();
            if let Err(error) = channel.send(&FromFront::AccountDeleted { account: account.clone() }, &[]) {
                tracing::error!(%error, "the root credentials of a deleted account could not be removed");
            }
            json!({ "Account": account })
        }
        R::Explain { request_id } => fitting(&service.explain_denial(&request_id, uid).await?),
        R::Simulate { principal, action, resource, grant, encryption_context, at, source_ip, request } => {
            let asked =
                Simulation { principal, action, resource, grant, encryption_context, at, source_ip, request };
            fitting(&service.simulate(&asked, uid).await?)
        }
        asked @ (R::AuditQuery { .. } | R::AuditUsage { .. } | R::KeyUsage { .. } | R::KeysUnused { .. }) => {
            reading.answer(service, uid, asked).await?
        }
        R::WhoCan { action, key } => fitting(&service.who_can(&action, &key, uid).await?),
        R::KeyStores => json!({ "Clusters": service.list_clusters(uid).await? }),
        R::ClockAccept => json!(service.accept_clock(uid).await?),
        R::VaultStatus => json!(service.vault_status(uid).await?),
        R::VaultScrub => json!(service.scrub(uid).await?),
        R::Backup => return back_up(service, uid, None).await,
        R::AuditAct { act } => service.act_on_log(log_act(act), uid).await?,
        R::AuditSinks => return Err(OperatorError::Question("sinks are asked for beside this".to_owned())),
        R::Figures { .. }
        | R::VaultEnroll { .. }
        | R::VaultRemove { .. }
        | R::VaultRecoveryCreate { .. }
        | R::VaultRecoveryStore { .. }
        | R::VaultRecoveryRemove { .. }
        | R::VaultRotateDomainKey
        | R::VaultSeal
        | R::VaultUnseal { .. } => {
            return Err(OperatorError::Question("this request is answered elsewhere".to_owned()));
        }
    })
}

/// The act as the service knows it.
fn log_act(act: AuditAct) -> LogAct {
    match act {
        AuditAct::HoldAdd { name, reason } => LogAct::AddHold { name, reason },
        AuditAct::HoldRemove { name } => LogAct::RemoveHold { name },
        AuditAct::WitnessAdd { key } => LogAct::AddWitness { key },
        AuditAct::WitnessRemove { name } => LogAct::RemoveWitness { name },
        AuditAct::WitnessTake { note } => LogAct::TakeCosignature { note },
    }
}

/// Writes a backup into the file that came with the request.
async fn back_up(service: &Service, uid: u32, file: Option<File>) -> Result<Value, OperatorError> {
    let file = file.ok_or_else(|| OperatorError::Question("a backup needs a file to go to".to_owned()))?;
    Ok(json!(service.back_up(file, uid).await?))
}

/// The message that hands the first root credentials to the secrets folder.
pub(crate) fn root_credentials(made: &RootCredentials) -> FromFront {
    FromFront::RootCredentials {
        account: made.account.to_string(),
        access_key_id: made.access_key_id.clone(),
        secret_access_key: SecretText::new(String::from_utf8_lossy(made.secret.expose()).into_owned()),
    }
}
