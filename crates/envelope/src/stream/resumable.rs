//! Sealing a large file so that an interrupted run goes on where it was, and no IV is ever used twice
//! (envelope-formats.md section 10).
//!
//! The message grows under `OUT.partial`; after each stretch it is synced, then `OUT.resume` says how far it has
//! come. What was sealed behind that point when a run ended may have been seen by others, and the source may have
//! changed since. So the first run writes the usual IVs, and each further one IVs with a random prefix of its own
//! that is in the state before its first frame is: changed plaintext could at worst give a mixed file, never two
//! plaintexts under one IV. For the content's sake a changed source is refused too.

use super::finished::is_of;
use super::new_message::new_message;
use super::open::read_start;
use super::resume_state::ResumeState;
use super::seal::{SealOptions, read_unchanged};
use super::{OpenOptions, bounded_threads, claims, frames_per_claim};
use crate::attributes::Kept;
use crate::durable::{sync_file, sync_name};
use crate::error::{Doing as _, EnvelopeError};
use crate::file_identity::FileIdentity;
use crate::input::Input;
use crate::materials::MaterialsManager;
use crate::message::{FrameCipher, Geometry, Header, HeaderLimits, IvPrefix, MessageId};
use crate::naming::rename_to_new;
use crate::output::{Place, make_durable, place_of, reserve};
use aws_lc_rs::digest::{SHA256, digest};
use rustix::fs::{CWD, Mode, OFlags};
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// About how much is sealed between two syncs, in bytes.
const STRETCH_BYTES: u64 = 256 << 20;
/// So many of the last durable frames are opened and compared with the source before a run goes on.
const COMPARED_FRAMES: u64 = 16;

/// How to seal resumably.
#[derive(Clone, Copy)]
pub struct ResumableOptions<'a> {
    /// What [`super::seal`] takes too.
    pub seal: SealOptions<'a>,
    /// What else was asked for, in any words: the keys by name, the required pairs, the suite. An earlier run under other
    /// terms made a message that is not the one asked for, and is not gone on with.
    pub terms: &'a str,
    /// Replace the output if it exists.
    pub force: bool,
    /// Throw away what an earlier run did.
    pub restart: bool,
    /// Compare everything that an earlier run did with the source, not only its end.
    pub verify: bool,
    /// Leave `OUT.resume` beside the message, for [`super::is_sealed`]; [`super::forget_sealed`] takes it away.
    pub keeps_state: bool,
}

/// What was sealed, in one run or several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedResumably {
    /// Length of the document, in bytes.
    pub plaintext_bytes: u64,
    /// How much of it an earlier run had sealed.
    pub resumed_at: u64,
    /// The id of the message.
    pub message_id: MessageId,
}

/// Seals a regular file, or goes on with sealing it. One call to the manager: for a data key, or for the plaintext
/// of the one that the message has. After an error `OUT.partial` and `OUT.resume` are left for the next run.
///
/// The partial message is locked: a second run at the same time is refused.
pub fn seal_resumable(
    input: &Path,
    output: &Path,
    manager: &dyn MaterialsManager,
    options: ResumableOptions<'_>,
) -> Result<SealedResumably, EnvelopeError> {
    let mut run = Run::begin(input, output, manager, options)?;
    while run.stretch(STRETCH_BYTES)? {}
    run.finish()
}

/// The three names of an output, and what it has from the file that it replaces.
pub(super) struct Names {
    pub(super) target: PathBuf,
    pub(super) partial: PathBuf,
    pub(super) state: PathBuf,
    kept: Option<Box<Kept>>,
}

impl Names {
    /// All beside each other: where the output is a symbolic link, beside what it points to.
    pub(super) fn of(place: Place) -> Self {
        let Place { target, kept } = place;
        let with = |suffix: &str| {
            let mut name = target.as_os_str().to_owned();
            name.push(suffix);
            PathBuf::from(name)
        };
        let (partial, state) = (with(".partial"), with(".resume"));
        Self { target, partial, state, kept }
    }

    /// Refuses an input that has one of the names that this run writes: it would be emptied.
    fn spare(&self, input: &fs::Metadata) -> Result<(), EnvelopeError> {
        let mut new_state = self.state.as_os_str().to_owned();
        new_state.push(".new");
        let is_input = |found: fs::Metadata| (found.dev(), found.ino()) == (input.dev(), input.ino());
        for name in [&self.partial, &self.state, Path::new(&new_state)] {
            if fs::metadata(name).is_ok_and(is_input) {
                let shown = name.display();
                let source = io::Error::other(format!("{shown} is the input: give the output another name"));
                return Err(EnvelopeError::Io { action: "seal resumably", source });
            }
        }
        Ok(())
    }

    fn broken(&self, what: &'static str) -> EnvelopeError {
        EnvelopeError::Resume { path: self.partial.clone(), what }
    }

    fn partial_is_not_ours(&self) -> EnvelopeError {
        let partial = self.partial.display();
        let source = io::Error::other(format!(
            "{partial} is a link, a second name of a file, somebody else's, or no file"
        ));
        EnvelopeError::Io { action: "create the partial output", source }
    }
}

/// One run on its way.
struct Run<'a> {
    names: Names,
    input: File,
    partial: File,
    frames: FrameCipher,
    geometry: Geometry,
    state: ResumeState,
    message_id: MessageId,
    resumed_at: u64,
    options: ResumableOptions<'a>,
}

impl<'a> Run<'a> {
    /// Begins, or goes on with what is there.
    fn begin(
        input: &Path,
        output: &Path,
        manager: &dyn MaterialsManager,
        options: ResumableOptions<'a>,
    ) -> Result<Self, EnvelopeError> {
        if options.seal.suite.signs() {
            return Err(EnvelopeError::SignedByPosition);
        }
        let place = place_of(output, options.force)?;
        let names = Names::of(place.ok_or(EnvelopeError::NeedsFile("a resumable seal"))?);
        let input = File::open(input).doing("open the input")?;
        let found = input.metadata().doing("look at the input")?;
        if !found.is_file() {
            return Err(EnvelopeError::NeedsFile("a resumable seal"));
        }
        names.spare(&found)?;
        let identity = FileIdentity::of(&found);
        let partial = lock_partial(&names)?;
        if options.restart {
            remove_if_there(&names.state)?;
        }
        // One whose message has its name is of no use to this run, which replaces that.
        match ResumeState::load(&names.state)?.filter(|state| !is_of(state, &names.target)) {
            None => Self::fresh(names, input, partial, identity, manager, options),
            // Nothing is there to go on with, and what has the name is to be replaced.
            Some(_) if options.force && is_empty(&partial)? => {
                Self::fresh(names, input, partial, identity, manager, options)
            }
            Some(_) if is_empty(&partial)? => {
                // Made just now by this run, or worth as much.
                remove_if_there(&names.partial)?;
                Err(names.broken("it is missing or empty, and the state of an earlier run is there"))
            }
            Some(state) if state.source == identity => {
                Self::resumed(names, input, partial, state, manager, options)
            }
            Some(_) => Err(names.broken("it was begun with another file, or the file was changed since")),
        }
    }

    fn fresh(
        names: Names,
        input: File,
        partial: File,
        identity: FileIdentity,
        manager: &dyn MaterialsManager,
        options: ResumableOptions<'a>,
    ) -> Result<Self, EnvelopeError> {
        partial.set_len(0).doing("empty the partial output")?;
        let (message_id, header) = new_message(manager, identity.bytes, options.seal)?;
        let header_bytes = header.bytes.len() as u64;
        let geometry = Geometry::for_plaintext(header_bytes, options.seal.frame_length, identity.bytes)?;
        partial.write_all_at(&header.bytes, 0).doing("write the output")?;
        sync_file(&partial).doing("sync the output")?;
        let state = ResumeState {
            header_digest: hex_digest(&header.bytes),
            context_digest: hex_digest(&options.seal.context.block()?),
            terms_digest: hex_digest(options.terms.as_bytes()),
            source: identity,
            durable_frames: 0,
            iv_prefixes: vec![IvPrefix::default()],
        };
        state.save(&names.state)?;
        reserve(&partial, geometry.message_bytes(), true)?;
        let frames = header.frames;
        Ok(Self { names, input, partial, frames, geometry, state, message_id, resumed_at: 0, options })
    }

    fn resumed(
        names: Names,
        input: File,
        partial: File,
        mut state: ResumeState,
        manager: &dyn MaterialsManager,
        options: ResumableOptions<'a>,
    ) -> Result<Self, EnvelopeError> {
        let header = stored_header(&names, &partial, &state)?;
        if hex_digest(&options.seal.context.block()?) != state.context_digest {
            return Err(names.broken("it was begun with another encryption context"));
        }
        if hex_digest(options.terms.as_bytes()) != state.terms_digest {
            return Err(names.broken("it was begun with other keys, other required pairs or another suite"));
        }
        let reading = OpenOptions { policy: options.seal.policy, ..OpenOptions::new(options.seal.context) };
        let (frames, _) = reading.frames(manager, &header)?;
        let message_id = *header.message_id();
        let header_bytes = header.header_bytes() as u64;
        let geometry = Geometry::for_plaintext(header_bytes, frames.frame_length(), state.source.bytes)?;
        if state.durable_frames > geometry.frames() {
            return Err(names.broken("it cannot have so many frames"));
        }
        compare(&names, &input, &partial, &frames, geometry, state.durable_frames, options)?;
        partial.set_len(end_of(geometry, state.durable_frames)).doing("cut the partial output")?;
        let prefix = fresh_prefix(&state.iv_prefixes)?;
        state.iv_prefixes.push(prefix);
        state.save(&names.state)?;
        reserve(&partial, geometry.message_bytes(), true)?;
        let resumed_at = plaintext_of(geometry, state.durable_frames);
        (options.seal.progress)(resumed_at);
        let frames = frames.with_iv_prefix(prefix);
        Ok(Self { names, input, partial, frames, geometry, state, message_id, resumed_at, options })
    }

    /// Seals the next frames, about `bytes` of plaintext, and makes them durable. `false` when there were none.
    fn stretch(&mut self, bytes: u64) -> Result<bool, EnvelopeError> {
        let frame_bytes = u64::from(self.frames.frame_length().get());
        let (done, all) = (self.state.durable_frames, self.geometry.frames());
        if done >= all {
            return Ok(false);
        }
        let until = all.min(done + (bytes / frame_bytes).max(1));
        self.seal_frames(done, until)?;
        sync_file(&self.partial).doing("sync the output")?;
        self.state.durable_frames = until;
        self.state.save(&self.names.state)?;
        Ok(true)
    }

    /// Seals the frames behind number `done` up to and including number `until`.
    fn seal_frames(&self, done: u64, until: u64) -> Result<(), EnvelopeError> {
        let per_claim = frames_per_claim(self.frames.frame_length()) as u64;
        let threads = bounded_threads(self.options.seal.threads, self.frames.frame_length(), 2);
        claims::run(threads, (until - done).div_ceil(per_claim), |claim, buffers| {
            let first = done + claim * per_claim + 1;
            let end = until.min(first + per_claim - 1);
            let start = self.geometry.plaintext_offset(first);
            let bytes = plaintext_of(self.geometry, end) - start;
            let plaintext = buffers.input.room(bytes as usize);
            read_unchanged(&self.input, plaintext, start)?;
            let last = end == self.geometry.frames();
            let sealed = buffers.output.room(self.frames.sealed_bytes(plaintext.len(), last));
            self.frames.seal(first, plaintext, last, sealed)?;
            self.partial.write_all_at(sealed, self.geometry.frame_offset(first)).doing("write the output")?;
            (self.options.seal.progress)(bytes);
            Ok(())
        })
    }

    /// Gives the message its name, if the source is still what it was.
    fn finish(self) -> Result<SealedResumably, EnvelopeError> {
        let found = self.input.metadata().doing("look at the input")?;
        if FileIdentity::of(&found) != self.state.source {
            return Err(EnvelopeError::InputChanged);
        }
        let Names { target, partial, state, kept } = &self.names;
        make_durable(&self.partial, kept.as_deref())?;
        match give_name(partial, target, self.options.force) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                return Err(EnvelopeError::OutputExists(target.clone()));
            }
            other => other.doing("give the output its name")?,
        }
        if !self.options.keeps_state {
            remove_if_there(state)?;
        }
        sync_name(&self.partial, target).doing("sync the output's folder")?;
        let (plaintext_bytes, resumed_at) = (self.state.source.bytes, self.resumed_at);
        Ok(SealedResumably { plaintext_bytes, resumed_at, message_id: self.message_id })
    }
}

/// The partial message, for its owner only and for this run only. In a folder that others may write to, somebody may have
/// given its name to another file of the user's, by a link of either kind: that would be emptied. Or to a file of his own, to be
/// gone on with: he would know what it says of the message.
fn lock_partial(names: &Names) -> Result<File, EnvelopeError> {
    let mut options = fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options.custom_flags(OFlags::NOFOLLOW.bits() as i32);
    let mut opened = options.open(&names.partial);
    if opened.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
        && make_writable(names)?
    {
        opened = options.open(&names.partial);
    }
    let file = match opened {
        Err(_) if names.partial.is_symlink() => return Err(names.partial_is_not_ours()),
        other => other.doing("create the partial output")?,
    };
    lock(names, &file)?;
    let found = file.metadata().doing("look at the partial output")?;
    if found.is_file() && found.nlink() <= 1 && is_ours(&found) {
        Ok(file)
    } else {
        Err(names.partial_is_not_ours())
    }
}

fn is_empty(partial: &File) -> Result<bool, EnvelopeError> {
    Ok(partial.metadata().doing("look at the partial output")?.len() == 0)
}

/// Whether a file belongs to the user who asks.
pub(super) fn is_ours(found: &fs::Metadata) -> bool {
    found.uid() == rustix::process::geteuid().as_raw()
}

/// Makes the partial message writable for its owner again: a run that ended right before its last step may have given it
/// the mode of a read-only file that it was to replace. `false` if that is not ours to do. Locked meanwhile, so that no
/// run that is about to end loses the mode that it has set.
fn make_writable(names: &Names) -> Result<bool, EnvelopeError> {
    // Neither follow a link nor wait for a pipe: somebody else may have put it there.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let Ok(opened) = rustix::fs::openat(CWD, &names.partial, flags, Mode::empty()) else {
        return Ok(false);
    };
    let file = File::from(opened);
    // With a second name it may be a file that has nothing to do with this.
    if !file.metadata().is_ok_and(|found| found.is_file() && found.nlink() == 1) {
        return Ok(false);
    }
    lock(names, &file)?;
    Ok(file.set_permissions(Permissions::from_mode(0o600)).is_ok())
}

/// Locks the partial message, if no other run has it.
fn lock(names: &Names, file: &File) -> Result<(), EnvelopeError> {
    let busy = || EnvelopeError::ResumeBusy(names.partial.clone());
    let locked = rustix::fs::flock(file, rustix::fs::FlockOperation::NonBlockingLockExclusive);
    match locked {
        Err(rustix::io::Errno::WOULDBLOCK) => return Err(busy()),
        other => other.map_err(io::Error::from).doing("lock the partial output")?,
    }
    // The run that had the lock may have given the file its final name.
    let (ours, named) = (file.metadata(), fs::symlink_metadata(&names.partial));
    match (ours, named) {
        (Ok(ours), Ok(named)) if (ours.dev(), ours.ino()) == (named.dev(), named.ino()) => Ok(()),
        _ => Err(busy()),
    }
}

/// The header of the partial message, if it is the one that the state was written for.
fn stored_header(names: &Names, partial: &File, state: &ResumeState) -> Result<Header, EnvelopeError> {
    let bytes = partial.metadata().doing("look at the partial output")?.len();
    let file = partial.try_clone().doing("read the partial output")?;
    // How many keys it may have was decided when it was begun.
    let limits = HeaderLimits { encrypted_data_keys_max: u16::MAX, ..HeaderLimits::default() };
    let (header, _) = match read_start(&mut Input::File { file, bytes }, limits) {
        Err(EnvelopeError::Message(_)) => {
            return Err(names.broken("it does not begin with a message's header"));
        }
        other => other?,
    };
    let mut stored = vec![0; header.header_bytes()];
    partial.read_exact_at(&mut stored, 0).doing("read the partial output")?;
    if hex_digest(&stored) == state.header_digest {
        Ok(header)
    } else {
        Err(names.broken("it is another message"))
    }
}

/// Opens durable frames, the last ones or all, and compares them with the source.
fn compare(
    names: &Names,
    input: &File,
    partial: &File,
    frames: &FrameCipher,
    geometry: Geometry,
    durable: u64,
    options: ResumableOptions<'_>,
) -> Result<(), EnvelopeError> {
    let skipped = if options.verify { 0 } else { durable.saturating_sub(COMPARED_FRAMES) };
    let per_claim = frames_per_claim(frames.frame_length()) as u64;
    let threads = bounded_threads(options.seal.threads, frames.frame_length(), 2);
    claims::run(threads, (durable - skipped).div_ceil(per_claim), |claim, buffers| {
        let first = skipped + claim * per_claim + 1;
        let until = durable.min(first + per_claim - 1);
        let last = until == geometry.frames();
        let start = geometry.frame_offset(first);
        let sealed = buffers.input.room((end_of(geometry, until) - start) as usize);
        partial.read_exact_at(sealed, start).doing("read the partial output")?;
        let opened = buffers.output.room(frames.plaintext_bytes(sealed.len(), last));
        frames.open(first, sealed, last, opened)?;
        let original = buffers.input.room(opened.len());
        read_unchanged(input, original, geometry.plaintext_offset(first))?;
        if original == opened { Ok(()) } else { Err(names.broken("the file's content is another one now")) }
    })
}

/// How much plaintext the first `frames` frames hold.
fn plaintext_of(geometry: Geometry, frames: u64) -> u64 {
    if frames >= geometry.frames() {
        geometry.plaintext_bytes()
    } else {
        geometry.plaintext_offset(frames + 1)
    }
}

/// Where the first `frames` frames end in the message.
fn end_of(geometry: Geometry, frames: u64) -> u64 {
    if frames >= geometry.frames() { geometry.message_bytes() } else { geometry.frame_offset(frames + 1) }
}

/// Random, with the top bit set, so that it is never the first run's, and not one of an earlier run.
fn fresh_prefix(earlier: &[IvPrefix]) -> Result<IvPrefix, EnvelopeError> {
    loop {
        let mut prefix = IvPrefix::default();
        aws_lc_rs::rand::fill(&mut prefix).map_err(|_| EnvelopeError::Random)?;
        prefix[0] |= 0x80;
        if !earlier.contains(&prefix) {
            return Ok(prefix);
        }
    }
}

pub(super) fn hex_digest(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn remove_if_there(path: &Path) -> Result<(), EnvelopeError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other.doing("remove the state of an earlier seal"),
    }
}

fn give_name(partial: &Path, target: &Path, force: bool) -> io::Result<()> {
    if force { fs::rename(partial, target) } else { rename_to_new(partial, target) }
}

#[cfg(test)]
#[path = "resumable_tests.rs"]
mod tests;
