//! Outputs that appear under their name only when they are whole and verified.
//!
//! On Linux the file has no name at all until then (`O_TMPFILE`), so that even a kill leaves nothing behind,
//! but for one between the two system calls that put it in the place of another; elsewhere, and on file systems without it,
//! it is a hidden temporary file beside the target.

use crate::attributes::{Access, Attributes, Kept};
use crate::durable::{sync_file, sync_name};
use crate::error::{Doing as _, EnvelopeError};
use crate::file_identity::Replaced;
use crate::held_folder::hold_folder;
use crate::temporary::{Temporary, temporary_name};
use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::fd::AsFd as _;
use std::os::unix::fs::{FileExt as _, FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// What a failed write could not do.
pub(crate) const WRITING: &str = "write the output";
const NAMING: &str = "give the output its name";

/// Where the result goes.
pub enum Output {
    /// A file that gets its name at the end.
    Staged(StagedFile),
    /// A pipe, a terminal or a device: only verified bytes are written, and what was written stays.
    Stream(File),
    /// Nowhere: what is opened is verified and thrown away. The null device is that too: nothing there has an order, so
    /// that threads need not wait for each other.
    Nothing,
}

/// A file being written, readable by its owner only, without its final name.
pub struct StagedFile {
    file: File,
    target: PathBuf,
    force: bool,
    temporary: Option<Temporary>,
    /// What it has from the file that it replaces.
    kept: Option<Box<Kept>>,
    /// The only file that it may replace.
    replaced: Option<Box<Replaced>>,
    /// The file that gets its name right before this one.
    before: Option<Box<StagedFile>>,
    /// While it has no name, nobody takes its folder for empty.
    _folder: Option<File>,
}

impl Output {
    /// An output of that name. An existing file is refused unless `force`, and then may be read and written by whom it
    /// might before; a folder is refused always; a device or a pipe is written to directly.
    pub fn to_path(path: &Path, force: bool) -> Result<Self, EnvelopeError> {
        let Some(Place { target, kept }) = place_of(path, force)? else {
            let special = OpenOptions::new().write(true).open(path).doing("open the output")?;
            return Ok(Self::stream(special));
        };
        let mut staged = StagedFile::create(target, force)?;
        staged.kept = kept;
        Ok(Self::Staged(staged))
    }

    /// In the place of a file, with its mode, owner, times and extended attributes. The file stays as it is until
    /// the new one is whole. A symbolic link stays, what it points to is replaced. Another file that has its name by then, or
    /// a change of this one since, is refused: what is read from it has to be read later than this.
    pub fn replacing(file: &File, path: &Path) -> Result<Self, EnvelopeError> {
        let target = fs::canonicalize(path).doing("find the output")?;
        let replaced = Replaced::of(file)?;
        let mut staged = StagedFile::create(target, true)?;
        staged.kept = Some(Box::new(Kept::Attributes(Attributes::of(file)?)));
        staged.replaced = Some(Box::new(replaced));
        Ok(Self::Staged(staged))
    }

    /// The process's standard output. One that was closed when the process began is refused: what goes there is lost.
    pub fn stdout() -> Result<Self, EnvelopeError> {
        let fd = io::stdout().as_fd().try_clone_to_owned().doing("use standard output")?;
        let file = File::from(fd);
        if stands_for_closed(&file) { Err(EnvelopeError::StdoutClosed) } else { Ok(Self::stream(file)) }
    }

    fn stream(file: File) -> Self {
        if is_null_device(&file) {
            return Self::Nothing;
        }
        widen_pipe(&file);
        Self::Stream(file)
    }

    /// The file below, if there is one.
    pub(crate) fn file(&self) -> Option<&File> {
        match self {
            Self::Staged(staged) => Some(&staged.file),
            Self::Stream(file) => Some(file),
            Self::Nothing => None,
        }
    }

    /// Appends at the current position.
    pub(crate) fn write_all(&self, bytes: &[u8]) -> Result<(), EnvelopeError> {
        self.file().map_or(Ok(()), |mut file| file.write_all(bytes)).doing(WRITING)
    }

    /// Writes at a position, from any thread. For outputs that are not streams.
    pub(crate) fn write_all_at(&self, bytes: &[u8], at: u64) -> Result<(), EnvelopeError> {
        self.file().map_or(Ok(()), |file| file.write_all_at(bytes, at)).doing(WRITING)
    }

    /// Reserves room in a staged file, see [`StagedFile::reserve`].
    pub(crate) fn reserve(&self, bytes: u64) -> Result<(), EnvelopeError> {
        match self {
            Self::Staged(staged) => staged.reserve(bytes),
            Self::Stream(_) | Self::Nothing => Ok(()),
        }
    }

    /// Makes the result durable and gives it its name.
    pub(crate) fn commit(self) -> Result<(), EnvelopeError> {
        match self {
            Self::Staged(staged) => staged.commit(),
            Self::Stream(_) | Self::Nothing => Ok(()),
        }
    }
}

/// Where an output comes to lie.
pub(crate) struct Place {
    /// Its name. A symbolic link that is replaced stays, what it points to goes.
    pub(crate) target: PathBuf,
    /// What it has from the file that it replaces.
    pub(crate) kept: Option<Box<Kept>>,
}

/// The place of an output of that name; `None` for a device or a pipe. An existing file is refused unless `force`, a folder
/// always.
pub(crate) fn place_of(path: &Path, force: bool) -> Result<Option<Place>, EnvelopeError> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(EnvelopeError::OutputIsFolder(path.into())),
        Ok(found) if !found.is_file() => Ok(None),
        Ok(found) if force => {
            let target = fs::canonicalize(path).doing("find the output")?;
            let kept = Kept::Access(Access::of(&target, found)?);
            Ok(Some(Place { target, kept: Some(Box::new(kept)) }))
        }
        Ok(_) => Err(EnvelopeError::OutputExists(path.into())),
        Err(_) if !force && fs::symlink_metadata(path).is_ok() => {
            Err(EnvelopeError::OutputExists(path.into()))
        }
        Err(_) => Ok(Some(Place { target: path.to_owned(), kept: None })),
    }
}

/// Whether a file is what Rust's runtime opens in the place of a closed descriptor: `/dev/null`, for reading and writing.
/// Shells open it for writing alone.
fn stands_for_closed(file: &File) -> bool {
    is_null_device(file) && rustix::fs::fcntl_getfl(file).is_ok_and(|flags| flags.contains(OFlags::RDWR))
}

fn is_null_device(file: &File) -> bool {
    let device = |found: fs::Metadata| found.file_type().is_char_device().then(|| found.rdev());
    let found = file.metadata().ok().and_then(device);
    found.is_some() && found == fs::metadata("/dev/null").ok().and_then(device)
}

/// A bigger pipe means fewer switches between the two programs; a refusal costs nothing.
pub(crate) fn widen_pipe(file: &File) {
    #[cfg(target_os = "linux")]
    if file.metadata().is_ok_and(|found| found.file_type().is_fifo()) {
        let _ = rustix::pipe::fcntl_setpipe_size(file, 1 << 20);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = file;
}

impl StagedFile {
    /// A file of that name, which must not exist.
    pub fn new(path: &Path) -> Result<Self, EnvelopeError> {
        if fs::symlink_metadata(path).is_ok() {
            return Err(EnvelopeError::OutputExists(path.into()));
        }
        Self::create(path.to_owned(), false)
    }

    /// Has a small file in the same folder, with this content, get its name right before this one gets its own. Who ends the
    /// process before leaves neither; if this one cannot have its name, the small one loses its own again.
    pub fn preceded_by(mut self, small: Self, content: &[u8]) -> Result<Self, EnvelopeError> {
        small.file.write_all_at(content, 0).doing(WRITING)?;
        self.before = Some(Box::new(small));
        Ok(self)
    }

    fn create(target: PathBuf, force: bool) -> Result<Self, EnvelopeError> {
        let folder = folder_of(&target);
        let held = hold_folder(folder);
        let (file, temporary) = match unnamed_file(folder) {
            Some(file) => (file, None),
            None => {
                let created = Temporary::create(folder).doing("create a temporary file beside the output");
                created.map(|(file, temporary)| (file, Some(temporary)))?
            }
        };
        Ok(Self { file, target, force, temporary, kept: None, replaced: None, before: None, _folder: held })
    }

    /// Reserves room, see [`reserve`].
    pub(crate) fn reserve(&self, bytes: u64) -> Result<(), EnvelopeError> {
        reserve(&self.file, bytes, false)
    }

    fn commit(mut self) -> Result<(), EnvelopeError> {
        let (before, target) = (self.before.take(), self.target.clone());
        self.make_durable()?;
        let file = match before {
            None => self.name()?,
            Some(small) => {
                small.make_durable()?;
                let name = small.target.clone();
                small.name()?;
                self.name().inspect_err(|_| drop(fs::remove_file(name)))?
            }
        };
        sync_name(&file, &target).doing("sync the output's folder")
    }

    /// See [`make_durable`].
    fn make_durable(&self) -> Result<(), EnvelopeError> {
        make_durable(&self.file, self.kept.as_deref())
    }

    /// Gives the file its name, and gives it back.
    fn name(self) -> Result<File, EnvelopeError> {
        let Self { file, target, force, temporary, replaced, .. } = self;
        let check = || replaced.as_ref().map_or(Ok(()), |replaced| replaced.check(&target));
        let named = match temporary {
            Some(temporary) => {
                check()?;
                temporary.rename(&target, force)
            }
            None if force => return link_over(&file, &target, check).map(|()| file),
            None => link(&file, &target),
        };
        match named {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Err(EnvelopeError::OutputExists(target)),
            other => other.map(|()| file).doing(NAMING),
        }
    }
}

/// Gives a finished output the mode and attributes that it will have, and puts all of it on the disk.
pub(crate) fn make_durable(file: &File, kept: Option<&Kept>) -> Result<(), EnvelopeError> {
    match kept {
        Some(kept) => kept.give_to(file)?,
        None => open_to_others(file)?,
    }
    sync_file(file).doing("sync the output")
}

/// Reserves room where that is quick, so that a full disk shows before the work and the file is in one piece. Where it
/// `keeps_length`, the room lies behind the file's end. Where not all of it can be had, none is taken.
pub(crate) fn reserve(file: &File, bytes: u64, keeps_length: bool) -> Result<(), EnvelopeError> {
    #[cfg(target_os = "linux")]
    if bytes > 0 && reserves_quickly(file) {
        use rustix::fs::FallocateFlags;
        let flags = if keeps_length { FallocateFlags::KEEP_SIZE } else { FallocateFlags::empty() };
        let length = file.metadata().doing("look at the output")?.len();
        if let Err(full @ rustix::io::Errno::NOSPC) = rustix::fs::fallocate(file, flags, 0, bytes) {
            // ext4 has taken what there was. Cutting a file at its own end frees what lies behind.
            let _ = file.set_len(length);
            return Err(full.into()).doing("reserve room for the output");
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (file, bytes, keeps_length);
    Ok(())
}

/// A finished output is as readable as any new file: the umask decides.
fn open_to_others(file: &File) -> Result<(), EnvelopeError> {
    file.set_permissions(Permissions::from_mode(0o666 & !umask())).doing("set the output's permissions")
}

pub(crate) fn folder_of(target: &Path) -> &Path {
    match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A file without a name, `None` where the file system or a missing `/proc` does not allow it.
fn unnamed_file(folder: &Path) -> Option<File> {
    #[cfg(target_os = "linux")]
    {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        let file = File::from(rustix::fs::openat(CWD, folder, flags, Mode::RUSR | Mode::WUSR).ok()?);
        fs::metadata(descriptor_path(&file)).is_ok().then_some(file)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (folder, CWD, Mode::empty(), OFlags::empty());
        None
    }
}

fn descriptor_path(file: &File) -> String {
    use std::os::fd::AsRawFd as _;
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

/// Names an unnamed file; fails if the name is taken.
fn link(file: &File, target: &Path) -> io::Result<()> {
    rustix::fs::linkat(CWD, descriptor_path(file), CWD, target, AtFlags::SYMLINK_FOLLOW)?;
    Ok(())
}

/// Names an unnamed file in the place of another, by way of a temporary name. `check` is asked last.
fn link_over(
    file: &File,
    target: &Path,
    check: impl FnOnce() -> Result<(), EnvelopeError>,
) -> Result<(), EnvelopeError> {
    let beside = folder_of(target).join(temporary_name().doing(NAMING)?);
    link(file, &beside).doing(NAMING)?;
    let renamed = check().and_then(|()| fs::rename(&beside, target).doing(NAMING));
    if renamed.is_err() {
        let _ = fs::remove_file(&beside);
    }
    renamed
}

/// The process's umask. Linux says it; elsewhere reading it means setting it, one thread at a time, and for that instant it
/// is the strictest one.
#[allow(clippy::useless_conversion, reason = "a mode has 16 bits on some systems")]
fn umask() -> u32 {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    if let Some(umask) = umask_of_status() {
        return umask;
    }
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let old = rustix::process::umask(Mode::RWXG | Mode::RWXO);
    rustix::process::umask(old);
    u32::from(old.bits())
}

/// What `/proc` says, in octal digits.
fn umask_of_status() -> Option<u32> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let digits = status.lines().find_map(|line| line.strip_prefix("Umask:"))?;
    u32::from_str_radix(digits.trim(), 8).ok()
}

/// ext4 and xfs reserve without writing; tmpfs would write zeros.
#[cfg(target_os = "linux")]
pub(crate) fn reserves_quickly(file: &File) -> bool {
    const EXT4: u64 = 0xef53;
    const XFS: u64 = 0x5846_5342;
    rustix::fs::fstatfs(file).is_ok_and(|found| [EXT4, XFS].contains(&(found.f_type as u64)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_a_closed_descriptor_is_told_from_dev_null_of_a_shell() {
        let opened = |read: bool| OpenOptions::new().read(read).write(true).open("/dev/null").unwrap();
        assert!(stands_for_closed(&opened(true)));
        assert!(!stands_for_closed(&opened(false)));
        assert!(!stands_for_closed(&tempfile::tempfile().unwrap()));
    }

    #[test]
    fn two_files_get_their_names_together_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let [small, large] = ["small", "large"].map(|name| folder.path().join(name));
        let staged = || {
            let waiting = StagedFile::new(&large).unwrap();
            waiting.preceded_by(StagedFile::new(&small).unwrap(), b"small").unwrap()
        };
        let there = || (small.exists(), large.exists());
        drop(staged());
        let pair = staged();
        assert_eq!(there(), (false, false));
        pair.commit().unwrap();
        assert_eq!((there(), fs::read(&small).unwrap()), ((true, true), b"small".to_vec()));
        for taken in [&small, &large] {
            assert!(
                matches!(StagedFile::new(taken), Err(EnvelopeError::OutputExists(path)) if path == *taken)
            );
            fs::remove_file(&small).unwrap();
            fs::remove_file(&large).unwrap();
            let pair = staged();
            fs::write(taken, b"another's").unwrap();
            let refused = pair.commit();
            assert!(matches!(refused, Err(EnvelopeError::OutputExists(path)) if path == *taken));
            assert_eq!(there(), (taken == &small, taken == &large));
            assert_eq!(fs::read(taken).unwrap(), b"another's");
            fs::write(&small, b"x").unwrap();
            fs::write(&large, b"x").unwrap();
        }
    }

    #[test]
    fn what_replaces_a_file_may_be_read_by_whom_it_might_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let mode = || fs::metadata(&path).unwrap().mode() & 0o7777;
        let written = |force: bool| {
            let output = Output::to_path(&path, force).unwrap();
            output.write_all(b"new").unwrap();
            output.commit().unwrap();
        };
        written(true);
        assert_eq!(mode(), 0o666 & !umask(), "the control: a new file is as readable as any");
        for (before, after) in
            [(0o600, 0o600), (0o640, 0o640), (0o400, 0o400), (0o666, 0o666), (0o4755, 0o755)]
        {
            fs::remove_file(&path).unwrap();
            fs::write(&path, b"old").unwrap();
            fs::set_permissions(&path, Permissions::from_mode(before)).unwrap();
            written(true);
            assert_eq!((mode(), fs::read(&path).unwrap()), (after, b"new".to_vec()));
        }
        fs::remove_file(&path).unwrap();
        written(false);
        assert_eq!(mode(), 0o666 & !umask());
    }

    /// As where no file is without a name.
    #[test]
    fn a_temporary_file_takes_the_place_of_the_file_that_was_opened_and_of_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let [path, newer] = ["out", "newer"].map(|name| folder.path().join(name));
        for meanwhile in [false, true] {
            fs::write(&path, b"old").unwrap();
            fs::write(&newer, b"newer").unwrap();
            let replaced = Some(Box::new(Replaced::of(&File::open(&path).unwrap()).unwrap()));
            let (file, temporary) = Temporary::create(folder.path()).unwrap();
            let (target, temporary) = (path.clone(), Some(temporary));
            let staged = StagedFile {
                file,
                target,
                force: true,
                temporary,
                kept: None,
                replaced,
                before: None,
                _folder: None,
            };
            if meanwhile {
                fs::rename(&newer, &path).unwrap();
            }
            let named = staged.commit();
            assert_eq!(matches!(named, Err(EnvelopeError::ReplacedMeanwhile(_))), meanwhile, "{named:?}");
            assert_eq!(fs::read(&path).unwrap(), if meanwhile { &b"newer"[..] } else { &b""[..] });
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), if meanwhile { 1 } else { 2 });
        }
    }
}
