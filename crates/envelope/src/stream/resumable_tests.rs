//! Interrupted seals: runs that end after some stretches, and what the next one does with what they left.

use super::*;
use crate::Output;
use crate::materials::DefaultManager;
use crate::message::{Context, FrameLength, Suite};
use crate::tests::FixedKey;
use std::collections::BTreeSet;
use std::os::unix::fs::symlink;
use tempfile::TempDir;

const FRAME: u32 = 1_000;
const BYTES: usize = 25_500;

struct Bench {
    folder: TempDir,
    context: Context,
}

impl Bench {
    fn new() -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap(), context: Context::default() };
        fs::write(bench.path("doc"), document()).unwrap();
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn names(&self) -> Vec<String> {
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
        let names: BTreeSet<_> = fs::read_dir(self.folder.path()).unwrap().map(name).collect();
        names.into_iter().collect()
    }

    fn options(&self) -> ResumableOptions<'_> {
        let frame_length = FrameLength::new(FRAME).unwrap();
        let seal = SealOptions { frame_length, threads: 2, ..SealOptions::new(&self.context) };
        ResumableOptions {
            seal,
            terms: "key a",
            force: false,
            restart: false,
            verify: false,
            keeps_state: false,
        }
    }

    fn begin<'a>(&self, options: ResumableOptions<'a>) -> Result<Run<'a>, EnvelopeError> {
        Run::begin(
            &self.path("doc"),
            &self.path("out"),
            &DefaultManager::new(FixedKey::new([7; 32])),
            options,
        )
    }

    /// A run that ends after so many stretches of three frames.
    fn run(&self, stretches: usize) {
        let mut run = self.begin(self.options()).unwrap();
        for _ in 0..stretches {
            assert!(run.stretch(3 * u64::from(FRAME)).unwrap());
        }
    }

    fn seal(&self, options: ResumableOptions<'_>) -> Result<SealedResumably, EnvelopeError> {
        seal_resumable(
            &self.path("doc"),
            &self.path("out"),
            &DefaultManager::new(FixedKey::new([7; 32])),
            options,
        )
    }

    fn opened(&self) -> Vec<u8> {
        let expected = Context::default();
        let output = Output::to_path(&self.path("back"), true).unwrap();
        let input = Input::from_path(&self.path("out")).unwrap();
        crate::open(input, output, &FixedKey::new([7; 32]), OpenOptions::new(&expected)).unwrap();
        fs::read(self.path("back")).unwrap()
    }
}

fn document() -> Vec<u8> {
    (0..BYTES).map(|at| (at * 7 + at / 251) as u8).collect()
}

/// The stored IVs of the frames of a message.
fn ivs(message: &[u8]) -> Vec<[u8; 12]> {
    let frames = BYTES.div_ceil(FRAME as usize);
    let header = message.len() - BYTES - frames * 32 - 8;
    let iv = |frame: usize| {
        let final_frame = usize::from(frame + 1 == frames) * 4;
        let at = header + frame * (FRAME as usize + 32) + 4 + final_frame;
        message[at..at + 12].try_into().unwrap()
    };
    (0..frames).map(iv).collect()
}

fn refusal(result: Result<SealedResumably, EnvelopeError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn one_run_writes_the_usual_message_and_leaves_nothing() {
    let bench = Bench::new();
    let sealed = bench.seal(bench.options()).unwrap();
    assert_eq!((sealed.plaintext_bytes, sealed.resumed_at), (BYTES as u64, 0));
    assert_eq!(bench.names(), ["doc", "out"]);
    assert!(bench.opened() == document());
    for (index, iv) in ivs(&fs::read(bench.path("out")).unwrap()).iter().enumerate() {
        assert_eq!(iv[..8], [0; 8]);
        assert_eq!(iv[8..], (index as u32 + 1).to_be_bytes());
    }
}

#[test]
fn an_interrupted_seal_goes_on_with_ivs_of_its_own() {
    let bench = Bench::new();
    bench.run(2);
    bench.run(1);
    let sealed = bench.seal(bench.options()).unwrap();
    assert_eq!(sealed.resumed_at, 9 * u64::from(FRAME));
    assert!(bench.opened() == document());
    let ivs = ivs(&fs::read(bench.path("out")).unwrap());
    let prefixes: Vec<&[u8]> = ivs.iter().map(|iv| &iv[..8]).collect();
    assert!(prefixes[..6].iter().all(|prefix| *prefix == [0; 8]));
    assert!(prefixes[6..].iter().all(|prefix| prefix[0] & 0x80 != 0));
    let runs: BTreeSet<_> = prefixes.iter().collect();
    assert_eq!(runs.len(), 3, "each run has a prefix of its own");
    assert_eq!(BTreeSet::from_iter(&ivs).len(), ivs.len());
}

#[test]
fn frames_behind_the_durable_ones_are_not_sealed_again_under_their_ivs() {
    let bench = Bench::new();
    bench.run(1);
    let state = fs::read(bench.path("out.resume")).unwrap();
    bench.run(1);
    // As if the second run had ended before its frames were known to be durable.
    let seen = ivs_of_partial(&bench);
    fs::write(bench.path("out.resume"), state).unwrap();
    bench.seal(bench.options()).unwrap();
    let ivs = ivs(&fs::read(bench.path("out")).unwrap());
    assert!(seen[3..6].iter().all(|iv| !ivs.contains(iv)));
    assert_eq!(seen[..3], ivs[..3]);
    assert!(bench.opened() == document());
}

/// The IVs of the first six frames of the partial message.
fn ivs_of_partial(bench: &Bench) -> Vec<[u8; 12]> {
    let partial = fs::read(bench.path("out.partial")).unwrap();
    let slot = FRAME as usize + 32;
    let header = partial.len() - 6 * slot;
    (0..6).map(|frame| partial[header + frame * slot + 4..][..12].try_into().unwrap()).collect()
}

#[test]
fn a_state_is_on_disk_before_the_first_frame() {
    let bench = Bench::new();
    drop(bench.begin(bench.options()).unwrap());
    assert_eq!(bench.names(), ["doc", "out.partial", "out.resume"]);
    let run = bench.begin(bench.options()).unwrap();
    let state = ResumeState::load(&bench.path("out.resume")).unwrap().unwrap();
    assert_eq!(state.iv_prefixes, run.state.iv_prefixes);
    assert_eq!(state.iv_prefixes.len(), 2);
}

#[test]
fn a_changed_source_is_refused_until_restart() {
    let bench = Bench::new();
    bench.run(2);
    let mut changed = document();
    changed[20_000] ^= 1;
    fs::write(bench.path("doc"), &changed).unwrap();
    // The clock of the file system may not have ticked since the first write.
    let doc = File::options().write(true).open(bench.path("doc")).unwrap();
    doc.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    assert!(refusal(bench.seal(bench.options())).contains("the file was changed since"));
    assert_eq!(bench.names(), ["doc", "out.partial", "out.resume"]);
    let sealed = bench.seal(ResumableOptions { restart: true, ..bench.options() }).unwrap();
    assert_eq!(sealed.resumed_at, 0);
    assert!(bench.opened() == changed);
}

#[test]
fn a_source_that_changes_meanwhile_gives_no_output() {
    let bench = Bench::new();
    let mut run = bench.begin(bench.options()).unwrap();
    while run.stretch(3_000).unwrap() {}
    fs::write(bench.path("doc"), vec![0; BYTES + 1]).unwrap();
    assert!(matches!(run.finish(), Err(EnvelopeError::InputChanged)));
    assert!(!bench.path("out").exists());
}

#[test]
fn damaged_durable_frames_are_found() {
    for (frame, verify, found) in [(25, false, true), (2, false, false), (2, true, true)] {
        let bench = Bench::new();
        bench.run(9);
        let mut partial = fs::read(bench.path("out.partial")).unwrap();
        let frames = BYTES.div_ceil(FRAME as usize);
        let header = partial.len() - BYTES - frames * 32 - 8;
        partial[header + (frame - 1) * (FRAME as usize + 32) + 40] ^= 1;
        fs::write(bench.path("out.partial"), partial).unwrap();
        let result = bench.seal(ResumableOptions { verify, ..bench.options() });
        assert_eq!(result.is_err(), found, "frame {frame}, verify {verify}");
    }
}

#[test]
fn another_message_context_key_or_damaged_state_is_refused() {
    let bench = Bench::new();
    bench.run(1);
    let other = Context::new([("a".to_owned(), "b".to_owned())].into()).unwrap();
    let seal = SealOptions { context: &other, ..bench.options().seal };
    let refused = refusal(bench.seal(ResumableOptions { seal, ..bench.options() }));
    assert!(refused.contains("another encryption context"), "{refused}");
    let refused = refusal(bench.seal(ResumableOptions { terms: "key b", ..bench.options() }));
    assert!(refused.contains("other keys"), "{refused}");
    let state = fs::read_to_string(bench.path("out.resume")).unwrap();
    let digest = ResumeState::load(&bench.path("out.resume")).unwrap().unwrap().header_digest;
    fs::write(bench.path("out.resume"), state.replace(&digest, &"0".repeat(64))).unwrap();
    assert!(refusal(bench.seal(bench.options())).contains("another message"));
    fs::write(bench.path("out.resume"), "no state").unwrap();
    assert!(refusal(bench.seal(bench.options())).contains("damaged"));
    let restart = ResumableOptions { restart: true, ..bench.options() };
    assert!(bench.seal(restart).is_ok());
}

/// The state alone: its run was ended between its last two steps, and its message was moved away.
#[test]
fn a_state_without_its_message_is_refused_until_restart() {
    for cut in [None, Some(0), Some(10)] {
        let bench = Bench::new();
        bench.run(1);
        let partial = bench.path("out.partial");
        match cut {
            None => fs::remove_file(&partial).unwrap(),
            Some(bytes) => File::options().write(true).open(&partial).unwrap().set_len(bytes).unwrap(),
        }
        for _ in 0..2 {
            let refused = refusal(bench.seal(bench.options()));
            let said = if cut == Some(10) { "a message's header" } else { "missing or empty" };
            assert!(refused.contains(said) && refused.ends_with("--restart begins anew"), "{refused}");
        }
        assert_eq!(partial.exists(), cut == Some(10), "nothing is left of a run that was refused");
        let sealed = bench.seal(ResumableOptions { restart: true, ..bench.options() }).unwrap();
        assert_eq!(sealed.resumed_at, 0);
        assert!(bench.opened() == document());
    }
}

/// The state of a finished message that somebody has replaced since.
#[test]
fn a_run_that_replaces_needs_no_message_to_a_state() {
    for replaced in [true, false] {
        let bench = Bench::new();
        bench.seal(ResumableOptions { keeps_state: true, ..bench.options() }).unwrap();
        let other = b"another message".as_slice();
        if replaced { fs::write(bench.path("out"), other) } else { fs::remove_file(bench.path("out")) }
            .unwrap();
        assert!(bench.seal(bench.options()).is_err(), "the control");
        let sealed = bench.seal(ResumableOptions { force: true, ..bench.options() }).unwrap();
        assert_eq!(sealed.resumed_at, 0);
        assert_eq!(bench.names(), ["doc", "out"]);
        assert!(bench.opened() == document());
    }
}

#[test]
fn two_runs_at_once_are_refused() {
    let bench = Bench::new();
    let first = bench.begin(bench.options()).unwrap();
    assert!(matches!(bench.seal(bench.options()), Err(EnvelopeError::ResumeBusy(_))));
    drop(first);
    assert!(bench.seal(bench.options()).is_ok());
}

#[test]
fn an_output_that_exists_is_refused_before_and_after() {
    let bench = Bench::new();
    let mut run = bench.begin(bench.options()).unwrap();
    while run.stretch(1 << 20).unwrap() {}
    fs::write(bench.path("out"), b"old").unwrap();
    assert!(matches!(run.finish(), Err(EnvelopeError::OutputExists(_))));
    assert!(matches!(bench.seal(bench.options()), Err(EnvelopeError::OutputExists(_))));
    assert_eq!(fs::read(bench.path("out")).unwrap(), b"old");
    bench.seal(ResumableOptions { force: true, ..bench.options() }).unwrap();
    assert!(bench.opened() == document());
    assert_eq!(bench.names(), ["back", "doc", "out"]);
}

#[test]
fn what_is_replaced_gives_its_mode_and_a_symbolic_link_stays() {
    for before in [0o600, 0o666] {
        let bench = Bench::new();
        let mode = |name: &str| fs::metadata(bench.path(name)).unwrap().mode() & 0o7777;
        fs::write(bench.path("real"), b"old").unwrap();
        fs::set_permissions(bench.path("real"), Permissions::from_mode(before)).unwrap();
        symlink("real", bench.path("out")).unwrap();
        let force = ResumableOptions { force: true, ..bench.options() };
        assert!(bench.begin(force).unwrap().stretch(3 * u64::from(FRAME)).unwrap());
        assert_eq!(bench.names(), ["doc", "out", "real", "real.partial", "real.resume"]);
        assert!(bench.seal(force).unwrap().resumed_at > 0);
        assert_eq!(bench.names(), ["doc", "out", "real"]);
        assert!(fs::symlink_metadata(bench.path("out")).unwrap().is_symlink());
        assert_eq!(mode("real"), before);
        assert!(bench.opened() == document());
        fs::remove_file(bench.path("out")).unwrap();
        bench.seal(force).unwrap();
        assert_eq!(mode("out"), mode("doc"), "the control: a new file is as readable as any");
    }
}

/// Root opens a read-only file anyway, so the step that makes it writable is called by itself.
#[test]
fn a_run_that_ended_before_its_last_step_over_a_read_only_file_can_be_gone_on_with() {
    let bench = Bench::new();
    let mode = |name: &str| fs::metadata(bench.path(name)).unwrap().mode() & 0o7777;
    let set = |name: &str, to| fs::set_permissions(bench.path(name), Permissions::from_mode(to)).unwrap();
    fs::write(bench.path("out"), b"old").unwrap();
    set("out", 0o444);
    let force = ResumableOptions { force: true, ..bench.options() };
    let mut run = bench.begin(force).unwrap();
    while run.stretch(1 << 20).unwrap() {}
    // A file cannot be renamed over a folder.
    fs::rename(bench.path("out"), bench.path("old")).unwrap();
    fs::create_dir(bench.path("out")).unwrap();
    assert!(run.finish().is_err());
    assert_eq!(mode("out.partial"), 0o444, "the control: it has the mode of the file that it was to replace");
    fs::remove_dir(bench.path("out")).unwrap();
    fs::rename(bench.path("old"), bench.path("out")).unwrap();
    let names = Names::of(place_of(&bench.path("out"), true).unwrap().unwrap());
    assert!(make_writable(&names).unwrap());
    assert_eq!(mode("out.partial"), 0o600);
    set("out.partial", 0o444);
    assert_eq!(bench.seal(force).unwrap().resumed_at, BYTES as u64);
    assert_eq!((mode("out"), bench.opened() == document()), (0o444, true));
}

#[test]
fn only_a_partial_message_that_no_run_has_is_made_writable() {
    let bench = Bench::new();
    let names = Names::of(place_of(&bench.path("out"), false).unwrap().unwrap());
    let mode = |name: &str| fs::metadata(bench.path(name)).unwrap().mode() & 0o7777;
    let set = |name: &str, to| fs::set_permissions(bench.path(name), Permissions::from_mode(to)).unwrap();
    assert!(!make_writable(&names).unwrap(), "there is none");
    let run = bench.begin(bench.options()).unwrap();
    set("out.partial", 0o444);
    assert!(matches!(make_writable(&names), Err(EnvelopeError::ResumeBusy(_))));
    assert_eq!(mode("out.partial"), 0o444);
    drop(run);
    assert!(make_writable(&names).unwrap(), "the control");
    assert_eq!(mode("out.partial"), 0o600);
    set("doc", 0o444);
    fs::remove_file(bench.path("out.partial")).unwrap();
    symlink("doc", bench.path("out.partial")).unwrap();
    assert!(!make_writable(&names).unwrap(), "a symbolic link");
    fs::remove_file(bench.path("out.partial")).unwrap();
    fs::hard_link(bench.path("doc"), bench.path("out.partial")).unwrap();
    assert!(!make_writable(&names).unwrap(), "another name of another file");
    assert_eq!(mode("doc"), 0o444);
}

#[test]
fn input_under_a_name_that_the_run_writes_is_spared() {
    for name in ["out.partial", "out.resume", "out.resume.new"] {
        let bench = Bench::new();
        fs::rename(bench.path("doc"), bench.path(name)).unwrap();
        for restart in [false, true] {
            let options = ResumableOptions { restart, ..bench.options() };
            let sealed = seal_resumable(
                &bench.path(name),
                &bench.path("out"),
                &DefaultManager::new(FixedKey::new([7; 32])),
                options,
            );
            let refused = refusal(sealed);
            assert!(refused.contains("is the input"), "{name}: {refused}");
            assert_eq!(fs::read(bench.path(name)).unwrap(), document(), "{name}");
            assert_eq!(bench.names(), [name]);
        }
        let other = bench.path("another");
        assert!(
            seal_resumable(
                &bench.path(name),
                &other,
                &DefaultManager::new(FixedKey::new([7; 32])),
                bench.options()
            )
            .is_ok()
        );
    }
}

/// Only root can give a file to somebody else; without root there is nothing to try.
#[test]
fn what_somebody_else_left_is_not_gone_on_with() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    for name in ["out.partial", "out.resume"] {
        let bench = Bench::new();
        bench.run(2);
        std::os::unix::fs::chown(bench.path(name), Some(1), None).unwrap();
        assert!(refusal(bench.seal(bench.options())).contains("somebody else's"), "{name}");
        std::os::unix::fs::chown(bench.path(name), Some(0), None).unwrap();
        assert!(bench.seal(bench.options()).is_ok(), "the positive control: {name}");
    }
}

#[test]
fn another_file_under_the_name_of_the_partial_message_is_not_written_to() {
    let bench = Bench::new();
    fs::write(bench.path("other"), b"other").unwrap();
    for hard in [false, true] {
        let (other, partial) = (bench.path("other"), bench.path("out.partial"));
        if hard {
            fs::hard_link(other, partial).unwrap()
        } else {
            symlink(other, partial).unwrap()
        }
        for restart in [false, true] {
            let refused = refusal(bench.seal(ResumableOptions { restart, ..bench.options() }));
            assert!(refused.contains("out.partial is a link"), "{refused}");
            assert_eq!(fs::read(bench.path("other")).unwrap(), b"other");
        }
        fs::remove_file(bench.path("out.partial")).unwrap();
    }
    symlink("nothing", bench.path("out.partial")).unwrap();
    assert!(refusal(bench.seal(bench.options())).contains("out.partial is a link"));
    fs::remove_file(bench.path("out.partial")).unwrap();
    assert_eq!(bench.names(), ["doc", "other"], "nothing was made behind the link either");
    fs::write(bench.path("out.partial"), b"left").unwrap();
    bench.seal(bench.options()).unwrap();
    assert!(bench.opened() == document(), "the control");
}

#[test]
fn a_device_is_no_place_for_a_resumable_seal() {
    let bench = Bench::new();
    for force in [false, true] {
        let options = ResumableOptions { force, ..bench.options() };
        symlink("/dev/null", bench.path("out")).unwrap();
        assert!(matches!(bench.seal(options), Err(EnvelopeError::NeedsFile(_))));
        assert!(bench.path("out").is_symlink());
        fs::remove_file(bench.path("out")).unwrap();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn room_for_all_of_the_message_is_reserved_by_each_run_where_that_is_quick() {
    let bench = Bench::new();
    for run in ["first", "second"] {
        let begun = bench.begin(bench.options()).unwrap();
        let found = begun.partial.metadata().unwrap();
        assert!(found.len() < BYTES as u64, "{run}: nothing is sealed yet");
        let has_room = found.blocks() * 512 >= begun.geometry.message_bytes();
        assert_eq!(has_room, crate::output::reserves_quickly(&begun.partial), "{run}");
    }
    bench.seal(bench.options()).unwrap();
    assert!(bench.opened() == document());
}

#[test]
fn signed_suites_are_refused() {
    let bench = Bench::new();
    let seal = SealOptions { suite: Suite::COMMITTING_SIGNED, ..bench.options().seal };
    let result = bench.seal(ResumableOptions { seal, ..bench.options() });
    assert!(matches!(result, Err(EnvelopeError::SignedByPosition)));
    assert_eq!(bench.names(), ["doc"]);
}
