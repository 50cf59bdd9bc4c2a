//! For a restore on a bare machine: a vault without a root, a child process as confined as any other, and a new secrets
//! folder. Nothing is served; the restoring tool holds the vault's lanes itself.

use crate::root_credentials::RootCredentials;
use crate::{Folders, SupervisorError, children, root_key};
use std::io;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Child;
use strongroom_confine::{reserve_control_number, supervisor_process};
use strongroom_control::SecretText;
use strongroom_vault_protocol::{
    CustodyAct, CustodyChannel, FromVault, LaneEnds, RootKey, RootSecret, ToVault,
};

/// A vault that waits for a backup's header and for shares. It is killed when this is dropped.
#[derive(Debug)]
pub struct RecoveryVault {
    child: Child,
    custody: CustodyChannel,
    lanes: LaneEnds,
}

impl RecoveryVault {
    /// Starts one. Call it from the main thread: children die with the thread that started them.
    pub fn start() -> Result<Self, SupervisorError> {
        let system = |e: io::Error| SupervisorError::System(e.to_string());
        supervisor_process().map_err(|e| SupervisorError::System(e.to_string()))?;
        let _reserved = reserve_control_number().map_err(system)?;
        let (child, socket) = children::spawn("vault-process", &[])?;
        let custody = CustodyChannel::new(socket);
        let pair = || UnixStream::pair().map_err(system);
        let ((fast, far_fast), (slow, far_slow)) = (pair()?, pair()?);
        let vault = Self { child, custody, lanes: LaneEnds { fast, slow } };
        let start = ToVault::Start(None, LaneEnds { fast: far_fast, slow: far_slow });
        vault.custody.send_to_vault(&start).map_err(system)?;
        match vault.custody.receive_in_supervisor().map_err(system)? {
            Some(FromVault::Ready(_)) => Ok(vault),
            Some(FromVault::Failed(reason)) => Err(SupervisorError::Vault(reason)),
            other => Err(SupervisorError::Vault(format!("it did not start: {other:?}"))),
        }
    }

    /// The tool's ends of the lanes.
    pub fn lanes(&self) -> &LaneEnds {
        &self.lanes
    }

    /// Has an act carried out: what the vault says, or why it refuses.
    pub fn act(&self, act: CustodyAct) -> Result<String, String> {
        self.custody.send_to_vault(&ToVault::Act(act)).map_err(|e| e.to_string())?;
        loop {
            match self.custody.receive_in_supervisor() {
                Ok(Some(FromVault::Done(text))) => return Ok(text),
                Ok(Some(FromVault::Refused(text) | FromVault::Failed(text))) => return Err(text),
                Ok(Some(_)) => {}
                Ok(None) => return Err("the vault died over it".to_owned()),
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    /// Presents a root for the act that follows.
    pub fn present(&self, key: RootKey) -> Result<(), String> {
        let present = CustodyAct::Present(RootSecret::Key(key));
        self.custody.send_to_vault(&ToVault::Act(present)).map_err(|e| e.to_string())
    }
}

impl Drop for RecoveryVault {
    fn drop(&mut self) {
        // It ends by itself when the line closes; this is for one that does not.
        let _ = self.custody.close();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A secrets folder that is being made: under another name until everything else is in place.
#[derive(Debug)]
pub struct NewSecrets {
    folders: Folders,
}

impl NewSecrets {
    /// Makes the folder, 0700, which must not be there.
    pub fn create(folder: &Path) -> Result<Self, SupervisorError> {
        use std::os::unix::fs::DirBuilderExt;
        let made = std::fs::DirBuilder::new().mode(0o700).create(folder);
        made.map_err(SupervisorError::file(folder))?;
        // The data directory is nobody's concern here.
        Ok(Self { folders: Folders { data_dir: PathBuf::new(), secrets_dir: folder.to_owned() } })
    }

    /// A root key for a rehearsal: nothing that is written opens what it wraps.
    pub fn unwritten_root_key() -> Result<RootKey, SupervisorError> {
        root_key::random()
    }

    /// Makes a root key file.
    pub fn root_key(&self) -> Result<RootKey, SupervisorError> {
        root_key::create(&self.folders.root_key())
    }

    /// Writes the root principal's access key.
    pub fn root_credentials(
        &self,
        account: String,
        access_key_id: String,
        secret_access_key: SecretText,
        region: String,
    ) -> Result<(), SupervisorError> {
        RootCredentials { account, access_key_id, secret_access_key, region }
            .write_to(&self.folders.root_credentials())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn new_secrets_are_the_owners_alone_and_never_go_over_a_folder_that_is_there() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("s");
        let secrets = NewSecrets::create(&folder).unwrap();
        secrets.root_key().unwrap();
        let secret = SecretText::new("secret".to_owned());
        let (account, id) = ("000000000000".to_owned(), "AKIA1".to_owned());
        secrets.root_credentials(account, id, secret, "us-east-1".to_owned()).unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        for name in ["root-key", "root-credentials.json"] {
            assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
        }
        assert!(NewSecrets::create(&folder).is_err());
    }
}
