//! The supervisor: it opens everything and parses nothing from the network.

use crate::{ConfineError, Report, process};

/// No new privileges, no core file, not dumpable: the root key and private keys pass through its memory.
/// It keeps its capabilities, file system and exec, which it needs to start the others.
pub fn supervisor_process() -> Result<Report, ConfineError> {
    let mut report = Report::default();
    process::close_to_others(&mut report)?;
    Ok(report)
}
