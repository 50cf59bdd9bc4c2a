//! Where the PIN of the PKCS#11 token comes from. A file is opened anew for each worker, which reads it itself; only a PIN from a
//! descriptor is kept here, in locked memory, for it can be read once. It stands on no command line and in no environment.

use crate::config::{PinSource, Pkcs11Settings};
use crate::{SupervisorError, checks, root_source};
use std::ffi::OsString;
use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use strongroom_locked_memory::LockedBytes;

/// The longest PIN that is handed over, in bytes, with a line end; the worker takes no longer one either.
const PIN_BYTES_MAX: usize = 258;

/// A PIN that came over a descriptor.
pub(crate) type KeptPin = Option<Arc<LockedBytes>>;

/// Where each worker's PIN comes from.
pub(crate) struct Pin {
    source: PinSource,
    kept: KeptPin,
}

/// Reads the PIN of a descriptor, before anything else can take its number.
pub(crate) fn take_descriptor(settings: Option<&Pkcs11Settings>) -> Result<KeptPin, SupervisorError> {
    let Some(PinSource::Descriptor(number)) = settings.map(|settings| &settings.pin) else { return Ok(None) };
    let refuse = |why: &dyn std::fmt::Display| {
        SupervisorError::Pkcs11(format!("the PIN of descriptor {number} cannot be read: {why}"))
    };
    let pin = root_source::read_descriptor(*number).map_err(|error| refuse(&error))?;
    if pin.is_empty() || pin.len() > PIN_BYTES_MAX {
        return Err(refuse(&"it is empty or too long"));
    }
    Ok(Some(Arc::new(LockedBytes::copy_of(&pin))))
}

impl Pin {
    pub(crate) fn new(source: PinSource, kept: KeptPin) -> Self {
        Self { source, kept }
    }

    /// Whether another try may find another PIN.
    pub(crate) fn can_change(&self) -> bool {
        matches!(self.source, PinSource::File(_))
    }

    /// A descriptor from which the PIN can be read to its end.
    pub(crate) fn open(&self) -> Result<OwnedFd, SupervisorError> {
        let path = match (&self.source, &self.kept) {
            (PinSource::File(path), _) => path,
            (PinSource::Descriptor(_), Some(pin)) => return through_a_socket(pin),
            (PinSource::Descriptor(number), None) => {
                return Err(SupervisorError::Pkcs11(format!("the PIN of descriptor {number} was not read")));
            }
        };
        if !is_credential(path, std::env::var_os(root_source::CREDENTIALS)) {
            checks::private(path, "600")?;
        }
        File::open(path).map(OwnedFd::from).map_err(SupervisorError::file(path))
    }
}

/// Whether the service manager guards the file, by rights that its mode need not show.
fn is_credential(path: &Path, credentials: Option<OsString>) -> bool {
    credentials.is_some_and(|folder| !folder.is_empty() && path.starts_with(folder))
}

/// The socket's buffer holds far more than a PIN.
fn through_a_socket(pin: &[u8]) -> Result<OwnedFd, SupervisorError> {
    let failed = |error: std::io::Error| SupervisorError::System(error.to_string());
    let (mut near, far) = UnixStream::pair().map_err(failed)?;
    near.write_all(pin).map_err(failed)?;
    Ok(far.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::fd::IntoRawFd;
    use std::os::unix::fs::PermissionsExt;

    fn read(pin: &Pin) -> Vec<u8> {
        let mut bytes = Vec::new();
        File::from(pin.open().unwrap()).read_to_end(&mut bytes).unwrap();
        bytes
    }

    fn settings(pin: PinSource) -> Pkcs11Settings {
        let module = "/lib/none.so".into();
        let token_label = "label".to_owned();
        Pkcs11Settings { module, token_label, token_serial: None, timeout_seconds: 1, pin, paths: Vec::new() }
    }

    #[test]
    fn pin_file_that_others_may_read_is_refused_but_for_a_credential() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("pin");
        std::fs::write(&path, "fedcba9876\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let pin = Pin::new(PinSource::File(path.clone()), None);
        assert_eq!(read(&pin), b"fedcba9876\n");
        assert!(pin.can_change());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let refused = pin.open().unwrap_err().to_string();
        assert!(refused.contains("chmod 600"), "{refused}");
        assert!(is_credential(&path, Some(temporary.path().into())));
        for elsewhere in [None, Some("".into()), Some("/run/credentials".into())] {
            assert!(!is_credential(&path, elsewhere));
        }
    }

    #[test]
    fn pin_of_a_descriptor_is_read_once_and_given_to_each_worker() {
        let temporary = tempfile::tempfile().unwrap();
        let mut file = temporary.try_clone().unwrap();
        file.write_all(b"1234").unwrap();
        std::io::Seek::rewind(&mut file).unwrap();
        let number = temporary.into_raw_fd();
        let settings = settings(PinSource::Descriptor(number));
        let kept = take_descriptor(Some(&settings)).unwrap();
        assert!(kept.as_ref().is_some_and(|pin| pin.is_locked()));
        let pin = Pin::new(settings.pin, kept);
        assert_eq!((read(&pin), read(&pin)), (b"1234".to_vec(), b"1234".to_vec()));
        assert!(!pin.can_change());
    }

    #[test]
    fn descriptor_that_is_none_is_refused_by_its_number() {
        let nowhere = settings(PinSource::Descriptor(1_000_000));
        let refused = take_descriptor(Some(&nowhere)).unwrap_err().to_string();
        assert!(refused.contains("descriptor 1000000"), "{refused}");
        assert!(take_descriptor(None).unwrap().is_none());
    }
}
