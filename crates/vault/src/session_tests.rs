//! Session and grant tokens, on a vault in this process; golden ones of `vectors/tokens/`.

use super::*;
use crate::in_process::fresh_vault;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use strongroom_types::Clock;
use strongroom_vault_protocol::{ClusterId, Keyring, Reply, Request, TokenKind, TokenText};

const VECTORS: &str = include_str!("../../../vectors/tokens/tokens.json");

/// 2025-01-01T12:00:00Z.
const NOON: u64 = 1_735_732_800_000;
const HOUR: u64 = 3_600_000;
const ACCOUNT: &str = "111122223333";
const ROOT: [u8; 32] = [9; 32];

/// A clock that a test moves.
#[derive(Clone)]
struct MovedClock(Arc<AtomicU64>);

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }

    fn monotonic(&self) -> std::time::Duration {
        std::time::Duration::from_millis(self.0.load(Ordering::Relaxed))
    }
}

struct Bench {
    worker: Worker,
    clock: MovedClock,
}

impl Bench {
    fn sealed(root: [u8; 32]) -> Self {
        let clock = MovedClock(Arc::new(AtomicU64::new(NOON)));
        let vault = fresh_vault(Box::new(clock.clone()), Some(root)).unwrap();
        Self { worker: Worker::start(vault).unwrap(), clock }
    }

    fn open() -> Self {
        let mut bench = Self::sealed(ROOT);
        bench.worker.execute(Request::Initialise(ClusterId([5; 16]))).unwrap();
        bench
    }

    fn create(&mut self, expires_ms: u64, claims: &[u8]) -> Result<SealedSession, Fault> {
        let expires_at = Timestamp::from_millis(expires_ms);
        match self.worker.execute(Request::CreateSession { account: ACCOUNT, expires_at, claims })? {
            Reply::NewSession(session) => Ok(session),
            other => panic!("{other:?}"),
        }
    }

    fn open_session(&mut self, token: &[u8], access_key_id: &str) -> Result<OpenedSession, Fault> {
        match self.worker.execute(Request::OpenSession { token, access_key_id, scope: scope() })? {
            Reply::Session(session) => Ok(session),
            other => panic!("{other:?}"),
        }
    }

    fn seal(&mut self, kind: TokenKind, bytes: &[u8]) -> Result<Vec<u8>, Fault> {
        match self.worker.execute(Request::SealToken { kind, bytes })? {
            Reply::Blob(token) => Ok(token),
            other => panic!("{other:?}"),
        }
    }

    fn unseal(&mut self, kind: TokenKind, token: &[u8]) -> Result<Vec<u8>, Fault> {
        match self.worker.execute(Request::OpenToken { kind, token })? {
            Reply::Secret(bytes) => Ok(bytes.expose().to_vec()),
            other => panic!("{other:?}"),
        }
    }
}

fn scope() -> SigningScope {
    SigningScope { date: "20250101".into(), region: "us-east-1".into(), service: "kms".into() }
}

fn answer<T: std::fmt::Debug>(outcome: Result<T, Fault>) -> VaultError {
    match outcome.unwrap_err() {
        Fault::Answer(error) => error,
        Fault::RandomFailed => panic!("random failed"),
    }
}

#[test]
fn session_opens_with_its_own_access_key_id_and_gives_the_signing_key() {
    let mut bench = Bench::open();
    let session = bench.create(NOON + HOUR, b"claims").unwrap();
    let opened = bench.open_session(&session.token, &session.access_key_id).unwrap();
    assert_eq!((opened.account.as_str(), opened.claims.as_slice()), (ACCOUNT, &b"claims"[..]));
    assert_eq!(opened.expires_at.millis(), NOON + HOUR);
    assert_eq!(opened.signing_key.expose(), signing_key(session.secret.expose(), &scope()).expose());
    let other = bench.create(NOON + HOUR, b"claims").unwrap();
    assert_ne!(session.access_key_id, other.access_key_id);
    assert_ne!(session.secret.expose(), other.secret.expose());
    let rejected = VaultError::TokenRejected;
    assert_eq!(answer(bench.open_session(&session.token, &other.access_key_id)), rejected);
    assert_eq!(answer(bench.open_session(&session.token, "AKIAIOSFODNN7EXAMPLE")), rejected);
    assert_eq!(answer(bench.open_session(&session.token, "")), rejected);
}

#[test]
fn session_ends_at_its_millisecond_by_the_clock_of_the_vault() {
    let mut bench = Bench::open();
    let session = bench.create(NOON + HOUR, b"").unwrap();
    let mut at = |ms: u64| {
        bench.clock.0.store(ms, Ordering::Relaxed);
        bench.open_session(&session.token, &session.access_key_id)
    };
    assert!(at(NOON + HOUR - 1).is_ok());
    assert_eq!(answer(at(NOON + HOUR)), VaultError::TokenExpired);
    assert_eq!(answer(at(NOON + HOUR + 1)), VaultError::TokenExpired);
}

/// An expired token tells that it is one to nobody who could not have used it before.
#[test]
fn expired_token_with_a_flipped_bit_or_another_id_is_rejected_not_expired() {
    let mut bench = Bench::open();
    let mut session = bench.create(NOON + HOUR, b"").unwrap();
    bench.clock.0.store(NOON + 2 * HOUR, Ordering::Relaxed);
    assert_eq!(answer(bench.open_session(&session.token, "ASIA")), VaultError::TokenRejected);
    session.token[90] ^= 1;
    let outcome = bench.open_session(&session.token, &session.access_key_id);
    assert_eq!(answer(outcome), VaultError::TokenRejected);
}

#[test]
fn session_of_a_wrong_length_of_life_claims_or_account_is_not_made() {
    let mut bench = Bench::open();
    let longest = NOON + 36 * HOUR + 5 * 60_000;
    assert!(bench.create(longest, b"").is_ok() && bench.create(NOON + 1, b"").is_ok());
    for expires_ms in [0, NOON - 1, NOON, longest + 1, u64::MAX] {
        assert_eq!(answer(bench.create(expires_ms, b"")), VaultError::BadRequest, "{expires_ms}");
    }
    let claims = vec![7; SESSION_CLAIMS_BYTES_MAX + 1];
    assert_eq!(answer(bench.create(NOON + HOUR, &claims)), VaultError::BadRequest);
    let longest = bench.create(NOON + HOUR, &claims[1..]).unwrap();
    assert_eq!(longest.token.len(), SESSION_TOKEN_BYTES_MAX);
    assert!(TokenText::Session.encode(&longest.token).len() <= 4_096);
    assert_eq!(bench.open_session(&longest.token, &longest.access_key_id).unwrap().claims, &claims[1..]);
    for account in ["", "11112222333", "1111222233334", "11112222333x"] {
        let expires_at = Timestamp::from_millis(NOON + HOUR);
        let request = Request::CreateSession { account, expires_at, claims: b"" };
        assert_eq!(answer(bench.worker.execute(request)), VaultError::BadRequest, "{account}");
    }
}

#[test]
fn signing_key_of_a_session_is_for_near_dates_and_known_services() {
    let mut bench = Bench::open();
    let session = bench.create(NOON + HOUR, b"").unwrap();
    let mut ask = |change: fn(&mut SigningScope)| {
        let mut scope = scope();
        change(&mut scope);
        let (token, access_key_id) = (&session.token[..], session.access_key_id.as_str());
        bench.worker.execute(Request::OpenSession { token, access_key_id, scope })
    };
    assert!(ask(|_| {}).is_ok());
    assert_eq!(answer(ask(|scope| scope.date = "20250102".into())), VaultError::DateOutOfRange);
    assert_eq!(answer(ask(|scope| scope.service = "s3".into())), VaultError::BadRequest);
    assert_eq!(answer(ask(|scope| scope.region = "nowhere".into())), VaultError::BadRequest);
}

#[test]
fn token_of_another_cluster_or_root_is_rejected() {
    let mut one = Bench::open();
    let session = one.create(NOON + HOUR, b"").unwrap();
    let grant = one.seal(TokenKind::Grant, b"grant").unwrap();
    // The same root, the same cluster id, another keyring key; and another cluster id.
    for cluster in [5, 6] {
        let mut other = Bench::sealed(ROOT);
        other.worker.execute(Request::Initialise(ClusterId([cluster; 16]))).unwrap();
        let outcome = other.open_session(&session.token, &session.access_key_id);
        assert_eq!(answer(outcome), VaultError::TokenRejected);
        assert_eq!(answer(other.unseal(TokenKind::Grant, &grant)), VaultError::TokenRejected);
    }
    assert!(one.open_session(&session.token, &session.access_key_id).is_ok(), "positive control");
}

#[test]
fn sealed_token_opens_as_its_own_kind_only() {
    let mut bench = Bench::open();
    let session = bench.create(NOON + HOUR, b"").unwrap();
    let kind = TokenKind::Grant;
    let token = bench.seal(kind, b"bytes").unwrap();
    assert_eq!(bench.unseal(kind, &token).unwrap(), b"bytes");
    assert_ne!(token, bench.seal(kind, b"bytes").unwrap(), "new on each call");
    assert!(!token.windows(5).any(|window| window == b"bytes"), "encrypted");
    let rejected = VaultError::TokenRejected;
    let mut renamed = token.clone();
    renamed[3] = 3;
    assert_eq!(answer(bench.unseal(kind, &renamed)), rejected);
    renamed[3] = 1;
    assert_eq!(answer(bench.open_session(&renamed, &session.access_key_id)), rejected);
    let mut renamed = session.token.clone();
    assert_eq!(answer(bench.unseal(kind, &renamed)), rejected);
    renamed[3] = kind.byte();
    assert_eq!(answer(bench.unseal(kind, &renamed)), rejected);
    assert_eq!(answer(bench.unseal(kind, b"")), rejected);
    // Two kinds that are sealed on request are no more alike.
    let mut renamed = token.clone();
    assert_eq!(answer(bench.unseal(TokenKind::Anchor, &renamed)), rejected);
    renamed[3] = TokenKind::Anchor.byte();
    assert_eq!(answer(bench.unseal(TokenKind::Anchor, &renamed)), rejected);
}

#[test]
fn token_length_is_limited() {
    let mut bench = Bench::open();
    for kind in TokenKind::ALL {
        let bytes = vec![1; kind.bytes_max() + 1];
        assert_eq!(answer(bench.seal(kind, &bytes)), VaultError::BadRequest);
        assert_eq!(answer(bench.seal(kind, b"")), VaultError::BadRequest);
        let longest = bench.seal(kind, &bytes[1..]).unwrap();
        let text = TokenText::Sealed(kind).encode(&longest);
        assert_eq!(TokenText::Sealed(kind).decode(&text).unwrap(), longest);
        assert_eq!(bench.unseal(kind, &longest).unwrap(), &bytes[1..]);
    }
}

#[test]
fn sealed_vault_makes_and_opens_no_token() {
    let mut bench = Bench::sealed(ROOT);
    assert_eq!(answer(bench.create(NOON + HOUR, b"")), VaultError::Sealed);
    assert_eq!(answer(bench.open_session(b"", "ASIA")), VaultError::Sealed);
    assert_eq!(answer(bench.seal(TokenKind::Grant, b"x")), VaultError::Sealed);
    assert_eq!(answer(bench.unseal(TokenKind::Grant, b"x")), VaultError::Sealed);
}

/// The vectors' own root, and the keyring that another program wrapped.
fn golden() -> (Bench, Value) {
    let document: Value = serde_json::from_str(VECTORS).unwrap();
    assert_eq!(document["now_ms"], NOON);
    let mut bench = Bench::sealed(hex(&document["root_key"]).try_into().unwrap());
    let keyring = Keyring::from_bytes(&hex(&document["keyring"])).unwrap();
    bench.worker.execute(Request::Open(keyring)).unwrap();
    (bench, document)
}

fn hex(value: &Value) -> Vec<u8> {
    const_hex::decode(value.as_str().unwrap()).unwrap()
}

fn kind_of(entry: &Value) -> Option<TokenKind> {
    TokenKind::ALL.into_iter().find(|kind| entry["kind_byte"] == kind.byte())
}

/// The one kind of the vectors that no command makes or opens.
fn is_refused(entry: &Value) -> bool {
    entry["kind"] == "authorization-message"
}

#[test]
fn golden_tokens_open() {
    let (mut bench, document) = golden();
    let mut opened = 0;
    for entry in document["tokens"].as_array().unwrap() {
        let token = hex(&entry["token"]);
        if is_refused(entry) {
            assert_eq!(answer(bench.unseal(TokenKind::Grant, &token)), VaultError::TokenRejected);
            assert_eq!(answer(bench.open_session(&token, "ASIA")), VaultError::TokenRejected);
            continue;
        }
        match kind_of(entry) {
            Some(kind) => assert_eq!(bench.unseal(kind, &token).unwrap(), hex(&entry["plaintext"])),
            None => {
                let session = bench.open_session(&token, entry["access_key_id"].as_str().unwrap()).unwrap();
                assert_eq!(entry["account"], *session.account);
                assert_eq!(entry["expires_ms"], session.expires_at.millis());
                assert_eq!(hex(&entry["claims"]), session.claims);
                assert_eq!(hex(&entry["signing_key"]), session.signing_key.expose());
            }
        }
        opened += 1;
    }
    assert_eq!(opened, 5, "all but the one that is refused");
}

#[test]
fn golden_tokens_with_any_bit_flipped_are_rejected() {
    let (mut bench, document) = golden();
    for entry in document["tokens"].as_array().unwrap().iter().filter(|entry| !is_refused(entry)) {
        let good = hex(&entry["token"]);
        // The longest ones: every bit of the frame around what they hold, and some inside.
        let step = if good.len() > 300 { 7 } else { 1 };
        let bits =
            (0..good.len() * 8).filter(|bit| bit / 8 < 100 || bit / 8 + 100 > good.len() || bit % step == 0);
        for bit in bits {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let outcome = match kind_of(entry) {
                Some(kind) => answer(bench.unseal(kind, &bad)),
                None => answer(bench.open_session(&bad, entry["access_key_id"].as_str().unwrap())),
            };
            assert_eq!(outcome, VaultError::TokenRejected, "{}: bit {bit}", entry["name"]);
        }
    }
}
