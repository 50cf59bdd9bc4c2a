//! The root key that a TPM sealed: `tpm-root` in the secrets folder, of use with that TPM only. The TPM is asked at a start, when
//! an operator enrols, removes or unseals, and by no other process. Once the service runs it is asked on a thread: one that
//! hangs says nothing for half a minute.

use crate::{Folders, SupervisorError, checks, files};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use strongroom_tpm::{SealedKey, Tpm};
use strongroom_vault_protocol::{RootKey, RootSecret};

/// A root that the TPM gave, and its file if that was made for it; or why there is none.
pub(crate) type TpmSaid = Result<(RootSecret, Option<PathBuf>), SupervisorError>;

/// A TPM and the file of the key that it sealed, or shall.
#[derive(Clone, Debug)]
pub(crate) struct TpmRoot {
    device: PathBuf,
    sealed: PathBuf,
    /// Whoever asks on a thread: a device may serve one at once.
    turn: Arc<Mutex<()>>,
}

impl TpmRoot {
    pub(crate) fn new(device: &Path, folders: &Folders) -> Self {
        Self { device: device.to_owned(), sealed: folders.tpm_root(), turn: Arc::default() }
    }

    /// Refuses a TPM that is not there, or does not open what is there, before folders are made for it.
    pub(crate) fn check(&self) -> Result<(), SupervisorError> {
        match self.stored()? {
            Some(sealed) => self.unseal(&sealed).map(drop),
            None => Ok(Tpm::open(&self.device)?.try_out()?),
        }
    }

    /// Has a key sealed, if there is neither one nor state that another one opens. Whether this is the first start.
    pub(crate) fn make_at_first_start(&self, folders: &Folders) -> Result<bool, SupervisorError> {
        let first_start = !folders.have_state()?;
        if self.stored()?.is_some() {
            return Ok(first_start);
        }
        if !first_start {
            let (data_dir, sealed) = (folders.data_dir.clone(), self.sealed.clone());
            return Err(SupervisorError::TpmRootMissing { data_dir, sealed });
        }
        self.create().map(|_| true)
    }

    /// The root now.
    pub(crate) fn read(&self) -> Result<RootSecret, SupervisorError> {
        let missing = || {
            let path = self.sealed.display();
            SupervisorError::Root(format!("there is no root key sealed by a TPM at {path}"))
        };
        self.unseal(&self.stored()?.ok_or_else(missing)?)
    }

    /// Whether a key was sealed here.
    pub(crate) fn is_there(&self) -> bool {
        self.sealed.exists()
    }

    /// The key that is there, or a new one and its file.
    pub(crate) fn for_enrolment(&self) -> TpmSaid {
        match self.stored()? {
            Some(sealed) => Ok((self.unseal(&sealed)?, None)),
            None => Ok((self.create()?, Some(self.sealed.clone()))),
        }
    }

    /// Asks on a thread of its own; `told` gets what came of it, there.
    pub(crate) fn ask<T>(
        &self,
        question: impl FnOnce(&Self) -> Result<T, SupervisorError> + Send + 'static,
        told: impl FnOnce(Result<T, SupervisorError>) + Send + 'static,
    ) -> Result<(), SupervisorError> {
        let asked = self.clone();
        let ask = move || {
            let said = catch_unwind(AssertUnwindSafe(|| {
                let _turn = asked.turn.lock().unwrap_or_else(PoisonError::into_inner);
                question(&asked)
            }));
            // Somebody waits for it, and would for ever: an operator, or the vault that is to be started.
            let died = |_| Err(SupervisorError::System("the thread that asked the TPM died".to_owned()));
            told(said.unwrap_or_else(died));
        };
        let started = thread::Builder::new().name("tpm".to_owned()).spawn(ask);
        started.map(drop).map_err(|error| SupervisorError::System(format!("the TPM is not asked: {error}")))
    }

    fn stored(&self) -> Result<Option<SealedKey>, SupervisorError> {
        checks::private(&self.sealed, "600")?;
        let Some(text) = files::read(&self.sealed)? else { return Ok(None) };
        let refuse = |error| SupervisorError::Root(format!("{}: {error}", self.sealed.display()));
        SealedKey::parse(&text).map(Some).map_err(refuse)
    }

    fn unseal(&self, sealed: &SealedKey) -> Result<RootSecret, SupervisorError> {
        Ok(RootSecret::Tpm(RootKey::copy_of(&*Tpm::open(&self.device)?.unseal(sealed)?)))
    }

    /// A new key, sealed and written, 0600.
    fn create(&self) -> Result<RootSecret, SupervisorError> {
        let key = RootKey::filled(|key| aws_lc_rs::rand::fill(key))
            .map_err(|_| SupervisorError::System("the random source failed".to_owned()))?;
        let sealed = Tpm::open(&self.device)?.seal(key.expose())?;
        files::write(&self.sealed, sealed.to_text()?.as_bytes(), 0o600)?;
        Ok(RootSecret::Tpm(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(base: &Path) -> (TpmRoot, Folders) {
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
        let folders = Folders { data_dir: base.join("d"), secrets_dir: base.join("s") }.create().unwrap();
        (TpmRoot::new(&base.join("tpm"), &folders), folders)
    }

    #[test]
    fn without_its_tpm_nothing_is_made_and_nothing_read() {
        let temporary = tempfile::tempdir().unwrap();
        let (tpm, folders) = root(temporary.path());
        for said in [
            tpm.check().unwrap_err(),
            tpm.make_at_first_start(&folders).unwrap_err(),
            tpm.for_enrolment().unwrap_err(),
        ] {
            assert!(said.to_string().contains("no TPM at"), "{said}");
        }
        assert!(!tpm.is_there() && !folders.tpm_root().exists());
        assert!(tpm.read().unwrap_err().to_string().contains("sealed by a TPM at"));
    }

    #[test]
    fn question_that_dies_is_answered_and_so_is_the_next_one() {
        let temporary = tempfile::tempdir().unwrap();
        let (tpm, _) = root(temporary.path());
        let ask = |question: fn(&TpmRoot) -> Result<u8, SupervisorError>| {
            let (told, said) = std::sync::mpsc::channel();
            tpm.ask(question, move |answer| told.send(answer).unwrap()).unwrap();
            said.recv().unwrap()
        };
        assert!(ask(|_| panic!("a test")).unwrap_err().to_string().contains("died"));
        assert_eq!(ask(|_| Ok(7)).unwrap(), 7, "the control");
    }

    #[test]
    fn key_is_never_sealed_over_state_and_a_wrong_file_is_told() {
        let temporary = tempfile::tempdir().unwrap();
        let (tpm, folders) = root(temporary.path());
        std::fs::write(folders.state().join("state.redb"), "x").unwrap();
        let refused = tpm.make_at_first_start(&folders);
        assert!(matches!(refused, Err(SupervisorError::TpmRootMissing { .. })));
        files::write(&folders.tpm_root(), b"SRTPM1-00", 0o600).unwrap();
        let said = tpm.read().unwrap_err().to_string();
        assert!(said.contains("tpm-root: this is not a sealed root key"), "{said}");
        files::write(&folders.tpm_root(), b"SRTPM1-00", 0o644).unwrap();
        assert!(tpm.read().unwrap_err().to_string().contains("chmod 600"));
    }
}
