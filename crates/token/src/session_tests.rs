//! A real SoftHSM, going wrong in every way of the table. Each test is a process of its own.

use super::*;
use crate::execute::execute;
use crate::module::Module;
use crate::pin::Pin;
use crate::token::Wanted;
use cryptoki::error::RvError;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, KeyType, ObjectClass};
use cryptoki::session::UserType;
use cryptoki::types::{AuthPin, RawAuthPin};
use softhsm::{LABEL, MODULE, PIN, SoftHsm, WITHOUT_HMAC, WITHOUT_RUNGS, with_token};
use std::path::Path;
use std::sync::Mutex;
use strongroom_locked_memory::LockedBytes;
use strongroom_token_protocol::{
    Blocks, Enrolment, KeyFacts, KeyKind, Login, Reply, Request, Sealed, Variant,
};

#[path = "../tests/softhsm/mod.rs"]
mod softhsm;

const KEY: KeyLabel = KeyLabel::Key([7; 16]);
const ROOT: KeyLabel = KeyLabel::Root([1; 16]);
const INFO: &[u8] = b"label\0context\0\0\x02\0";

/// A token with a PIN, and what it told.
struct Fixture {
    token: Arc<Token>,
    told: Arc<Mutex<Vec<Login>>>,
}

impl Fixture {
    fn new(pin: &str) -> Self {
        let told = Arc::new(Mutex::new(Vec::new()));
        let tell = {
            let told = told.clone();
            Box::new(move |login: Login| told.lock().unwrap().push(login))
        };
        let wanted = Wanted { label: LABEL, serial: None, sessions: 1 };
        let pin = Pin::new(LockedBytes::copy_of(pin.as_bytes()));
        let module = Module::load(Path::new(MODULE)).unwrap();
        Self { token: Token::find(module, &wanted, pin, tell).unwrap(), told }
    }

    /// Logged in, with a session that is ready.
    fn ready() -> (Self, TokenSession) {
        let fixture = Self::new(PIN);
        let mut session = fixture.session();
        session.prepare().unwrap();
        (fixture, session)
    }

    fn session(&self) -> TokenSession {
        TokenSession::new(self.token.clone())
    }

    fn told(&self) -> Vec<Login> {
        self.told.lock().unwrap().clone()
    }
}

fn generate(session: &mut TokenSession) {
    let made = execute(session, &Request::GenerateKey(KEY)).unwrap();
    assert!(matches!(made, Reply::Key(KeyFacts { kind: KeyKind::Secret, guarded: true })));
}

fn derive(session: &mut TokenSession, key: KeyLabel) -> Result<Blocks, TokenError> {
    match execute(session, &Request::Hmac { key, info: INFO })? {
        Reply::Blocks(blocks) => Ok(blocks),
        other => panic!("{other:?}"),
    }
}

fn derived(session: &mut TokenSession) -> Vec<u8> {
    derive(session, KEY).unwrap().expose().to_vec()
}

fn failure<T>(outcome: Result<T, TokenError>) -> TokenError {
    outcome.err().unwrap()
}

fn value_of(error: Error) -> RvError {
    match error {
        Error::Pkcs11(value, _) => value,
        other => panic!("{other}"),
    }
}

#[test]
fn wrong_pin_is_tried_once() {
    with_token("session::tests::wrong_pin_is_tried_once", "", |_| {
        let fixture = Fixture::new("wrong-pin1");
        let mut session = fixture.session();
        assert_eq!(failure(session.prepare()), TokenError::PinIncorrect);
        assert_eq!(fixture.told(), [Login::PinIncorrect]);
        let status = fixture.token.status();
        assert!(status.login == Login::PinIncorrect && status.pin.count_low && !status.pin.locked);

        // Now it is the right one: whoever tried it again would get in.
        let raw = fixture.token.open_session().unwrap();
        raw.set_pin(&AuthPin::from(PIN), &AuthPin::from("wrong-pin1")).unwrap();
        for request in [Request::Health, Request::FindKey(KEY), Request::GenerateKey(KEY)] {
            assert_eq!(failure(execute(&mut session, &request)), TokenError::PinIncorrect);
        }
        assert_eq!(failure(fixture.session().prepare()), TokenError::PinIncorrect);
        assert_eq!(fixture.told().len(), 1);

        // The control: the same PIN, tried again, is taken.
        let again = RawAuthPin::new(Box::new(b"wrong-pin1".to_vec()));
        assert!(raw.login_with_raw(UserType::User, &again).is_ok());
    });
}

#[test]
fn second_login_is_a_success() {
    with_token("session::tests::second_login_is_a_success", "", |_| {
        let (fixture, mut session) = Fixture::ready();
        let mut second = fixture.session();
        second.log_in().unwrap();
        generate(&mut session);
        assert_eq!(derived(&mut second), derived(&mut session));
        // What the library says to it.
        let raw = fixture.token.open_session().unwrap();
        let pin = RawAuthPin::new(Box::new(PIN.as_bytes().to_vec()));
        let error = raw.login_with_raw(UserType::User, &pin).unwrap_err();
        assert_eq!(value_of(error), RvError::UserAlreadyLoggedIn);
    });
}

#[test]
fn logout_by_another_session_is_mended() {
    with_token("session::tests::logout_by_another_session_is_mended", "", |_| {
        let (fixture, mut session) = Fixture::ready();
        generate(&mut session);
        let before = derived(&mut session);
        let raw = fixture.token.open_session().unwrap();
        let label = KEY.to_string();
        let old = keys::find(&raw, &label).unwrap()[0];

        raw.logout().unwrap();
        // The control: the old handle is bad, and nothing is found.
        assert_eq!(value_of(keys::mac(&raw, old, b"x").unwrap_err()), RvError::ObjectHandleInvalid);
        assert!(keys::find(&raw, &label).unwrap().is_empty());
        assert_eq!(derived(&mut session), before);

        // A session that has no handle yet finds nothing at first.
        raw.logout().unwrap();
        assert_eq!(derived(&mut fixture.session()), before);
        assert!(fixture.told().is_empty());
    });
}

#[test]
fn session_in_the_middle_of_something_is_replaced() {
    with_token("session::tests::session_in_the_middle_of_something_is_replaced", "", |_| {
        let (_fixture, mut session) = Fixture::ready();
        generate(&mut session);
        let before = derived(&mut session);
        let handle = session.handles[&KEY];
        let opened = session.open().unwrap();
        opened.sign_init(&Mechanism::Sha256Hmac, handle).unwrap();
        // The control: the session is stuck.
        assert_eq!(value_of(keys::mac(opened, handle, b"x").unwrap_err()), RvError::OperationActive);
        assert_eq!(derived(&mut session), before);
    });
}

#[test]
fn destroyed_key_is_not_found_by_any_session() {
    with_token("session::tests::destroyed_key_is_not_found_by_any_session", "", |_| {
        let (fixture, mut session) = Fixture::ready();
        assert_eq!(failure(derive(&mut session, KEY)), TokenError::KeyNotFound);
        generate(&mut session);
        let mut other = fixture.session();
        assert_eq!(derived(&mut other), derived(&mut session));
        assert!(other.handles.contains_key(&KEY));
        execute(&mut session, &Request::DestroyKey(KEY)).unwrap();
        for session in [&mut session, &mut other] {
            assert_eq!(failure(derive(session, KEY)), TokenError::KeyNotFound);
            let found = execute(session, &Request::FindKey(KEY));
            assert_eq!(failure(found), TokenError::KeyNotFound);
            let destroyed = execute(session, &Request::DestroyKey(KEY));
            assert_eq!(failure(destroyed), TokenError::KeyNotFound);
        }
        assert!(fixture.told().is_empty());
        execute(&mut other, &Request::Health).unwrap();
    });
}

#[test]
fn token_taken_away_is_not_a_deletion_and_does_not_heal() {
    with_token(
        "session::tests::token_taken_away_is_not_a_deletion_and_does_not_heal",
        "",
        |hsm: &SoftHsm| {
            let (fixture, mut session) = Fixture::ready();
            generate(&mut session);
            derived(&mut session);
            hsm.take_away();
            // What the library says: a session opens, and nothing is found.
            let raw = fixture.token.open_session().unwrap();
            assert!(keys::find(&raw, &KEY.to_string()).unwrap().is_empty());
            assert_eq!(failure(derive(&mut session, KEY)), TokenError::NotPresent);
            assert_eq!(fixture.told(), [Login::Gone]);
            assert_eq!(fixture.token.status().login, Login::Gone);

            hsm.bring_back();
            assert!(keys::find(&raw, &KEY.to_string()).unwrap().is_empty(), "the library healed: so may we");
            let mut fresh = fixture.session();
            for request in [Request::Health, Request::FindKey(KEY), Request::GenerateKey(KEY)] {
                assert_eq!(failure(execute(&mut fresh, &request)), TokenError::NotPresent);
            }
            assert_eq!(fixture.told(), [Login::Gone]);
        },
    );
}

/// A command that finds nothing, or fails, because the token is gone.
fn when_gone(test: &str, request: Request<'static>) {
    with_token(&format!("session::tests::{test}"), "", |hsm: &SoftHsm| {
        let (fixture, mut session) = Fixture::ready();
        hsm.take_away();
        assert_eq!(failure(execute(&mut session, &request)), TokenError::NotPresent);
        assert_eq!(fixture.told(), [Login::Gone]);
    });
}

#[test]
fn find_without_token_is_not_key_not_found() {
    when_gone("find_without_token_is_not_key_not_found", Request::FindKey(KEY));
}

#[test]
fn generate_without_token_is_not_a_failure_of_the_mechanism() {
    when_gone("generate_without_token_is_not_a_failure_of_the_mechanism", Request::GenerateKey(KEY));
}

#[test]
fn probe_without_token_is_not_a_lack_of_mechanisms() {
    when_gone("probe_without_token_is_not_a_lack_of_mechanisms", Request::Probe(ROOT));
}

#[test]
fn health_without_token_says_so() {
    when_gone("health_without_token_says_so", Request::Health);
}

#[test]
fn first_rung_derives_and_its_key_is_guarded() {
    with_token("session::tests::first_rung_derives_and_its_key_is_guarded", "", |_| {
        let (fixture, mut session) = Fixture::ready();
        let Reply::Enrolment(enrolment) = execute(&mut session, &Request::Probe(ROOT)).unwrap() else {
            panic!()
        };
        let bytes = std::fs::read(MODULE).unwrap();
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes);
        let expected: &[u8] = digest.as_ref();
        assert_eq!(enrolment.variant, Variant::Derive);
        assert_eq!(enrolment.module_sha256[..], *expected);
        assert_eq!((enrolment.key, enrolment.token_label.as_str()), (ROOT, LABEL));
        assert_eq!(enrolment.token_serial, fixture.token.status().slots[0].serial);
        assert_eq!(Enrolment::from_bytes(&enrolment.to_bytes()).unwrap(), enrolment);
        let Reply::Key(facts) = execute(&mut session, &Request::FindKey(ROOT)).unwrap() else { panic!() };
        assert_eq!(facts, KeyFacts { kind: KeyKind::Secret, guarded: true });
        assert!(derive(&mut session, ROOT).is_ok());
        // A key that is there is not made again.
        for request in [Request::Probe(ROOT), Request::GenerateKey(ROOT)] {
            assert_eq!(failure(execute(&mut session, &request)), TokenError::KeyExists);
        }
    });
}

/// Makes the key of a root on the second rung, and a ciphertext under it.
fn second_rung(session: &mut TokenSession) -> Sealed {
    let Reply::Enrolment(enrolment) = execute(session, &Request::Probe(ROOT)).unwrap() else { panic!() };
    assert_eq!((enrolment.variant, enrolment.variant.root_kind()), (Variant::Gcm, 3));
    let request = Request::Encrypt { key: ROOT, aad: b"aad", plaintext: b"secret" };
    let Reply::Sealed(sealed) = execute(session, &request).unwrap() else { panic!() };
    sealed
}

fn open(session: &mut TokenSession, sealed: &Sealed, aad: &[u8]) -> Result<Vec<u8>, TokenError> {
    let Sealed { iv, ciphertext } = sealed;
    match execute(session, &Request::Decrypt { key: ROOT, iv, aad, ciphertext })? {
        Reply::Secret(secret) => Ok(secret.expose().to_vec()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn second_rung_encrypts_and_tells_tampering_from_a_broken_token() {
    let name = "session::tests::second_rung_encrypts_and_tells_tampering_from_a_broken_token";
    with_token(name, WITHOUT_HMAC, |hsm: &SoftHsm| {
        let (fixture, mut session) = Fixture::ready();
        let sealed = second_rung(&mut session);
        assert_eq!(open(&mut session, &sealed, b"aad").unwrap(), b"secret");
        for at in 0..sealed.ciphertext.len() {
            let mut altered = sealed.clone();
            altered.ciphertext[at] ^= 1;
            assert_eq!(failure(open(&mut session, &altered, b"aad")), TokenError::Tampered, "byte {at}");
        }
        let short = Sealed { ciphertext: sealed.ciphertext[..8].to_vec(), ..sealed.clone() };
        assert_eq!(failure(open(&mut session, &short, b"aad")), TokenError::Tampered);
        assert_eq!(failure(open(&mut session, &sealed, b"other")), TokenError::Tampered);
        // It goes on, and makes another IV each time.
        assert_eq!(open(&mut session, &sealed, b"aad").unwrap(), b"secret");
        let request = Request::Encrypt { key: ROOT, aad: b"aad", plaintext: b"secret" };
        let Reply::Sealed(again) = execute(&mut session, &request).unwrap() else { panic!() };
        assert_ne!(again.iv, sealed.iv);
        let Reply::Key(facts) = execute(&mut session, &Request::FindKey(ROOT)).unwrap() else { panic!() };
        assert_eq!(facts, KeyFacts { kind: KeyKind::Aes, guarded: true });
        assert!(fixture.told().is_empty());

        // The same altered record, from a token that is gone.
        hsm.take_away();
        let altered = Sealed { ciphertext: vec![7; 22], ..sealed };
        assert_eq!(failure(open(&mut session, &altered, b"aad")), TokenError::NotPresent);
        assert_eq!(fixture.told(), [Login::Gone]);
    });
}

#[test]
fn token_without_either_rung_is_refused_and_its_mechanisms_are_listed() {
    let name = "session::tests::token_without_either_rung_is_refused_and_its_mechanisms_are_listed";
    with_token(name, WITHOUT_RUNGS, |_| {
        let fixture = Fixture::new(PIN);
        let TokenError::NoMechanism(text) = failure(fixture.session().prepare()) else { panic!() };
        assert!(text.contains("SHA256_HMAC by C_Sign: not offered"), "{text}");
        assert!(text.contains("AES_GCM by C_Encrypt: not offered"), "{text}");
        assert!(text.contains("CKM_AES_CBC"), "{text}");
    });
}

/// Puts a known key into the token, as no product of ours does.
fn import(session: &Session, key: KeyLabel, value: &[u8]) {
    let template = [
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::GENERIC_SECRET),
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
        Attribute::Label(key.to_string().into_bytes()),
        Attribute::Value(value.to_vec()),
    ];
    session.create_object(&template).unwrap();
}

#[test]
fn derivation_in_the_token_is_that_of_a_software_root() {
    let name = "session::tests::derivation_in_the_token_is_that_of_a_software_root";
    with_token(name, "", |_| {
        let (_fixture, mut session) = Fixture::ready();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/strongroom-blob/wrap.json");
        let vectors: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let vectors = vectors.as_array().unwrap();
        assert_eq!(vectors.len(), 4);
        for (number, vector) in (0u8..).zip(vectors) {
            let bytes = |field: &str| const_hex::decode(vector[field].as_str().unwrap()).unwrap();
            let key = KeyLabel::Root([number; 16]);
            import(session.open().unwrap(), key, &bytes("wrapping_key"));
            let info = bytes("kdf_info");
            let Reply::Blocks(blocks) = execute(&mut session, &Request::Hmac { key, info: &info }).unwrap()
            else {
                panic!()
            };
            let expected = [bytes("record_key"), bytes("commitment")].concat();
            assert_eq!(blocks.expose()[..], expected[..], "{}", vector["name"]);
            // What was not made inside is told from what was.
            let Reply::Key(facts) = execute(&mut session, &Request::FindKey(key)).unwrap() else { panic!() };
            assert_eq!(facts, KeyFacts { kind: KeyKind::Secret, guarded: false });
        }
    });
}

#[test]
fn two_objects_of_one_label_are_refused() {
    with_token("session::tests::two_objects_of_one_label_are_refused", "", |_| {
        let (_fixture, mut session) = Fixture::ready();
        generate(&mut session);
        assert!(derive(&mut session, KEY).is_ok());
        import(session.open().unwrap(), KEY, &[7; 32]);
        session.start_over();
        let TokenError::Failed(text) = failure(derive(&mut session, KEY)) else { panic!() };
        assert!(text.contains("several objects"), "{text}");
    });
}

#[test]
fn lengths_that_do_not_exist_are_refused() {
    with_token("session::tests::lengths_that_do_not_exist_are_refused", "", |_| {
        let (_fixture, mut session) = Fixture::ready();
        generate(&mut session);
        let requests = [
            Request::Hmac { key: KEY, info: b"" },
            Request::Encrypt { key: KEY, aad: b"", plaintext: b"" },
            Request::Decrypt { key: KEY, iv: b"eleven byte", aad: b"", ciphertext: b"x" },
            Request::Decrypt { key: KEY, iv: b"twelve bytes", aad: b"", ciphertext: b"" },
        ];
        for request in requests {
            assert_eq!(failure(execute(&mut session, &request)), TokenError::BadRequest, "{request:?}");
        }
        // A key of the other kind is the token's to refuse, and the token stays in good standing.
        let request = Request::Encrypt { key: KEY, aad: b"", plaintext: b"x" };
        assert!(matches!(execute(&mut session, &request), Err(TokenError::Failed(_))));
        execute(&mut session, &Request::Health).unwrap();
    });
}
