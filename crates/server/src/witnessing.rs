//! Asks the witnesses of the audit log that the operator configured, over the courier, which alone talks with others; and
//! takes what is dropped into `audit/witness/`: checkpoints that witnesses have signed elsewhere.

use crate::sinks::Sinks;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use strongroom_audit::{NOTE_BYTES_MAX, VerifierKey, WitnessRequest};
use strongroom_control::{ForCourier, WitnessSaid};
use strongroom_service::{Service, WitnessFault};
use tokio::sync::mpsc::Receiver;
use tokio::time::{sleep, timeout};

/// How often witnesses are asked about what is new.
const INTERVAL: Duration = Duration::from_secs(60);

/// How soon they are asked again when one failed or had nothing to sign; each further time later, up to the interval.
const RETRY: Duration = Duration::from_secs(2);

/// How long the courier may take over one question; it has a deadline of its own.
const ANSWER: Duration = Duration::from_secs(40);

/// How often the folder is looked into.
const LOOK: Duration = Duration::from_secs(5);

/// The folder in `audit/`.
const FOLDER: &str = "witness";

/// Ends the name of a file that was not taken.
const REFUSED: &str = ".refused";

/// An answer, with the id of its question.
pub(crate) type Answer = (u64, WitnessSaid);

/// Why a witness has not signed.
#[derive(Debug, thiserror::Error)]
enum Unsigned {
    #[error("{0}")]
    Fault(#[from] WitnessFault),
    #[error("{0}")]
    Said(String),
    #[error("no courier runs")]
    NoCourier,
    #[error("the courier gave no answer")]
    NoAnswer,
    #[error("it says twice that it has seen another size than it was told")]
    Undecided,
}

/// A witness that is asked.
struct Asked {
    name: String,
    /// Whether the last try failed.
    failed: bool,
    /// Records of the checkpoint that it signed last, once that was looked up.
    signed: Option<u64>,
}

/// The questions to all witnesses.
pub(crate) struct Witnessing {
    service: Arc<Service>,
    sinks: Arc<Sinks>,
    /// By their places in the list.
    witnesses: Vec<Asked>,
    answers: Receiver<Answer>,
    asked: u64,
}

impl Witnessing {
    /// The witnesses with these keys. `None` if there are none.
    pub(crate) fn new(
        service: Arc<Service>,
        sinks: Arc<Sinks>,
        keys: &[String],
        answers: Receiver<Answer>,
    ) -> Option<Self> {
        let name = |key: &String| {
            key.parse::<VerifierKey>().map_or_else(|_| key.clone(), |key| key.name().to_owned())
        };
        let asked = |key: &String| Asked { name: name(key), failed: false, signed: None };
        let witnesses: Vec<_> = keys.iter().map(asked).collect();
        (!witnesses.is_empty()).then_some(Self { service, sinks, witnesses, answers, asked: 0 })
    }

    /// Asks for ever.
    pub(crate) async fn run(mut self) {
        let mut retry = RETRY;
        loop {
            if self.round().await {
                sleep(INTERVAL).await;
                retry = RETRY;
            } else {
                sleep(retry).await;
                retry = (retry * 2).min(INTERVAL);
            }
        }
    }

    /// Asks each once; whether all have signed something new.
    async fn round(&mut self) -> bool {
        let mut all_signed = true;
        for place in 0..self.witnesses.len() {
            let outcome = self.ask(place).await;
            let Some(Asked { name, failed, .. }) = self.witnesses.get_mut(place) else { continue };
            match &outcome {
                Ok(_) if *failed => {
                    tracing::info!(witness = %name, "a witness of the audit log signs again")
                }
                Err(error) if !*failed => {
                    tracing::warn!(witness = %name, %error, "a witness of the audit log has not signed");
                }
                _ => {}
            }
            *failed = outcome.is_err();
            all_signed &= matches!(outcome, Ok(true));
        }
        all_signed
    }

    /// Asks one of them; once more if it has seen another size than we know of. Whether there was something to sign.
    async fn ask(&mut self, place: usize) -> Result<bool, Unsigned> {
        let mut signed = self.signed_by(place).await?;
        for again in [false, true] {
            let Some(request) = self.service.witness_request(signed, again).await? else { return Ok(false) };
            match self.exchange(place, &request).await? {
                WitnessSaid::Signed(lines) => {
                    self.service.take_witness_answer(&request, &lines).await?;
                    if let Some(asked) = self.witnesses.get_mut(place) {
                        asked.signed = Some(request.size);
                    }
                    return Ok(true);
                }
                // We lack what it signed then: it signs that again.
                WitnessSaid::Seen(size) => signed = size,
                WitnessSaid::Failed(text) => return Err(Unsigned::Said(text)),
            }
        }
        Err(Unsigned::Undecided)
    }

    async fn signed_by(&mut self, place: usize) -> Result<u64, Unsigned> {
        let Some(asked) = self.witnesses.get_mut(place) else { return Ok(0) };
        if let Some(signed) = asked.signed {
            return Ok(signed);
        }
        let signed = self.service.witnessed_size(&asked.name).await?;
        asked.signed = Some(signed);
        Ok(signed)
    }

    async fn exchange(&mut self, witness: usize, request: &WitnessRequest) -> Result<WitnessSaid, Unsigned> {
        self.asked += 1;
        let (id, body) = (self.asked, request.body.clone());
        let sinks = self.sinks.clone();
        let sent = tokio::task::spawn_blocking(move || {
            sinks.tell_courier(&ForCourier::AskWitness { id, witness, body })
        });
        if !sent.await.unwrap_or(false) {
            return Err(Unsigned::NoCourier);
        }
        let its = async {
            // What comes late for an earlier question is nobody's any more.
            while let Some((of, said)) = self.answers.recv().await {
                if of == id {
                    return Some(said);
                }
            }
            None
        };
        timeout(ANSWER, its).await.ok().flatten().ok_or(Unsigned::NoAnswer)
    }
}

/// Takes what is dropped into the folder, for ever.
pub(crate) async fn take_dropped(service: Arc<Service>, audit_dir: PathBuf) {
    let folder = audit_dir.join(FOLDER);
    loop {
        sleep(LOOK).await;
        let place = folder.clone();
        let found = tokio::task::spawn_blocking(move || dropped(&place)).await;
        for path in found.unwrap_or_default() {
            take(&service, &path).await;
        }
    }
}

/// The files that are there, whole ones: a name that begins with a full stop is one that is still written.
fn dropped(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let is_one = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let file = fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
        file && !name.is_empty() && !name.starts_with('.') && !name.ends_with(REFUSED)
    };
    let mut found: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_one).collect();
    found.sort();
    found
}

/// Takes one file and removes it; one that is refused stays under another name.
async fn take(service: &Service, path: &Path) {
    let text = read(path);
    let outcome = match &text {
        Ok(text) => service.take_cosigned_text(text).await.map_err(|error| {
            // It is tried again once the vault is open.
            let later = matches!(error, WitnessFault::NoKeys);
            (error.to_string(), later)
        }),
        Err(error) => Err((error.to_string(), false)),
    };
    let file = path.display();
    let done = match outcome {
        Ok(names) => {
            tracing::info!(%file, signed_by = %names.join(", "), "a witness's signature was taken");
            fs::remove_file(path)
        }
        Err((_, true)) => Ok(()),
        Err((error, false)) => {
            tracing::warn!(%file, %error, "a dropped file is no checkpoint that a witness has signed");
            let mut refused = path.as_os_str().to_owned();
            refused.push(REFUSED);
            fs::rename(path, refused)
        }
    };
    if let Err(error) = done {
        tracing::warn!(%file, %error, "a dropped file cannot be put away");
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    fs::File::open(path)?.take(NOTE_BYTES_MAX as u64 + 1).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_files_are_taken_and_what_was_refused_stays() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b", "a", ".being-written", "c.refused"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        fs::create_dir(folder.path().join("d")).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("e")).unwrap();
        let names: Vec<_> =
            dropped(folder.path()).iter().map(|path| path.file_name().unwrap().to_owned()).collect();
        assert_eq!(names, ["a", "b"]);
        assert!(dropped(&folder.path().join("none")).is_empty());
    }

    #[test]
    fn long_files_are_read_in_part_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long");
        fs::write(&path, "x".repeat(NOTE_BYTES_MAX * 2)).unwrap();
        assert_eq!(read(&path).unwrap().len(), NOTE_BYTES_MAX + 1);
    }
}
