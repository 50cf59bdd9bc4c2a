//! What the processes that open connections to others have in common, the fetcher and the courier: whose certificates they
//! trust, where they find names, and the chance in their pauses.

mod jitter;
mod names;
mod roots;

pub use jitter::Jitter;
pub use names::{DNS_PORT, NameServers, name_files};
pub use roots::{RootsError, authorities, roots};
