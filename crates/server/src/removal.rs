//! How far retention removes the audit log is in the secrets folder before anything goes: records that are missing beyond that
//! were removed by somebody else, whatever the log says of it. A version of this program that does not do so removes them too:
//! what it keeps as the newest checkpoint lacks the line that is added here.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use strongroom_audit::Retention;
use strongroom_control::{Channel, FromFront};
use strongroom_service::Service;
use tokio::sync::oneshot;

/// How long the disk of the secrets folder may take. What is not kept then goes a minute later.
const PATIENCE: Duration = Duration::from_secs(10);

/// Stands behind the signatures of a checkpoint that the secrets folder keeps when how far the log is removed is kept beside it.
/// For whoever reads the note it is the signature of a key that he does not know, which counts for nothing: four bytes of a key's
/// id, and one more, without which others (Go's `sumdb/note`) call the note malformed.
const REMOVALS_ARE_KEPT: &str = "\u{2014} strongroom.local/audit-removed AAAAAAA=\n";

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

    /// Hands over how a log begins of which the secrets folder keeps nothing yet: the supervisor keeps it before the log's first
    /// checkpoint, so that no start takes a later beginning.
    pub(crate) async fn begin(&self, service: &Service) {
        let beginning = service.log_beginning().await.map_err(|error| error.to_string());
        let handed = beginning.and_then(|(origin, begins)| {
            let text = told(&origin, begins);
            self.channel.send(&FromFront::LogRemoved { text }, &[]).map_err(|error| error.to_string())
        });
        if let Err(error) = handed {
            tracing::error!(%error, "how the audit log begins could not be handed over");
        }
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

/// A checkpoint as the secrets folder keeps it: all that retention has removed since the one before is in that folder.
pub(crate) fn kept_text(checkpoint: &str) -> String {
    format!("{checkpoint}{REMOVALS_ARE_KEPT}")
}

/// Whether the secrets folder was told of every removal up to the checkpoint that it keeps. The line cannot be added by who
/// writes the log alone.
pub(crate) fn are_kept_beside(checkpoint: &str) -> bool {
    checkpoint.ends_with(REMOVALS_ARE_KEPT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixStream;
    use strongroom_audit::SignedNote;

    #[test]
    fn checkpoint_as_it_is_kept_is_a_note_of_the_same_text_and_signatures() {
        let note = "log\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u{2014} log AAAAAAAA\n";
        let (plain, kept) = (note.parse::<SignedNote>().unwrap(), kept_text(note));
        let read = kept.parse::<SignedNote>().unwrap();
        assert_eq!((&read.text, &read.signatures[..1]), (&plain.text, &plain.signatures[..]));
        assert!(are_kept_beside(&kept) && !are_kept_beside(note));
        let (_, signature) = REMOVALS_ARE_KEPT.trim_end().rsplit_once(' ').unwrap();
        assert!(signature.trim_end_matches('=').len() * 6 / 8 > 4, "a key's id and something behind it");
    }

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
