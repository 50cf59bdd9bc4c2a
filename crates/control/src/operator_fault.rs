//! What an operator hears of a request that was refused.

use serde::{Deserialize, Serialize};

/// Why an operator's request was refused.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct OperatorFault {
    /// What is wrong, in plain words.
    pub message: String,
    /// Of an act of custody: nothing of it is stored, nor will be.
    #[serde(default)]
    pub nothing_changed: bool,
}
