//! Wraps: round trips of each kind, wrong keys, wrong contexts, and the rules about KMS's answers.

use super::*;
use strongroom_types::AccountId;

fn v3(context: &[(&str, &str)]) -> (Pairs, Pairs) {
    let mut bound = text_pairs(context);
    bound.insert("aws:x-amz-cek-alg".into(), "115".into());
    (text_pairs(context), bound)
}

#[test]
fn raw_wraps_open_what_they_seal_in_both_formats() {
    for (key, opener, wrap) in [
        (aes_key(), aes_key(), WrapAlgorithm::AesGcm),
        (rsa_key("rsa-4096-public"), rsa_key("rsa-4096-private"), WrapAlgorithm::RsaOaepSha1),
    ] {
        for format in [Format::V2, Format::V3] {
            let (envelope, object) = sealed(&key, format, &Pairs::new(), b"document");
            assert_eq!(envelope.wrap, wrap);
            let data_key = opener.unwrap(&envelope, &Pairs::new(), false).unwrap();
            assert_eq!(opened(&envelope.content, &data_key, &object, 5).unwrap(), b"document");
        }
    }
}

/// As `openssl rsa -traditional` and `-RSAPublicKey_out` write them.
#[test]
fn rsa_keys_in_pkcs_1_form_wrap_and_unwrap() {
    let keys = vectors_json("keys.json");
    // In front of the key: of PKCS #8 its head, version, algorithm and string; of X.509 its head, algorithm and bit string.
    let pkcs1 = |half: &str, front: usize, kind: &str| {
        let text = keys[half].as_str().unwrap();
        let lines: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
        let key = STANDARD.encode(&STANDARD.decode(lines).unwrap()[front..]);
        let pem = format!("-----BEGIN {kind}-----\n{key}\n-----END {kind}-----\n");
        WrappingKey::from_file_bytes(pem.as_bytes()).unwrap()
    };
    let private = || pkcs1("rsa-4096-private", 4 + 3 + 15 + 4, "RSA PRIVATE KEY");
    let public = pkcs1("rsa-4096-public", 4 + 15 + 5, "RSA PUBLIC KEY");
    for (key, opener) in [(public, private()), (private(), rsa_key("rsa-4096-private"))] {
        let (envelope, object) = sealed(&key, Format::V3, &Pairs::new(), b"document");
        let data_key = opener.unwrap(&envelope, &Pairs::new(), false).unwrap();
        assert_eq!(opened(&envelope.content, &data_key, &object, 5).unwrap(), b"document");
    }
    let (envelope, _) = sealed(&rsa_key("rsa-4096-public"), Format::V3, &Pairs::new(), b"document");
    let public = pkcs1("rsa-4096-public", 4 + 15 + 5, "RSA PUBLIC KEY");
    assert!(matches!(
        public.unwrap(&envelope, &Pairs::new(), false),
        Err(EnvelopeError::S3Format(S3FormatError::PublicKeyOnly))
    ));
}

#[test]
fn context_of_kms_names_the_content_algorithm_and_is_compared_whole() {
    let (context, bound) = v3(&[("tenant", "42")]);
    let key = kms_key(&[7; 32], &bound, MayUnwrap::Key("alias/docs".into()));
    let (envelope, object) = sealed(&key, Format::V3, &context, b"x");
    assert_eq!(envelope.description, bound);
    // The control: the right context opens.
    let data_key = key.unwrap(&envelope, &context, false).unwrap();
    assert_eq!(opened(&envelope.content, &data_key, &object, 1).unwrap(), b"x");
    for wrong in [&[][..], &[("tenant", "43")], &[("tenant", "42"), ("more", "1")]] {
        assert!(refusal(key.unwrap(&envelope, &text_pairs(wrong), false)).contains("encryption context"));
    }
    let reserved = text_pairs(&[("tenant", "42"), ("aws:x-amz-cek-alg", "115")]);
    assert!(refusal(key.unwrap(&envelope, &reserved, false)).contains("reserved"));
    assert!(refusal(key.new_data_key(Format::V3, &reserved)).contains("reserved"));
}

#[test]
fn metadata_that_names_another_content_than_the_context_is_refused() {
    let (context, bound) = v3(&[]);
    let key = kms_key(&[7; 32], &bound, MayUnwrap::Key("alias/docs".into()));
    let (mut envelope, _) = sealed(&key, Format::V3, &context, b"x");
    envelope.content = Content::Cbc { iv: [0; 16] };
    assert!(refusal(key.unwrap(&envelope, &context, true)).contains("another content algorithm"));
}

#[test]
fn changed_description_is_refused_by_kms() {
    let test = test_named("V3-1000-26");
    let mut envelope = envelope_of(&test).unwrap();
    envelope.description.insert("tenant".into(), "43".into());
    let mut context = pairs(&test["encryption-context"]);
    context.insert("tenant".into(), "43".into());
    assert!(refusal(key_of(&test).unwrap(&envelope, &context, false)).contains("InvalidCiphertextException"));
}

#[test]
fn whose_key_it_was_is_compared_when_only_the_account_is_known() {
    let test = test_named("V2-1000-11");
    let envelope = envelope_of(&test).unwrap();
    let with =
        |may_unwrap| kms_key(&base64(&test["data-key"]), &pairs(&test["kms-encryption-context"]), may_unwrap);
    let account = |text: &str| MayUnwrap::Account(AccountId::parse(text).unwrap());
    assert!(with(account("123456789012")).unwrap(&envelope, &Pairs::new(), false).is_ok());
    let foreign = with(account("999999999999")).unwrap(&envelope, &Pairs::new(), false);
    assert!(refusal(foreign).contains("not in account 999999999999"));
    assert!(refusal(with(MayUnwrap::Nothing).unwrap(&envelope, &Pairs::new(), false)).contains("--key-id"));
    let other = ARN.replace("acf2376c", "00000000");
    assert!(
        refusal(with(MayUnwrap::Key(other)).unwrap(&envelope, &Pairs::new(), false)).contains("another key")
    );
}

#[test]
fn wrong_raw_keys_and_contexts_that_nothing_binds_are_refused() {
    let nothing = Pairs::new();
    let other_aes = WrappingKey::Aes(AesWrappingKey::from_vec(vec![1; 32]).unwrap());
    let (aes, _) = sealed(&aes_key(), Format::V3, &nothing, b"x");
    assert_eq!(refusal(other_aes.unwrap(&aes, &nothing, false)), S3FormatError::Unwrap.to_string());
    assert!(
        refusal(rsa_key("rsa-4096-private").unwrap(&aes, &nothing, false))
            .contains("the key given is an RSA key")
    );
    let (rsa, _) = sealed(&rsa_key("rsa-4096-public"), Format::V3, &nothing, b"x");
    assert!(refusal(rsa_key("rsa-4096-public").unwrap(&rsa, &nothing, false)).contains("private key"));
    assert!(refusal(aes_key().unwrap(&rsa, &nothing, false)).contains("the key given is an AES key"));
    let context = text_pairs(&[("a", "b")]);
    assert!(refusal(aes_key().unwrap(&aes, &context, false)).contains("binds none"));
    assert!(refusal(aes_key().new_data_key(Format::V3, &context)).contains("binds none"));
}

#[test]
fn wrap_of_one_format_does_not_open_in_the_other() {
    // What is bound is the content's algorithm; without that, a data key of V3 would serve content without commitment.
    for key in [aes_key(), rsa_key("rsa-4096-private")] {
        let (mut envelope, _) = sealed(&key, Format::V3, &Pairs::new(), b"x");
        assert!(key.unwrap(&envelope, &Pairs::new(), false).is_ok());
        envelope.content = Content::Gcm { iv: [0; 12] };
        let refused = refusal(key.unwrap(&envelope, &Pairs::new(), false));
        assert_eq!(refused, S3FormatError::Unwrap.to_string());
    }
}

#[test]
fn flipped_bits_of_wrapped_keys_have_one_wording() {
    for key in [aes_key(), rsa_key("rsa-4096-private")] {
        let (envelope, _) = sealed(&key, Format::V2, &Pairs::new(), b"x");
        let bytes = envelope.encrypted_data_key.len();
        for at in (0..bytes).step_by(bytes / 12) {
            let mut changed = envelope.clone();
            changed.encrypted_data_key[at] ^= 1;
            let refused = refusal(key.unwrap(&changed, &Pairs::new(), false));
            assert_eq!(refused, S3FormatError::Unwrap.to_string(), "byte {at}");
        }
        let mut short = envelope.clone();
        short.encrypted_data_key.truncate(3);
        assert_eq!(refusal(key.unwrap(&short, &Pairs::new(), false)), S3FormatError::Unwrap.to_string());
    }
}

#[test]
fn legacy_wraps_are_read_by_leave_only() {
    let test = test_named("V2-CBC-kms-100");
    let envelope = envelope_of(&test).unwrap();
    assert!(key_of(&test).unwrap(&envelope, &Pairs::new(), true).is_ok());
    assert!(refusal(key_of(&test).unwrap(&envelope, &Pairs::new(), false)).contains("legacy"));
    // A context would be bound by nothing there: taking one would let `kms+context` be turned into `kms`.
    let context = text_pairs(&[("a", "b")]);
    assert!(refusal(key_of(&test).unwrap(&envelope, &context, true)).contains("binds none"));
}

#[test]
fn legacy_aes_wraps_unwrap() {
    use aws_lc_rs::cipher::{AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
    use aws_lc_rs::key_wrap::{self, AesKek, KeyWrap as _};
    let wrapping = base64(&vectors_json("keys.json")["aes-256"]);
    let mut envelope = envelope_of(&test_named("V2-AESGCM")).unwrap();
    let mut out = [0; 40];
    AesKek::new(&key_wrap::AES_256, &wrapping).unwrap().wrap(&[9; 32], &mut out).unwrap();
    (envelope.wrap, envelope.encrypted_data_key) = (WrapAlgorithm::AesWrap, out.to_vec());
    assert_eq!(aes_key().unwrap(&envelope, &Pairs::new(), true).unwrap().bytes(), [9u8; 32]);
    let ecb =
        PaddedBlockEncryptingKey::ecb_pkcs7(UnboundCipherKey::new(&AES_256, &wrapping).unwrap()).unwrap();
    let mut blob = vec![9; 32];
    ecb.less_safe_encrypt(&mut blob, EncryptionContext::None).unwrap();
    for wrap in [WrapAlgorithm::AesEcb, WrapAlgorithm::Unnamed] {
        (envelope.wrap, envelope.encrypted_data_key) = (wrap, blob.clone());
        assert_eq!(aes_key().unwrap(&envelope, &Pairs::new(), true).unwrap().bytes(), [9u8; 32]);
        assert!(refusal(aes_key().unwrap(&envelope, &Pairs::new(), false)).contains("legacy"));
    }
}

#[test]
fn aes_key_wrap_by_a_key_of_24_bytes_is_not_taken_for_a_wrong_key() {
    let key = || WrappingKey::Aes(AesWrappingKey::from_vec(vec![3; 24]).unwrap());
    let (mut envelope, _) = sealed(&key(), Format::V2, &Pairs::new(), b"x");
    assert!(key().unwrap(&envelope, &Pairs::new(), false).is_ok(), "the control: GCM has such keys");
    (envelope.wrap, envelope.encrypted_data_key) = (WrapAlgorithm::AesWrap, vec![9; 40]);
    let refused = refusal(key().unwrap(&envelope, &Pairs::new(), true));
    assert_eq!(refused, S3FormatError::AesWrapBytes(24).to_string());
    let another = refusal(aes_key().unwrap(&envelope, &Pairs::new(), true));
    assert_eq!(another, S3FormatError::Unwrap.to_string(), "a key of 32 bytes is another one");
}

#[test]
fn oaep_with_sha_256_is_read_as_either_of_javas_providers_wrote_it() {
    let (wraps, nothing) = (vectors_json("wraps.json"), Pairs::new());
    let mut envelope = envelope_of(&test_named("V2-AESGCM")).unwrap();
    envelope.wrap = WrapAlgorithm::RsaOaepSha256;
    let key = rsa_key("rsa-4096-private");
    for provider in ["bouncy-castle-1.72", "java-sunjce-17"] {
        envelope.encrypted_data_key = base64(&wraps[provider]);
        assert!(refusal(key.unwrap(&envelope, &nothing, false)).contains("legacy"));
        assert_eq!(key.unwrap(&envelope, &nothing, true).unwrap().bytes(), [9u8; 32], "{provider}");
        envelope.encrypted_data_key[9] ^= 1;
        assert_eq!(refusal(key.unwrap(&envelope, &nothing, true)), S3FormatError::Unwrap.to_string());
    }
}

/// What whoever may write the bucket would put there: bad padding, another data key, one of another length.
#[test]
fn opening_does_not_say_whether_pkcs_1_was_well_padded() {
    use aws_lc_rs::rsa::{Pkcs1PublicEncryptingKey, PublicEncryptingKey};
    let keys = vectors_json("keys.json");
    let pem = keys["rsa-4096-public"].as_str().unwrap();
    let lines: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let public = PublicEncryptingKey::from_der(&STANDARD.decode(lines).unwrap()).unwrap();
    let public = Pkcs1PublicEncryptingKey::new(public).unwrap();
    let wrapped = |text: &[u8]| {
        let mut room = vec![0; public.ciphertext_size()];
        public.encrypt(text, &mut room).unwrap().to_vec()
    };
    let (key, nothing) = (rsa_key("rsa-4096-private"), Pairs::new());
    let data_key = ContentKey::from_vec(vec![9; 32]).unwrap();
    let (content, sealer) = ContentSealer::new(Format::V2, &data_key).unwrap();
    let object = sealer.finish().unwrap();
    for wrap in [WrapAlgorithm::RsaPkcs1, WrapAlgorithm::Unnamed] {
        let envelope = |content: &Content, encrypted_data_key: Vec<u8>| {
            let (content, description) = (content.clone(), Pairs::new());
            Envelope { format: Format::V1, content, wrap, encrypted_data_key, description }
        };
        let content_key = |envelope: &Envelope| key.content_key(envelope, &nothing, true);
        let good = envelope(&content, wrapped(&[9; 32]));
        let right = content_key(&good).unwrap();
        assert_eq!(opened(&content, &right, &object, 5).unwrap(), b"", "the control");
        assert!(refusal(key.content_key(&good, &nothing, false)).contains("legacy"));
        assert_eq!(refusal(key.range_key(&good, &nothing, true)), S3FormatError::RangeWrap.to_string());
        assert!(refusal(key.range_key(&good, &nothing, false)).contains("legacy"));
        for blob in [vec![3; 512], vec![3; 100], wrapped(&[8; 32]), wrapped(&[9; 20])] {
            let bad = envelope(&content, blob.clone());
            let another = content_key(&bad).unwrap();
            assert_eq!(opened(&content, &another, &object, 5), Err(S3FormatError::NotAuthentic));
            assert_eq!(content_key(&bad).unwrap().bytes(), another.bytes(), "it is the same each time");
        }
        let cbc = envelope(&Content::Cbc { iv: [1; 16] }, vec![3; 512]);
        assert_eq!(refusal(content_key(&cbc)), S3FormatError::Undecryptable.to_string());
        // A new wrap of a key that nobody has would be the end of the object.
        assert_eq!(refusal(key.unwrap(&cbc, &nothing, true)), S3FormatError::Unwrap.to_string());
    }
    let (mut oaep, _) = sealed(&key, Format::V2, &nothing, b"x");
    assert!(key.range_key(&oaep, &nothing, true).is_ok(), "the control");
    oaep.encrypted_data_key[0] ^= 1;
    assert_eq!(refusal(key.content_key(&oaep, &nothing, true)), S3FormatError::Unwrap.to_string());
}

#[test]
fn data_key_of_an_object_in_cbc_is_rewrapped_for_cbc() {
    let content = Content::Cbc { iv: [1; 16] };
    let (_, bound) = v3(&[]);
    let bound = bound.into_keys().map(|name| (name, content.algorithm().to_owned())).collect();
    let data_key = ContentKey::from_vec(vec![7; 32]).unwrap();
    let rsa = ["rsa-4096-public", "rsa-4096-private"].map(rsa_key);
    let kms = [(); 2].map(|()| kms_key(&[7; 32], &bound, MayUnwrap::Key("alias/docs".into())));
    for [key, opener] in [[aes_key(), aes_key()], rsa, kms] {
        let old = Envelope {
            format: Format::V2,
            content: content.clone(),
            wrap: WrapAlgorithm::AesGcm,
            encrypted_data_key: Vec::new(),
            description: Pairs::new(),
        };
        let wrapped = key.wrap_anew(&data_key, &old, &Pairs::new()).unwrap();
        let new = Envelope {
            wrap: wrapped.algorithm,
            encrypted_data_key: wrapped.encrypted_data_key,
            description: wrapped.description,
            ..old
        };
        assert!(opener.unwrap(&new, &Pairs::new(), false).is_ok(), "{}", new.wrap.name());
        let other = Envelope { content: Content::Gcm { iv: [1; 12] }, ..new };
        assert!(
            opener.unwrap(&other, &Pairs::new(), false).is_err(),
            "the control: what is bound is the content"
        );
    }
}

#[test]
fn rewrapped_data_key_opens_the_same_object() {
    let (context, bound) = v3(&[("tenant", "42")]);
    let kms = kms_key(&[7; 32], &bound, MayUnwrap::Key("alias/docs".into()));
    let (envelope, object) = sealed(&kms, Format::V3, &context, b"document");
    let data_key = kms.unwrap(&envelope, &context, false).unwrap();
    let wrapped = aes_key().wrap(&data_key, Format::V3, &Pairs::new()).unwrap();
    let rewrapped = Envelope {
        wrap: wrapped.algorithm,
        encrypted_data_key: wrapped.encrypted_data_key,
        description: wrapped.description,
        ..envelope
    };
    let data_key = aes_key().unwrap(&rewrapped, &Pairs::new(), false).unwrap();
    assert_eq!(opened(&rewrapped.content, &data_key, &object, 4).unwrap(), b"document");
    assert_eq!(kms.wrap(&data_key, Format::V3, &context).unwrap().description, bound);
    assert!(refusal(aes_key().wrap(&data_key, Format::V1, &Pairs::new())).contains("read, not written"));
}
