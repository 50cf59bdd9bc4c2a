//! A root key from a passphrase: Argon2id (RFC 9106), version 0x13, one lane, 16 bytes of salt, 32 bytes out.
//!
//! It runs here and not in the supervisor, because what comes out is a root key, and those stay in this process. The costs
//! stand in the root's record; they are checked before memory is taken for them (`reference/vault.md` section 4).

use argon2::{Algorithm, Argon2, Block, Params, Version};
use std::time::{Duration, Instant};
use strongroom_crypto::{CryptoError, KEY_BYTES, Random};
use strongroom_vault_protocol::{PASSPHRASE_BYTES_MIN, RootKey, RootRecord};
use zeroize::Zeroize;

/// Memory that is taken where there is time for it, KiB.
const MEMORY_KIB: u32 = 256 * 1_024;

/// The least and the most that a record may say.
const MEMORY_KIB_MIN: u32 = 64 * 1_024;
const MEMORY_KIB_MAX: u32 = 4 * 1_024 * 1_024;
const PASSES_MIN: u32 = 3;
const PASSES_MAX: u32 = 32;

/// How long it should take.
const TARGET: Duration = Duration::from_secs(1);

const SALT_BYTES: usize = 16;

/// Names of a passphrase's own fields in a root's record.
const FIELD_MEMORY: &str = "argon2id-memory-kib";
const FIELD_PASSES: &str = "argon2id-passes";
const FIELD_SALT: &str = "salt";

type Fields = Vec<(String, String)>;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PassphraseError {
    #[error("a passphrase has at least {PASSPHRASE_BYTES_MIN} bytes")]
    TooShort,
    #[error("the costs in the root's record are out of bounds")]
    Costs,
    #[error("there is not enough memory: {0} MiB are needed")]
    Memory(u32),
    #[error("Argon2id failed")]
    Failed,
    #[error("{0}")]
    Random(#[from] CryptoError),
}

/// What a guess costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Costs {
    memory_kib: u32,
    passes: u32,
}

impl Costs {
    fn checked(memory_kib: u32, passes: u32) -> Result<Self, PassphraseError> {
        let within = (MEMORY_KIB_MIN..=MEMORY_KIB_MAX).contains(&memory_kib)
            && (PASSES_MIN..=PASSES_MAX).contains(&passes);
        within.then_some(Self { memory_kib, passes }).ok_or(PassphraseError::Costs)
    }
}

/// Costs and salt of a root's record.
pub(crate) fn read_fields(record: &RootRecord) -> Result<(Costs, [u8; SALT_BYTES]), PassphraseError> {
    let number = |name| record.field(name).and_then(|text| text.parse().ok()).ok_or(PassphraseError::Costs);
    let costs = Costs::checked(number(FIELD_MEMORY)?, number(FIELD_PASSES)?)?;
    let salt = record.field(FIELD_SALT).and_then(read_hex).ok_or(PassphraseError::Costs)?;
    Ok((costs, salt))
}

/// A key for a new root, and the fields of its record: a fresh salt, and costs that take about a second here.
pub(crate) fn enrol(
    random: &mut dyn Random,
    passphrase: &[u8],
) -> Result<(RootKey, Fields), PassphraseError> {
    if passphrase.len() < PASSPHRASE_BYTES_MIN {
        return Err(PassphraseError::TooShort);
    }
    let mut salt = [0; SALT_BYTES];
    random.fill(&mut salt)?;
    let costs = calibrate()?;
    let key = derive_key(passphrase, &salt, costs)?;
    let fields = [
        (FIELD_MEMORY, costs.memory_kib.to_string()),
        (FIELD_PASSES, costs.passes.to_string()),
        (FIELD_SALT, crate::binding::hex(&salt)),
    ];
    Ok((key, fields.map(|(name, value)| (name.to_owned(), value)).to_vec()))
}

/// The key of a passphrase.
pub(crate) fn derive_key(passphrase: &[u8], salt: &[u8], costs: Costs) -> Result<RootKey, PassphraseError> {
    run(passphrase, salt, costs.memory_kib, costs.passes)
}

fn run(passphrase: &[u8], salt: &[u8], memory_kib: u32, passes: u32) -> Result<RootKey, PassphraseError> {
    let failed = |_| PassphraseError::Failed;
    let params = Params::new(memory_kib, passes, 1, Some(KEY_BYTES)).map_err(failed)?;
    let count = params.block_count();
    let mut blocks = Vec::new();
    blocks.try_reserve_exact(count).map_err(|_| PassphraseError::Memory(memory_kib / 1_024))?;
    blocks.resize(count, Block::new());
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let key = RootKey::filled(|key| {
        argon2.hash_password_into_with_memory(passphrase, salt, &mut key[..], blocks.as_mut_slice())
    });
    blocks.iter_mut().for_each(Zeroize::zeroize);
    key.map_err(failed)
}

/// One pass tells what the machine can do.
fn calibrate() -> Result<Costs, PassphraseError> {
    let start = Instant::now();
    let measured = run(&[0; PASSPHRASE_BYTES_MIN], &[0; SALT_BYTES], MEMORY_KIB, 1);
    match measured {
        Ok(_) => Ok(costs_for(start.elapsed())),
        // Less memory than that is still above what an attacker's hardware likes.
        Err(PassphraseError::Memory(_)) => Costs::checked(MEMORY_KIB_MIN, PASSES_MIN),
        Err(error) => Err(error),
    }
}

/// Passes over the usual memory, if enough of them fit the time; else over the least memory.
fn costs_for(one_pass: Duration) -> Costs {
    let one_pass = one_pass.max(Duration::from_millis(1));
    let passes =
        |one: Duration| u32::try_from(TARGET.as_millis() / one.as_millis().max(1)).unwrap_or(PASSES_MAX);
    if one_pass * PASSES_MIN <= TARGET * 2 {
        return Costs { memory_kib: MEMORY_KIB, passes: passes(one_pass).clamp(PASSES_MIN, PASSES_MAX) };
    }
    let one_pass = one_pass * MEMORY_KIB_MIN / MEMORY_KIB;
    Costs { memory_kib: MEMORY_KIB_MIN, passes: passes(one_pass).clamp(PASSES_MIN, PASSES_MAX) }
}

fn read_hex(text: &str) -> Option<[u8; SALT_BYTES]> {
    let mut bytes = [0; SALT_BYTES];
    if text.len() != 2 * SALT_BYTES {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digit = |at: usize| pair.get(at).and_then(|digit| char::from(*digit).to_digit(16));
        *byte = u8::try_from(digit(0)? * 16 + digit(1)?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_vault_protocol::RootKind;

    const LEAST: Costs = Costs { memory_kib: MEMORY_KIB_MIN, passes: PASSES_MIN };

    fn record(memory: &str, passes: &str, salt: &str) -> RootRecord {
        let fields = [(FIELD_MEMORY, memory), (FIELD_PASSES, passes), (FIELD_SALT, salt)];
        RootRecord {
            kind: RootKind::Passphrase,
            id: [1; 16],
            name: "operators".to_owned(),
            enrolled_ms: 1,
            fields: fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            first_form: false,
            record: Vec::new(),
        }
    }

    #[test]
    fn costs_out_of_bounds_are_refused_before_memory_is_taken() {
        let salt = "000102030405060708090a0b0c0d0e0f";
        let (costs, read) = read_fields(&record("65536", "3", salt)).unwrap();
        assert_eq!((costs, read[15]), (LEAST, 15));
        assert!(read_fields(&record("4194304", "32", salt)).is_ok());
        for (memory, passes) in
            [("65535", "3"), ("65536", "2"), ("4194305", "3"), ("65536", "33"), ("-1", "3"), ("", "3")]
        {
            assert!(read_fields(&record(memory, passes, salt)).is_err(), "{memory} {passes}");
        }
        for salt in ["", "00", "000102030405060708090a0b0c0d0e0g", "000102030405060708090a0b0c0d0e0f00"] {
            assert!(read_fields(&record("65536", "3", salt)).is_err(), "{salt}");
        }
    }

    #[test]
    fn key_depends_on_passphrase_salt_and_costs() {
        let key = |passphrase: &[u8], salt: u8, costs| {
            *derive_key(passphrase, &[salt; 16], costs).unwrap().expose()
        };
        let base = key(b"correct horse", 1, LEAST);
        assert_eq!(base, key(b"correct horse", 1, LEAST));
        assert_ne!(base, key(b"correct horsf", 1, LEAST));
        assert_ne!(base, key(b"correct horse", 2, LEAST));
        assert_ne!(base, key(b"correct horse", 1, Costs { passes: 4, ..LEAST }));
    }

    #[test]
    fn short_passphrase_is_not_enrolled() {
        let mut random = crate::random::start().unwrap();
        assert!(matches!(enrol(&mut random, b"elevenbytes"), Err(PassphraseError::TooShort)));
    }

    #[test]
    fn costs_follow_the_machine_and_keep_their_bounds() {
        let passes = |millis| costs_for(Duration::from_millis(millis)).passes;
        assert_eq!((passes(0), passes(100), passes(300), passes(600)), (PASSES_MAX, 10, 3, 3));
        let slow = costs_for(Duration::from_secs(4));
        assert_eq!((slow.memory_kib, slow.passes), (MEMORY_KIB_MIN, PASSES_MIN));
        assert_eq!(costs_for(Duration::from_millis(600)).memory_kib, MEMORY_KIB);
    }
}
