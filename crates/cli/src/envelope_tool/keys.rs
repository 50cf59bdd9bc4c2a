//! Who can open a message: KMS keys and raw keys of the command line, as one keyring.

use super::branch_keys::NamedBranchKey;
use super::{BranchKeyArgs, Failure, opening_key, sealing_key};
use clap::builder::NonEmptyStringValueParser;
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use strongroom_envelope::keyring::hierarchical::HIERARCHY_PROVIDER;
use strongroom_envelope::keyring::{
    AnyKeyring, KeyringError, KmsClient, KmsKeyring, MultiKeyring, OpenWith, RawAesKeyring, RsaPadding,
    read_aes_key, read_rsa_key,
};
use strongroom_envelope::materials::{DefaultManager, MaterialsManager, RequiredContext};
use strongroom_envelope::message::EncryptedDataKey;

/// The flags that name keys. Keys named here replace the one of the environment and of the configuration file.
#[derive(clap::Args)]
#[command(next_help_heading = "Keys")]
pub(crate) struct KeyArgs {
    /// A KMS key, any number of times: id, ARN, alias name or alias ARN. Without any key: to seal, STRONGROOM_KEY_ID or key_id
    /// in strongroom.toml; to open, the message's own key if its account is AWS_ACCOUNT_ID
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    key_id: Vec<String>,
    /// An AES key of your own, any number of times; the file has it in hex, as raw bytes or in Base64
    #[arg(long, value_name = "NAMESPACE:NAME:FILE")]
    raw_aes_key: Vec<String>,
    /// An RSA key of your own in PEM form, any number of times; a public key seals only. PADDING: oaep-sha256 (the default),
    /// oaep-sha1, oaep-sha384, oaep-sha512, pkcs1
    #[arg(long, value_name = "NAMESPACE:NAME:PEMFILE[:PADDING]")]
    raw_rsa_key: Vec<String>,
    #[command(flatten)]
    branch_key: BranchKeyArgs,
    /// Take a multi-Region key (mrk-...) for the same in every Region
    #[arg(long)]
    multi_region: bool,
    /// The key of a pair of --encryption-context that is authenticated and not stored: whoever opens the message has to give
    /// it again
    #[arg(long, value_name = "KEY")]
    required_encryption_context: Vec<String>,
}

impl KeyArgs {
    /// The one KMS key, where only one can be used and no other.
    pub(crate) fn only_kms_key(&self) -> Result<Option<&str>, Failure> {
        if self.multi_region || !self.required_encryption_context.is_empty() {
            return Err(Failure::Usage(
                "--multi-region and --required-encryption-context are for files, not for objects in S3"
                    .into(),
            ));
        }
        if self.names_others() || self.key_id.len() > 1 {
            return Err(Failure::Usage(
                "an object in S3 has one key: give --key-id once, or --wrapping-key".into(),
            ));
        }
        Ok(self.key_id.first().map(String::as_str))
    }

    /// Whether keys are named that are not of KMS; then KMS keys are used only if they are named too.
    fn names_others(&self) -> bool {
        !self.raw_aes_key.is_empty() || !self.raw_rsa_key.is_empty() || self.branch_key.key().is_some()
    }

    /// Reads the raw keys; they are wrong before any work is begun.
    fn raw(&self, order: ContextOrder) -> Result<Vec<AnyKeyring>, Failure> {
        raw_keyrings(&RawKeyFlags::OWN, &self.raw_aes_key, &self.raw_rsa_key, order)
    }
}

/// In which order raw AES keys expect the pairs of an encryption context.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContextOrder {
    /// The format's.
    Canonical,
    /// In any, as some writers took their locale's.
    Any,
}

/// The flags that name raw keys, for what is said about their values.
pub(crate) struct RawKeyFlags {
    aes: &'static str,
    rsa: &'static str,
}

impl RawKeyFlags {
    /// Of keys that open and seal.
    pub(crate) const OWN: Self = Self { aes: "--raw-aes-key", rsa: "--raw-rsa-key" };
    /// Of keys that open what gets other keys.
    pub(crate) const OLD: Self = Self { aes: "--old-raw-aes-key", rsa: "--old-raw-rsa-key" };
}

/// The raw keys that these flags name.
pub(crate) fn raw_keyrings(
    flags: &RawKeyFlags,
    aes: &[String],
    rsa: &[String],
    order: ContextOrder,
) -> Result<Vec<AnyKeyring>, Failure> {
    let aes = aes.iter().map(|text| raw_aes(flags.aes, text, order));
    aes.chain(rsa.iter().map(|text| raw_rsa(flags.rsa, text))).collect()
}

/// What stands between name and IV in an entry of a raw AES key: the tag's length in bits, the IV's in bytes.
pub(super) const AES_LENGTHS: [u8; 8] = [0, 0, 0, 128, 0, 0, 0, 12];

/// A raw key, or a branch key, as messages name it.
pub(crate) struct RawName {
    namespace: String,
    name: String,
    aes: bool,
}

impl RawName {
    /// A branch key: its id is all of the entry's information.
    pub(super) fn of_branch_key(id: &str) -> Self {
        Self { namespace: HIERARCHY_PROVIDER.to_owned(), name: id.to_owned(), aes: false }
    }

    /// Whether an entry is of this key. Names count whole: that of an RSA key is all of the entry's information, that of an
    /// AES key has the tag's length in bits, the IV's in bytes, and the IV behind it.
    pub(crate) fn is_of(&self, entry: &EncryptedDataKey) -> bool {
        let aes = |rest: &[u8]| rest.strip_prefix(&AES_LENGTHS).is_some_and(|iv| iv.len() == 12);
        let behind = entry.info.strip_prefix(self.name.as_bytes());
        let ends = behind.is_some_and(|rest| if self.aes { aes(rest) } else { rest.is_empty() });
        entry.provider == self.namespace && ends
    }
}

impl fmt::Display for RawName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.namespace, self.name)
    }
}

/// The names of raw keys, as the flags of AES and of RSA keys give them.
pub(crate) fn raw_names(aes: &[String], rsa: &[String]) -> Vec<RawName> {
    let name = |text: &String, aes: bool| {
        let mut parts = text.splitn(3, ':').map(str::to_owned);
        Some(RawName { namespace: parts.next()?, name: parts.next()?, aes })
    };
    let aes = aes.iter().filter_map(|text| name(text, true));
    aes.chain(rsa.iter().filter_map(|text| name(text, false))).collect()
}

/// A manager for every file of a call, on any thread.
pub(crate) type AnyManager = Box<dyn MaterialsManager + Send + Sync>;

/// Which keys are used, before anybody is asked.
pub(crate) struct Keys {
    raw: Vec<AnyKeyring>,
    /// Keys to seal with and what may open, where KMS is asked at all.
    kms: Option<(Vec<String>, OpenWith)>,
    branch_key: Option<NamedBranchKey>,
    multi_region: bool,
    required: BTreeSet<String>,
    named: String,
}

impl Keys {
    /// All keys as they were named, and the pairs that are required: other names may be other keys, and whether a pair is
    /// stored is decided when a message begins.
    pub(crate) fn named(&self) -> &str {
        &self.named
    }

    /// To seal: KMS keys come first, the first key of all makes the data key.
    pub(crate) fn for_sealing(args: &KeyArgs) -> Result<Self, Failure> {
        let raw = args.raw(ContextOrder::Canonical)?;
        let kms = match args.key_id.as_slice() {
            [] if args.names_others() => None,
            [] => Some(vec![sealing_key(None)?]),
            named => Some(named.to_vec()),
        };
        let kms = kms.map(|keys| (keys.clone(), OpenWith::Keys(keys)));
        Ok(Self::new(args, raw, kms))
    }

    /// To open: raw keys come first, they cost no call.
    pub(crate) fn for_opening(args: &KeyArgs, order: ContextOrder) -> Result<Self, Failure> {
        let raw = args.raw(order)?;
        let kms = match args.key_id.as_slice() {
            [] if args.names_others() => None,
            [] => Some(opening_key(None)?),
            named => Some(OpenWith::Keys(named.to_vec())),
        };
        Ok(Self::new(args, raw, kms.map(|open_with| (Vec::new(), open_with))))
    }

    fn new(args: &KeyArgs, raw: Vec<AnyKeyring>, kms: Option<(Vec<String>, OpenWith)>) -> Self {
        let required: BTreeSet<String> = args.required_encryption_context.iter().cloned().collect();
        let kms_keys = kms.as_ref().map(|(keys, _)| keys);
        let branch_key = args.branch_key.key();
        let mut named = format!("{kms_keys:?} {:?} {:?}", args.raw_aes_key, args.raw_rsa_key);
        if let Some(branch_key) = &branch_key {
            named.push_str(&format!(" {branch_key:?}"));
        }
        if !required.is_empty() {
            named.push_str(&format!(" required {required:?}"));
        }
        Self { raw, kms, branch_key, multi_region: args.multi_region, required, named }
    }

    /// All of them as one. Makes the client of KMS, if there is a KMS key.
    pub(crate) fn manager(&self) -> Result<AnyManager, KeyringError> {
        let asks_kms = self.kms.is_some() || self.branch_key.is_some();
        let client = asks_kms.then(KmsClient::from_environment).transpose()?.map(Arc::new);
        let mut keyrings = self.raw.clone();
        if let (Some(key), Some(client)) = (&self.branch_key, &client) {
            keyrings.push(key.keyring(Arc::clone(client))?);
        }
        if let (Some((seal_with, open_with)), Some(client)) = (&self.kms, client) {
            let kms = KmsKeyring::new(client, seal_with.clone(), open_with.clone());
            let kms: AnyKeyring = Arc::new(if self.multi_region { kms.multi_region_aware()? } else { kms });
            let at = if seal_with.is_empty() { keyrings.len() } else { 0 };
            keyrings.insert(at, kms);
        }
        let manager = DefaultManager::new(MultiKeyring::new(keyrings));
        Ok(Box::new(RequiredContext::new(manager, self.required.clone())))
    }
}

/// `NAMESPACE:NAME:REST`.
fn three<'a>(flag: &str, form: &str, text: &'a str) -> Result<(&'a str, &'a str, &'a str), Failure> {
    let mut parts = text.splitn(3, ':');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(namespace), Some(name), Some(rest)) if !namespace.is_empty() && !rest.is_empty() => {
            Ok((namespace, name, rest))
        }
        _ => Err(Failure::Usage(format!("{flag} {text:?}: the form is {form}"))),
    }
}

fn usage(flag: &str) -> impl Fn(KeyringError) -> Failure {
    move |error| Failure::Usage(format!("{flag}: {error}"))
}

fn raw_aes(flag: &str, text: &str, order: ContextOrder) -> Result<AnyKeyring, Failure> {
    let (namespace, name, file) = three(flag, "NAMESPACE:NAME:FILE", text)?;
    let key = read_aes_key(Path::new(file)).map_err(usage(flag))?;
    let keyring = RawAesKeyring::new(namespace, name, &key).map_err(usage(flag))?;
    Ok(Arc::new(if order == ContextOrder::Any { keyring.accepting_any_order() } else { keyring }))
}

fn raw_rsa(flag: &str, text: &str) -> Result<AnyKeyring, Failure> {
    let (namespace, name, rest) = three(flag, "NAMESPACE:NAME:PEMFILE[:PADDING]", text)?;
    let (file, padding) = match rest.rsplit_once(':') {
        Some((file, word)) if !Path::new(rest).exists() => match RsaPadding::from_name(word) {
            Some(padding) => (file, padding),
            None => {
                let names = RsaPadding::ALL.map(RsaPadding::name).join(", ");
                return Err(Failure::Usage(format!("{flag} {text:?}: {word:?} is no padding ({names})")));
            }
        },
        _ => (rest, RsaPadding::default()),
    };
    Ok(Arc::new(read_rsa_key(namespace, name, Path::new(file), padding).map_err(usage(flag))?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    #[derive(clap::Parser)]
    struct CommandLine {
        #[command(flatten)]
        keys: KeyArgs,
    }

    /// By them a resumable seal knows whether it goes on with the message that is asked for.
    #[test]
    fn required_pairs_are_among_the_names_in_any_order() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("k");
        std::fs::write(&file, "00".repeat(32)).unwrap();
        let key = format!("ns:name:{}", file.display());
        let named = |required: &[&str]| {
            let mut words = vec!["seal", "--raw-aes-key", key.as_str()];
            for pair in required {
                words.extend(["--required-encryption-context", *pair]);
            }
            let line = CommandLine::try_parse_from(words).unwrap();
            Keys::for_sealing(&line.keys).ok().unwrap().named().to_owned()
        };
        assert_eq!(named(&[]), named(&[]), "the control");
        assert_eq!(named(&["tenant", "row"]), named(&["row", "tenant"]));
        assert_ne!(named(&[]), named(&["tenant"]));
        assert_ne!(named(&["row"]), named(&["tenant"]));
    }

    fn refused(result: Result<AnyKeyring, Failure>) -> String {
        match result {
            Err(Failure::Usage(text)) => text,
            _ => panic!("it was taken, or refused as something else"),
        }
    }

    #[test]
    fn raw_keys_name_the_flag_and_the_fault() {
        let folder = tempfile::tempdir().unwrap();
        let (good, bad) = (folder.path().join("k"), folder.path().join("bad"));
        std::fs::write(&good, "00".repeat(32)).unwrap();
        std::fs::write(&bad, "short").unwrap();
        let raw_aes = |text: &str| raw_aes(RawKeyFlags::OWN.aes, text, ContextOrder::Canonical);
        assert!(raw_aes(&format!("ns:name:{}", good.display())).is_ok());
        for (text, fault) in [
            ("ns:name".to_owned(), "the form is NAMESPACE:NAME:FILE"),
            (":name:x".to_owned(), "the form is"),
            ("ns:name:/nonexistent".to_owned(), "/nonexistent"),
            (format!("ns:name:{}", bad.display()), "no AES key of 16, 24 or 32 bytes"),
            (format!("aws-kms:name:{}", good.display()), "cannot be the namespace"),
        ] {
            let said = refused(raw_aes(&text));
            assert!(said.starts_with("--raw-aes-key") && said.contains(fault), "{said}");
        }
        for (text, fault) in [
            (format!("ns:name:{}:oaep-md5", good.display()), "\"oaep-md5\" is no padding"),
            (format!("ns:name:{}:pkcs1", good.display()), "no RSA key in PEM form"),
        ] {
            let said = refused(raw_rsa(RawKeyFlags::OLD.rsa, &text));
            assert!(said.starts_with("--old-raw-rsa-key") && said.contains(fault), "{said}");
        }
    }
}
