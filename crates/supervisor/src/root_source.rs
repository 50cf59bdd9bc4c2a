//! Where the root comes from that the service is started with. It is read anew whenever a vault is started, so that no root
//! key lies in the supervisor's memory meanwhile; only a passphrase from a descriptor is kept, in locked memory, for it can be read
//! once.

#![allow(unsafe_code)]

use crate::tpm_root::TpmRoot;
use crate::{Config, Folders, PassphraseSource, RootChoice, SupervisorError, checks, files, root_key};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, FromRawFd, OwnedFd, RawFd};
use std::path::{Path, PathBuf};
use strongroom_locked_memory::LockedBytes;
use strongroom_vault_protocol::{PASSPHRASE_BYTES_MAX, PASSPHRASE_BYTES_MIN, Passphrase, RootSecret};
use zeroize::Zeroizing;

/// Where systemd puts what `LoadCredential=` names.
pub(crate) const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// The credential's name.
const CREDENTIAL: &str = "strongroom-root";

/// A passphrase that came over a descriptor.
pub(crate) type KeptPassphrase = Option<LockedBytes>;

/// Where the root comes from.
#[derive(Debug)]
pub(crate) struct RootSource {
    choice: RootChoice,
    folders: Folders,
    tpm: TpmRoot,
    /// What came over a descriptor, until the vault is sealed.
    kept: KeptPassphrase,
}

/// Reads the passphrase of a descriptor, before anything else can take its number.
pub(crate) fn take_descriptor(choice: &RootChoice) -> Result<KeptPassphrase, SupervisorError> {
    let RootChoice::Passphrase(Some(PassphraseSource::Descriptor(number))) = choice else { return Ok(None) };
    let refuse = |why: &dyn std::fmt::Display| {
        SupervisorError::Root(format!("the passphrase of descriptor {number} cannot be read: {why}"))
    };
    let bytes = read_descriptor(*number).map_err(|error| refuse(&error))?;
    let passphrase = passphrase(bytes).map_err(|why| refuse(&why))?;
    Ok(Some(LockedBytes::copy_of(passphrase.expose())))
}

/// Refuses a root that is not there before folders are made for it. A first start has to have one, and a passphrase that it
/// enrols must not be short.
pub(crate) fn check(
    config: &Config,
    folders: &Folders,
    kept: Option<&LockedBytes>,
) -> Result<(), SupervisorError> {
    match config.root {
        RootChoice::Tpm => TpmRoot::new(&config.tpm, folders).check(),
        _ => check_choice(&config.root, folders, kept),
    }
}

fn check_choice(
    choice: &RootChoice,
    folders: &Folders,
    kept: Option<&LockedBytes>,
) -> Result<(), SupervisorError> {
    let first_start = !folders.state().read_dir().is_ok_and(|mut entries| entries.next().is_some());
    let bytes = match choice {
        // The first start makes it.
        RootChoice::KeyFile | RootChoice::Pkcs11 | RootChoice::Tpm => return Ok(()),
        RootChoice::Credential => return credential_key().map(drop),
        RootChoice::Passphrase(Some(PassphraseSource::File(path))) => {
            Some(passphrase_file(path)?.expose().len())
        }
        RootChoice::Passphrase(_) => kept.map(|kept| kept.len()),
    };
    match bytes {
        _ if !first_start => Ok(()),
        None => {
            let text = "the first start with --root passphrase needs --passphrase-file or --passphrase-fd: there is \
                        nothing yet that a typed passphrase could open";
            Err(SupervisorError::RootSetting(text.to_owned()))
        }
        Some(bytes) if bytes < PASSPHRASE_BYTES_MIN => {
            let text = format!("a passphrase that is enrolled has at least {PASSPHRASE_BYTES_MIN} bytes");
            Err(SupervisorError::Root(text))
        }
        Some(_) => Ok(()),
    }
}

impl RootSource {
    /// The source, and whether this is the first start.
    pub(crate) fn prepare(
        choice: &RootChoice,
        tpm: &Path,
        folders: &Folders,
        kept: KeptPassphrase,
    ) -> Result<(Self, bool), SupervisorError> {
        let tpm = TpmRoot::new(tpm, folders);
        let first_start = match choice {
            RootChoice::Tpm => tpm.make_at_first_start(folders)?,
            RootChoice::KeyFile => root_key::read_or_create(folders)?.1,
            _ => !folders.have_state()?,
        };
        Ok((Self { choice: choice.clone(), folders: folders.clone(), tpm, kept }, first_start))
    }

    /// The root now; `None` when somebody has to type a passphrase.
    pub(crate) fn read(&self) -> Result<Option<RootSecret>, SupervisorError> {
        match &self.choice {
            RootChoice::KeyFile => key_file(&self.folders.root_key()).map(Some),
            RootChoice::Credential => credential_key().map(Some),
            RootChoice::Tpm => self.tpm.read().map(Some),
            RootChoice::Pkcs11 => Ok(Some(RootSecret::Pkcs11)),
            RootChoice::Passphrase(Some(PassphraseSource::File(path))) => {
                passphrase_file(path).map(RootSecret::Passphrase).map(Some)
            }
            RootChoice::Passphrase(_) => {
                let kept = self.kept.as_ref().map(|kept| Zeroizing::new(kept.to_vec()));
                Ok(kept.and_then(Passphrase::new).map(RootSecret::Passphrase))
            }
        }
    }

    /// The root key that a TPM sealed, whatever the service was started with.
    pub(crate) const fn tpm(&self) -> &TpmRoot {
        &self.tpm
    }

    /// The word of the secret that opens such a root.
    pub(crate) const fn word(&self) -> &'static str {
        match self.choice {
            RootChoice::KeyFile | RootChoice::Credential => "key",
            RootChoice::Tpm => "tpm",
            RootChoice::Passphrase(_) => "passphrase",
            RootChoice::Pkcs11 => "pkcs11",
        }
    }

    /// Whether it is the TPM's.
    pub(crate) fn is_tpm(&self) -> bool {
        self.choice == RootChoice::Tpm
    }

    /// The vault was sealed: what is kept goes too.
    pub(crate) fn forget(&mut self) {
        self.kept = None;
    }
}

/// The root of a key file, which only its owner may read.
pub(crate) fn key_file(path: &Path) -> Result<RootSecret, SupervisorError> {
    checks::private(path, "600")?;
    let missing = || SupervisorError::Root(format!("there is no root key at {}", path.display()));
    root_key::read(path)?.map(RootSecret::Key).ok_or_else(missing)
}

/// The root of the credential. The service manager guards it, by rights that its mode need not show.
fn credential_key() -> Result<RootSecret, SupervisorError> {
    let refuse = |why: &str| SupervisorError::Root(format!("--root credential: {why}"));
    let unset = "--root credential: CREDENTIALS_DIRECTORY is not set; systemd sets it \
                 (LoadCredential=strongroom-root:FILE)";
    let unset = || SupervisorError::RootSetting(unset.to_owned());
    let folder = std::env::var_os(CREDENTIALS).ok_or_else(unset)?;
    let path = PathBuf::from(folder).join(CREDENTIAL);
    let missing = || refuse(&format!("there is no root key at {}", path.display()));
    root_key::read(&path)?.map(RootSecret::Key).ok_or_else(missing)
}

fn passphrase_file(path: &Path) -> Result<Passphrase, SupervisorError> {
    checks::private(path, "600")?;
    let refuse = |why: &str| SupervisorError::Root(format!("passphrase file {}: {why}", path.display()));
    let bytes = files::read(path)?.ok_or_else(|| refuse("it is not there"))?;
    passphrase(Zeroizing::new(bytes)).map_err(|why| refuse(&why))
}

/// A passphrase without the line end that editors and shells put after it.
pub(crate) fn passphrase(mut bytes: Zeroizing<Vec<u8>>) -> Result<Passphrase, String> {
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    }
    Passphrase::new(bytes).ok_or_else(|| format!("a passphrase has 1 to {PASSPHRASE_BYTES_MAX} bytes"))
}

/// Reads an inherited descriptor to its end and closes it. It holds at most what a passphrase may.
pub(crate) fn read_descriptor(number: RawFd) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(PASSPHRASE_BYTES_MAX + 3));
    let limit = PASSPHRASE_BYTES_MAX as u64 + 3;
    if number == 0 {
        // Not through the library's buffer, which would keep what it read.
        let input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
        input.take(limit).read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    // SAFETY: the call takes a number and reads a flag.
    if number < 3 || unsafe { libc::fcntl(number, libc::F_GETFD) } < 0 {
        return Err(io::Error::from(io::ErrorKind::NotFound));
    }
    // SAFETY: the descriptor is open, it was inherited for this, and nothing else in this process knows of it yet. It is
    // closed here, or the children would inherit it.
    let file = File::from(unsafe { OwnedFd::from_raw_fd(number) });
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::IntoRawFd;
    use std::os::unix::fs::PermissionsExt;

    fn folders(base: &Path) -> Folders {
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
        Folders { data_dir: base.join("d"), secrets_dir: base.join("s") }.create().unwrap()
    }

    fn text(secret: &RootSecret) -> &[u8] {
        match secret {
            RootSecret::Passphrase(passphrase) => passphrase.expose(),
            RootSecret::Key(_) | RootSecret::Tpm(_) | RootSecret::Pkcs11 => panic!("another root"),
        }
    }

    #[test]
    fn passphrase_is_read_from_a_private_file_without_its_line_end() {
        let temporary = tempfile::tempdir().unwrap();
        let (folders, path) = (folders(temporary.path()), temporary.path().join("phrase"));
        std::fs::write(&path, "correct horse battery\r\n").unwrap();
        let choice = RootChoice::Passphrase(Some(PassphraseSource::File(path.clone())));
        let (source, first) = RootSource::prepare(&choice, Path::new("/dev/none"), &folders, None).unwrap();
        assert!(first);
        assert_eq!(text(&source.read().unwrap().unwrap()), b"correct horse battery");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let refused = source.read().unwrap_err().to_string();
        assert!(refused.contains("chmod 600"), "{refused}");
    }

    #[test]
    fn passphrase_from_nowhere_is_fine_once_there_is_state() {
        let temporary = tempfile::tempdir().unwrap();
        let folders = folders(temporary.path());
        let short = LockedBytes::copy_of(b"elevenbytes");
        let choice = RootChoice::Passphrase(None);
        let refused = check_choice(&choice, &folders, Some(&short)).unwrap_err().to_string();
        assert!(refused.contains("at least 12"), "{refused}");
        let refused = check_choice(&choice, &folders, None).unwrap_err().to_string();
        assert!(refused.contains("--passphrase-file"), "{refused}");
        std::fs::write(folders.state().join("state.redb"), "x").unwrap();
        check_choice(&choice, &folders, None).unwrap();
        let (source, first) = RootSource::prepare(&choice, Path::new("/dev/none"), &folders, None).unwrap();
        assert!(!first && source.read().unwrap().is_none());
    }

    #[test]
    fn descriptor_is_read_once_kept_and_forgotten_when_sealed() {
        let temporary = tempfile::tempdir().unwrap();
        let (folders, path) = (folders(temporary.path()), temporary.path().join("phrase"));
        std::fs::write(&path, "correct horse battery\n").unwrap();
        let number = File::open(&path).unwrap().into_raw_fd();
        let choice = RootChoice::Passphrase(Some(PassphraseSource::Descriptor(number)));
        let kept = take_descriptor(&choice).unwrap();
        assert!(kept.as_ref().is_some_and(|passphrase| passphrase.is_locked()));
        let (mut source, _) = RootSource::prepare(&choice, Path::new("/dev/none"), &folders, kept).unwrap();
        assert_eq!(text(&source.read().unwrap().unwrap()), b"correct horse battery");
        source.forget();
        assert!(source.read().unwrap().is_none());
        let nowhere = RootChoice::Passphrase(Some(PassphraseSource::Descriptor(1_000_000)));
        assert!(take_descriptor(&nowhere).unwrap_err().to_string().contains("descriptor 1000000"));
    }
}
