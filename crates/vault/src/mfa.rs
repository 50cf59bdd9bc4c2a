//! Virtual MFA devices: seeds, and the codes that are made of them. TOTP (RFC 6238) with HMAC-SHA-1, steps of 30 seconds and
//! six digits, as AWS has it and authenticators know it.
//!
//! The vault keeps no device: how one stands comes with the command and goes back with the answer. What it keeps, in memory,
//! is how many wrong codes came for a seed lately.

use crate::binding;
use crate::execute::Worker;
use crate::hierarchy::Hierarchy;
use crate::vault::{Fault, meaning};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::{Mutex, MutexGuard, PoisonError};
use strongroom_crypto::{Random, record_commitment};
use strongroom_types::SecretBytes;
use strongroom_vault_protocol::{
    MFA_CODE_DIGITS, MfaBinding, MfaCodes, MfaRequest, MfaStanding, NewMfaSeed, Reply, VaultError,
};
use zeroize::Zeroizing;

/// Bytes of a seed: 64 characters of Base32.
const SEED_BYTES: usize = 40;

/// Seconds of a step.
const STEP_S: u64 = 30;

/// Steps before and after now in which one code is looked for.
const WINDOW: u64 = 1;

/// The same for two codes in a row: ten minutes.
const WIDE_WINDOW: u64 = 20;

/// Wrong codes of a seed within [`PATIENCE_STEPS`], after which none is right any more until they are over.
const WRONG_MAX: u32 = 5;

/// Five minutes.
const PATIENCE_STEPS: u64 = 10;

/// Seeds whose wrong codes are counted at once. While there are so many, no code of another one is taken: to forget one for
/// another would let whoever has many devices guess at the codes of somebody else's without end.
const COUNTED_MAX: usize = 65_536;

type Code = [u8; MFA_CODE_DIGITS];

/// Wrong codes of a seed since a step.
#[derive(Clone, Copy)]
struct Wrong {
    since: u64,
    count: u32,
}

impl Wrong {
    fn is_over(self, step: u64) -> bool {
        step.abs_diff(self.since) >= PATIENCE_STEPS
    }
}

/// Wrong codes that came lately, by the commitments of the seeds' records.
#[derive(Default)]
pub(crate) struct WrongCodes(Mutex<HashMap<[u8; 32], Wrong>>);

impl WrongCodes {
    fn counted(&self) -> MutexGuard<'_, HashMap<[u8; 32], Wrong>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why no code is looked at: too many came, or the next one could not be counted.
    fn refusal(&self, seed: &[u8; 32], step: u64) -> Option<VaultError> {
        let mut counted = self.counted();
        if let Some(wrong) = counted.get(seed) {
            let locked = !wrong.is_over(step) && wrong.count >= WRONG_MAX;
            return locked.then_some(VaultError::CodesLocked);
        }
        if counted.len() >= COUNTED_MAX {
            counted.retain(|_, wrong| !wrong.is_over(step));
        }
        (counted.len() >= COUNTED_MAX).then_some(VaultError::CodesCrowded)
    }

    /// Counts one of a seed that has not had too many. Of those that come at once one is the last.
    fn note(&self, seed: [u8; 32], step: u64) -> VaultError {
        let mut counted = self.counted();
        let wrong = counted.entry(seed).or_insert(Wrong { since: step, count: 0 });
        if wrong.is_over(step) {
            *wrong = Wrong { since: step, count: 0 };
        }
        wrong.count = wrong.count.saturating_add(1);
        if wrong.count == WRONG_MAX { VaultError::CodeLocks } else { VaultError::CodeRejected }
    }

    fn forget(&self, seed: &[u8; 32]) {
        self.counted().remove(seed);
    }
}

impl Worker {
    /// The commands `CreateMfaSeed`, `CheckMfaCodes` and `ReWrapMfaSeed`.
    pub(crate) fn mfa(&mut self, request: MfaRequest<'_>) -> Result<Reply, Fault> {
        let hierarchy = self.vault.hierarchy()?;
        match request {
            MfaRequest::CreateSeed(device) => self.create_mfa_seed(&hierarchy, &device).map(Reply::MfaSeed),
            MfaRequest::CheckCodes { binding, record, codes, standing } => {
                let seed = mfa_seed(&hierarchy, &binding, record)?;
                self.check_mfa_codes(&seed, record, codes, standing).map(Reply::MfaStanding)
            }
            MfaRequest::ReWrapSeed { binding, record } => {
                let bound = binding::mfa_seed(hierarchy.cluster, &binding);
                let bound = bound.map_err(meaning(VaultError::RecordRejected))?;
                self.rewrap(&hierarchy, &bound, record).map(Reply::Blob)
            }
        }
    }

    fn create_mfa_seed(&mut self, hierarchy: &Hierarchy, device: &MfaBinding) -> Result<NewMfaSeed, Fault> {
        let failed = meaning(VaultError::Internal);
        let bound = binding::mfa_seed(hierarchy.cluster, device).map_err(meaning(VaultError::BadRequest))?;
        let mut seed = Zeroizing::new([0; SEED_BYTES]);
        self.random.fill(&mut *seed).map_err(&failed)?;
        let record = hierarchy.wrap(&mut self.random, &bound, &*seed).map_err(&failed)?;
        Ok(NewMfaSeed { seed: base32(&*seed), record })
    }

    fn check_mfa_codes(
        &self,
        seed: &SecretBytes,
        record: &[u8],
        codes: MfaCodes,
        standing: MfaStanding,
    ) -> Result<MfaStanding, Fault> {
        let step = self.vault.clock().now().seconds() / STEP_S;
        let name = record_commitment(record).map_err(meaning(VaultError::RecordRejected))?;
        let wrong = self.vault.wrong_codes();
        if let Some(refusal) = wrong.refusal(&name, step) {
            return Err(refusal.into());
        }
        match stands_after(seed.expose(), codes, standing, step) {
            Some(after) => {
                wrong.forget(&name);
                Ok(after)
            }
            None => Err(wrong.note(name, step).into()),
        }
    }
}

/// The seed in a record.
fn mfa_seed(hierarchy: &Hierarchy, device: &MfaBinding, record: &[u8]) -> Result<SecretBytes, Fault> {
    let bound = binding::mfa_seed(hierarchy.cluster, device);
    let seed = bound.and_then(|bound| hierarchy.unwrap(&bound, record));
    seed.map_err(meaning(VaultError::RecordRejected))
}

/// How a device stands after these codes; `None` unless they are right and later than the last one that was taken.
fn stands_after(seed: &[u8], codes: MfaCodes, standing: MfaStanding, now: u64) -> Option<MfaStanding> {
    match codes {
        MfaCodes::One(code) => {
            let mut steps = around(now.saturating_add_signed(i64::from(standing.drift)), WINDOW);
            let step = steps.find(|step| *step > standing.last_step && is_code(seed, *step, &code))?;
            Some(MfaStanding { last_step: step, ..standing })
        }
        MfaCodes::Two(first, second) => {
            let mut steps = around(now, WIDE_WINDOW);
            let in_a_row = |step: &u64| {
                let before = step.saturating_sub(1);
                before > standing.last_step && is_code(seed, before, &first) && is_code(seed, *step, &second)
            };
            let step = steps.find(in_a_row)?;
            Some(MfaStanding { last_step: step, drift: drift(step, now) })
        }
    }
}

fn around(step: u64, window: u64) -> RangeInclusive<u64> {
    step.saturating_sub(window)..=step.saturating_add(window)
}

/// By how many steps a device's clock is ahead. What the window allows anyway may just be the time that typing takes.
fn drift(step: u64, now: u64) -> i32 {
    if step.abs_diff(now) <= WINDOW {
        return 0;
    }
    let ahead = i64::try_from(step).ok().zip(i64::try_from(now).ok());
    ahead.and_then(|(step, now)| i32::try_from(step.saturating_sub(now)).ok()).unwrap_or_default()
}

fn is_code(seed: &[u8], step: u64, code: &Code) -> bool {
    verify_slices_are_equal(&code_of(seed, step), code).is_ok()
}

/// The code of a step: `HOTP(seed, step)` (RFC 4226, section 5.3) in six digits.
fn code_of(seed: &[u8], step: u64) -> Code {
    let tag = sign(&Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, seed), &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last().copied().unwrap_or_default() & 15);
    let mut word = [0; 4];
    word.iter_mut().zip(tag.iter().skip(offset)).for_each(|(to, from)| *to = *from);
    let mut number = u32::from_be_bytes(word) & 0x7fff_ffff;
    let mut code = [b'0'; MFA_CODE_DIGITS];
    for digit in code.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
    code
}

/// Base32 (RFC 4648, section 6) of whole groups of five bytes.
fn base32(bytes: &[u8]) -> SecretBytes {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = Vec::with_capacity(bytes.len() / 5 * 8);
    for group in bytes.chunks_exact(5) {
        let number = group.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        let characters = (0..8).rev().map(|at| ALPHABET[((number >> (5 * at)) & 31) as usize]);
        text.extend(characters);
    }
    SecretBytes::new(text)
}

#[cfg(test)]
#[path = "mfa_tests.rs"]
mod tests;
