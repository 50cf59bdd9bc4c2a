//! Inputs: a regular file of known size that many threads read, or a stream that one reads.

use crate::error::{Doing as _, EnvelopeError};
use crate::output::widen_pipe;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd as _;
use std::path::Path;

/// What is sealed or opened.
pub enum Input {
    /// A regular file, read by position.
    File {
        /// Open for reading.
        file: File,
        /// Its size when it was opened, in bytes.
        bytes: u64,
    },
    /// Anything else, read in order to its end.
    Stream(Box<dyn Read + Send>),
}

impl Input {
    /// A file by name. Files that say they are empty are streams too: those of `/proc` have no size.
    pub fn from_path(path: &Path) -> Result<Self, EnvelopeError> {
        let file = File::open(path).doing("open the input")?;
        let found = file.metadata().doing("look at the input")?;
        if found.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory)).doing("read the input");
        }
        if found.is_file() && found.len() > 0 {
            read_ahead(&file);
            return Ok(Self::File { file, bytes: found.len() });
        }
        widen_pipe(&file);
        Ok(Self::Stream(Box::new(file)))
    }

    /// The process's standard input, without a buffer of its own.
    pub fn stdin() -> Result<Self, EnvelopeError> {
        let fd = io::stdin().as_fd().try_clone_to_owned().doing("use standard input")?;
        let file = File::from(fd);
        widen_pipe(&file);
        Ok(Self::Stream(Box::new(file)))
    }

    /// The size in bytes where it is known.
    pub fn bytes(&self) -> Option<u64> {
        match self {
            Self::File { bytes, .. } => Some(*bytes),
            Self::Stream(_) => None,
        }
    }
}

fn read_ahead(file: &File) {
    #[cfg(target_os = "linux")]
    let _ = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::Sequential);
    #[cfg(not(target_os = "linux"))]
    let _ = file;
}
