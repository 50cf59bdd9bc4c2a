//! Frames and footers that are dropped, doubled, moved and mixed with another message's, in every suite: each is refused,
//! and nothing is left behind. Flipped bits and cuts are in `flips` and `suites`.

use super::suites::writing;
use super::{FixedKey, NOTHING, read_all, seal_file};
use crate::EnvelopeError;
use crate::message::{FINAL_OVERHEAD, FRAME_OVERHEAD, Header, HeaderLimits, Suite};

/// The frame length.
const FRAME: usize = 16;
/// Four regular frames and a short final one.
const PLAINTEXT: [u8; 4 * FRAME + 5] = [9; 4 * FRAME + 5];

/// A message, cut where its parts meet.
#[derive(Clone)]
struct Parts {
    header: Vec<u8>,
    frames: Vec<Vec<u8>>,
    /// Empty in a suite that does not sign.
    footer: Vec<u8>,
}

impl Parts {
    fn sealed(suite: Suite, key: &FixedKey) -> Self {
        let message = seal_file(&PLAINTEXT, key, writing(suite, &NOTHING, FRAME as u32));
        let header_bytes = Header::parse(&message, HeaderLimits::default()).unwrap().header_bytes();
        let (header, rest) = message.split_at(header_bytes);
        let (regular, rest) = rest.split_at(4 * (FRAME + FRAME_OVERHEAD));
        let (last, footer) = rest.split_at(5 + FINAL_OVERHEAD);
        let frames = regular.chunks(FRAME + FRAME_OVERHEAD).chain([last]).map(<[u8]>::to_vec).collect();
        Self { header: header.to_vec(), frames, footer: footer.to_vec() }
    }

    fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut changed = self.clone();
        change(&mut changed);
        changed
    }

    fn message(&self) -> Vec<u8> {
        [&self.header[..], &self.frames.concat(), &self.footer].concat()
    }
}

/// What somebody can do with the frames of a message and of another one under the same data key.
fn rearranged(one: &Parts, other: &Parts) -> Vec<(String, Parts)> {
    let mut all = Vec::new();
    for at in 0..one.frames.len() {
        let mut add = |what: &str, parts: Parts| all.push((format!("frame {} {what}", at + 1), parts));
        add("dropped", one.with(|parts| drop(parts.frames.remove(at))));
        add("doubled", one.with(|parts| parts.frames.insert(at, one.frames[at].clone())));
        add("repeated at the end", one.with(|parts| parts.frames.push(one.frames[at].clone())));
        add("of the other message", one.with(|parts| parts.frames[at].clone_from(&other.frames[at])));
        add("and all behind it dropped", one.with(|parts| parts.frames.truncate(at)));
        for with in 0..at {
            add(&format!("swapped with {}", with + 1), one.with(|parts| parts.frames.swap(at, with)));
        }
    }
    all
}

/// What somebody can do with header and footer.
fn mixed(one: &Parts, other: &Parts) -> Vec<(String, Parts)> {
    let mut all = vec![
        ("other header".to_owned(), one.with(|parts| parts.header.clone_from(&other.header))),
        ("other frames".to_owned(), one.with(|parts| parts.frames.clone_from(&other.frames))),
        ("an empty footer behind".to_owned(), one.with(|parts| parts.footer.extend([0, 0]))),
        ("a byte behind".to_owned(), one.with(|parts| parts.footer.push(0))),
        ("a whole message behind".to_owned(), one.with(|parts| parts.footer.extend(other.message()))),
    ];
    if !one.footer.is_empty() {
        all.push(("no footer".to_owned(), one.with(|parts| parts.footer.clear())));
        all.push(("an empty footer".to_owned(), one.with(|parts| parts.footer = vec![0, 0])));
        all.push(("other footer".to_owned(), one.with(|parts| parts.footer.clone_from(&other.footer))));
        all.push(("footer doubled".to_owned(), one.with(|parts| parts.footer.extend(&one.footer))));
    }
    all
}

#[test]
fn rearranged_messages_are_refused_in_every_suite() {
    let key = FixedKey::new([7; 32]);
    for suite in Suite::ALL {
        let (one, other) = (Parts::sealed(suite, &key), Parts::sealed(suite, &key));
        for whole in [&one, &other] {
            assert_eq!(read_all(&whole.message(), &key).unwrap(), PLAINTEXT, "{suite}");
        }
        for (what, parts) in rearranged(&one, &other).into_iter().chain(mixed(&one, &other)) {
            match read_all(&parts.message(), &key) {
                Err(EnvelopeError::Message(_)) => {}
                outcome => panic!("{suite}, {what}: {outcome:?}"),
            }
        }
    }
}
