//! What a front is told and handed when it is started, but for the lanes to the vault.

use crate::keeper::{Keeper, Kept};
use crate::listeners::Listeners;
use crate::{Config, Folders, SupervisorError, root_credentials};
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};
use strongroom_control::{StartFront, TlsIdentity, ToFront};

/// The message of a start.
pub(crate) fn start_message(
    config: &Config,
    folders: &Folders,
    keeper: &Keeper,
    identity: &TlsIdentity,
    listeners: &Listeners,
) -> Result<ToFront, SupervisorError> {
    Ok(ToFront::Start(Box::new(StartFront {
        data_dir: folders.data_dir.clone(),
        oidc_keys: config.oidc_keys.clone(),
        oidc_issuers: config.oidc_issuers.iter().map(|listed| listed.issuer.clone()).collect(),
        region: config.region.as_str().to_owned(),
        account: config.account.as_str().to_owned(),
        plaintext: listeners.plaintext.is_some(),
        metrics: listeners.metrics.is_some(),
        traces_per_million: config.traces.as_ref().map(|traces| traces.per_million),
        trace_file: config.traces.as_ref().is_some_and(|traces| traces.file.is_some()),
        trace_collector: config.traces.as_ref().is_some_and(|traces| traces.collector.is_some()),
        tls: identity.clone(),
        tls_min: config.tls_min,
        audit_durability: config.audit_durability,
        audit_budget_bytes: config.audit_budget_bytes,
        audit_retention: config.audit_retention,
        quotas: config.quotas.clone(),
        clusters: config.clusters.iter().map(|cluster| cluster.id.clone()).collect(),
        log_checkpoint: keeper.read(Kept::LogCheckpoint)?,
        log_closed: keeper.read(Kept::LogClosed)?,
        log_removed: keeper.read(Kept::LogRemoved)?,
        log_keys: keeper.read(Kept::LogKeys)?,
        anchor: keeper.read(Kept::Anchor)?,
        laid_root_keys: root_credentials::laid(folders),
        accept_rollback: config.accept_rollback,
        required_sinks: config.audit_sinks.iter().any(|sink| sink.required),
        refuse_replays: config.refuse_replays,
        witnesses: config.audit_witnesses.iter().map(|witness| witness.key.clone()).collect(),
        unconfined: config.unconfined,
    })))
}

/// The descriptors that go with it, in the order that [`ToFront::Start`] says.
pub(crate) fn descriptors<'a>(listeners: &'a Listeners, trace_file: Option<&'a File>) -> Vec<BorrowedFd<'a>> {
    let optional = [
        listeners.plaintext.as_ref().map(AsFd::as_fd),
        listeners.metrics.as_ref().map(AsFd::as_fd),
        trace_file.map(AsFd::as_fd),
    ];
    [listeners.tls.as_fd()].into_iter().chain(optional.into_iter().flatten()).collect()
}
