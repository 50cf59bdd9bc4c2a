//! Which files of a resumable seal of many an earlier run has sealed to their end: the same command goes on with the others.

use super::{Job, input};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use strongroom_envelope::message::{Geometry, HeaderLimits};
use strongroom_envelope::read_header;

/// Whether the output is there and is of this document as it is now, as far as is seen without a key: a whole message of a
/// document of this length, not older than the last change of it. Nothing is verified.
pub(crate) fn is_finished(job: &Job) -> bool {
    let (Ok(document), Ok(message)) = (fs::metadata(&job.input), fs::metadata(&job.output)) else {
        return false;
    };
    let written = (message.mtime(), message.mtime_nsec());
    let changed = (document.mtime(), document.mtime_nsec()).max((document.ctime(), document.ctime_nsec()));
    document.is_file()
        && message.is_file()
        && changed <= written
        && document_bytes(&job.output, message.len()) == Some(document.len())
        && !has_partial(&job.output)
}

/// How long the document of a message is, by the message's length.
fn document_bytes(message: &Path, bytes: u64) -> Option<u64> {
    // No key is tried, so any number of them may be looked at.
    let limits = HeaderLimits { encrypted_data_keys_max: u16::MAX, ..HeaderLimits::default() };
    let header = read_header(input(message).ok()?, limits).ok().filter(|header| !header.suite().signs())?;
    let geometry = Geometry::for_message(header.header_bytes() as u64, header.frame_length()?, bytes)?;
    Some(geometry.plaintext_bytes())
}

/// Whether a run was interrupted that did not get to this output: it is another one's.
fn has_partial(output: &Path) -> bool {
    let mut partial = output.as_os_str().to_owned();
    partial.push(".partial");
    fs::symlink_metadata(partial).is_ok()
}
