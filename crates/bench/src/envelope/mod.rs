//! Seal and open beside other tools, in one run and in turns: files on tmpfs and on a disk, what else is done with them
//! (signatures, pipes, rewrapping), and many small values. And beside a plain copy, the cipher in memory, and the SDK for
//! Python with the output thrown away.

mod beside_copy;
mod contender;
mod encryption_sdks;
mod files;
pub(crate) mod gcm_loop;
mod process;
mod small_values;
mod table;
mod tasks;

use crate::machine;
use anyhow::Result;
use std::path::{Path, PathBuf};
use strongroom_envelope::default_threads;

/// What this part asks for besides the rounds and the size.
#[derive(Default, clap::Args)]
pub(crate) struct Settings {
    /// A folder in which files are sealed and opened, any number of times [default: /dev/shm and target]
    #[arg(long = "folder", value_name = "FOLDER")]
    folders: Vec<PathBuf>,
    /// Measure the small values only, no files
    #[arg(long)]
    only_small_values: bool,
}

impl Settings {
    fn folders(&self) -> Vec<PathBuf> {
        if self.folders.is_empty() {
            ["/dev/shm", "target"].map(PathBuf::from).into()
        } else {
            self.folders.clone()
        }
    }
}

/// Which of the two is measured.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Way {
    /// A document into a message.
    Seal,
    /// A message into a document.
    Open,
}

impl Way {
    /// Both, in the order in which they are measured.
    const BOTH: [Self; 2] = [Self::Seal, Self::Open];

    const fn name(self) -> &'static str {
        match self {
            Self::Seal => "seal",
            Self::Open => "open",
        }
    }
}

/// Runs everything, the files in each of these sizes; `binary` is ours. `build_peers`: what is compared is built where that
/// takes long, too.
pub(crate) fn run(
    settings: &Settings,
    build_peers: bool,
    binary: &Path,
    rounds: usize,
    mib: &[u64],
) -> Result<()> {
    println!("machine: {}; {} threads", machine::description(), default_threads());
    if settings.only_small_values {
        return small_values::compare(rounds);
    }
    let keys = tempfile::tempdir()?;
    let (contenders, absent) = contender::all(binary, keys.path(), build_peers)?;
    for (name, why) in absent {
        println!("NOT COMPARED: {name}: {why}");
    }
    for (number, folder) in settings.folders().iter().enumerate() {
        // What the programs read is in the page cache, whichever folder it lies in, and an interpreter takes long to start.
        let programs: &[contender::Contender] = if number == 0 { &contenders } else { &[] };
        beside_copy::compare(programs, folder, rounds, mib)?;
    }
    for mib in mib {
        for folder in settings.folders() {
            files::compare(&contenders, &folder, rounds, *mib)?;
            tasks::compare(binary, keys.path(), &folder, rounds, *mib)?;
        }
    }
    small_values::compare(rounds)
}
