//! Metadata: forged, mixed, incomplete; properties of its parser.

use super::*;
use proptest::prelude::*;

fn whole(name: &str) -> Pairs {
    pairs(&test_named(name)["metadata"])
}

/// Metadata with pairs put in and taken out.
fn changed(name: &str, put: &[(&str, &str)], taken: &[&str]) -> Pairs {
    let mut pairs = whole(name);
    pairs.extend(text_pairs(put));
    pairs.retain(|name, _| !taken.contains(&name.as_str()));
    pairs
}

const V2: &str = "V2-1000-11";
const V3: &str = "V3-1000-25";

#[test]
fn pairs_of_two_formats_together_are_refused() {
    for (name, more) in [
        (V2, "x-amz-key"),
        (V2, "x-amz-3"),
        (V2, "x-amz-d"),
        (V2, "x-amz-i"),
        (V3, "x-amz-key"),
        (V3, "x-amz-key-v2"),
    ] {
        let result = parse_object(&changed(name, &[(more, "AAAA")], &[]));
        assert!(matches!(result, Err(S3FormatError::SeveralFormats(..))), "{name} with {more}: {result:?}");
    }
}

#[test]
fn each_missing_or_malformed_pair_is_named() {
    for (name, pair) in [
        (V2, "x-amz-iv"),
        (V2, "x-amz-wrap-alg"),
        (V2, "x-amz-cek-alg"),
        (V3, "x-amz-c"),
        (V3, "x-amz-d"),
        (V3, "x-amz-i"),
        (V3, "x-amz-w"),
    ] {
        let error = parse_object(&changed(name, &[], &[pair])).unwrap_err();
        assert!(matches!(error, S3FormatError::Missing(missing) if missing == pair), "{pair}: {error}");
    }
    for (name, pair, value) in [
        (V2, "x-amz-key-v2", "*"),
        (V2, "x-amz-key-v2", ""),
        (V2, "x-amz-iv", "AAAA"),
        (V2, "x-amz-tag-len", "96"),
        (V2, "x-amz-matdesc", "[]"),
        (V2, "x-amz-matdesc", "{\"a\": 1}"),
        (V2, "x-amz-matdesc", "{\"a\": \"1\", \"a\": \"2\"}"),
        (V2, "x-amz-cek-alg", "AES/ECB"),
        (V2, "x-amz-wrap-alg", "12"),
        (V3, "x-amz-c", "114"),
        (V3, "x-amz-w", "kms+context"),
        (V3, "x-amz-w", "kms"),
        (V3, "x-amz-d", "AAAA"),
        (V3, "x-amz-t", "{} {}"),
    ] {
        let error = parse_object(&changed(name, &[(pair, value)], &[])).unwrap_err();
        let named = match &error {
            S3FormatError::Malformed { name, .. } | S3FormatError::UnknownAlgorithm { name, .. } => *name,
            other => panic!("{pair}: {other}"),
        };
        assert_eq!(named, pair, "{error}");
    }
}

#[test]
fn object_without_any_pair_is_not_taken_for_a_document() {
    let others = text_pairs(&[("author", "me"), ("x-amz-matdesc", "{}")]);
    assert_eq!(parse_object(&others), Ok(Found::Nothing));
    let mark = text_pairs(&[(INSTRUCTION_FILE_MARK, "")]);
    assert_eq!(parse_object(&mark), Err(S3FormatError::IsInstructionFile));
}

/// The content pairs of V3 alone, and the instruction file.
fn split(test: &Value) -> (Found, String) {
    let found = parse_object(&pairs(&test["metadata"])).unwrap();
    assert!(matches!(found, Found::ContentOnly(_)));
    (found, test["instruction-file"].as_str().unwrap().to_owned())
}

#[test]
fn forged_instruction_files_are_refused() {
    let test = test_named("inst-V3");
    let (found, file) = split(&test);
    assert!(parse_instruction_file(found.clone(), file.as_bytes()).is_ok());
    let object = pairs(&test["metadata"]);
    for name in ["x-amz-c", "x-amz-d", "x-amz-i"] {
        let more = format!(", \"{name}\": \"{}\"}}", object[name]);
        let forged = format!("{}{more}", file.strip_suffix('}').unwrap());
        let refused = parse_instruction_file(found.clone(), forged.as_bytes());
        assert!(matches!(refused, Err(S3FormatError::InstructionFile(_))), "{name}: {refused:?}");
    }
    // A V3 data key for an object without V3 content, and V2 for an object with it.
    assert!(matches!(
        parse_instruction_file(Found::Nothing, file.as_bytes()),
        Err(S3FormatError::InstructionFile(_))
    ));
    let v2 = description_json(&whole(V2));
    assert!(parse_instruction_file(Found::Nothing, v2.as_bytes()).is_ok());
    assert!(parse_instruction_file(found.clone(), v2.as_bytes()).is_err());
    let complete = parse_object(&whole(V2)).unwrap();
    assert!(matches!(
        parse_instruction_file(complete, v2.as_bytes()),
        Err(S3FormatError::InstructionFile(_))
    ));
    for bad in ["", "[]", "null", "{\"x-amz-3\": 1}", "{\"other\": \"x\"}", "not JSON"] {
        let refused = parse_instruction_file(found.clone(), bad.as_bytes());
        assert!(matches!(refused, Err(S3FormatError::InstructionFile(_))), "{bad}: {refused:?}");
    }
    let twice = format!("{}, \"x-amz-w\": \"02\"}}", file.strip_suffix('}').unwrap());
    assert!(parse_instruction_file(found, twice.as_bytes()).is_err());
}

#[test]
fn v1_is_read_with_and_without_names() {
    let v1 = text_pairs(&[
        ("x-amz-key", "AAAA"),
        ("x-amz-iv", "AAAAAAAAAAAAAAAAAAAAAA=="),
        ("x-amz-matdesc", "{}"),
    ]);
    let Ok(Found::Whole(envelope)) = parse_object(&v1) else { panic!("V1 is read") };
    assert_eq!((envelope.format, envelope.wrap), (Format::V1, WrapAlgorithm::Unnamed));
    assert_eq!(envelope.content, Content::Cbc { iv: [0; 16] });
}

#[test]
fn metadata_beyond_what_s3_takes_asks_for_an_instruction_file() {
    let mut envelope = envelope_of(&test_named(V3)).unwrap();
    envelope.description.insert("long".into(), "x".repeat(2048));
    assert!(matches!(envelope.write(Placement::Object), Err(S3FormatError::MetadataTooLong(_))));
    assert!(envelope.write(Placement::InstructionFile).is_ok());
}

#[test]
fn descriptions_are_written_in_ascii() {
    let pairs = text_pairs(&[("ü", "\u{1f511} \"\\\n"), ("a", "b")]);
    let json = description_json(&pairs);
    assert_eq!(json, "{\"a\":\"b\",\"\\u00fc\":\"\\ud83d\\udd11 \\\"\\\\\\u000a\"}");
    assert_eq!(parse_description("x", &json), Ok(pairs));
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        format in prop_oneof![Just(Format::V2), Just(Format::V3)],
        wrap in prop_oneof![
            Just(WrapAlgorithm::KmsContext), Just(WrapAlgorithm::AesGcm), Just(WrapAlgorithm::RsaOaepSha1),
        ],
        encrypted_data_key in proptest::collection::vec(any::<u8>(), 1..400),
        description in proptest::collection::btree_map(".{0,20}", ".{0,40}", 0..4),
        bytes in any::<[u8; 28]>(),
        beside in any::<bool>(),
    ) {
        let content = match format {
            Format::V3 => Content::Committing(CommittedContent { message_id: bytes, commitment: bytes }),
            _ => Content::Gcm { iv: bytes[..12].try_into().unwrap() },
        };
        let envelope = Envelope { format, content, wrap, encrypted_data_key, description };
        let placement = if beside { Placement::InstructionFile } else { Placement::Object };
        let Ok(written) = envelope.write(placement) else { return Ok(()) };
        prop_assert!(written.object.values().all(|value| value.is_ascii()));
        let read = match (parse_object(&written.object).unwrap(), written.instruction_file) {
            (Found::Whole(read), None) => read,
            (found, Some(json)) => parse_instruction_file(found, json.as_bytes()).unwrap(),
            (found, None) => panic!("{found:?}"),
        };
        prop_assert_eq!(read, envelope);
    }

    #[test]
    fn any_pairs_parse_or_are_refused(
        pairs in proptest::collection::btree_map(
            prop_oneof![proptest::sample::select(super::super::names::ALL.to_vec()).prop_map(str::to_owned), ".{0,10}"],
            prop_oneof![".{0,60}", Just("115".to_owned()), Just("12".to_owned()), "[A-Za-z0-9+/]{0,40}={0,2}"],
            0..8,
        ),
    ) {
        if let Ok(found) = parse_object(&pairs) {
            let _ = parse_instruction_file(found, description_json(&pairs).as_bytes());
        }
    }

    #[test]
    fn any_instruction_file_and_value_is_taken_or_refused(text in ".{0,200}") {
        let _ = parse_instruction_file(Found::Nothing, text.as_bytes());
        let _ = decode_metadata_value(&text);
        prop_assert!(text.contains("=?") || decode_metadata_value(&text) == text);
    }
}
