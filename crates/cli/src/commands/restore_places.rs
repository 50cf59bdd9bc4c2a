//! Where a restore makes its folders: beside their places, and taken away again unless they are moved there, also when a signal
//! ends it. Together they open the whole state.

use crate::terminal::complain;
use anyhow::{Context, Result, bail};
use rustix::fs::{AtFlags, CWD, Statx, StatxAttributes, StatxFlags, statx};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use std::fs::{self, File};
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;
use strongroom_supervisor::on_interrupt;
use tempfile::TempDir;

/// How often a folder is removed that somebody still writes to, and the pause between.
const REMOVALS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(10);

/// What a program that signal N ended has as its exit code is 128 + N, as shells have it.
pub(crate) const ENDED_BY_A_SIGNAL: i32 = 128;

/// The folders that go when the restore ends. Whoever holds them is not interrupted.
#[derive(Clone, Default)]
pub(crate) struct Unfinished(Arc<Mutex<Folders>>);

#[derive(Default)]
struct Folders {
    paths: Vec<PathBuf>,
    /// What was restored is where it belongs: nothing is taken away any more.
    published: bool,
}

impl Unfinished {
    /// From now on a signal removes them before it ends the process; when they are in their places, only a second signal ends
    /// it. Call it before any other thread runs.
    pub(crate) fn watched() -> Result<Self> {
        let unfinished = Self::default();
        let (of_the_thread, terminal) = (unfinished.clone(), terminal());
        let mut told = false;
        on_interrupt(move |signal| {
            // Held until the process is gone, so that nothing is made or moved any more.
            let held = of_the_thread.taken_away();
            if held.is_none() && !told {
                // The report is still to come. It may be that nobody takes it: hence the second signal.
                told = true;
                complain("strongroom: the restore is finished, its folders are in their places");
                return;
            }
            if let Some(before) = &terminal {
                let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
            }
            if held.is_some() {
                complain("strongroom: interrupted; what was made is removed");
            }
            std::process::exit(ENDED_BY_A_SIGNAL + signal);
        })?;
        Ok(unfinished)
    }

    fn folders(&self) -> MutexGuard<'_, Folders> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes them; while what this gives is kept, no others are made. `None` if the restore is finished.
    fn taken_away(&self) -> Option<MutexGuard<'_, Folders>> {
        let folders = self.folders();
        if folders.published {
            return None;
        }
        remove(&folders.paths);
        Some(folders)
    }

    /// A temporary folder.
    pub(crate) fn temporary(&self) -> Result<TempDir> {
        let mut folders = self.folders();
        let temporary = tempfile::tempdir().context("a temporary folder")?;
        folders.paths.push(temporary.path().to_owned());
        Ok(temporary)
    }

    /// Makes folders, which a signal must not find half made.
    pub(crate) fn making<T>(&self, make: impl FnOnce() -> T) -> T {
        let _held = self.folders();
        make()
    }
}

/// The terminal as it is, if there is one: shares are typed without an echo.
fn terminal() -> Option<Termios> {
    let stdin = io::stdin();
    if stdin.is_terminal() { tcgetattr(stdin).ok() } else { None }
}

/// Removes folders with all that is in them.
pub(crate) fn remove(folders: &[PathBuf]) {
    for _ in 0..REMOVALS {
        for folder in folders {
            let _ = fs::remove_dir_all(folder);
        }
        if !folders.iter().any(|folder| folder.exists()) {
            return;
        }
        // What was interrupted may still write there.
        thread::sleep(PAUSE);
    }
}

/// Where a restore goes.
pub(crate) struct Places {
    pub(crate) data_dir: PathBuf,
    pub(crate) secrets_dir: PathBuf,
    pub(crate) new_data: PathBuf,
    pub(crate) new_secrets: PathBuf,
    pub(crate) unfinished: Unfinished,
}

impl Places {
    pub(crate) fn beside(data_dir: PathBuf, secrets_dir: PathBuf, unfinished: &Unfinished) -> Result<Self> {
        let (data_dir, secrets_dir) = (by_its_name(&data_dir)?, by_its_name(&secrets_dir)?);
        refuse_nested(&data_dir, &secrets_dir)?;
        for folder in [&data_dir, &secrets_dir] {
            refuse_content(folder)?;
            refuse_fixed(folder)?;
        }
        let beside = |folder: &Path| -> Result<PathBuf> {
            let mut name = folder.file_name().context("a folder without a name")?.to_owned();
            name.push(format!(".restoring-{}", std::process::id()));
            Ok(folder.with_file_name(name))
        };
        let (new_data, new_secrets) = (beside(&data_dir)?, beside(&secrets_dir)?);
        unfinished.folders().paths.extend([new_data.clone(), new_secrets.clone()]);
        Ok(Self { data_dir, secrets_dir, new_data, new_secrets, unfinished: unfinished.clone() })
    }

    /// The secrets first: a data directory never lacks its root key. Nor do secrets stay without their data directory: the next
    /// try would be refused because of them.
    pub(crate) fn publish(&self) -> Result<()> {
        let mut folders = self.unfinished.folders();
        move_to(&self.new_secrets, &self.secrets_dir)?;
        let moved = sync_parent(&self.secrets_dir).and_then(|()| move_to(&self.new_data, &self.data_dir));
        if let Err(error) = moved {
            return Err(match fs::rename(&self.secrets_dir, &self.new_secrets) {
                Ok(()) => error,
                Err(_) => error.context(format!(
                    "{} holds the secrets of a restore that failed: delete it",
                    self.secrets_dir.display()
                )),
            });
        }
        // What is left is the temporary folder.
        remove(&folders.paths);
        *folders = Folders { paths: Vec::new(), published: true };
        sync_parent(&self.data_dir).context("the folders are in place, but a power cut may still take them")
    }
}

impl Drop for Places {
    fn drop(&mut self) {
        // What was moved is no longer there.
        remove(&self.unfinished.folders().paths);
    }
}

/// The absolute path without a slash or a dot at its end: nothing can be renamed to `.`, and `link/` is no link.
fn by_its_name(folder: &Path) -> Result<PathBuf> {
    let absolute = std::path::absolute(folder).with_context(|| folder.display().to_string())?;
    Ok(absolute.components().collect())
}

/// A service is not started on folders of which one lies in the other, be it by a link above them, nor on one folder.
fn refuse_nested(data_dir: &Path, secrets_dir: &Path) -> Result<()> {
    let (data, secrets) = (without_links(data_dir), without_links(secrets_dir));
    let (inner, outer) = match (secrets.starts_with(&data), data.starts_with(&secrets)) {
        (false, false) => return Ok(()),
        (true, true) => bail!(
            "{} cannot be both the data directory and the secrets folder: what unlocks lies apart from what it unlocks",
            data_dir.display()
        ),
        (true, false) => (("secrets folder", secrets_dir), ("data directory", data_dir)),
        (false, true) => (("data directory", data_dir), ("secrets folder", secrets_dir)),
    };
    bail!(
        "the {} {} lies in the {} {}, and neither may lie in the other: what unlocks lies apart from what it unlocks",
        inner.0,
        inner.1.display(),
        outer.0,
        outer.1.display()
    );
}

/// An absolute path without links, as far as it is there.
fn without_links(path: &Path) -> PathBuf {
    let real = |above: &Path| Some(fs::canonicalize(above).ok()?.join(path.strip_prefix(above).ok()?));
    path.ancestors().find_map(real).unwrap_or_else(|| path.to_owned())
}

fn move_to(new: &Path, folder: &Path) -> Result<()> {
    let named = || folder.display().to_string();
    refuse_content(folder)?;
    sync(new).with_context(named)?;
    fs::rename(new, folder).with_context(named)
}

fn sync_parent(folder: &Path) -> Result<()> {
    let named = || folder.display().to_string();
    let absolute = std::path::absolute(folder).with_context(named)?;
    sync(absolute.parent().unwrap_or(Path::new("/"))).with_context(named)
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// A folder that holds anything is never restored into.
fn refuse_content(folder: &Path) -> Result<()> {
    match fs::read_dir(folder) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => bail!("{} is not empty: a restore makes it anew; move it away", folder.display()),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).with_context(|| folder.display().to_string()),
    }
}

/// A folder that nothing can be renamed to: a link, or the root of a file system.
fn refuse_fixed(folder: &Path) -> Result<()> {
    let named = || folder.display().to_string();
    let there = match fs::symlink_metadata(folder) {
        Ok(there) => there,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(named),
    };
    if there.is_symlink() {
        bail!("{} is a link: a restore makes the folder anew; name the folder itself", folder.display());
    }
    let absolute = std::path::absolute(folder).with_context(named)?;
    let parent = absolute.parent().unwrap_or(Path::new("/"));
    let (own, above) = (look_at(&absolute).with_context(named)?, look_at(parent).with_context(named)?);
    let device = |of: &Statx| (of.stx_dev_major, of.stx_dev_minor);
    if own.stx_attributes.contains(StatxAttributes::MOUNT_ROOT) || device(&own) != device(&above) {
        bail!(
            "{} is a mount point, and a restore makes the folder anew: name a folder below it",
            folder.display()
        );
    }
    Ok(())
}

fn look_at(path: &Path) -> io::Result<Statx> {
    Ok(statx(CWD, path, AtFlags::empty(), StatxFlags::BASIC_STATS)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mount_points_and_links_are_refused_before_anything_is_made() {
        let base = tempfile::tempdir().unwrap();
        let (data, secrets) = (base.path().join("d"), base.path().join("s"));
        let refused = |data: &Path, secrets: &Path| {
            let places =
                Places::beside(data.to_owned(), secrets.to_owned(), &Unfinished::default()).map(drop);
            places.map_err(|error| error.to_string())
        };
        fs::create_dir(&data).unwrap();
        assert_eq!(refused(&data, &secrets), Ok(()), "an empty folder is no obstacle");
        let link = base.path().join("link");
        std::os::unix::fs::symlink(&data, &link).unwrap();
        let with_slash = base.path().join("link/");
        let elsewhere = base.path().join("elsewhere");
        for said in [refused(&link, &secrets), refused(&with_slash, &secrets), refused(&elsewhere, &link)] {
            assert!(said.unwrap_err().contains("is a link"));
        }
        // The only mount point that is surely there; that it is not empty is said first.
        let said = refuse_fixed(Path::new("/proc")).unwrap_err().to_string();
        assert!(said.contains("/proc is a mount point") && said.contains("below it"), "{said}");
    }

    #[test]
    fn folders_of_which_one_lies_in_the_other_are_refused_before_anything_is_made() {
        let base = tempfile::tempdir().unwrap();
        let at = |name: &str| base.path().join(name);
        fs::create_dir(at("d")).unwrap();
        std::os::unix::fs::symlink(at("d"), at("link")).unwrap();
        let nested = [("d", "d/s"), ("s/d", "s"), ("d", "d"), ("d", "link/s"), ("link/s/d", "d/s")];
        for (data, secrets) in nested {
            let refused = Places::beside(at(data), at(secrets), &Unfinished::default()).map(drop);
            let said = refused.unwrap_err().to_string();
            assert!(said.contains("what unlocks lies apart"), "{data} {secrets}: {said}");
        }
        for (data, secrets) in [("d", "d.secrets"), ("both/d", "both/s")] {
            Places::beside(at(data), at(secrets), &Unfinished::default()).map(drop).unwrap();
        }
        assert_eq!(fs::read_dir(base.path()).unwrap().count(), 2);
    }

    #[test]
    fn secrets_do_not_stay_when_the_data_directory_cannot_be_put_into_place() {
        let base = tempfile::tempdir().unwrap();
        let (data, secrets) = (base.path().join("d"), base.path().join("s"));
        let places = Places::beside(data.clone(), secrets.clone(), &Unfinished::default()).unwrap();
        for folder in [&places.new_data, &places.new_secrets] {
            fs::create_dir_all(folder.join("state")).unwrap();
        }
        // Somebody else's, since the restore began.
        fs::create_dir_all(data.join("theirs")).unwrap();
        let said = places.publish().unwrap_err().to_string();
        assert!(said.contains("is not empty"), "{said}");
        drop(places);
        let names: Vec<_> = fs::read_dir(base.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(names, [data]);
    }

    #[test]
    fn what_is_unfinished_goes_with_all_that_is_in_it_and_what_was_put_into_place_stays() {
        let base = tempfile::tempdir().unwrap();
        let (data, secrets) = (base.path().join("d"), base.path().join("s"));
        let names = || fs::read_dir(base.path()).unwrap().count();
        for finished in [false, true] {
            let unfinished = Unfinished::default();
            let temporary = unfinished.temporary().unwrap();
            // An empty folder that is there already, by another of its names.
            fs::create_dir(&data).unwrap();
            let places = Places::beside(data.join("."), secrets.join(""), &unfinished).unwrap();
            fs::remove_dir(&data).unwrap();
            for folder in [places.new_data.as_path(), places.new_secrets.as_path(), temporary.path()] {
                fs::create_dir_all(folder.join("state")).unwrap();
                fs::write(folder.join("state/file"), "x").unwrap();
            }
            assert_eq!(names(), 2);
            if finished {
                places.publish().unwrap();
            }
            drop(places);
            assert!(!temporary.path().exists());
            assert_eq!(
                (names(), data.exists(), secrets.exists()),
                (if finished { 2 } else { 0 }, finished, finished)
            );
        }
    }

    #[test]
    fn signal_takes_away_what_is_unfinished_and_nothing_of_a_finished_restore() {
        for finished in [false, true] {
            let base = tempfile::tempdir().unwrap();
            let (data, secrets) = (base.path().join("d"), base.path().join("s"));
            let unfinished = Unfinished::default();
            let temporary = unfinished.temporary().unwrap();
            let places = Places::beside(data.clone(), secrets.clone(), &unfinished).unwrap();
            for folder in [&places.new_data, &places.new_secrets] {
                fs::create_dir_all(folder.join("state")).unwrap();
            }
            if finished {
                places.publish().unwrap();
            }
            assert_eq!(unfinished.taken_away().is_none(), finished);
            assert!(!temporary.path().exists());
            let there = [&data, &secrets].map(|folder| folder.join("state").exists());
            assert_eq!(there, [finished, finished]);
            assert!(!places.new_data.exists() && !places.new_secrets.exists());
        }
    }
}
