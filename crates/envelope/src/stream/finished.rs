//! What of a resumable seal of many files is finished: the state of each stays beside its message until all of them are, and
//! says which file was sealed on which terms.
//!
//! The state is durable before the message has its name, so a message without a state was not made by such a run, or by one
//! that has ended well.

use super::open::read_start;
use super::resumable::{Names, hex_digest, remove_if_there};
use super::resume_state::ResumeState;
use super::seal::SealOptions;
use crate::error::EnvelopeError;
use crate::file_identity::FileIdentity;
use crate::input::Input;
use crate::message::{Geometry, Header, HeaderLimits};
use crate::output::Place;
use rustix::fs::OFlags;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Whether an earlier run with [`super::ResumableOptions::keeps_state`] has sealed this very file, which was not changed since,
/// on these terms into this output. Nothing is decrypted.
pub fn is_sealed(input: &Path, output: &Path, seal: SealOptions<'_>, terms: &str) -> bool {
    finished(input, output, seal, terms).is_some()
}

/// Takes away what [`is_sealed`] goes by, if it is there and of this output.
pub fn forget_sealed(output: &Path) -> Result<(), EnvelopeError> {
    let Some(names) = names_of(output) else { return Ok(()) };
    match ResumeState::load(&names.state)? {
        Some(state) if is_of(&state, &names.target) => remove_if_there(&names.state),
        _ => Ok(()),
    }
}

/// Whether a state is of the message that has this name: its run gave it the name.
pub(super) fn is_of(state: &ResumeState, target: &Path) -> bool {
    message_of(target).is_some_and(|message| message.header_digest == state.header_digest)
}

fn finished(input: &Path, output: &Path, seal: SealOptions<'_>, terms: &str) -> Option<()> {
    let found = fs::metadata(input).ok().filter(fs::Metadata::is_file)?;
    let names = names_of(output)?;
    let state = ResumeState::load(&names.state).ok()??;
    let message = message_of(&names.target)?;
    let header = &message.header;
    let same_terms = state.terms_digest == hex_digest(terms.as_bytes())
        && state.context_digest == hex_digest(&seal.context.block().ok()?)
        && header.suite() == seal.suite
        && header.frame_length() == Some(seal.frame_length);
    let geometry = Geometry::for_message(header.header_bytes() as u64, seal.frame_length, message.bytes)?;
    let whole = geometry.plaintext_bytes() == state.source.bytes && state.durable_frames == geometry.frames();
    let is_it = state.source == FileIdentity::of(&found) && state.header_digest == message.header_digest;
    // With a partial message the state is of a run that did not get to this output.
    let alone = fs::symlink_metadata(&names.partial).is_err();
    (same_terms && whole && is_it && alone).then_some(())
}

fn names_of(output: &Path) -> Option<Names> {
    let target = fs::canonicalize(output).ok()?;
    Some(Names::of(Place { target, kept: None }))
}

/// What is seen of a message without a key.
struct Message {
    header: Header,
    header_digest: String,
    bytes: u64,
}

fn message_of(path: &Path) -> Option<Message> {
    // What has the name may be a pipe by now: it is not waited for.
    let file = OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits() as i32).open(path).ok()?;
    let found = file.metadata().ok().filter(fs::Metadata::is_file)?;
    let mut input = Input::File { file: file.try_clone().ok()?, bytes: found.len() };
    // No key is tried, so any number of them may be looked at.
    let limits = HeaderLimits { encrypted_data_keys_max: u16::MAX, ..HeaderLimits::default() };
    let (header, _) = read_start(&mut input, limits).ok()?;
    let mut stored = vec![0; header.header_bytes()];
    file.read_exact_at(&mut stored, 0).ok()?;
    Some(Message { header, header_digest: hex_digest(&stored), bytes: found.len() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::materials::DefaultManager;
    use crate::message::{Context, FrameLength, Suite};
    use crate::tests::FixedKey;
    use crate::{ResumableOptions, seal_resumable};

    const BYTES: usize = 3_000;

    /// A document that was sealed, and what a run did with it.
    struct Bench {
        folder: tempfile::TempDir,
        context: Context,
    }

    impl Bench {
        fn sealed(keeps_state: bool) -> Self {
            let bench = Self { folder: tempfile::tempdir().unwrap(), context: Context::default() };
            fs::write(bench.path("doc"), vec![b'a'; BYTES]).unwrap();
            bench.seal(keeps_state, false).unwrap();
            bench
        }

        fn path(&self, name: &str) -> std::path::PathBuf {
            self.folder.path().join(name)
        }

        fn seal(&self, keeps_state: bool, force: bool) -> Result<(), EnvelopeError> {
            let seal = SealOptions::new(&self.context);
            let options =
                ResumableOptions { seal, terms: "key a", force, restart: false, verify: false, keeps_state };
            let (doc, out) = (self.path("doc"), self.path("out"));
            seal_resumable(&doc, &out, &DefaultManager::new(FixedKey::new([7; 32])), options).map(|_| ())
        }

        fn is_sealed(&self) -> bool {
            self.is_sealed_on(SealOptions::new(&self.context), "key a")
        }

        fn is_sealed_on(&self, seal: SealOptions<'_>, terms: &str) -> bool {
            is_sealed(&self.path("doc"), &self.path("out"), seal, terms)
        }
    }

    #[test]
    fn a_file_is_finished_while_its_state_is_there() {
        let bench = Bench::sealed(true);
        assert!(bench.path("out.resume").exists() && !bench.path("out.partial").exists());
        assert!(bench.is_sealed());
        forget_sealed(&bench.path("out")).unwrap();
        assert!(!bench.path("out.resume").exists() && bench.path("out").exists());
        assert!(!bench.is_sealed());
        forget_sealed(&bench.path("out")).unwrap();
        let bench = Bench::sealed(false);
        assert!(!bench.path("out.resume").exists() && !bench.is_sealed());
    }

    #[test]
    fn other_terms_are_not_those_it_was_sealed_on() {
        let bench = Bench::sealed(true);
        let other = Context::new([("a".to_owned(), "b".to_owned())].into()).unwrap();
        let seal = SealOptions::new(&bench.context);
        assert!(bench.is_sealed_on(seal, "key a"), "the control");
        assert!(!bench.is_sealed_on(seal, "key b"));
        assert!(!bench.is_sealed_on(SealOptions { context: &other, ..seal }, "key a"));
        assert!(!bench.is_sealed_on(SealOptions { suite: Suite::COMMITTING_SIGNED, ..seal }, "key a"));
        let frame_length = FrameLength::new(1_000).unwrap();
        assert!(!bench.is_sealed_on(SealOptions { frame_length, ..seal }, "key a"));
    }

    /// A document of the same length that is older than the message is another one all the same.
    #[test]
    fn another_or_changed_document_or_message_is_not_the_one_that_was_sealed() {
        type Change<'a> = (&'a str, &'a dyn Fn(&Bench));
        let changes: [Change<'_>; 5] = [
            ("swapped", &|bench: &Bench| {
                fs::rename(bench.path("older"), bench.path("doc")).unwrap();
            }),
            ("a link to it", &|bench: &Bench| {
                fs::rename(bench.path("doc"), bench.path("moved")).unwrap();
                std::os::unix::fs::symlink("older", bench.path("doc")).unwrap();
            }),
            ("changed", &|bench: &Bench| {
                fs::write(bench.path("doc"), vec![b'b'; BYTES]).unwrap();
                let doc = fs::File::options().write(true).open(bench.path("doc")).unwrap();
                doc.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
            }),
            ("cut", &|bench: &Bench| {
                let message = OpenOptions::new().write(true).open(bench.path("out")).unwrap();
                message.set_len(message.metadata().unwrap().len() - 1).unwrap();
            }),
            ("begun again", &|bench: &Bench| fs::write(bench.path("out.partial"), "").unwrap()),
        ];
        for (what, change) in changes {
            let bench = Bench { folder: tempfile::tempdir().unwrap(), context: Context::default() };
            fs::write(bench.path("older"), vec![b'b'; BYTES]).unwrap();
            fs::write(bench.path("doc"), vec![b'a'; BYTES]).unwrap();
            bench.seal(true, false).unwrap();
            assert!(bench.is_sealed(), "the control");
            change(&bench);
            assert!(!bench.is_sealed(), "{what}");
            assert!(matches!(bench.seal(true, false), Err(EnvelopeError::OutputExists(_))), "{what}");
        }
    }

    #[test]
    fn what_is_finished_can_be_replaced_by_force() {
        let bench = Bench::sealed(true);
        let before = fs::read(bench.path("out")).unwrap();
        bench.seal(false, true).unwrap();
        assert!(fs::read(bench.path("out")).unwrap() != before);
        assert!(!bench.path("out.resume").exists());
    }

    #[test]
    fn the_state_of_another_message_is_not_taken_away() {
        let bench = Bench::sealed(true);
        fs::copy(bench.path("out"), bench.path("kept")).unwrap();
        fs::write(bench.path("out"), "no message").unwrap();
        forget_sealed(&bench.path("out")).unwrap();
        assert!(bench.path("out.resume").exists());
        fs::copy(bench.path("kept"), bench.path("out")).unwrap();
        forget_sealed(&bench.path("out")).unwrap();
        assert!(!bench.path("out.resume").exists(), "the control");
    }
}
