//! The front process from its first message to its end.

use crate::anchors::Anchors;
use crate::audit_reading::{self, AuditReading};
use crate::control::{self, ControlLink};
use crate::figures::FrontFigures;
use crate::key_sources::KeySources;
use crate::limits::DESCRIPTORS;
use crate::listener::{self, Listeners};
use crate::metrics::{self, Shown};
use crate::opening::{Early, OpenedLog, close_again, open_log};
use crate::os_random::OsRandom;
use crate::removal::Removals;
use crate::root_handover::RootHandover;
use crate::rounds::{self, run_checkpoints};
use crate::sinks::Sinks;
use crate::span_courier::{SpanCourier, SpanSinks};
use crate::span_file::SpanFile;
use crate::tls::{self, CurrentCertificate, TlsConfigs};
use crate::witnessing::{Witnessing, take_dropped};
use std::fs::File;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use strongroom_audit::Opened;
use strongroom_control::{AuditDurability, Channel, FromFront, QuotaSetting, StartFront, ToFront};
use strongroom_service::{
    AnchorGiven, CheckpointWork, MESSAGE_BLOCK, Parts, QuotaError, Quotas, Service, StartError, Traces,
};
use strongroom_storage_embedded::{EmbeddedStore, OpenError};
use strongroom_types::{AccountId, Region, SystemClock};
use strongroom_vault_protocol::{VaultClient, VaultError};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long the store may still be held by a front that was killed.
const PREDECESSOR: Duration = Duration::from_secs(5);

const OPEN_PAUSE: Duration = Duration::from_millis(50);

/// Why the front does not start; a restart would not help, unless the vault died meanwhile.
#[derive(Debug, thiserror::Error)]
enum FrontError {
    #[error("{0}")]
    Channel(#[from] strongroom_control::ChannelError),
    #[error("the first message of the supervisor was not a start")]
    NoStart,
    #[error("the process cannot be confined: {0}")]
    Confine(#[from] strongroom_confine::ConfineError),
    #[error("{0}")]
    Store(#[from] strongroom_storage_embedded::OpenError),
    #[error("{0}")]
    Audit(#[from] strongroom_audit::AuditError),
    #[error(
        "{0}; the checkpoint in the secrets folder (audit-checkpoint) says so. To begin a new log, keep this one for the \
         auditors and remove that file; to serve an older copy of the data directory, use --accept-rollback"
    )]
    LogLacks(strongroom_audit::AuditError),
    #[error("{0}")]
    Service(#[from] StartError),
    #[error("{0}")]
    Tls(#[from] tls::TlsError),
    #[error("{0}")]
    Value(#[from] strongroom_types::ParseError),
    #[error("quotas: {0}")]
    Quota(#[from] strongroom_service::QuotaError),
    #[error("the vault's lanes: {0}")]
    Lanes(String),
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// The front process. `control` is its end of the channel to the supervisor.
pub fn run(control: OwnedFd) -> ExitCode {
    let channel = Arc::new(Channel::new(UnixStream::from(control)));
    match start(&channel) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let said = last_word(&error);
            if channel.send(&said, &[]).is_err() || matches!(said, FromFront::VaultAway { .. }) {
                tracing::error!(%error, "the front cannot start");
            }
            ExitCode::FAILURE
        }
    }
}

/// What the supervisor is told of it.
fn last_word(error: &FrontError) -> FromFront {
    let message = error.to_string();
    match error {
        FrontError::Service(StartError::Vault(VaultError::Unavailable | VaultError::TimedOut)) => {
            FromFront::VaultAway { message }
        }
        _ => FromFront::Fatal { message },
    }
}

fn start(channel: &Arc<Channel>) -> Result<(), FrontError> {
    let (ToFront::Start(start), descriptors) = channel.receive::<ToFront>()? else {
        return Err(FrontError::NoStart);
    };
    allow_descriptors();
    confine(&start)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("front").build()?;
    runtime.block_on(serve(channel.clone(), *start, descriptors))
}

/// As many descriptors as the limits of the listener need, or as many as the hard limit allows.
fn allow_descriptors() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(DESCRIPTORS, |hard| hard.min(DESCRIPTORS));
    if limit.current.is_some_and(|soft| soft < wanted) {
        limit.current = Some(wanted);
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::warn!(%error, "the limit of open files could not be raised");
        }
    }
    if wanted < DESCRIPTORS {
        tracing::warn!(
            wanted,
            "the hard limit of open files allows fewer connections than the listener would"
        );
    }
}

/// Before any thread is started: they inherit it.
fn confine(start: &StartFront) -> Result<(), FrontError> {
    let (state, audit) = (start.data_dir.join("state"), start.data_dir.join("audit"));
    if start.unconfined {
        tracing::warn!("the front runs unconfined: for tests only");
        return Ok(());
    }
    let readable: Vec<&Path> = start.oidc_keys.iter().map(PathBuf::as_path).collect();
    let report = strongroom_confine::front_process(&[&state, &audit], &readable)?;
    tracing::info!(%report, "the front is confined");
    Ok(())
}

/// The descriptors of the start message, in their order.
struct Handed {
    tls: TcpListener,
    plaintext: Option<TcpListener>,
    metrics: Option<TcpListener>,
    traces: Option<File>,
    lanes: Vec<OwnedFd>,
}

fn handed(start: &StartFront, descriptors: Vec<OwnedFd>) -> Result<Handed, FrontError> {
    let wrong = || FrontError::Lanes("a start without its descriptors".to_owned());
    let mut descriptors = descriptors.into_iter();
    let tls = TcpListener::from(descriptors.next().ok_or_else(wrong)?);
    let mut next = |is_there: bool| match is_there {
        true => descriptors.next().map(Some).ok_or_else(wrong),
        false => Ok(None),
    };
    let plaintext = next(start.plaintext)?.map(TcpListener::from);
    let metrics = next(start.metrics)?.map(TcpListener::from);
    let traces = next(start.trace_file)?.map(File::from);
    let lanes: Vec<OwnedFd> = descriptors.collect();
    for listener in [Some(&tls), plaintext.as_ref(), metrics.as_ref()].into_iter().flatten() {
        listener.set_nonblocking(true)?;
    }
    Ok(Handed { tls, plaintext, metrics, traces, lanes })
}

async fn serve(
    channel: Arc<Channel>,
    start: StartFront,
    descriptors: Vec<OwnedFd>,
) -> Result<(), FrontError> {
    let handed = handed(&start, descriptors)?;
    let certificate = CurrentCertificate::new(&start.tls)?;
    let configs = TlsConfigs::new(certificate.clone(), start.tls_min)?;
    let figures = front_figures(&start, &certificate);
    let vault = VaultClient::new();
    control::connect(&vault, handed.lanes, None).await.map_err(FrontError::Lanes)?;
    let key_sources = Arc::new(KeySources::new(start.oidc_keys.clone(), &start.oidc_issuers));
    let traces = traces(&start, handed.traces, &figures)?;
    let anchors = Arc::new(Anchors::new(channel.clone()));
    let (service, mut checkpoints, early) =
        start_service(&channel, &start, &vault, key_sources.clone(), traces, anchors.clone()).await?;
    service.checkpoint(&mut checkpoints).await;
    let root_handover = Arc::new(RootHandover::new(channel.clone()));
    root_handover.settle(&service, &start.laid_root_keys);
    let audit_dir = start.data_dir.join("audit");
    let removals = Arc::new(Removals::new(channel.clone()));
    let (end, ending) = watch::channel(false);
    let link = ControlLink {
        channel: channel.clone(),
        service: service.clone(),
        figures: figures.clone(),
        vault,
        certificate,
        key_sources,
        audit_reading: Arc::new(AuditReading::new(&audit_dir)),
        watches: Arc::default(),
        root_handover,
        early,
        removals: removals.clone(),
        anchors: anchors.clone(),
        end,
    };
    link.spawn(tokio::runtime::Handle::current())?;
    look_after_record(&service, audit_dir.clone())?;
    witness_record(&service, figures.sinks(), &start.witnesses, audit_dir).await;
    if start.log_checkpoint.is_none() {
        removals.begin(&service).await;
    }
    rounds::begin(&service, &start.audit_retention, figures.sinks(), removals);
    let (closing, close) = tokio::sync::oneshot::channel();
    let checkpoints = tokio::spawn(run_checkpoints(service.clone(), channel.clone(), checkpoints, close));
    let plaintext = handed.plaintext.map(tokio::net::TcpListener::from_std).transpose()?;
    if let Some(listener) = handed.metrics.map(tokio::net::TcpListener::from_std).transpose()? {
        let shown = Shown { service: service.clone(), figures: figures.clone() };
        tokio::spawn(metrics::serve(listener, shown, ending.clone()));
    }
    let listeners = Listeners {
        service: service.clone(),
        figures,
        tls: tokio::net::TcpListener::from_std(handed.tls)?,
        configs,
        plaintext,
    };
    channel.send(&FromFront::Ready, &[])?;
    listener::serve(listeners, ending).await;
    service.keep_last_uses().await;
    anchors.hand_over_last(&service).await;
    drop(closing);
    closed(checkpoints).await;
    Ok(())
}

/// Waits for the last thing on the record: that everything is on it.
async fn closed(checkpoints: JoinHandle<()>) {
    if let Err(error) = checkpoints.await {
        tracing::error!(%error, "the audit log was not closed");
    }
}

/// What this process counts, and what a start knows of it.
fn front_figures(start: &StartFront, certificate: &CurrentCertificate) -> Arc<FrontFigures> {
    let figures = FrontFigures::default();
    figures.set_certificate_end(certificate.ends());
    if start.required_sinks {
        figures.sinks().require();
    }
    Arc::new(figures)
}

/// What is done about the audit log beside the requests.
fn look_after_record(service: &Arc<Service>, audit_dir: PathBuf) -> Result<(), FrontError> {
    audit_reading::keep_indexes(&audit_dir)?;
    let service = service.clone();
    // Before anybody is served: what is missing must not look like a key that nobody uses.
    service.expect_recorded_uses();
    let kept = service.newest_kept_key_use();
    let catch_up = move || audit_reading::catch_up_key_uses(&service, &audit_dir, kept);
    std::thread::Builder::new().name("key-uses".to_owned()).spawn(catch_up)?;
    Ok(())
}

/// Whoever else signs checkpoints is asked, and what is brought is taken.
async fn witness_record(service: &Arc<Service>, sinks: &Arc<Sinks>, keys: &[String], audit_dir: PathBuf) {
    if let Err(error) = service.enlist_witnesses(keys).await {
        tracing::error!(%error, "a witness of the audit log could not be added");
    }
    if let Some(witnessing) = Witnessing::new(service.clone(), sinks.clone(), keys, sinks.answers()) {
        tokio::spawn(witnessing.run());
    }
    tokio::spawn(take_dropped(service.clone(), audit_dir));
}

async fn start_service(
    channel: &Channel,
    start: &StartFront,
    vault: &VaultClient,
    provider_keys: Arc<KeySources>,
    traces: Option<Traces>,
    anchors: Arc<Anchors>,
) -> Result<(Arc<Service>, CheckpointWork, Early), FrontError> {
    let store = open_store(&start.data_dir.join("state")).await?;
    let settings = strongroom_audit::Settings {
        aside: strongroom_confine::run_when_idle,
        ..strongroom_audit::Settings::of_budget(start.audit_budget_bytes)
    };
    let log = tokio::task::block_in_place(|| open_log(channel, start, settings))?;
    let OpenedLog { opened: Opened { log: audit, open_intents, last }, was_closed, early } = log;
    let (record, found) = (audit.clone(), audit.tree_head());
    let kept = start.log_checkpoint.as_deref().filter(|_| !start.accept_rollback);
    let lacks = kept.and_then(|kept| audit.has_all_of(kept).err());
    let parts = Parts {
        store: Arc::new(store),
        vault: vault.clone(),
        audit,
        clock: Arc::new(SystemClock),
        random: Arc::new(OsRandom::new()),
        account: AccountId::parse(&start.account)?,
        region: Region::parse(&start.region)?,
        provider_keys,
        data_plane_synced: start.audit_durability == AuditDurability::Disk,
        quotas: quotas(&start.quotas)?,
        clusters: start.clusters.clone(),
        traces,
        anchor: AnchorGiven { text: start.anchor.clone(), accept_rollback: start.accept_rollback },
        anchor_keeper: Some(anchors),
        message_block: MESSAGE_BLOCK,
        refuse_replays: start.refuse_replays,
    };
    let keep = |made: &strongroom_service::RootCredentials| {
        if let Err(error) = channel.send(&control::root_credentials(made), &[]) {
            tracing::error!(%error, "the root credentials could not be handed over; renew them");
        }
    };
    // Says first if the state is older too.
    let started = Service::start(parts, open_intents, keep).await.map_err(FrontError::from);
    let whole = |service| lacks.map_or(Ok(service), |lacks| Err(FrontError::LogLacks(lacks)));
    let service = match started.and_then(whole) {
        Ok(service) => service,
        Err(refused) => {
            close_again(channel, start, &record, found).await;
            return Err(refused);
        }
    };
    let work = CheckpointWork::after(last, start.log_keys.as_deref());
    Ok((service, if was_closed { work.found_closed(found) } else { work }, early))
}

/// Where requests are traced to, if they are.
fn traces(
    start: &StartFront,
    file: Option<File>,
    figures: &Arc<FrontFigures>,
) -> Result<Option<Traces>, FrontError> {
    let Some(per_million) = start.traces_per_million else { return Ok(None) };
    let file = file.map(|file| SpanFile::start(file, figures.clone())).transpose()?;
    let courier = start.trace_collector.then(|| SpanCourier::start(figures.clone())).transpose()?;
    Ok(Some(Traces::new(per_million, Arc::new(SpanSinks { file, courier }))))
}

/// Refuses quotas that there are not: for whoever starts a front, before anything else is made.
pub fn check_quotas(settings: &[QuotaSetting]) -> Result<(), QuotaError> {
    quotas(settings).map(drop)
}

fn quotas(settings: &[QuotaSetting]) -> Result<Quotas, QuotaError> {
    let mut quotas = Quotas::default();
    for setting in settings {
        let (scope, class, rate) =
            Quotas::parse(&setting.per, &setting.class, setting.per_second, setting.burst)?;
        quotas.set(scope, class, rate);
    }
    Ok(quotas)
}

/// The supervisor's lock says that nobody else serves this directory; a front that was killed may hold the store a
/// moment longer.
async fn open_store(state: &Path) -> Result<EmbeddedStore, OpenError> {
    let deadline = tokio::time::Instant::now() + PREDECESSOR;
    loop {
        match EmbeddedStore::open(state) {
            Err(OpenError::AlreadyOpen) if tokio::time::Instant::now() < deadline => {
                tokio::time::sleep(OPEN_PAUSE).await;
            }
            outcome => return outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::process::Command;
    use strongroom_control::{AuditRetention, SecretText, TlsIdentity, TlsMinimum};

    const BASE: &str = "STRONGROOM_TEST_BASE";
    const UNCONFINED: &str = "STRONGROOM_TEST_UNCONFINED";
    const OPENED: &str = "opened: ";

    fn start_in(base: &Path, unconfined: bool) -> StartFront {
        StartFront {
            data_dir: base.join("data"),
            oidc_keys: Some(base.join("oidc")),
            oidc_issuers: Vec::new(),
            region: "us-east-1".to_owned(),
            account: "000000000000".to_owned(),
            plaintext: false,
            metrics: false,
            traces_per_million: None,
            trace_file: false,
            trace_collector: false,
            tls: TlsIdentity { chain_pem: String::new(), key_pem: SecretText::new(String::new()) },
            tls_min: TlsMinimum::V1_3,
            audit_durability: AuditDurability::Kernel,
            audit_budget_bytes: 0,
            audit_retention: AuditRetention::default(),
            quotas: Vec::new(),
            clusters: Vec::new(),
            log_keys: None,
            log_checkpoint: None,
            log_closed: None,
            log_removed: None,
            anchor: None,
            laid_root_keys: Vec::new(),
            accept_rollback: false,
            required_sinks: false,
            refuse_replays: false,
            witnesses: Vec::new(),
            unconfined,
        }
    }

    /// What of all this can be opened.
    fn opened(base: &Path) -> Vec<&'static str> {
        let (data, secrets) = (base.join("data"), base.join("data.secrets"));
        let tries = [
            ("state", fs::write(data.join("state/new"), b"x")),
            ("audit", fs::write(data.join("audit/new"), b"x")),
            ("key-sets", fs::read(base.join("oidc/keys")).map(drop)),
            ("key-sets-for-writing", fs::write(base.join("oidc/new"), b"x")),
            ("root-key", fs::read(secrets.join("root-key")).map(drop)),
            ("secrets", fs::read_dir(&secrets).map(drop)),
            ("lock", fs::read(data.join("LOCK")).map(drop)),
            ("data", fs::write(data.join("new"), b"x")),
            ("parent", fs::read_dir(base).map(drop)),
            ("root", fs::read_dir("/").map(drop)),
        ];
        tries.into_iter().filter(|(_, tried)| tried.is_ok()).map(|(name, _)| name).collect()
    }

    #[test]
    fn vault_that_is_away_may_come_back_and_one_that_does_not_open_ends_the_service() {
        let said = |error: VaultError| last_word(&FrontError::from(StartError::from(error)));
        for away in [VaultError::Unavailable, VaultError::TimedOut] {
            assert!(matches!(said(away), FromFront::VaultAway { .. }), "{away:?}");
        }
        assert!(matches!(said(VaultError::RecordRejected), FromFront::Fatal { .. }), "the control");
    }

    /// The body of the children; as a test of its own it does nothing.
    #[test]
    fn child_process() {
        let Ok(base) = std::env::var(BASE) else { return };
        let base = PathBuf::from(base);
        confine(&start_in(&base, std::env::var(UNCONFINED).is_ok())).unwrap();
        println!("\n{OPENED}{}", opened(&base).join(" "));
        // Not through the test harness: the confined process cannot report.
        std::process::exit(0);
    }

    /// What a child could open after it was confined as a front is, or was not.
    fn opened_by_a_child(unconfined: bool) -> String {
        let base = tempfile::tempdir().unwrap();
        for folder in ["data/state", "data/audit", "data.secrets", "oidc"] {
            fs::create_dir_all(base.path().join(folder)).unwrap();
        }
        for file in ["data/LOCK", "data.secrets/root-key", "oidc/keys"] {
            fs::write(base.path().join(file), b"x").unwrap();
        }
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["front::tests::child_process", "--exact", "--nocapture", "--test-threads=1"]);
        command.env(BASE, base.path());
        if unconfined {
            command.env(UNCONFINED, "1");
        }
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let said = text.lines().find_map(|line| line.strip_prefix(OPENED));
        said.unwrap_or_else(|| panic!("{}: {text}", output.status)).to_owned()
    }

    #[test]
    fn front_opens_state_log_and_key_sets_and_nothing_beside_them() {
        assert_eq!(opened_by_a_child(false), "state audit key-sets");
    }

    #[test]
    fn without_the_confinement_all_of_it_opens() {
        let all = "state audit key-sets key-sets-for-writing root-key secrets lock data parent root";
        assert_eq!(opened_by_a_child(true), all);
    }
}
