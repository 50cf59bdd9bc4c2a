//! Ctrl-C takes a multipart upload back: S3 keeps the parts of one that nobody ends, and bills them. It waits for the last
//! step of sealing, in which an instruction file may already be another one than its object's.

use super::url::ObjectUrl;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::Runtime;
use tokio::sync;

/// What is under way.
#[derive(Clone, Default)]
pub(super) struct OpenUploads {
    /// Uploads in parts: where to, by their ids.
    uploads: Arc<Mutex<HashMap<String, ObjectUrl>>>,
    /// Held by whoever takes the last step of sealing, or ends the process.
    last_step: Arc<sync::Mutex<()>>,
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

    /// While what this gives is kept, no signal ends the process; one that came before does, and then this does not return.
    pub(super) async fn last_step(&self) -> sync::MutexGuard<'_, ()> {
        self.last_step.lock().await
    }

    fn all(&self) -> Vec<(String, ObjectUrl)> {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner).drain().collect()
    }
}

/// From now on, Ctrl-C and a request to end (SIGTERM) take back what is under way and then call `then`, which ends the
/// process: the calling thread may be reading a pipe that never ends. The last step of sealing is finished before. A second
/// Ctrl-C does not wait for S3.
pub(super) fn on_interrupt(
    runtime: &Runtime,
    client: aws_sdk_s3::Client,
    uploads: OpenUploads,
    then: fn(),
) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let _context = runtime.enter();
    let (mut interrupts, mut ends) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    runtime.spawn(async move {
        tokio::select! {
            _ = interrupts.recv() => {}
            _ = ends.recv() => {}
        }
        tokio::select! {
            _kept = taken_back(&client, &uploads) => then(),
            _ = interrupts.recv() => then(),
        }
    });
    Ok(())
}

/// Takes everything back when the last step is over; no other begins while what this gives is kept. A failure is not
/// reported, as nobody could do anything about it but what a lifecycle rule of the bucket does.
async fn taken_back<'a>(client: &aws_sdk_s3::Client, uploads: &'a OpenUploads) -> sync::MutexGuard<'a, ()> {
    let last_step = uploads.last_step.lock().await;
    for (id, url) in uploads.all() {
        let _ =
            client.abort_multipart_upload().bucket(url.bucket()).key(url.key()).upload_id(id).send().await;
    }
    last_step
}
