//! The yardstick of the benchmarks: the same threads, claims and buffers without a cipher.

use super::{CLAIM_BYTES, claims};
use crate::error::{Doing as _, EnvelopeError};
use crate::input::Input;
use crate::output::Output;
use std::os::unix::fs::FileExt as _;

/// Copies a regular file into a new one through the pipeline that `seal` and `open` use.
pub fn copy(input: &Input, output: Output, threads: usize) -> Result<(), EnvelopeError> {
    let (Input::File { file, bytes }, Output::Staged(staged)) = (input, &output) else {
        return Err(std::io::Error::from(std::io::ErrorKind::Unsupported)).doing("copy anything but files");
    };
    staged.reserve(*bytes)?;
    let claims = bytes.div_ceil(CLAIM_BYTES as u64);
    claims::run(threads, claims, |claim, buffers| {
        let at = claim * CLAIM_BYTES as u64;
        let room = buffers.input.room((bytes - at).min(CLAIM_BYTES as u64) as usize);
        file.read_exact_at(room, at).doing("read the input")?;
        output.write_all_at(room, at)
    })?;
    output.commit()
}
