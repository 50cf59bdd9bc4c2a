//! Acts whose keyring the vault has proposed and the front has not answered for yet: no other act may propose one meanwhile.
//! What was made for a root that is not stored goes again, a key file or sealed key here, a token's key by way of the vault.

use crate::files;
use crate::operator_socket::OperatorAnswer;
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use strongroom_control::OperatorFault;
use strongroom_vault_protocol::{CustodyAct, CustodyChannel, ToVault};

/// What was made for an enrolment.
#[derive(Debug)]
pub(crate) struct Made {
    /// The root's id, as the vault said it.
    pub(crate) root: Option<[u8; 16]>,
    /// A key file, or a key that a TPM sealed.
    pub(crate) file: Option<PathBuf>,
}

impl Made {
    fn undo(self, vault: Option<&CustodyChannel>) {
        if let (Some(root), Some(vault)) = (self.root, vault) {
            // A vault that died meanwhile has forgotten the proposal; what a token keeps then is of no use to anybody.
            let _ = vault.send_to_vault(&ToVault::Act(CustodyAct::Discard(root)));
        }
        if let Some(file) = &self.file {
            remove(file);
        }
    }
}

/// Removes a file that was made for a root that is not enrolled.
pub(crate) fn remove(made: &Path) {
    if let Err(error) = files::remove(made) {
        tracing::warn!(path = %made.display(), %error, "a key file that was not enrolled is left behind");
    }
}

/// Those acts and what was made for them, by the number of the message that told the front.
#[derive(Debug, Default)]
pub(crate) struct Unsettled {
    acts: HashMap<u64, Option<Made>>,
}

impl Unsettled {
    /// The front is told of it, and will answer.
    pub(crate) fn wait(&mut self, id: u64, made: Option<Made>) {
        self.acts.insert(id, made);
    }

    /// Whether the front still has to answer for one.
    pub(crate) fn is_any(&self) -> bool {
        !self.acts.is_empty()
    }

    /// What the operator is told of the front's answer. What was made goes only if the front is sure that nothing is stored: a
    /// root that may be enrolled must not lose its key.
    pub(crate) fn settle(
        &mut self,
        id: u64,
        reply: Result<Value, OperatorFault>,
        vault: Option<&CustodyChannel>,
    ) -> OperatorAnswer {
        let made = self.acts.remove(&id).flatten();
        let OperatorFault { message, nothing_changed } = match reply {
            Ok(answer) => return Ok(answer),
            Err(fault) => fault,
        };
        if nothing_changed {
            if let Some(made) = made {
                made.undo(vault);
            }
            return Err(format!("{message}; nothing was changed"));
        }
        Err(match made.and_then(|made| made.file) {
            Some(file) => format!(
                "{message}; {} is kept, for the root may be enrolled: strongroom vault status lists it then",
                file.display()
            ),
            None => message,
        })
    }

    /// The front was never told. Whether something was made, which goes again.
    pub(crate) fn take_back(&mut self, id: u64, vault: Option<&CustodyChannel>) -> bool {
        let Some(made) = self.acts.remove(&id).flatten() else { return false };
        made.undo(vault);
        true
    }

    /// A front that died may have stored it.
    pub(crate) fn front_died(&mut self) {
        for file in self.acts.drain().filter_map(|(_, made)| made?.file) {
            tracing::warn!(path = %file.display(), "the front died: whether this key is enrolled, the status says");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::os::unix::net::UnixStream;

    const ROOT: [u8; 16] = [7; 16];

    fn refused(nothing_changed: bool) -> Result<Value, OperatorFault> {
        Err(OperatorFault { message: "the disk is nearly full".to_owned(), nothing_changed })
    }

    fn made(file: &Path) -> Option<Made> {
        std::fs::write(file, "key").unwrap();
        Some(Made { root: Some(ROOT), file: Some(file.to_owned()) })
    }

    /// Our end of a line to a vault, and what the vault was told once that is closed.
    fn told_vault(tell: impl FnOnce(&CustodyChannel)) -> Option<ToVault> {
        let (near, far) = UnixStream::pair().unwrap();
        let (near, far) = (CustodyChannel::new(near), CustodyChannel::new(far));
        tell(&near);
        drop(near);
        far.receive_in_vault().unwrap()
    }

    #[test]
    fn what_was_made_goes_when_the_front_is_sure_that_nothing_is_stored() {
        let temporary = tempfile::tempdir().unwrap();
        let file = temporary.path().join("second-key");
        let mut unsettled = Unsettled::default();
        unsettled.wait(3, made(&file));
        let told = told_vault(|vault| {
            let answer = unsettled.settle(3, refused(true), Some(vault));
            assert_eq!(answer, Err("the disk is nearly full; nothing was changed".to_owned()));
        });
        assert!(matches!(told, Some(ToVault::Act(CustodyAct::Discard(ROOT)))), "{told:?}");
        assert!(!file.exists());
        unsettled.wait(4, made(&file));
        assert!(unsettled.take_back(4, None) && !file.exists(), "a front that was never told");
        assert!(!unsettled.take_back(4, None));
        unsettled.wait(5, None);
        assert!(unsettled.is_any(), "the control: an act for which nothing was made");
        assert!(!unsettled.take_back(5, None) && !unsettled.is_any());
    }

    #[test]
    fn what_was_made_stays_when_the_root_is_or_may_be_enrolled() {
        let temporary = tempfile::tempdir().unwrap();
        let file = temporary.path().join("second-key");
        let mut unsettled = Unsettled::default();
        let told = told_vault(|vault| {
            unsettled.wait(3, made(&file));
            assert_eq!(
                unsettled.settle(3, Ok(json!({ "Root": "07" })), Some(vault)),
                Ok(json!({ "Root": "07" }))
            );
            unsettled.wait(4, made(&file));
            let said = unsettled.settle(4, refused(false), Some(vault)).unwrap_err();
            assert!(said.contains("second-key is kept"), "{said}");
            unsettled.wait(5, made(&file));
            unsettled.front_died();
            assert!(unsettled.settle(5, refused(true), Some(vault)).is_err(), "another front's");
        });
        assert!(told.is_none() && file.exists(), "{told:?}");
    }
}
