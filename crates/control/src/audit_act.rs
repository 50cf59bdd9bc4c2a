//! What an operator has the service do to its audit log, so that it is on the record.

use serde::{Deserialize, Serialize};

/// What an operator does to the audit log, but for reading it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AuditAct {
    /// Make a legal hold.
    HoldAdd {
        /// Its name.
        name: String,
        /// What for.
        reason: String,
    },
    /// End a legal hold.
    HoldRemove {
        /// Its name.
        name: String,
    },
    /// Add a witness.
    WitnessAdd {
        /// Its key: `name+id+base64`.
        key: String,
    },
    /// Remove a witness.
    WitnessRemove {
        /// Its name.
        name: String,
    },
    /// Take a checkpoint that witnesses have signed.
    WitnessTake {
        /// The checkpoint with their signatures.
        note: String,
    },
}
