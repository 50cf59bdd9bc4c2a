//! Changed objects: nothing that was not written opens to its end.

use super::*;

fn data_key() -> ContentKey {
    ContentKey::from_vec(vec![5; 32]).unwrap()
}

fn object(format: Format, plaintext: &[u8]) -> (Content, Vec<u8>) {
    let (content, mut sealer) = ContentSealer::new(format, &data_key()).unwrap();
    let mut object = plaintext.to_vec();
    sealer.update(&mut object).unwrap();
    object.extend_from_slice(&sealer.finish().unwrap());
    (content, object)
}

#[test]
fn every_flipped_bit_of_the_object_is_refused() {
    for format in [Format::V2, Format::V3] {
        let (content, object) = object(format, &[1u8; 40]);
        assert_eq!(opened(&content, &data_key(), &object, 9).unwrap(), [1u8; 40]);
        for bit in 0..object.len() * 8 {
            let mut changed = object.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let refused = opened(&content, &data_key(), &changed, 9);
            assert_eq!(refused, Err(S3FormatError::NotAuthentic), "bit {bit}");
        }
    }
}

#[test]
fn object_cut_lengthened_or_without_tag_is_refused() {
    let (content, object) = object(Format::V3, &[1; 100]);
    for bytes in 0..object.len() {
        let error = if bytes < 16 { S3FormatError::Truncated } else { S3FormatError::NotAuthentic };
        assert_eq!(opened(&content, &data_key(), &object[..bytes], 50), Err(error), "{bytes} bytes");
    }
    let longer = [&object[..], &[0]].concat();
    assert_eq!(opened(&content, &data_key(), &longer, 50), Err(S3FormatError::NotAuthentic));
}

#[test]
fn v3_with_another_key_message_id_or_commitment_fails_at_the_commitment() {
    let (content, object) = object(Format::V3, b"x");
    let Content::Committing(committed) = &content else { panic!("V3 commits") };
    let other_key = ContentKey::from_vec(vec![6; 32]).unwrap();
    assert_eq!(opened(&content, &other_key, &object, 50), Err(S3FormatError::Commitment));
    for at in 0..28 {
        let mut changed = committed.clone();
        changed.message_id[at] ^= 1;
        let refused = opened(&Content::Committing(changed), &data_key(), &object, 50);
        assert_eq!(refused, Err(S3FormatError::Commitment));
        let mut changed = committed.clone();
        changed.commitment[at] ^= 1;
        assert_eq!(check_commitment(&changed, &data_key()), Err(S3FormatError::Commitment));
    }
    assert_eq!(check_commitment(committed, &data_key()), Ok(()));
}

#[test]
fn v2_with_another_key_or_iv_is_not_authentic() {
    let (content, object) = object(Format::V2, b"x");
    let other_key = ContentKey::from_vec(vec![6; 32]).unwrap();
    assert_eq!(opened(&content, &other_key, &object, 50), Err(S3FormatError::NotAuthentic));
    let changed = Content::Gcm { iv: [0; 12] };
    assert_eq!(opened(&changed, &data_key(), &object, 50), Err(S3FormatError::NotAuthentic));
}

#[test]
fn content_of_one_format_does_not_open_as_the_other() {
    let (_, object) = object(Format::V3, b"x");
    let as_v2 = Content::Gcm { iv: super::super::content::IV_V3 };
    assert_eq!(opened(&as_v2, &data_key(), &object, 50), Err(S3FormatError::NotAuthentic));
}

#[test]
fn policy_and_leave_decide_before_any_key_is_asked() {
    let (v2, v3, cbc) =
        (Content::Gcm { iv: [0; 12] }, object(Format::V3, b"").0, Content::Cbc { iv: [0; 16] });
    let strict = Reading::default();
    assert_eq!(strict.allows(Format::V3, &v3), Ok(()));
    assert_eq!(strict.allows(Format::V2, &v2), Err(S3FormatError::Policy("V2")));
    let allowing = Reading { policy: CommitmentPolicy::RequireEncryptAllowDecrypt, legacy: false };
    assert_eq!(allowing.allows(Format::V2, &v2), Ok(()));
    assert_eq!(allowing.allows(Format::V1, &cbc), Err(S3FormatError::LegacyContent));
    let legacy = Reading { legacy: true, ..allowing };
    assert_eq!(legacy.allows(Format::V1, &cbc), Ok(()));
    assert_eq!(Reading { legacy: true, ..strict }.allows(Format::V1, &cbc), Err(S3FormatError::Policy("V1")));
    for (name, writes) in [
        ("forbid-encrypt-allow-decrypt", Format::V2),
        ("require-encrypt-allow-decrypt", Format::V3),
        ("require-encrypt-require-decrypt", Format::V3),
    ] {
        assert_eq!(name.parse::<CommitmentPolicy>().unwrap().writes(), writes);
    }
    assert!("require".parse::<CommitmentPolicy>().is_err());
}

#[test]
fn cbc_that_is_cut_or_has_bad_padding_does_not_decrypt() {
    let test = test_named("V2-CBC-kms-100");
    let content = envelope_of(&test).unwrap().content;
    let key = ContentKey::from_vec(base64(&test["data-key"])).unwrap();
    let object = base64(&test["object"]);
    assert!(opened(&content, &key, &object, 10).is_ok());
    assert_eq!(opened(&content, &key, &object[..object.len() - 1], 10), Err(S3FormatError::Undecryptable));
    let mut changed = object.clone();
    // The last byte of the block before the last flips the last byte of the padding.
    let at = object.len() - 17;
    changed[at] ^= 0x80;
    assert_eq!(opened(&content, &key, &changed, 10), Err(S3FormatError::Undecryptable));
    assert_eq!(opened(&content, &key, b"", 10), Err(S3FormatError::Undecryptable));
}

#[test]
fn ranges_outside_the_document_and_of_cbc_are_refused() {
    let range = |text: &str| text.parse::<PlaintextRange>();
    for bad in ["", "..", "1", "5..5", "6..5", "a..b", "-1..2", "..5"] {
        assert!(range(bad).is_err(), "{bad}");
    }
    assert_eq!(range("10..20").unwrap().within(10), Err(S3FormatError::Range(10)));
    assert_eq!(range("10..").unwrap().within(12).unwrap().bytes(), 2);
    assert_eq!(range("17..40").unwrap().within(30).unwrap().header(), "bytes=16-29");
    let cbc = Content::Cbc { iv: [0; 16] };
    let refused = RangeCipher::new(&cbc, &data_key(), range("0..1").unwrap());
    assert!(matches!(refused, Err(S3FormatError::RangeContent)));
    let content = object(Format::V3, b"x").0;
    let other_key = ContentKey::from_vec(vec![6; 32]).unwrap();
    let refused = RangeCipher::new(&content, &other_key, range("0..1").unwrap());
    assert!(matches!(refused, Err(S3FormatError::Commitment)));
}
