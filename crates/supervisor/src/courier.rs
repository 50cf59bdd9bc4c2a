//! The courier, while the operator has the audit log delivered to sinks: what it is told, and the dialler it is given.

use crate::children::Running;
use crate::{Config, dialler};
use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, Instant};
use strongroom_control::{Channel, SinkSetting, StartCourier, ToCourier};

/// How long the courier may take over its last batches; it takes 2 s at most by itself.
const SHUTDOWN: Duration = Duration::from_secs(4);

/// Whether there are sinks, witnesses or a collector.
pub(crate) fn is_wanted(config: &Config) -> bool {
    let collector = config.traces.as_ref().is_some_and(|traces| traces.collector.is_some());
    collector || !config.audit_sinks.is_empty() || !config.audit_witnesses.is_empty()
}

/// Tells one that was started what to do.
pub(crate) fn instruct(channel: &Channel, config: &Config, data_dir: &Path) {
    let dialler = match dialler::serve(config.audit_sinks.iter().map(SinkSetting::socket).collect()) {
        Ok(dialler) => Some(dialler),
        Err(error) => {
            tracing::error!(%error, "Unix sockets of sinks cannot be connected to");
            None
        }
    };
    let start = StartCourier {
        data_dir: data_dir.to_owned(),
        sinks: config.audit_sinks.clone(),
        witnesses: config.audit_witnesses.clone(),
        trace_collector: config.traces.as_ref().and_then(|traces| traces.collector.clone()).map(Box::new),
        unconfined: config.unconfined,
    };
    let descriptors: Vec<_> = dialler.iter().map(AsFd::as_fd).collect();
    // If it died already, its end is an event that follows.
    let _ = channel.send(&ToCourier::Start(start), &descriptors);
}

/// It delivers what is there, and ends; what no sink takes now is delivered after the next start.
pub(crate) fn finish(running: &mut Running<Channel>) {
    let told = running.channel.send(&ToCourier::Shutdown, &[]).is_ok();
    if !told || !running.ended_before(Instant::now() + SHUTDOWN) {
        tracing::warn!("courier did not end by itself");
    }
}
