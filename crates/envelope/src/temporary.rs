//! Temporary files beside the output, where no file is without a name: on macOS and FreeBSD, on NFS, vfat and FUSE.
//!
//! They hold plaintext that is not whole, so a program may ask that signals which end it take them away first.

use crate::naming::rename_to_new;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::future::poll_fn;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::thread;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The temporary files of this process.
struct Registry {
    paths: BTreeSet<PathBuf>,
    /// What ends the process after a signal, where that was asked for.
    end: Option<fn(i32)>,
    watching: bool,
}

static REGISTRY: Mutex<Registry> =
    Mutex::new(Registry { paths: BTreeSet::new(), end: None, watching: false });

fn registry() -> MutexGuard<'static, Registry> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From the first temporary file on, SIGINT, SIGTERM and SIGHUP take all of them away, and then call `end` with the signal's
/// number, which has to end the process: what it does meanwhile may be reading a pipe that never ends.
///
/// A signal that the process was told to ignore stays ignored. Where the system does not say which ones those are (it is
/// Linux that does), SIGHUP is left alone, for the sake of `nohup`. A process that makes no temporary file, as on Linux on
/// most file systems, keeps all signals as they are.
pub fn remove_temporary_files_on_signals(end: fn(i32)) {
    registry().end = Some(end);
}

const START: &str = ".strongroom-";
const END: &str = ".unfinished";
const HEX_DIGITS: usize = 16;

/// A new name for a file that gets another one when it is whole.
pub(crate) fn temporary_name() -> io::Result<String> {
    let mut random = [0u8; HEX_DIGITS / 2];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| io::Error::other("the system gives no random bytes"))?;
    Ok(format!("{START}{:016x}{END}", u64::from_be_bytes(random)))
}

/// Whether a file's name is one of those that files have here until they are whole. Who ends the process may leave one.
pub fn is_temporary_name(name: &str) -> bool {
    let random = name.strip_prefix(START).and_then(|rest| rest.strip_suffix(END));
    random.is_some_and(|random| {
        random.len() == HEX_DIGITS && random.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// A temporary file's name. The file goes away with it.
pub(crate) struct Temporary(PathBuf);

impl Temporary {
    /// An empty file for its owner only, and its name.
    pub(crate) fn create(folder: &Path) -> io::Result<(File, Self)> {
        // Held until the name is known: a signal meanwhile waits.
        let mut registry = registry();
        registry.watch()?;
        let named = tempfile::Builder::new().prefix(&temporary_name()?).rand_bytes(0).tempfile_in(folder)?;
        let (file, path) = named.into_parts();
        let path = path.keep().map_err(|kept| kept.error)?;
        registry.paths.insert(path.clone());
        Ok((file, Self(path)))
    }

    /// Gives the file its final name, which must not be taken unless `force`.
    pub(crate) fn rename(self, target: &Path, force: bool) -> io::Result<()> {
        if force { fs::rename(&self.0, target) } else { rename_to_new(&self.0, target) }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Not there any more if it has its final name.
        let _ = fs::remove_file(&self.0);
        registry().paths.remove(&self.0);
    }
}

impl Registry {
    /// Begins to wait for signals, once, if that was asked for.
    fn watch(&mut self) -> io::Result<()> {
        let Some(end) = self.end.filter(|_| !self.watching) else { return Ok(()) };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let signals = {
            let _context = runtime.enter();
            signals(ignored())?
        };
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            let number = runtime.block_on(first(signals));
            // Held until the process has ended: nothing new appears.
            let registry = registry();
            for path in &registry.paths {
                let _ = fs::remove_file(path);
            }
            end(number);
        })?;
        self.watching = true;
        Ok(())
    }
}

/// Those that end the process and are not ignored; `ignored` has a bit for each that is, if that is known.
fn signals(ignored: Option<u64>) -> io::Result<Vec<(i32, Signal)>> {
    let ending = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let watched = ending.into_iter().filter(|kind| match ignored {
        Some(ignored) => ignored & bit_of(*kind) == 0,
        None => *kind != SignalKind::hangup(),
    });
    watched.map(|kind| Ok((kind.as_raw_value(), signal(kind)?))).collect()
}

/// Whether SIGHUP ends this process, as far as is known.
pub(crate) fn hangup_ends() -> bool {
    ignored().is_some_and(|ignored| ignored & bit_of(SignalKind::hangup()) == 0)
}

/// A signal's bit among those that are ignored.
fn bit_of(kind: SignalKind) -> u64 {
    1 << (kind.as_raw_value() - 1)
}

/// The signals that this process ignores, as Linux says it: bit 0 is signal 1.
fn ignored() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let digits = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(digits.trim(), 16).ok()
}

/// Waits for one of them.
async fn first(mut signals: Vec<(i32, Signal)>) -> i32 {
    poll_fn(|context| {
        for (number, signal) in &mut signals {
            if signal.poll_recv(context).is_ready() {
                return Poll::Ready(*number);
            }
        }
        Poll::Pending
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_our_form_is_a_temporary_name() {
        let name = temporary_name().unwrap();
        assert!(is_temporary_name(&name) && name != temporary_name().unwrap(), "{name}");
        for other in [
            ".strongroom-config",
            ".strongroom-backup",
            ".strongroom-0123456789abcdef",
            ".strongroom-0123456789ABCDEF.unfinished",
            ".strongroom-0123456789abcde.unfinished",
            ".strongroom-0123456789abcdef0.unfinished",
            ".strongroom-0123456789abcdeg.unfinished",
            "strongroom-0123456789abcdef.unfinished",
        ] {
            assert!(!is_temporary_name(other), "{other}");
        }
        assert!(is_temporary_name(".strongroom-0123456789abcdef.unfinished"), "the control");
    }

    #[test]
    fn a_file_goes_away_with_its_name_unless_it_got_the_final_one() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out");
        let names = || fs::read_dir(folder.path()).unwrap().count();
        let (_, temporary) = Temporary::create(folder.path()).unwrap();
        let path = temporary.0.clone();
        assert!(names() == 1 && registry().paths.contains(&path));
        assert!(is_temporary_name(path.file_name().unwrap().to_str().unwrap()), "{path:?}");
        drop(temporary);
        assert!(names() == 0 && !registry().paths.contains(&path));
        for (force, done) in [(false, true), (false, false), (true, true)] {
            let (_, temporary) = Temporary::create(folder.path()).unwrap();
            assert_eq!(temporary.rename(&target, force).is_ok(), done);
            assert!(names() == 1 && target.exists());
        }
    }
}
