//! The vendor's library: loading it, finding the token in it, and what both say about themselves.

use crate::fault::describe;
use aws_lc_rs::digest::{SHA256, digest};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Info, Pkcs11};
use cryptoki::error::Error;
use cryptoki::mechanism::{MechanismInfo, MechanismType};
use cryptoki::session::Session;
use cryptoki::slot::{Slot, TokenInfo};
use std::io;
use std::path::{Path, PathBuf};
use strongroom_token_protocol::SlotFacts;

/// The library is of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ModuleError {
    #[error("the PKCS#11 library {path} cannot be read: {cause}")]
    Unreadable { path: PathBuf, cause: io::Error },
    #[error("the PKCS#11 library {path} does not start: {cause}")]
    Start { path: PathBuf, cause: String },
    #[error(
        "several tokens have the label {label}, with the serial numbers {serials}: say which one is meant (--pkcs11-serial, or \
         serial of a cluster)"
    )]
    Ambiguous { label: String, serials: String },
}

/// The loaded, initialised library.
pub(crate) struct Module {
    library: Pkcs11,
    sha256: [u8; 32],
}

/// One token.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) slot: Slot,
    pub(crate) serial: String,
}

impl Module {
    /// Loads and initialises the library. Never fork afterwards: a child would go on with this process's login.
    pub(crate) fn load(path: &Path) -> Result<Self, ModuleError> {
        let bytes =
            std::fs::read(path).map_err(|cause| ModuleError::Unreadable { path: path.to_owned(), cause })?;
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(digest(&SHA256, &bytes).as_ref());
        drop(bytes);
        let failed = |error: Error| ModuleError::Start { path: path.to_owned(), cause: describe(&error) };
        let library = Pkcs11::new(path).map_err(failed)?;
        library.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).map_err(failed)?;
        Ok(Self { library, sha256 })
    }

    /// SHA-256 of the library's file.
    pub(crate) fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// The token of that label, and serial number if one is given: a slot's number may be another after each start.
    pub(crate) fn find_token(&self, label: &str, serial: Option<&str>) -> Result<Option<Found>, ModuleError> {
        let mut found: Vec<Found> = Vec::new();
        for (slot, info) in self.tokens() {
            if info.label() == label && serial.is_none_or(|serial| serial == info.serial_number()) {
                found.push(Found { slot, serial: info.serial_number().to_owned() });
            }
        }
        if found.len() > 1 {
            let serials: Vec<&str> = found.iter().map(|found| found.serial.as_str()).collect();
            return Err(ModuleError::Ambiguous { label: label.to_owned(), serials: serials.join(", ") });
        }
        Ok(found.pop())
    }

    /// Every slot whose token says what it is.
    fn tokens(&self) -> Vec<(Slot, TokenInfo)> {
        let slots = self.library.get_slots_with_token().unwrap_or_default();
        let known = |slot: Slot| self.token_info(slot).map(|info| (slot, info));
        slots.into_iter().filter_map(known).collect()
    }

    /// Every slot with a token, for the operator.
    pub(crate) fn slots(&self) -> Vec<SlotFacts> {
        let facts = |(slot, info): (Slot, TokenInfo)| SlotFacts {
            id: slot.id(),
            label: info.label().to_owned(),
            serial: info.serial_number().to_owned(),
        };
        self.tokens().into_iter().map(facts).collect()
    }

    /// What the token says about itself; `None` when it does not answer.
    pub(crate) fn token_info(&self, slot: Slot) -> Option<TokenInfo> {
        self.library.get_token_info(slot).ok()
    }

    /// What the library says it is; empty when it does not say.
    pub(crate) fn description(&self) -> String {
        let described = |info: Info| {
            format!("{} {} {}", info.manufacturer_id(), info.library_description(), info.library_version())
        };
        self.library.get_library_info().map(described).unwrap_or_default()
    }

    /// The names of the mechanisms, those that the standard names; empty when the token does not answer.
    pub(crate) fn mechanism_names(&self, slot: Slot) -> Vec<String> {
        let list = self.library.get_mechanism_list(slot).unwrap_or_default();
        list.iter().map(ToString::to_string).collect()
    }

    /// Whether the token lists a mechanism and allows it for a function. Both are asked: SoftHSM describes mechanisms
    /// that its configuration took off the list.
    pub(crate) fn offers(
        &self,
        slot: Slot,
        mechanism: MechanismType,
        function: fn(&MechanismInfo) -> bool,
    ) -> bool {
        let listed = self.library.get_mechanism_list(slot).is_ok_and(|list| list.contains(&mechanism));
        listed && self.library.get_mechanism_info(slot, mechanism).is_ok_and(|info| function(&info))
    }

    /// A read-write session: some tokens have no others.
    pub(crate) fn open_session(&self, slot: Slot) -> Result<Session, Error> {
        self.library.open_rw_session(slot)
    }
}
