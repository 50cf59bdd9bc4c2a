//! `strongroom backup`: one file that only the recovery set's shares open, made while the service runs.

use crate::commands::operate::{Service, data_dir, show};
use crate::commands::restore_places::ENDED_BY_A_SIGNAL;
use crate::terminal::complain;
use anyhow::{Context, Result, bail};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use strongroom_control::OperatorRequest;
use strongroom_supervisor::on_interrupt;

/// What a backup begins with.
const MAGIC: &[u8] = b"SRBK";

/// Write a backup of the running service: everything but the audit log and the secrets folder, in one encrypted file
///
/// It is of one moment, holds nobody up, is read back before it gets its name, and opens with the shares of the recovery set
/// alone (strongroom vault recovery create; strongroom restore).
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The file, which must not be there
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    service: Service,
}

/// Makes the file under another name, has the service write it, and gives it its name.
pub(crate) fn run(args: Args) -> Result<ExitCode> {
    let Args { out, service } = args;
    if out.symlink_metadata().is_ok() {
        bail!("{} is there already, and a backup replaces nothing: give another name", out.display());
    }
    let mut name = out.file_name().context("--out names no file")?.to_owned();
    name.push(".new");
    let data_dir = data_dir(service)?;
    let unfinished = Unfinished::watched()?;
    let file = unfinished.create(out.with_file_name(name))?;
    let asked = strongroom_operator::ask_with_file(&data_dir, &OperatorRequest::Backup, file.as_fd());
    let mut made = asked.inspect_err(|_| unfinished.remove())?;
    unfinished.publish(&out)?;
    if let Some(made) = made.as_object_mut() {
        made.insert("file".to_owned(), out.display().to_string().into());
    }
    show(&made)
}

/// The file that does not have its name yet. It goes when the command ends before that, also when a signal ends it.
#[derive(Clone, Default)]
struct Unfinished(Arc<Mutex<Option<PathBuf>>>);

impl Unfinished {
    /// From now on a signal removes it before it ends the process. Call it before any other thread runs.
    fn watched() -> Result<Self> {
        let unfinished = Self::default();
        let of_the_thread = unfinished.clone();
        on_interrupt(move |signal| {
            // Held until the process is gone, so that nothing is made or gets its name any more.
            let mut held = of_the_thread.held();
            if let Some(path) = held.take() {
                let _ = fs::remove_file(path);
                complain("strongroom: interrupted; the unfinished backup is removed");
            }
            std::process::exit(ENDED_BY_A_SIGNAL + signal);
        })?;
        Ok(unfinished)
    }

    fn held(&self) -> MutexGuard<'_, Option<PathBuf>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes it, in place of one that was left behind. The lock says that it is being written; with the descriptor the service
    /// has it too, and writes on when this command was killed.
    fn create(&self, path: PathBuf) -> Result<File> {
        let mut held = self.held();
        remove_left_behind(&path)?;
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path);
        let file = file.with_context(|| path.display().to_string())?;
        // Where locks do not work, what is left behind has to be removed by hand.
        let _ = file.try_lock();
        *held = Some(path);
        Ok(file)
    }

    fn remove(&self) {
        if let Some(path) = self.held().take() {
            let _ = fs::remove_file(path);
        }
    }

    /// Gives it its name. The service has synced it.
    fn publish(&self, out: &Path) -> Result<()> {
        let named = || out.display().to_string();
        let mut held = self.held();
        let temporary = held.take().with_context(named)?;
        fs::rename(&temporary, out).inspect_err(|_| drop(fs::remove_file(&temporary))).with_context(named)?;
        let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).with_context(named)
    }
}

/// Removes what a backup has left behind that was killed, or whose machine went down. Nothing else, and not what is being
/// written.
fn remove_left_behind(path: &Path) -> Result<()> {
    let named = || path.display().to_string();
    let found = match path.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        found => found.with_context(named)?,
    };
    if !found.is_file() {
        bail!("{} is in the way, and is no file", path.display());
    }
    let file = File::open(path).with_context(named)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => bail!("a backup is being written to {}", path.display()),
        Err(TryLockError::Error(error)) => return Err(error).with_context(named),
    }
    let mut begins = Vec::new();
    (&file).take(MAGIC.len() as u64).read_to_end(&mut begins).with_context(named)?;
    if !MAGIC.starts_with(&begins) {
        bail!("{} is in the way, and is no backup that was left unfinished", path.display());
    }
    fs::remove_file(path).with_context(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_unfinished_backup_that_nobody_writes_is_replaced() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("one.backup.new");
        remove_left_behind(&path).unwrap();
        for left in [&b""[..], b"SR", b"SRBK and more"] {
            fs::write(&path, left).unwrap();
            let written = File::open(&path).unwrap();
            written.try_lock().unwrap();
            let refused = remove_left_behind(&path).unwrap_err().to_string();
            assert!(refused.contains("is being written") && path.exists(), "{refused}");
            drop(written);
            remove_left_behind(&path).unwrap();
            assert!(!path.exists(), "the control");
        }
        fs::write(&path, "my notes").unwrap();
        assert!(remove_left_behind(&path).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"my notes");
        let link = temporary.path().join("link.new");
        std::os::unix::fs::symlink(temporary.path().join("nowhere"), &link).unwrap();
        assert!(remove_left_behind(&link).is_err() && link.symlink_metadata().is_ok());
    }

    #[test]
    fn file_has_its_name_when_it_is_finished_and_goes_when_it_is_not() {
        let temporary = tempfile::tempdir().unwrap();
        let (out, path) = (temporary.path().join("one"), temporary.path().join("one.new"));
        let unfinished = Unfinished::default();
        unfinished.create(path.clone()).unwrap();
        unfinished.remove();
        assert!(!path.exists());
        unfinished.create(path.clone()).unwrap();
        unfinished.publish(&out).unwrap();
        unfinished.remove();
        assert!(out.exists() && !path.exists());
    }
}
