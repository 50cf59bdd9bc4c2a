//! What a seal that was interrupted needs to go on: the file `OUT.resume` beside `OUT.partial`.
//!
//! A few lines of text, replaced as a whole after each stretch of work: the message's frames are synced first, the
//! state second, so it never claims what is not there. It holds no key.

use super::resumable::is_ours;
use crate::durable::{sync_file, sync_name};
use crate::error::{Doing as _, EnvelopeError};
use crate::file_identity::FileIdentity;
use crate::message::IvPrefix;
use rustix::fs::OFlags;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

const FIRST_LINE: &str = "strongroom resumable seal 2";

/// How far a seal has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ResumeState {
    /// SHA-256 of the message's header, in hex: which message it is.
    pub(super) header_digest: String,
    /// SHA-256 of the encryption context's block, in hex; the pairs that the header does not store count too.
    pub(super) context_digest: String,
    /// SHA-256 of the caller's terms, in hex.
    pub(super) terms_digest: String,
    /// What is sealed.
    pub(super) source: FileIdentity,
    /// So many frames from the first on are durable.
    pub(super) durable_frames: u64,
    /// The prefix of the IVs of each run: zero for the first, then random.
    pub(super) iv_prefixes: Vec<IvPrefix>,
}

impl ResumeState {
    /// Reads a state; `None` if there is none. What does not parse is refused, and what somebody else wrote.
    pub(super) fn load(path: &Path) -> Result<Option<Self>, EnvelopeError> {
        const READING: &str = "read the state of an interrupted seal";
        let broken = |what| EnvelopeError::Resume { path: path.into(), what };
        // Neither follow a link nor wait for a pipe: somebody else may have put it there.
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32;
        let mut file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.doing(READING)?,
        };
        let found = file.metadata().doing(READING)?;
        if !found.is_file() || !is_ours(&found) {
            return Err(broken("it is somebody else's, or no file"));
        }
        let mut text = String::new();
        file.read_to_string(&mut text).doing(READING)?;
        Self::parse(&text).map(Some).ok_or_else(|| broken("it is damaged"))
    }

    /// Replaces the state as a whole, durably.
    pub(super) fn save(&self, path: &Path) -> Result<(), EnvelopeError> {
        let mut name = path.as_os_str().to_owned();
        name.push(".new");
        let new = Path::new(&name);
        let mut file = new_file(new).doing("write the state of the seal")?;
        file.write_all(self.text().as_bytes()).doing("write the state of the seal")?;
        sync_file(&file).doing("sync the state of the seal")?;
        fs::rename(new, path).doing("write the state of the seal")?;
        sync_name(&file, path).doing("sync the output's folder")
    }

    fn text(&self) -> String {
        let FileIdentity { device, inode, bytes, modified, changed } = self.source;
        let mut out =
            format!("{FIRST_LINE}\nheader {}\ncontext {}\n", self.header_digest, self.context_digest);
        let _ = writeln!(out, "terms {}", self.terms_digest);
        let _ = writeln!(
            out,
            "source {device} {inode} {bytes} {} {} {} {}",
            modified.0, modified.1, changed.0, changed.1
        );
        let _ = writeln!(out, "durable-frames {}", self.durable_frames);
        for prefix in &self.iv_prefixes {
            let _ = writeln!(out, "iv-prefix {:016x}", u64::from_be_bytes(*prefix));
        }
        out.push_str("end\n");
        out
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        if lines.next() != Some(FIRST_LINE) {
            return None;
        }
        let header_digest = parse_digest(lines.next()?.strip_prefix("header ")?)?;
        let context_digest = parse_digest(lines.next()?.strip_prefix("context ")?)?;
        let terms_digest = parse_digest(lines.next()?.strip_prefix("terms ")?)?;
        let source = parse_source(lines.next()?.strip_prefix("source ")?)?;
        let durable_frames = lines.next()?.strip_prefix("durable-frames ")?.parse().ok()?;
        let mut iv_prefixes = Vec::new();
        loop {
            let line = lines.next()?;
            if line == "end" {
                break;
            }
            let prefix = u64::from_str_radix(line.strip_prefix("iv-prefix ")?, 16).ok()?;
            iv_prefixes.push(prefix.to_be_bytes());
        }
        let whole = lines.next().is_none() && !iv_prefixes.is_empty();
        whole.then_some(Self {
            header_digest,
            context_digest,
            terms_digest,
            source,
            durable_frames,
            iv_prefixes,
        })
    }
}

/// Reads the text of a state and writes it again; `None` if it is damaged. For the fuzz target.
pub fn reread_resume_state(text: &str) -> Option<String> {
    ResumeState::parse(text).map(|state| state.text())
}

fn parse_digest(text: &str) -> Option<String> {
    let hex = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex.then(|| text.to_owned())
}

fn parse_source(text: &str) -> Option<FileIdentity> {
    let mut words = text.split(' ');
    let (device, inode) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let bytes = words.next()?.parse().ok()?;
    let modified = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let changed = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let identity = FileIdentity { device, inode, bytes, modified, changed };
    words.next().is_none().then_some(identity)
}

/// For its owner only. What has the name goes, and is not written to: it may be a link to another file.
fn new_file(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        other => other?,
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn state() -> ResumeState {
        let source =
            FileIdentity { device: 1, inode: 2, bytes: 3, modified: (-4, 5), changed: (6, 999_999_999) };
        let iv_prefixes = vec![[0; 8], [0x80, 0, 0, 0, 0, 0, 0, 1]];
        ResumeState {
            header_digest: "ab".repeat(32),
            context_digest: "cd".repeat(32),
            terms_digest: "ef".repeat(32),
            source,
            durable_frames: 17,
            iv_prefixes,
        }
    }

    #[test]
    fn state_survives_its_text() {
        assert_eq!(ResumeState::parse(&state().text()), Some(state()));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.resume");
        assert_eq!(ResumeState::load(&path).unwrap(), None);
        state().save(&path).unwrap();
        state().save(&path).unwrap();
        assert_eq!(ResumeState::load(&path).unwrap(), Some(state()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_has_the_name_of_the_next_state_is_not_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let [path, new, other] = ["x.resume", "x.resume.new", "other"].map(|name| folder.path().join(name));
        fs::write(&other, b"other").unwrap();
        fs::write(&new, b"left by a run that was ended").unwrap();
        state().save(&path).unwrap();
        assert!(!new.exists(), "the control");
        for hard in [false, true] {
            if hard {
                fs::hard_link(&other, &new).unwrap()
            } else {
                symlink(&other, &new).unwrap()
            }
            state().save(&path).unwrap();
            assert_eq!(fs::read(&other).unwrap(), b"other");
            assert_eq!(ResumeState::load(&path).unwrap(), Some(state()));
            assert!(!path.is_symlink() && !new.exists());
        }
    }

    #[test]
    fn state_that_is_cut_or_longer_is_damaged() {
        let text = state().text();
        for bytes in 0..text.len() - 1 {
            assert_eq!(ResumeState::parse(&text[..bytes]), None, "{bytes}");
        }
        assert_eq!(ResumeState::parse(&format!("{text}more\n")), None);
        assert_eq!(ResumeState::parse(&text.replace("seal 2", "seal 1")), None);
        assert_eq!(ResumeState::parse(&text.replace("header ab", "header \rb")), None);
    }
}
