//! Who can open a message after `rewrap`: the keys that are there, without those taken away, with those added.

use super::Failure;
use super::keys::{AES_LENGTHS, RawName};
use strongroom_envelope::keyring::hierarchical::HIERARCHY_PROVIDER;
use strongroom_envelope::keyring::{KMS_PROVIDER, KmsKeyArn};
use strongroom_envelope::message::EncryptedDataKey;

/// What the command line says about recipients.
pub(crate) struct Change<'a> {
    /// All keys of the new message; empty: those that it has.
    pub(crate) all: &'a [String],
    /// Further keys.
    pub(crate) added: &'a [String],
    /// Keys that shall not open it any more: those of KMS by ARN or id, others as `NAMESPACE:NAME`.
    pub(crate) removed: &'a [String],
    /// The raw keys and the branch key that are given; they are recipients of the new message.
    pub(crate) raw: Vec<RawName>,
    /// Those that are given to open the old message only; they shall not open it any more.
    pub(crate) opening: Vec<RawName>,
}

impl Change<'_> {
    /// Whether everything stays.
    pub(crate) fn is_none(&self) -> bool {
        let same_kms_keys = self.all.is_empty() && self.added.is_empty() && self.removed.is_empty();
        same_kms_keys && self.raw.is_empty() && self.opening.is_empty()
    }

    /// The KMS keys to wrap a new data key with. Entries of raw keys that are not given cannot be kept: nobody here has
    /// those keys.
    pub(crate) fn keys(&self, entries: &[EncryptedDataKey]) -> Result<Vec<String>, Failure> {
        let kept = self.kept(entries)?;
        all_of_kms(kept.iter())?;
        let mut keys: Vec<_> = kept.iter().filter_map(arn).map(|arn| arn.as_str().to_owned()).collect();
        for key in self.wrapped_anew() {
            if !keys.contains(key) {
                keys.push(key.clone());
            }
        }
        if keys.is_empty() && self.raw.is_empty() { Err(nobody()) } else { Ok(keys) }
    }

    /// The entries that stay as they are. Where all KMS keys are named, something has to be said of the others too: they
    /// would be gone without a word.
    pub(crate) fn kept(&self, entries: &[EncryptedDataKey]) -> Result<Vec<EncryptedDataKey>, Failure> {
        for key in self.removed {
            if !entries.iter().any(|entry| is(entry, key)) {
                return Err(Failure::Usage(format!(
                    "--remove-key-id {key}: the message has no such key; `strongroom inspect` shows its keys: those of KMS \
                     are named by ARN, others as NAMESPACE:NAME"
                )));
            }
        }
        for key in &self.opening {
            if !entries.iter().any(|entry| key.is_of(entry)) {
                return Err(Failure::Usage(format!(
                    "{key}: the message has no such key to take away; `strongroom inspect` shows its keys"
                )));
            }
        }
        let stays = |entry: &&EncryptedDataKey| {
            !self.removed.iter().any(|key| is(entry, key)) && !self.is_given(entry)
        };
        if !self.all.is_empty() {
            return all_of_kms(entries.iter().filter(stays)).map(|()| Vec::new());
        }
        let kept: Vec<_> = entries.iter().filter(stays).cloned().collect();
        let nobody_left = kept.is_empty() && self.added.is_empty() && self.raw.is_empty();
        if nobody_left { Err(nobody()) } else { Ok(kept) }
    }

    /// Whether an entry is of a key that is given here, which then wraps anew or is gone.
    fn is_given(&self, entry: &EncryptedDataKey) -> bool {
        self.raw.iter().chain(&self.opening).any(|key| key.is_of(entry))
    }

    /// The KMS keys that have to wrap the data key now.
    pub(crate) fn wrapped_anew(&self) -> impl Iterator<Item = &String> {
        self.all.iter().chain(self.added)
    }
}

/// Whether a key of the old message is none of the new one's.
pub(crate) fn lost_recipient(old: &[EncryptedDataKey], new: &[EncryptedDataKey]) -> bool {
    let same =
        |old: &EncryptedDataKey, new: &EncryptedDataKey| old.provider == new.provider && key(old) == key(new);
    old.iter().any(|old| !new.iter().any(|new| same(old, new)))
}

/// What names the key of an entry: all of its information, but for the IV that a raw AES key has at its end.
fn key(entry: &EncryptedDataKey) -> &[u8] {
    match entry.info.split_last_chunk::<12>() {
        Some((key, _)) if key.ends_with(&AES_LENGTHS) => key,
        _ => &entry.info,
    }
}

fn nobody() -> Failure {
    Failure::Usage("nobody could open the message then: name a key by --key-id or --add-key-id".into())
}

/// Refuses recipients that are not of KMS: nobody here has their keys, and a new message would not be for them.
fn all_of_kms<'a>(entries: impl Iterator<Item = &'a EncryptedDataKey>) -> Result<(), Failure> {
    let told = |entry: &EncryptedDataKey| {
        let called = called(entry);
        format!("{called:?} ({} keeps it, --remove-key-id {called:?} takes it away)", flag_of(entry))
    };
    let others: Vec<_> = entries.filter(|entry| arn(entry).is_none()).map(told).collect();
    if others.is_empty() {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "the message can be opened by keys that are not of KMS and are not given: {}; --header-only without --key-id keeps \
         them as they are",
        others.join(", ")
    )))
}

/// What the flags call a key that is not of KMS.
fn called(entry: &EncryptedDataKey) -> String {
    let key = key(entry);
    let name = key.strip_suffix(&AES_LENGTHS).unwrap_or(key);
    format!("{}:{}", entry.provider, String::from_utf8_lossy(name))
}

/// The flag that gives a key that is not of KMS.
fn flag_of(entry: &EncryptedDataKey) -> &'static str {
    if entry.provider == HIERARCHY_PROVIDER {
        "--branch-key-store"
    } else if key(entry).ends_with(&AES_LENGTHS) {
        "--raw-aes-key"
    } else {
        "--raw-rsa-key with its public key"
    }
}

fn arn(entry: &EncryptedDataKey) -> Option<KmsKeyArn> {
    let text = std::str::from_utf8(&entry.info).ok()?;
    KmsKeyArn::parse(text).filter(|_| entry.provider == KMS_PROVIDER)
}

/// Whether an entry is for the KMS key of that ARN or id, or for another key of that `NAMESPACE:NAME`.
fn is(entry: &EncryptedDataKey, key: &str) -> bool {
    arn(entry).map_or_else(|| called(entry) == key, |arn| arn.as_str() == key || arn.id() == key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope_tool::keys::raw_names;

    const A: &str = "arn:aws:kms:eu-west-1:111122223333:key/aaaa";
    const B: &str = "arn:aws:kms:eu-west-1:111122223333:key/bbbb";

    fn entry(provider: &str, info: &str) -> EncryptedDataKey {
        EncryptedDataKey { provider: provider.into(), info: info.into(), blob: vec![1] }
    }

    /// The keys after a change of a message for A and B.
    fn keys(all: &[&str], added: &[&str], removed: &[&str]) -> Option<Vec<String>> {
        let owned = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        let (all, added, removed) = (owned(all), owned(added), owned(removed));
        let change =
            Change { all: &all, added: &added, removed: &removed, raw: Vec::new(), opening: Vec::new() };
        change.keys(&[entry("aws-kms", A), entry("aws-kms", B)]).ok()
    }

    #[test]
    fn keys_stay_come_and_go() {
        let none: &[&str] = &[];
        for (all, added, removed, expected) in [
            (none, none, none, &[A, B][..]),
            (none, &["alias/c"][..], none, &[A, B, "alias/c"]),
            (none, &[A], none, &[A, B]),
            (none, none, &["aaaa"][..], &[B]),
            (none, &["alias/c"], &[A, B], &["alias/c"]),
            (&["alias/c"][..], none, none, &["alias/c"]),
            (&["alias/c"], &["alias/d"], none, &["alias/c", "alias/d"]),
        ] {
            let expected: Vec<String> = expected.iter().map(|key| (*key).to_owned()).collect();
            assert_eq!(keys(all, added, removed), Some(expected));
        }
    }

    #[test]
    fn nobody_and_unknown_keys_are_refused() {
        assert_eq!(keys(&[], &[], &[A, B]), None);
        assert_eq!(keys(&[], &[], &["cccc"]), None);
        assert_eq!(keys(&[], &[], &["alias/a"]), None, "an alias does not stand in a message");
    }

    #[test]
    fn raw_keys_stay_in_the_header_and_stop_a_new_message() {
        let entries = [entry("aws-kms", A), entry("vault", "break-glass")];
        let (none, added) = ([], [B.to_owned()]);
        let change =
            Change { all: &none, added: &added, removed: &none, raw: Vec::new(), opening: Vec::new() };
        assert!(change.keys(&entries).is_err());
        assert_eq!(change.kept(&entries).ok().unwrap(), entries);
        let raw = raw_names(&[], &["vault:break-glass:file".to_owned()]);
        let change = Change { all: &none, added: &none, removed: &none, raw, opening: Vec::new() };
        assert_eq!(change.keys(&entries).ok().unwrap(), [A], "the raw key wraps by itself");
        assert_eq!(change.kept(&entries).ok().unwrap(), entries[..1]);
    }

    /// Breaking the glass has to go on: whoever names all KMS keys says what becomes of the others.
    #[test]
    fn other_keys_are_not_lost_where_all_kms_keys_are_named() {
        let aes = [b"own".as_slice(), &AES_LENGTHS, b"twelve bytes"].concat();
        let aes = EncryptedDataKey { info: aes, ..entry("ns", "") };
        let branch = entry(HIERARCHY_PROVIDER, "branch");
        let entries = [entry("aws-kms", A), entry("glass", "2026"), aes, branch];
        let (all, none) = ([B.to_owned()], []);
        let change = |removed, raw| Change { all: &all, added: &none, removed, raw, opening: Vec::new() };
        let (raw, others) =
            (|| raw_names(&[], &["glass:2026:file".to_owned()]), ["ns:own", "aws-kms-hierarchy:branch"]);
        let others = others.map(str::to_owned);
        for (removed, raw, missing) in [
            (&none[..], Vec::new(), 3),
            (&none[..], raw(), 2),
            (&others[..], Vec::new(), 1),
            (&others[..1], raw(), 1),
        ] {
            let change = change(removed, raw);
            let refused = change.keys(&entries).err().map(|failure| failure.text()).unwrap();
            assert_eq!(refused.matches("takes it away").count(), missing, "{refused}");
            assert_eq!(change.kept(&entries).err().map(|failure| failure.text()), Some(refused));
        }
        let refused = change(&none, Vec::new()).keys(&entries).err().map(|failure| failure.text()).unwrap();
        for said in [
            "\"glass:2026\" (--raw-rsa-key with its public key keeps it, --remove-key-id \"glass:2026\" takes",
            "\"ns:own\" (--raw-aes-key keeps it",
            "\"aws-kms-hierarchy:branch\" (--branch-key-store keeps it",
        ] {
            assert!(refused.contains(said), "{refused}");
        }
        assert_eq!(change(&others, raw()).keys(&entries).ok().unwrap(), [B], "something is said of all");
        assert_eq!(change(&none, Vec::new()).keys(&entries[..1]).ok().unwrap(), [B], "the control");
        let removed = ["glass:2026".to_owned()];
        let change =
            Change { all: &none, added: &none, removed: &removed, raw: Vec::new(), opening: Vec::new() };
        assert_eq!(change.kept(&entries[..2]).ok().unwrap(), entries[..1], "taken away without its key");
    }

    #[test]
    fn a_key_that_only_opens_is_taken_away_and_has_to_be_there() {
        let entries = [entry("aws-kms", A), entry("vault", "glass"), entry("aws-kms-hierarchy", "branch")];
        let opening = || {
            let mut names = raw_names(&[], &["vault:glass:file".to_owned()]);
            names.push(RawName::of_branch_key("branch"));
            names
        };
        let change = Change { all: &[], added: &[], removed: &[], raw: Vec::new(), opening: opening() };
        assert!(!change.is_none());
        assert_eq!(change.keys(&entries).ok().unwrap(), [A]);
        assert_eq!(change.kept(&entries).ok().unwrap(), entries[..1]);
        for left in [&entries[..1], &entries[..2]] {
            let refused = change.kept(left).err().map(|failure| failure.text()).unwrap();
            assert!(refused.contains("no such key to take away"), "{refused}");
        }
        assert!(change.keys(&entries[1..]).is_err(), "nobody could open the message");
        let raw = raw_names(&[], &["vault:glass:other".to_owned()]);
        let change = Change { all: &[], added: &[], removed: &[], raw, opening: opening() };
        assert_eq!(
            change.keys(&entries).ok().unwrap(),
            [A],
            "other bytes under the same name wrap by themselves"
        );
    }

    #[test]
    fn a_recipient_is_lost_with_its_key_and_not_with_the_iv_of_its_entry() {
        let aes = |name: &str, iv: &[u8; 12]| {
            let info = [name.as_bytes(), &AES_LENGTHS, iv].concat();
            EncryptedDataKey { info, ..entry("vault", "") }
        };
        let old = [entry("aws-kms", A), aes("glass", b"twelve bytes")];
        let renewed = aes("glass", b"another   iv");
        for (new, lost) in [
            (vec![entry("aws-kms", A), renewed.clone()], false),
            (vec![renewed.clone(), entry("aws-kms", B), entry("aws-kms", A)], false),
            (vec![entry("aws-kms", A)], true),
            (vec![entry("aws-kms", B), renewed.clone()], true),
            (vec![entry("aws-kms", A), aes("other", b"twelve bytes")], true),
            (vec![entry("other", A), renewed], true),
        ] {
            assert_eq!(lost_recipient(&old, &new), lost, "{new:?}");
        }
    }

    /// A recipient whose name only begins like a key that is given, or that is of the other kind, is not taken for it: it
    /// would be gone without a word.
    #[test]
    fn a_raw_key_stands_for_its_own_name_only() {
        let behind = [&[0u8, 0, 0, 128, 0, 0, 0, 12][..], b"twelve bytes"].concat();
        let aes = |name: &str| {
            let info = [name.as_bytes(), &behind].concat();
            EncryptedDataKey { info, ..entry("vault", "") }
        };
        let (none, text) = ([], |text: &str| vec![text.to_owned()]);
        for (raw, entry, given) in [
            (raw_names(&text("vault:glass:file"), &none), aes("glass"), true),
            (raw_names(&text("vault:gl:file"), &none), aes("glass"), false),
            (raw_names(&text("vault::file"), &none), aes("glass"), false),
            (raw_names(&none, &text("vault:glass:file")), aes("glass"), false),
            (raw_names(&none, &text("vault:gl:file")), entry("vault", "glass"), false),
            (raw_names(&text("vault:glass:file"), &none), entry("vault", "glass"), false),
            (raw_names(&text("other:glass:file"), &none), aes("glass"), false),
        ] {
            let change = Change { all: &[], added: &[], removed: &[], raw, opening: Vec::new() };
            let entries = [self::entry("aws-kms", A), entry];
            assert_eq!(change.kept(&entries).ok().unwrap().len(), if given { 1 } else { 2 });
            assert_eq!(change.keys(&entries).is_ok(), given);
        }
    }
}
