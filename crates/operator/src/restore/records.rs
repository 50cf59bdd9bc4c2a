//! The few records of the store that a restore reads or writes itself (docs/on-disk-format.md): a version byte, then JSON.

use super::RestoreError;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use strongroom_backup::Sample;
use strongroom_types::KeyArn;
use strongroom_vault_protocol::{BackingKey, KeyBinding, Keyring};

/// Records as they lie in the store.
pub(super) type Records = BTreeMap<Vec<u8>, Vec<u8>>;

const VERSION: u8 = 1;
const KEYRING: &[u8] = b"s/vault/keyring";

/// Where the id of the key material stands in a ciphertext blob: its first half (docs/key-hierarchy.md).
const BACKING_ID: std::ops::Range<usize> = 20..36;

fn read(records: &Records, key: &[u8]) -> Option<Value> {
    let (version, body) = records.get(key)?.split_first()?;
    if *version == VERSION { serde_json::from_slice(body).ok() } else { None }
}

/// Puts a record.
pub(super) fn put(records: &mut Records, key: &[u8], members: &Value) {
    let mut bytes = vec![VERSION];
    bytes.extend_from_slice(members.to_string().as_bytes());
    records.insert(key.to_vec(), bytes);
}

fn under<'a>(records: &'a Records, prefix: &'a str) -> impl Iterator<Item = &'a [u8]> {
    let keys = records.range(prefix.as_bytes().to_vec()..).map(|(key, _)| key.as_slice());
    keys.take_while(move |key| key.starts_with(prefix.as_bytes()))
}

pub(super) fn keyring(records: &Records) -> Result<Keyring, RestoreError> {
    let wrong = || RestoreError::Content("no keyring that can be read".to_owned());
    let record = read(records, KEYRING).ok_or_else(wrong)?;
    let bytes = hex(&record, "keyring").ok_or_else(wrong)?;
    Keyring::from_bytes(&bytes).map_err(|_| wrong())
}

pub(super) fn put_keyring(records: &mut Records, keyring: &Keyring) {
    put(records, KEYRING, &json!({ "keyring": const_hex::encode(keyring.to_bytes()) }));
}

/// The number of the generation that was backed up: 0 for a service that was never restored.
pub(super) fn generation(records: &Records) -> u64 {
    read(records, b"s/restored").and_then(|mark| mark["generation"].as_u64()).unwrap_or_default()
}

/// Custom key stores, each as `ACCOUNT/REGION/ID`. Their passwords are sealed under the old keyring key.
pub(super) fn key_stores(records: &Records) -> Vec<String> {
    const PREFIX: &str = "s/store/";
    let places = under(records, PREFIX).filter_map(|key| std::str::from_utf8(key).ok()?.strip_prefix(PREFIX));
    places.map(str::to_owned).collect()
}

/// The account that was made first: that of the first start.
pub(super) fn first_account(records: &Records) -> Result<String, RestoreError> {
    const PREFIX: &str = "s/acct/";
    let made = |key: &[u8]| read(records, key).and_then(|account| account["created_ms"].as_u64());
    let accounts = under(records, PREFIX).filter_map(|key| Some((made(key)?, key)));
    let first = accounts.min().and_then(|(_, key)| std::str::from_utf8(key).ok());
    let first = first.and_then(|key| key.strip_prefix(PREFIX));
    first.map(str::to_owned).ok_or_else(|| RestoreError::Content("no account".to_owned()))
}

/// `AKIA` and sixteen Base32 characters.
pub(super) fn new_access_key_id() -> Result<String, RestoreError> {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut random = [0; 16];
    aws_lc_rs::rand::fill(&mut random)
        .map_err(|_| RestoreError::Content("the random source failed".to_owned()))?;
    let letters: String = random.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect();
    Ok(format!("AKIA{letters}"))
}

/// Puts a new access key of an account's root principal in place of all that it had.
pub(super) fn replace_root_access_keys(
    records: &mut Records,
    account: &str,
    id: &str,
    wrapped: &[u8],
    now_ms: u64,
) {
    const PREFIX: &str = "s/ak/";
    let is_roots = |key: &[u8]| {
        read(records, key).is_some_and(|found| found["owner"] == "root" && found["account"] == account)
    };
    let old: Vec<Vec<u8>> = under(records, PREFIX).filter(|key| is_roots(key)).map(<[u8]>::to_vec).collect();
    for key in old {
        records.remove(&key);
        let id = key.strip_prefix(PREFIX.as_bytes()).unwrap_or_default();
        records.remove(&[&b"s/use/ak/"[..], id].concat());
    }
    let members = json!({
        "account": account, "owner": "root", "wrapped": const_hex::encode(wrapped), "created_ms": now_ms,
    });
    put(records, format!("{PREFIX}{id}").as_bytes(), &members);
}

fn path(arn: &KeyArn) -> String {
    format!("{}/{}/{}", arn.account, arn.region, arn.key)
}

/// Where a KMS key's record lies.
pub(super) fn key_place(arn: &KeyArn) -> Vec<u8> {
    format!("s/key/{}", path(arn)).into_bytes()
}

/// The backing key that a sample was encrypted under, as a command takes it.
pub(super) fn backing_key(records: &Records, sample: &Sample) -> Option<BackingKey> {
    let key = read(records, &key_place(&sample.key))?;
    let text = |name: &str| key[name].as_str().map(str::to_owned);
    let binding = KeyBinding {
        arn: sample.key.to_string(),
        key_id: sample.key.key.bytes(),
        spec: text("spec")?,
        usage: text("usage")?,
        origin: text("origin")?,
    };
    let named = sample.ciphertext.get(BACKING_ID)?;
    let prefix = format!("s/bk/{}/", path(&sample.key));
    let materials = under(records, &prefix).filter_map(|place| read(records, place));
    let mut found = materials.filter_map(|material| {
        let id: [u8; 32] = hex(&material, "material_id")?.try_into().ok()?;
        id.starts_with(named).then(|| Some((id, hex(&material, "wrapped")?)))?
    });
    let (material_id, wrapped) = found.next()?;
    Some(BackingKey::new(&binding, &material_id, &wrapped))
}

/// Deletes a KMS key and everything of it, as its deletion date does; whether it was there.
pub(super) fn delete_key(records: &mut Records, arn: &str) -> bool {
    let Ok(arn) = KeyArn::parse(arn) else { return false };
    if records.remove(&key_place(&arn)).is_none() {
        return false;
    }
    let (path, id) = (path(&arn), arn.key.to_string());
    for space in ["pol", "used"] {
        records.remove(format!("s/{space}/{path}").as_bytes());
    }
    let aliases = format!("s/alias/{}/{}/", arn.account, arn.region);
    let is_its_alias = |key: &[u8], value: &[u8]| {
        let body: Option<Value> = value.get(1..).and_then(|body| serde_json::from_slice(body).ok());
        key.starts_with(aliases.as_bytes()) && body.is_some_and(|alias| alias["key_id"] == id.as_str())
    };
    let spaces = ["bk", "count", "grant"].map(|space| format!("s/{space}/{path}/"));
    let end = format!("/{path}");
    records.retain(|key, value| {
        let in_space = spaces.iter().any(|space| key.starts_with(space.as_bytes()));
        let is_due = key.starts_with(b"s/due/") && key.ends_with(end.as_bytes());
        !in_space && !is_due && !is_its_alias(key, value)
    });
    true
}

fn hex(record: &Value, name: &str) -> Option<Vec<u8>> {
    const_hex::decode(record[name].as_str()?).ok()
}
