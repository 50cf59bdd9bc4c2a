//! How far retention removes the audit log is in the secrets folder before anything goes: records that are missing beyond that
//! were removed by somebody else, whatever the log says of it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use strongroom_audit::Retention;
use strongroom_control::{Channel, FromFront};
use strongroom_service::Service;
use tokio::sync::oneshot;

/// How long the disk of the secrets folder may take. What is not kept then goes a minute later.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks the supervisor to keep it.
pub(crate) struct Removals {
    channel: Arc<Channel>,
    /// Who waits for what to be kept.
    waits: Mutex<Option<(String, oneshot::Sender<bool>)>>,
}

impl Removals {
    pub(crate) fn new(channel: Arc<Channel>) -> Self {
        Self { channel, waits: Mutex::default() }
    }

    /// What of a retention may go now: as much as the secrets folder knows of.
    pub(crate) async fn allow(&self, service: &Service, retention: Retention) -> Retention {
        let Some((origin, next)) = service.removable(retention).await else {
            return Retention { needed_from: Some(0), ..retention };
        };
        let is_kept = self.keep(told(&origin, next)).await;
        Retention { needed_from: Some(if is_kept { next } else { 0 }), ..retention }
    }

    async fn keep(&self, text: String) -> bool {
        let (tell, told) = oneshot::channel();
        *self.waits.lock().unwrap_or_else(PoisonError::into_inner) = Some((text.clone(), tell));
        if let Err(error) = self.channel.send(&FromFront::LogRemoved { text }, &[]) {
            tracing::error!(%error, "how far the audit log is removed could not be handed over");
            return false;
        }
        matches!(tokio::time::timeout(PATIENCE, told).await, Ok(Ok(true)))
    }

    /// The supervisor's answer. Nobody waits for what a start handed over, nor any more for what took too long.
    pub(crate) fn heard(&self, text: &str, kept: bool) {
        let mut waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, tell)) = waits.take_if(|(awaited, _)| awaited == text) {
            // It may have given up in this moment.
            let _ = tell.send(kept);
        }
    }
}

/// That no record of this log before `next` has to be there: of one length, so that it can be written over where there is no
/// room.
pub(crate) fn told(origin: &str, next: u64) -> String {
    format!("{origin} {next:020}\n")
}

/// The number before which records of this log may be missing, if the text is of this log.
pub(crate) fn removed_before(text: &str, origin: &str) -> Option<u64> {
    text.strip_prefix(origin)?.strip_prefix(' ')?.strip_suffix('\n')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixStream;

    #[tokio::test]
    async fn nothing_is_removed_before_the_folder_has_how_far() {
        let (here, there) = UnixStream::pair().unwrap();
        let (removals, there) = (Removals::new(Arc::new(Channel::new(here))), Channel::new(there));
        for kept in [true, false] {
            let answer = async {
                while removals.waits.lock().unwrap().is_none() {
                    tokio::task::yield_now().await;
                }
                let text = match there.receive::<FromFront>().unwrap().0 {
                    FromFront::LogRemoved { text } => text,
                    other => panic!("{other:?}"),
                };
                removals.heard(&told("log/1", 40), !kept);
                removals.heard(&text, kept);
                text
            };
            let (done, text) = tokio::join!(removals.keep(told("log/1", 41)), answer);
            assert_eq!((done, removed_before(&text, "log/1")), (kept, Some(41)));
            assert_eq!(removed_before(&text, "log/2"), None, "another log");
        }
        removals.heard(&told("log/1", 41), true);
    }
}
