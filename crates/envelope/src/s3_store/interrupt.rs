//! Ctrl-C takes a multipart upload back: S3 keeps the parts of one that nobody ends, and bills them. It waits for the last
//! step of sealing, in which an instruction file may already be another one than its object's, and a little for parts on their
//! way.

use super::multipart::take_back;
use super::under_way::{PATIENCE, UnderWay};
use super::url::ObjectUrl;
use crate::temporary::hangup_ends;
use std::collections::HashMap;
use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync;

/// What is under way.
#[derive(Clone, Default)]
pub(super) struct OpenUploads {
    /// Uploads in parts: where to, by their ids.
    uploads: Arc<Mutex<HashMap<String, ObjectUrl>>>,
    /// Held by whoever takes the last step of sealing, or ends the process.
    last_step: Arc<sync::Mutex<()>>,
    /// The calls that begin uploads and send parts.
    under_way: UnderWay,
}

impl OpenUploads {
    /// One more.
    pub(super) fn begun(&self, id: &str, url: &ObjectUrl) {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), url.clone());
    }

    /// It was completed, or taken back.
    pub(super) fn ended(&self, id: &str) {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// The calls that begin uploads and send parts, each of which is made through this.
    pub(super) fn under_way(&self) -> &UnderWay {
        &self.under_way
    }

    /// While what this gives is kept, no signal ends the process; one that came before does, and then this does not return.
    pub(super) async fn last_step(&self) -> sync::MutexGuard<'_, ()> {
        self.last_step.lock().await
    }

    fn all(&self) -> Vec<(String, ObjectUrl)> {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner).drain().collect()
    }
}

/// From now on, Ctrl-C, a request to end (SIGTERM) and the end of the terminal (SIGHUP, but not under `nohup`) take back what
/// is under way and then call `then`, which ends the process: the calling thread may be reading a pipe that never ends. The
/// last step of sealing is finished before. A second Ctrl-C does not wait for S3.
pub(super) fn on_interrupt(
    runtime: &Runtime,
    client: aws_sdk_s3::Client,
    uploads: OpenUploads,
    then: fn(),
) -> std::io::Result<()> {
    let _context = runtime.enter();
    let (mut interrupts, mut ends) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut hangups = hangup_ends().then(|| signal(SignalKind::hangup())).transpose()?;
    runtime.spawn(async move {
        tokio::select! {
            _ = interrupts.recv() => {}
            _ = ends.recv() => {}
            _ = received(hangups.as_mut()) => {}
        }
        tokio::select! {
            _kept = taken_back(&client, &uploads) => then(),
            _ = interrupts.recv() => then(),
        }
    });
    Ok(())
}

/// Waits for a signal; for ever if there is none to wait for.
async fn received(signal: Option<&mut Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => pending().await,
    }
}

/// What is kept until the process ends: no last step of sealing begins, nor a part of an upload.
type Kept<'a> = (sync::MutexGuard<'a, ()>, sync::OwnedRwLockWriteGuard<()>);

/// Takes everything back when the last step is over and no part is on its way.
async fn taken_back<'a>(client: &aws_sdk_s3::Client, uploads: &'a OpenUploads) -> Kept<'a> {
    let last_step = uploads.last_step.lock().await;
    let none_under_way = uploads.under_way.ended(PATIENCE).await;
    for (id, url) in uploads.all() {
        take_back(client, &url, &id).await;
    }
    (last_step, none_under_way)
}
