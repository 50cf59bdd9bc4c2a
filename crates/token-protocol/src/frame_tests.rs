//! Frames: round trips of every command and answer, and every kind of damage.

use super::*;
use crate::*;
use proptest::prelude::*;
use strongroom_types::SecretBytes;
use zeroize::Zeroizing;

const KEY: KeyLabel = KeyLabel::Key([7; 16]);

fn requests() -> Vec<Request<'static>> {
    vec![
        Request::Health,
        Request::Probe(KeyLabel::Root([1; 16])),
        Request::GenerateKey(KEY),
        Request::FindKey(KEY),
        Request::Hmac { key: KEY, info: b"info" },
        Request::Encrypt { key: KEY, aad: b"aad", plaintext: b"plain" },
        Request::Decrypt { key: KEY, iv: b"twelve bytes", aad: b"aad", ciphertext: b"cipher" },
        Request::DestroyKey(KEY),
        Request::Status,
        Request::CheckPin(b"word"),
        Request::Random(32),
    ]
}

fn enrolment() -> Enrolment {
    Enrolment {
        variant: Variant::Derive,
        key: KeyLabel::Root([1; 16]),
        module_sha256: [9; 32],
        token_label: "strongroom".into(),
        token_serial: "a730883738686fb5".into(),
    }
}

fn status() -> TokenStatus {
    TokenStatus {
        login: Login::In,
        pin: PinFlags { count_low: true, ..PinFlags::default() },
        sessions: 4,
        library: "SoftHSM".into(),
        label: "strongroom".into(),
        serial: "a730883738686fb5".into(),
        manufacturer: "SoftHSM project".into(),
        model: "SoftHSM v2".into(),
        mechanisms: vec!["CKM_SHA256_HMAC".into(), "CKM_AES_GCM".into()],
        slots: vec![SlotFacts { id: 946_368_437, label: "strongroom".into(), serial: "a7".into() }],
    }
}

fn reply_to(command: Command) -> Reply {
    match command {
        Command::Health | Command::DestroyKey | Command::CheckPin => Reply::Done,
        Command::Probe => Reply::Enrolment(enrolment()),
        Command::GenerateKey | Command::FindKey => {
            Reply::Key(KeyFacts { kind: KeyKind::Secret, guarded: true })
        }
        Command::Hmac => Reply::Blocks(Blocks::new(Zeroizing::new([6; BLOCKS_BYTES]))),
        Command::Encrypt => Reply::Sealed(Sealed { iv: vec![1; 12], ciphertext: vec![2; 48] }),
        Command::Decrypt | Command::Random => Reply::Secret(SecretBytes::new(vec![6; 32])),
        Command::Status => Reply::Status(status()),
    }
}

fn request_frame(id: u64, request: &Request<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    encode_request(&mut out, id, request).unwrap();
    out
}

fn reply_frame(id: u64, command: Command, outcome: &Result<Reply, TokenError>) -> Vec<u8> {
    let mut out = Vec::new();
    encode_reply(&mut out, id, command, outcome).unwrap();
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
        let bytes = reply_frame(12, command, &Ok(reply_to(command)));
        let ReplyFrame { id, command: read, outcome } = decode_frame(&bytes).reply.unwrap();
        assert_eq!((id, read), (12, command));
        assert_eq!(reply_frame(12, command, &outcome), bytes);
    }
}

#[test]
fn every_error_round_trips_and_those_of_the_client_are_not_sent() {
    for code in 1..=10 {
        let text = if code >= 9 { "CKR_GENERAL_ERROR" } else { "" };
        let error = TokenError::from_code(code, text).unwrap();
        assert_eq!(error.code(), Some(code));
        let bytes = reply_frame(1, Command::Hmac, &Err(error.clone()));
        assert_eq!(decode_frame(&bytes).reply.unwrap().outcome.unwrap_err(), error);
        assert!(code >= 9 || TokenError::from_code(code, "x").is_err(), "text with {code}");
    }
    assert!(TokenError::from_code(0, "").is_err() && TokenError::from_code(11, "").is_err());
    for error in [TokenError::Unavailable, TokenError::TimedOut] {
        assert!(encode_reply(&mut Vec::new(), 1, Command::Hmac, &Err(error)).is_err());
    }
}

#[test]
fn long_text_of_an_error_is_cut_between_letters() {
    let text = format!("x{}", "é".repeat(TEXT_BYTES_MAX));
    let bytes = reply_frame(1, Command::Hmac, &Err(TokenError::Failed(text)));
    let TokenError::Failed(read) = decode_frame(&bytes).reply.unwrap().outcome.unwrap_err() else { panic!() };
    assert_eq!(read.len(), TEXT_BYTES_MAX - 1);
}

#[test]
fn header_layout_is_fixed() {
    let mut expected = vec![29, 0, 0, 0, 1, 4, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1, 2];
    expected.extend([7; 16]);
    assert_eq!(request_frame(0x0102_0304_0506_0708, &Request::FindKey(KEY)), expected);
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
                field.copy_from_slice(&(cut as u32).wrapping_sub(4).to_le_bytes());
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
fn label_of_another_kind_and_data_too_long_are_refused() {
    let bytes = request_frame(1, &Request::FindKey(KEY));
    let kind = LENGTH_BYTES + HEADER_BYTES;
    for (byte, taken) in [(0, false), (1, true), (2, true), (3, false)] {
        let mut other = bytes.clone();
        other[kind] = byte;
        assert_eq!(decode_frame(&other).request.is_ok(), taken, "kind {byte}");
    }
    for (length, taken) in [(DATA_BYTES_MAX, true), (DATA_BYTES_MAX + 1, false)] {
        let info = vec![0; length];
        let bytes = request_frame(1, &Request::Hmac { key: KEY, info: &info });
        assert_eq!(decode_frame(&bytes).request.is_ok(), taken, "{length}");
    }
}

#[test]
fn enrolment_round_trips_and_a_damaged_one_is_refused() {
    let bytes = enrolment().to_bytes();
    assert_eq!(Enrolment::from_bytes(&bytes).unwrap(), enrolment());
    for cut in 0..bytes.len() {
        assert!(Enrolment::from_bytes(&bytes[..cut]).is_err(), "cut to {cut}");
    }
    for (at, value) in [(0, 2), (1, 0), (1, 5), (2, 3)] {
        let mut bad = bytes.clone();
        bad[at] = value;
        assert!(Enrolment::from_bytes(&bad).is_err(), "{value} at {at}");
    }
    let long = [&bytes[..], &[0]].concat();
    assert!(Enrolment::from_bytes(&long).is_err());
}

#[test]
fn label_names_the_object() {
    let mut id = [0; 16];
    id[15] = 0xab;
    assert_eq!(KeyLabel::Root(id).to_string(), "strongroom-root-000000000000000000000000000000ab");
    assert_eq!(KeyLabel::Key(id).to_string(), "strongroom-key-000000000000000000000000000000ab");
}

#[test]
fn nothing_secret_is_printed() {
    let request = Request::Encrypt { key: KEY, aad: b"aad", plaintext: b"sesame" };
    assert_eq!(format!("{request:?}"), "Request(Encrypt)");
    assert_eq!(format!("{:?}", reply_to(Command::Hmac)), "Blocks(Blocks(redacted))");
    assert_eq!(format!("{:?}", reply_to(Command::Decrypt)), "Secret(SecretBytes(redacted))");
}

proptest! {
    #[test]
    fn decode_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode_frame(&bytes);
        let _ = Enrolment::from_bytes(&bytes);
    }

    #[test]
    fn damaged_request_is_refused_or_reads_the_same_again(
        index in 0usize..11, at: proptest::sample::Index, bit in 0u8..8,
    ) {
        let mut bytes = request_frame(5, &requests()[index]);
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if let Ok(RequestFrame { id, request }) = decode_frame(&bytes).request {
            prop_assert_eq!(request_frame(id, &request), bytes);
        }
    }

    #[test]
    fn damaged_reply_is_refused_or_reads_the_same_again(
        index in 0usize..11, at: proptest::sample::Index, bit in 0u8..8,
    ) {
        let command = Command::ALL[index];
        let mut bytes = reply_frame(5, command, &Ok(reply_to(command)));
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if let Ok(ReplyFrame { id, command, outcome }) = decode_frame(&bytes).reply {
            prop_assert_eq!(reply_frame(id, command, &outcome), bytes);
        }
    }
}
