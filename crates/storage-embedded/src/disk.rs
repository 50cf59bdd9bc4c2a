//! Where the state's bytes lie: a seam, so that tests can lose, tear and refuse writes.

use std::fmt::Debug;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::StorageBackend;
use redb::backends::FileBackend;
use rustix::fs::{Advice, fadvise};
use strongroom_types::Durations;

const STATE_FILE: &str = "state.redb";
const NEW_FILE: &str = "state.redb.new";
const BALLAST_FILE: &str = "ballast";
const BALLAST_BYTES: u64 = 16 << 20;
const CHUNK_BYTES: usize = 1 << 16;

/// The place of one store.
pub trait StateDisk: Debug + Send + Sync + 'static {
    /// Whether a published store is there.
    fn exists(&self) -> io::Result<bool>;

    /// Opens the published store for reading and writing.
    fn open(&self) -> io::Result<Box<dyn StorageBackend>>;

    /// Starts an empty store beside the published one, throwing away an earlier unfinished attempt.
    fn create(&self) -> io::Result<Box<dyn StorageBackend>>;

    /// Makes the created store the published one, durably and at once: the disk has its bytes before it has its name, and its
    /// name before anything is written to it that somebody is told of.
    fn publish(&self) -> io::Result<()> {
        self.sync_new()?;
        self.rename_new()?;
        self.sync_names()
    }

    /// Syncs the created store, all of it.
    fn sync_new(&self) -> io::Result<()>;

    /// Gives the created store the published one's name, at once and not durably.
    fn rename_new(&self) -> io::Result<()>;

    /// Makes durable which store has which name.
    fn sync_names(&self) -> io::Result<()>;

    /// Bytes of the published store; 0 where nobody counts them.
    fn bytes(&self) -> io::Result<u64> {
        Ok(0)
    }

    /// Where the syncs of the published store are counted; nowhere by default.
    fn syncs(&self) -> Option<Arc<Durations>> {
        None
    }

    /// Forgets cached bytes of the store, so that what is read next is what the disk holds: after a failed
    /// sync the kernel's cache may show bytes that never got there, and it reports that only once.
    fn forget_cache(&self) -> io::Result<()>;

    /// Keeps room for bad days: makes the ballast if it is not there and the disk has room for it twice, so that who
    /// uses the room it gave up does not lose it at once.
    fn hold_ballast(&self) -> io::Result<()>;

    /// Gives the room up; whether there was any.
    fn release_ballast(&self) -> io::Result<bool>;
}

/// A store in a folder of its own. Nothing outside the folder is opened.
#[derive(Clone, Debug)]
pub struct FileDisk {
    dir: PathBuf,
    ballast_bytes: u64,
    syncs: Arc<Durations>,
}

impl FileDisk {
    /// Uses this folder, which is made (0700) if it does not exist.
    pub fn new(dir: &Path) -> io::Result<Self> {
        if !dir.try_exists()? {
            DirBuilder::new().mode(0o700).create(dir)?;
        }
        Ok(Self { dir: dir.to_owned(), ballast_bytes: BALLAST_BYTES, syncs: Arc::default() })
    }

    /// The same with another size of ballast, for tests that make many stores.
    pub fn with_ballast_bytes(self, ballast_bytes: u64) -> Self {
        Self { ballast_bytes, ..self }
    }

    fn sync_dir(&self) -> io::Result<()> {
        File::open(&self.dir)?.sync_all()
    }

    fn write_ballast(&self) -> io::Result<()> {
        let mut file = new_file(&self.dir.join(BALLAST_FILE))?;
        let chunk = vec![0_u8; CHUNK_BYTES];
        let mut left = self.ballast_bytes;
        while left > 0 {
            let count = usize::try_from(left).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
            file.write_all(&chunk[..count])?;
            left = left.saturating_sub(count as u64);
        }
        file.sync_all()?;
        self.sync_dir()
    }
}

impl StateDisk for FileDisk {
    fn exists(&self) -> io::Result<bool> {
        self.dir.join(STATE_FILE).try_exists()
    }

    fn open(&self) -> io::Result<Box<dyn StorageBackend>> {
        backend(OpenOptions::new().read(true).write(true).open(self.dir.join(STATE_FILE))?)
    }

    fn create(&self) -> io::Result<Box<dyn StorageBackend>> {
        backend(new_file(&self.dir.join(NEW_FILE))?)
    }

    fn sync_new(&self) -> io::Result<()> {
        File::open(self.dir.join(NEW_FILE))?.sync_all()
    }

    fn rename_new(&self) -> io::Result<()> {
        fs::rename(self.dir.join(NEW_FILE), self.dir.join(STATE_FILE))
    }

    fn sync_names(&self) -> io::Result<()> {
        self.sync_dir()
    }

    fn bytes(&self) -> io::Result<u64> {
        Ok(fs::metadata(self.dir.join(STATE_FILE))?.len())
    }

    fn syncs(&self) -> Option<Arc<Durations>> {
        Some(Arc::clone(&self.syncs))
    }

    fn forget_cache(&self) -> io::Result<()> {
        let file = File::open(self.dir.join(STATE_FILE))?;
        fadvise(&file, 0, None, Advice::DontNeed)?;
        Ok(())
    }

    fn hold_ballast(&self) -> io::Result<()> {
        let path = self.dir.join(BALLAST_FILE);
        if fs::metadata(&path).is_ok_and(|meta| meta.len() == self.ballast_bytes) {
            return Ok(());
        }
        let stat = rustix::fs::statvfs(&self.dir)?;
        if stat.f_bavail.saturating_mul(stat.f_frsize) < self.ballast_bytes.saturating_mul(2) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.write_ballast().inspect_err(|_| {
            // Half a ballast would take room from the store that needs it now.
            let _ = fs::remove_file(&path);
        })
    }

    fn release_ballast(&self) -> io::Result<bool> {
        match fs::remove_file(self.dir.join(BALLAST_FILE)) {
            Ok(()) => {
                self.sync_dir()?;
                Ok(true)
            }
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(fault) => Err(fault),
        }
    }
}

fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(path)
}

fn backend(file: File) -> io::Result<Box<dyn StorageBackend>> {
    Ok(Box::new(FileBackend::new(file).map_err(io::Error::other)?))
}
