//! Codes of virtual MFA devices: the vectors of the RFCs, and what the vault takes.

use super::*;
use crate::in_process::fresh_vault;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use strongroom_types::{Clock, Timestamp};
use strongroom_vault_protocol::{ClusterId, Request};

/// The secret of both RFCs.
const SECRET: &[u8] = b"12345678901234567890";

/// The step that the vault's clock begins with.
const NOW: u64 = 57_000_000;

#[derive(Clone)]
struct MovedClock(Arc<AtomicU64>);

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed) * STEP_S * 1_000 + 12_345)
    }

    fn monotonic(&self) -> std::time::Duration {
        std::time::Duration::ZERO
    }
}

fn device() -> MfaBinding {
    MfaBinding { account: "111122223333".into(), device: "phone".into() }
}

struct Bench {
    worker: Worker,
    step: MovedClock,
    seed: Vec<u8>,
    record: Vec<u8>,
    standing: MfaStanding,
}

impl Bench {
    /// An open vault, and a device.
    fn start() -> Self {
        let step = MovedClock(Arc::new(AtomicU64::new(NOW)));
        let vault = fresh_vault(Box::new(step.clone()), None).unwrap();
        let mut worker = Worker::start(vault).unwrap();
        worker.execute(Request::Initialise(ClusterId([5; 16]))).unwrap();
        let made = worker.execute(Request::Mfa(MfaRequest::CreateSeed(device()))).unwrap();
        let Reply::MfaSeed(NewMfaSeed { seed, record }) = made else { panic!("{made:?}") };
        let seed = from_base32(seed.expose());
        Self { worker, step, seed, record, standing: MfaStanding::default() }
    }

    fn code(&self, step: u64) -> Code {
        code_of(&self.seed, step)
    }

    fn ask(&mut self, binding: MfaBinding, codes: MfaCodes) -> Result<MfaStanding, Fault> {
        let (record, standing) = (self.record.clone(), self.standing);
        let request = MfaRequest::CheckCodes { binding, record: &record, codes, standing };
        match self.worker.execute(Request::Mfa(request))? {
            Reply::MfaStanding(standing) => Ok(standing),
            other => panic!("{other:?}"),
        }
    }

    /// Whether the code of a step is taken; if it is, the device stands after it.
    fn takes(&mut self, step: u64) -> bool {
        let taken = self.ask(device(), MfaCodes::One(self.code(step)));
        self.standing = taken.unwrap_or(self.standing);
        taken.is_ok()
    }

    /// The same for the codes of two steps.
    fn takes_two(&mut self, first: u64, second: u64) -> bool {
        let taken = self.ask(device(), MfaCodes::Two(self.code(first), self.code(second)));
        self.standing = taken.unwrap_or(self.standing);
        taken.is_ok()
    }
}

fn from_base32(text: &[u8]) -> Vec<u8> {
    let value = |c: &u8| u64::from(if c.is_ascii_uppercase() { c - b'A' } else { c - b'2' + 26 });
    let groups = text.chunks_exact(8).map(|group| group.iter().fold(0_u64, |n, c| (n << 5) | value(c)));
    groups.flat_map(|number| number.to_be_bytes()[3..].to_vec()).collect()
}

/// RFC 4226, appendix D.
#[test]
fn hotp_known_answers() {
    let codes = [
        b"755224", b"287082", b"359152", b"969429", b"338314", b"254676", b"287922", b"162583", b"399871",
        b"520489",
    ];
    for (count, code) in (0..).zip(codes) {
        assert_eq!(&code_of(SECRET, count), code, "{count}");
    }
}

/// RFC 6238, appendix B, SHA-1: the last six of its eight digits.
#[test]
fn totp_known_answers() {
    for (seconds, code) in [
        (59, b"287082"),
        (1_111_111_109, b"081804"),
        (1_111_111_111, b"050471"),
        (1_234_567_890, b"005924"),
        (2_000_000_000, b"279037"),
        (20_000_000_000, b"353130"),
    ] {
        assert_eq!(&code_of(SECRET, seconds / STEP_S), code, "{seconds}");
    }
}

/// RFC 4648, section 10, where no padding is needed; and the way back that the tests use.
#[test]
fn seeds_are_base32() {
    assert_eq!(base32(b"fooba").expose(), b"MZXW6YTB");
    assert_eq!(base32(&[0xff; 10]).expose(), b"7777777777777777");
    let bench = Bench::start();
    assert_eq!(bench.seed.len(), SEED_BYTES);
    assert_eq!(base32(&bench.seed).expose().len(), 64);
    assert_ne!(bench.seed, Bench::start().seed);
}

#[test]
fn code_is_taken_once_and_none_before_it() {
    let mut bench = Bench::start();
    assert!(bench.takes(NOW));
    assert_eq!(bench.standing, MfaStanding { last_step: NOW, drift: 0 });
    assert!(!bench.takes(NOW) && !bench.takes(NOW - 1));
    assert!(bench.takes(NOW + 1));
    // The control: to a vault that is not told of it, the code is right again.
    bench.standing = MfaStanding::default();
    assert!(bench.takes(NOW));
}

#[test]
fn window_is_one_step_on_each_side() {
    for (step, taken) in [(NOW - 2, false), (NOW - 1, true), (NOW, true), (NOW + 1, true), (NOW + 2, false)] {
        assert_eq!(Bench::start().takes(step), taken, "{step}");
    }
}

#[test]
fn two_codes_have_to_be_in_a_row_and_tell_how_far_the_clock_is_off() {
    let mut bench = Bench::start();
    assert!(!bench.takes_two(NOW, NOW) && !bench.takes_two(NOW - 2, NOW) && !bench.takes_two(NOW, NOW - 1));
    assert!(bench.takes_two(NOW - 2, NOW - 1));
    assert_eq!(bench.standing, MfaStanding { last_step: NOW - 1, drift: 0 });
    assert!(!bench.takes_two(NOW - 1, NOW), "the first of them was taken");
    let mut bench = Bench::start();
    assert!(!bench.takes_two(NOW + WIDE_WINDOW, NOW + WIDE_WINDOW + 1));
    assert!(bench.takes_two(NOW + 9, NOW + 10));
    assert_eq!(bench.standing, MfaStanding { last_step: NOW + 10, drift: 10 });
    assert!(!bench.takes(NOW + 12) && bench.takes(NOW + 11));
}

#[test]
fn record_of_another_device_or_account_opens_nothing() {
    let mut bench = Bench::start();
    let codes = MfaCodes::One(bench.code(NOW));
    for other in [
        MfaBinding { device: "tablet".into(), ..device() },
        MfaBinding { account: "444455556666".into(), ..device() },
    ] {
        assert_eq!(bench.ask(other, codes), Err(Fault::from(VaultError::RecordRejected)));
    }
    assert!(bench.takes(NOW));
}

#[test]
fn after_five_wrong_codes_the_right_one_waits_five_minutes() {
    let mut bench = Bench::start();
    for count in 1..=WRONG_MAX {
        let told = if count == WRONG_MAX { VaultError::CodeLocks } else { VaultError::CodeRejected };
        let code = MfaCodes::One(bench.code(NOW + 1_000));
        assert_eq!(bench.ask(device(), code), Err(Fault::from(told)), "{count}");
    }
    let right = MfaCodes::One(bench.code(NOW));
    let locked = Err(Fault::from(VaultError::CodesLocked));
    assert_eq!(bench.ask(device(), right), locked, "too many were wrong");
    bench.step.0.store(NOW + PATIENCE_STEPS - 1, Ordering::Relaxed);
    assert!(!bench.takes(NOW + PATIENCE_STEPS - 1));
    bench.step.0.store(NOW + PATIENCE_STEPS, Ordering::Relaxed);
    assert!(bench.takes(NOW + PATIENCE_STEPS));
}

#[test]
fn right_code_forgets_the_wrong_ones() {
    let mut bench = Bench::start();
    for step in [NOW - 1, NOW, NOW + 1] {
        for _ in 1..WRONG_MAX {
            assert!(!bench.takes(NOW + 1_000));
        }
        assert!(bench.takes(step), "{step}");
    }
}

fn numbered(number: usize) -> [u8; 32] {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&(number as u64).to_le_bytes());
    seed
}

#[test]
fn seeds_that_are_counted_are_bounded() {
    let wrong = WrongCodes::default();
    for number in 0..=COUNTED_MAX {
        if wrong.refusal(&numbered(number), NOW).is_none() {
            wrong.note(numbered(number), NOW);
        }
        assert!(wrong.counted().len() <= COUNTED_MAX);
    }
}

#[test]
fn wrong_codes_of_others_do_not_make_those_of_a_seed_forgotten() {
    let wrong = WrongCodes::default();
    for _ in 0..WRONG_MAX {
        wrong.note(numbered(0), NOW);
    }
    for number in 1..COUNTED_MAX {
        assert_eq!(wrong.refusal(&numbered(number), NOW), None, "{number}");
        wrong.note(numbered(number), NOW);
    }
    let locked = Some(VaultError::CodesLocked);
    assert_eq!(wrong.refusal(&numbered(0), NOW), locked, "it still has too many");
    let crowded = Some(VaultError::CodesCrowded);
    assert_eq!(wrong.refusal(&numbered(COUNTED_MAX), NOW), crowded, "another one could not be counted");
    assert_eq!(wrong.refusal(&numbered(1), NOW), None, "one that is counted can be");
    let later = NOW + PATIENCE_STEPS;
    assert_eq!(wrong.refusal(&numbered(COUNTED_MAX), later), None);
    assert_eq!(wrong.refusal(&numbered(0), later), None);
}

#[test]
fn wrapped_anew_it_is_the_same_seed() {
    let mut bench = Bench::start();
    let record = bench.record.clone();
    let request = MfaRequest::ReWrapSeed { binding: device(), record: &record };
    let again = bench.worker.execute(Request::Mfa(request)).unwrap();
    let Reply::Blob(again) = again else { panic!("{again:?}") };
    assert_ne!(again, record);
    bench.record = again;
    assert!(bench.takes(NOW));
    let other = MfaBinding { device: "tablet".into(), ..device() };
    let request = MfaRequest::ReWrapSeed { binding: other, record: &record };
    let refused = bench.worker.execute(Request::Mfa(request)).unwrap_err();
    assert_eq!(refused, Fault::from(VaultError::RecordRejected));
}
