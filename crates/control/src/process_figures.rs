//! What a supervisor knows of the processes of the service.

use serde::{Deserialize, Serialize};

/// A process of the service, as its supervisor sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessFigures {
    /// `front`, `vault`, `fetcher`, `token`.
    pub name: String,
    /// How often it was started since the supervisor was.
    pub starts: u64,
    /// Whether it runs.
    pub running: bool,
}
