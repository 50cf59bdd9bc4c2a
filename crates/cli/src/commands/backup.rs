//! `strongroom backup`: one file that only the recovery set's shares open, made while the service runs.

use crate::commands::operate::{Service, data_dir, show};
use anyhow::{Context, Result, bail};
use std::fs::{self, File, OpenOptions};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use strongroom_control::OperatorRequest;

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
    let temporary = out.with_file_name(name);
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&temporary);
    let file = file.with_context(|| temporary.display().to_string())?;
    let data_dir = data_dir(service)?;
    let asked = strongroom_operator::ask_with_file(&data_dir, &OperatorRequest::Backup, file.as_fd());
    let published = asked.map_err(anyhow::Error::from).and_then(|made| {
        publish(&temporary, &out)?;
        Ok(made)
    });
    let mut made = published.inspect_err(|_| drop(fs::remove_file(&temporary)))?;
    if let Some(made) = made.as_object_mut() {
        made.insert("file".to_owned(), out.display().to_string().into());
    }
    show(&made)
}

/// The service has synced the file.
fn publish(temporary: &Path, out: &Path) -> Result<()> {
    let named = || out.display().to_string();
    fs::rename(temporary, out).with_context(named)?;
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).with_context(named)
}
