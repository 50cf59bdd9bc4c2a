//! Ctrl-C takes a multipart upload back: S3 keeps the parts of one that nobody ends, and bills them.

use super::url::ObjectUrl;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::Runtime;

/// The uploads that are under way: where to, by their ids.
#[derive(Clone, Default)]
pub(super) struct OpenUploads(Arc<Mutex<HashMap<String, ObjectUrl>>>);

impl OpenUploads {
    /// One more.
    pub(super) fn begun(&self, id: &str, url: &ObjectUrl) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), url.clone());
    }

    /// It was completed, or taken back.
    pub(super) fn ended(&self, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    fn all(&self) -> Vec<(String, ObjectUrl)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).drain().collect()
    }
}

/// From now on, Ctrl-C and a request to end (SIGTERM) take back what is under way and then call `then`, which ends the
/// process: the calling thread may be reading a pipe that never ends. A second Ctrl-C does not wait for S3.
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
            () = take_back(&client, &uploads) => {}
            _ = interrupts.recv() => {}
        }
        then();
    });
    Ok(())
}

/// A failure is not reported, as nobody could do anything about it but what a lifecycle rule of the bucket does.
async fn take_back(client: &aws_sdk_s3::Client, uploads: &OpenUploads) {
    for (id, url) in uploads.all() {
        let _ =
            client.abort_multipart_upload().bucket(url.bucket()).key(url.key()).upload_id(id).send().await;
    }
}
