//! Frames: round trips of every command and answer, and every kind of damage.

use super::*;
use crate::*;
use proptest::prelude::*;
use strongroom_types::{SecretBytes, Timestamp};

const CLUSTER: &str = "cluster-1a23b4cdefg";

fn binding() -> KeyBinding {
    KeyBinding {
        arn: "arn:aws:kms:us-east-1:111122223333:key/x".into(),
        key_id: [7; 16],
        spec: "SYMMETRIC_DEFAULT".into(),
        usage: "ENCRYPT_DECRYPT".into(),
        origin: "AWS_KMS".into(),
    }
}

fn device() -> MfaBinding {
    MfaBinding { account: "111122223333".into(), device: "phone".into() }
}

fn key() -> SentKey<'static> {
    SentKey { record: b"record", facts: b"facts" }
}

fn keyring() -> Keyring {
    Keyring {
        cluster: ClusterId([1; 16]),
        keyring_number: 1,
        roots: vec![RootRecord::of_first_form(vec![4; 120]).unwrap()],
        domain_records: vec![(1, vec![5; 120])],
        recovery: None,
    }
}

fn requests() -> Vec<Request<'static>> {
    let access = AccessKeyBinding { account: "111122223333".into(), access_key_id: "AKIA".into() };
    let scope = SigningScope { date: "20260101".into(), region: "us-east-1".into(), service: "kms".into() };
    let (context, blob) = (&[0, 0][..], &b"blob"[..]);
    let mut requests = vec![
        Request::Initialise(ClusterId([1; 16])),
        Request::Open(keyring()),
        Request::GenerateBackingKey(binding()),
        Request::Encrypt { key: key(), context, plaintext: b"text" },
        Request::Decrypt { key: key(), context, blob, plaintext: true },
        Request::ReEncrypt { from: key(), from_context: context, blob, to: key(), to_context: context },
        Request::GenerateDataKey { key: key(), context, bytes: 32, plaintext: true },
        Request::GenerateDataKey { key: key(), context, bytes: 32, plaintext: false },
        Request::Random(16),
        Request::CreateAccessKey(access.clone()),
        Request::SigningKey { binding: access.clone(), record: b"record", scope: scope.clone() },
        Request::PageMarkerKey,
        Request::Forget(b"record"),
        Request::Health,
        Request::CreateSession {
            account: "111122223333",
            expires_at: Timestamp::from_millis(7),
            claims: b"claims",
        },
        Request::OpenSession { token: b"token", access_key_id: "ASIA", scope },
        Request::SealToken { kind: TokenKind::Grant, bytes: b"grant" },
        Request::OpenToken { kind: TokenKind::Grant, token: b"token" },
        Request::ReWrapBackingKey(key()),
        Request::ReWrapAccessKey { binding: access, record: b"record" },
        Request::ProposedKeyring,
        Request::RetireDomainKeys(2),
        Request::Standing,
        Request::SignCheckpoint(LogHead {
            vault: [1; 16],
            origin: "strongroom.local/1",
            size: 3,
            root: [2; 32],
            base: 4,
            closed: false,
            opened: true,
            after: Some([5; 32]),
        }),
    ];
    requests.extend(requests_with_files_of_their_own());
    requests
}

fn requests_with_files_of_their_own() -> Vec<Request<'static>> {
    vec![
        Request::Mfa(MfaRequest::CreateSeed(device())),
        Request::Mfa(MfaRequest::CheckCodes {
            binding: device(),
            record: b"record",
            codes: MfaCodes::Two(*b"287082", *b"359152"),
            standing: MfaStanding { last_step: 5, drift: -3 },
        }),
        Request::Mfa(MfaRequest::ReWrapSeed { binding: device(), record: b"record" }),
        Request::Decrypt { key: key(), context: &[0, 0], blob: b"blob", plaintext: false },
        Request::Recovery(RecoveryRequest::BackupKey { revision: 41, made: Timestamp::from_millis(7) }),
        Request::Recovery(RecoveryRequest::BackupMac([9; 32])),
        Request::Recovery(RecoveryRequest::RestoreBackup(b"header")),
        Request::Recovery(RecoveryRequest::RestoreFileKey),
        Request::Recovery(RecoveryRequest::RestoreKeyring {
            keyring: keyring(),
            digest: [9; 32],
            mac: [10; 32],
        }),
        Request::Store(StoreRequest::SealPassword { cluster: CLUSTER, password: b"password" }),
        Request::Store(StoreRequest::Check { cluster: CLUSTER, sealed: b"sealed" }),
        Request::Store(StoreRequest::GenerateKey { cluster: CLUSTER, binding: binding() }),
        Request::Store(StoreRequest::DestroyKey(key())),
        Request::Store(StoreRequest::Random { cluster: CLUSTER, bytes: 32 }),
        Request::Store(StoreRequest::States),
        Request::Store(StoreRequest::Announce { cluster: CLUSTER, binding: binding() }),
    ]
}

fn secret() -> SecretBytes {
    SecretBytes::new(vec![6; 32])
}

fn new_session() -> SealedSession {
    SealedSession { access_key_id: "ASIA".into(), secret: secret(), token: vec![3; 9] }
}

fn opened_session() -> OpenedSession {
    OpenedSession {
        account: "111122223333".into(),
        expires_at: Timestamp::from_millis(7),
        claims: b"claims".to_vec(),
        signing_key: secret(),
    }
}

fn standing() -> VaultStanding {
    VaultStanding { vault: [1; 16], uses: 5, ed25519: [2; 32], ml_dsa_65: vec![3; ML_DSA_65_KEY_BYTES] }
}

fn signed_head() -> SignedHead {
    SignedHead { uses: 5, time_ms: 6, ed25519: vec![7; 64], ml_dsa_65: vec![8; 3_309] }
}

fn reply_to(command: Command) -> Reply {
    let pin = crate::TokenPin { final_try: true, ..crate::TokenPin::default() };
    let health = Health {
        opened: true,
        random_ok: true,
        memory: MemoryKind::MemfdSecret,
        cached_keys: 3,
        pkcs11: crate::Pkcs11State::Away,
        pkcs11_pin: pin,
    };
    match command {
        Command::Open
        | Command::CheckBlob
        | Command::Forget
        | Command::RestoreBackup
        | Command::RestoreKeyring
        | Command::CheckStore
        | Command::DestroyStoreKey => Reply::Done,
        Command::Initialise | Command::ProposedKeyring | Command::RetireDomainKeys => {
            Reply::Keyring(keyring())
        }
        Command::GenerateBackingKey | Command::GenerateStoreKey => {
            Reply::BackingKey(NewBackingKey { material_id: [2; 32], record: vec![3; 9] })
        }
        Command::Encrypt
        | Command::ReEncrypt
        | Command::GenerateDataKeyWithoutPlaintext
        | Command::SealToken
        | Command::ReWrapBackingKey
        | Command::ReWrapAccessKey
        | Command::ReWrapMfaSeed
        | Command::BackupMac
        | Command::SealStorePassword
        | Command::AnnounceStoreKey => Reply::Blob(vec![8; 132]),
        Command::Decrypt
        | Command::Random
        | Command::SigningKey
        | Command::PageMarkerKey
        | Command::OpenToken
        | Command::BackupKey
        | Command::RestoreFileKey
        | Command::RandomOfStore => Reply::Secret(secret()),
        Command::GenerateDataKey => Reply::DataKey(DataKey { plaintext: secret(), blob: vec![8; 132] }),
        Command::CreateAccessKey => Reply::AccessKey(NewAccessKey { secret: secret(), record: vec![3; 9] }),
        Command::CreateMfaSeed => Reply::MfaSeed(NewMfaSeed { seed: secret(), record: vec![3; 9] }),
        Command::CheckMfaCodes => Reply::MfaStanding(MfaStanding { last_step: 7, drift: 2 }),
        Command::Health => Reply::Health(health),
        Command::CreateSession => Reply::NewSession(new_session()),
        Command::OpenSession => Reply::Session(opened_session()),
        Command::StoreStates => Reply::Stores(vec![
            StoreState { cluster: CLUSTER.into(), state: crate::Pkcs11State::Present, pin },
            StoreState {
                cluster: "cluster-7zyxwvutsrq".into(),
                state: crate::Pkcs11State::Away,
                pin: crate::TokenPin::default(),
            },
        ]),
        Command::Standing => Reply::Standing(standing()),
        Command::SignCheckpoint => Reply::Checkpoint(signed_head()),
    }
}

fn request_frame(id: u64, request: &Request<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    encode_request(&mut out, id, request).unwrap();
    out
}

#[test]
fn every_command_round_trips() {
    for (request, command) in requests().iter().zip(Command::ALL) {
        assert_eq!(request.command(), command);
        let bytes = request_frame(11, request);
        let (content, rest) = split_frame(&bytes).unwrap().unwrap();
        let RequestFrame { id, request: read } = decode_request(content).unwrap();
        assert_eq!((id, rest.len()), (11, 0));
        assert_eq!(request_frame(11, &read), bytes, "{command:?}");
    }
}

#[test]
fn every_answer_round_trips() {
    for command in Command::ALL {
        let mut bytes = Vec::new();
        encode_reply(&mut bytes, 12, command, &Ok(reply_to(command))).unwrap();
        let ReplyFrame { id, command: read, outcome } = decode_frame(&bytes).reply.unwrap();
        assert_eq!((id, read), (12, command));
        let mut again = Vec::new();
        encode_reply(&mut again, 12, command, &outcome).unwrap();
        assert_eq!(again, bytes);
    }
}

#[test]
fn every_error_round_trips() {
    for code in (1..=18).chain(20..=26) {
        let error = VaultError::from_code(code).unwrap();
        let mut bytes = Vec::new();
        encode_reply(&mut bytes, 1, Command::Decrypt, &Err(error)).unwrap();
        assert_eq!(decode_frame(&bytes).reply.unwrap().outcome.unwrap_err(), error);
    }
    assert!(encode_reply(&mut Vec::new(), 1, Command::Decrypt, &Err(VaultError::Busy)).is_err());
}

#[test]
fn header_layout_is_fixed() {
    assert_eq!(
        request_frame(0x0102_0304_0506_0708, &Request::Random(0x0a0b)),
        [14, 0, 0, 0, 1, 9, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1, 0x0b, 0x0a]
    );
}

#[test]
fn frame_cut_at_every_length_is_refused() {
    for request in requests() {
        let bytes = request_frame(1, &request);
        for cut in 0..bytes.len() {
            assert!(split_frame(&bytes[..cut]).unwrap().is_none());
            // The body cut, with a length that says so.
            let mut short = bytes[..cut].to_vec();
            if let Some(field) = short.get_mut(..LENGTH_BYTES) {
                field.copy_from_slice(&(cut as u32 - 4).to_le_bytes());
                assert!(decode_frame(&short).request.is_err(), "{:?} cut to {cut}", request.command());
            }
        }
    }
}

#[test]
fn trailing_byte_unknown_command_version_flags_and_length_are_refused() {
    for request in requests() {
        let bytes = request_frame(1, &request);
        let refused = |index: usize, value: u8| {
            let mut bad = bytes.clone();
            bad[index] = value;
            decode_frame(&bad).request.is_err()
        };
        assert!(refused(4, 2), "version");
        assert!(refused(5, 0) && refused(5, 255), "command");
        assert!(refused(6, 1) && refused(7, 1), "flags");
        let mut long = bytes.clone();
        long.push(0);
        long[..4].copy_from_slice(&(bytes.len() as u32 - 3).to_le_bytes());
        assert!(decode_frame(&long).request.is_err(), "trailing byte of {:?}", request.command());
    }
    assert!(split_frame(&(FRAME_BYTES_MAX as u32 + 1).to_le_bytes()).is_err());
    assert!(split_frame(&11u32.to_le_bytes()).is_err());
}

#[test]
fn kind_of_a_token_that_cannot_be_sealed_on_request_is_refused() {
    let bytes = request_frame(1, &Request::SealToken { kind: TokenKind::Grant, bytes: b"x" });
    let kind = LENGTH_BYTES + HEADER_BYTES;
    assert_eq!(bytes[kind], 2);
    for (byte, taken) in [(0, false), (1, false), (2, true), (3, false), (4, true), (5, false)] {
        let mut other = bytes.clone();
        other[kind] = byte;
        assert_eq!(decode_frame(&other).request.is_ok(), taken, "kind {byte}");
    }
}

#[test]
fn codes_are_one_or_two_and_are_not_printed() {
    let check = |codes| {
        Request::Mfa(MfaRequest::CheckCodes {
            binding: device(),
            record: b"record",
            codes,
            standing: MfaStanding::default(),
        })
    };
    let one = check(MfaCodes::One(*b"287082"));
    let bytes = request_frame(1, &one);
    let count = bytes.windows(7).position(|window| window == b"\x01287082").unwrap();
    assert!(decode_frame(&bytes).request.is_ok());
    for other in [0, 2, 3] {
        let mut bad = bytes.clone();
        bad[count] = other;
        assert!(decode_frame(&bad).request.is_err(), "{other}");
    }
    for shown in [format!("{one:?}"), format!("{:?}", MfaCodes::Two(*b"287082", *b"359152"))] {
        assert!(!shown.contains("287082") && !shown.contains("359152"), "{shown}");
    }
}

#[test]
fn frame_too_long_is_not_made() {
    let mut out = vec![1, 2, 3];
    let record = vec![0; FRAME_BYTES_MAX];
    assert!(encode_request(&mut out, 1, &Request::Forget(&record)).is_err());
    assert_eq!(out, [1, 2, 3]);
}

proptest! {
    #[test]
    fn decode_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode_frame(&bytes);
    }

    #[test]
    fn damaged_frame_is_refused_or_reads_the_same_again(
        index in 0usize..40, at: proptest::sample::Index, bit in 0u8..8,
    ) {
        let mut bytes = request_frame(5, &requests()[index]);
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if let Ok(RequestFrame { id, request }) = decode_frame(&bytes).request {
            prop_assert_eq!(request_frame(id, &request), bytes);
        }
    }
}
