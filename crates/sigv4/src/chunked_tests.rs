//! Chunked bodies: the documented example, and every kind of damage by its name.

use super::*;
use crate::KSecret;
use proptest::prelude::*;

const SEED: [u8; 32] = [7; 32];

fn key() -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, &[1; 32])
}

fn signer(key: &hmac::Key) -> ChunkSigner<'_> {
    ChunkSigner {
        key,
        amz_date: "20150830T123600Z",
        scope: "20150830/us-east-1/kms/aws4_request",
        previous: SEED,
    }
}

fn chunks(parts: &[&[u8]]) -> Vec<u8> {
    let key = key();
    let (mut out, mut signer) = (Vec::new(), signer(&key));
    for part in parts {
        push_chunk(&mut out, part, &mut signer);
    }
    out
}

fn decoded(body: &[u8], decoded_bytes: usize) -> Result<Vec<u8>, ChunkFault> {
    decode(body, decoded_bytes, signer(&key()))
}

/// The three chunks of the documentation's example (S3, "sigv4-streaming"): 64 KiB, 1 KiB, nothing.
#[test]
fn documented_signatures() {
    let secret = KSecret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    let key = secret.date("20130524").region("us-east-1").service("s3").signing();
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.expose());
    let seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
    let mut signer = ChunkSigner {
        key: &key,
        amz_date: "20130524T000000Z",
        scope: "20130524/us-east-1/s3/aws4_request",
        previous: crate::parse::decode_signature(seed).unwrap(),
    };
    for (length, expected) in [
        (65_536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
        (1_024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
        (0, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
    ] {
        signer.previous = signer.sign(&vec![b'a'; length]);
        assert_eq!(const_hex::encode(signer.previous), expected);
    }
}

#[test]
fn signed_chunks_decode() {
    assert_eq!(decoded(&chunks(&[b"ab", b"cde", b""]), 5).unwrap(), b"abcde");
    assert_eq!(decoded(&chunks(&[b""]), 0).unwrap(), b"");
    let long = vec![9; crate::payload::DECODED_BYTES_MAX];
    assert_eq!(decoded(&chunks(&[&long, b""]), long.len()).unwrap(), long);
}

#[test]
fn chunks_changed_in_order_left_out_or_repeated_are_refused() {
    let good = chunks(&[b"ab", b"cd", b""]);
    let one = chunks(&[b"ab"]).len();
    let (first, second, last) = (&good[..one], &good[one..2 * one], &good[2 * one..]);
    assert_eq!(decoded(&[first, second, last].concat(), 4).unwrap(), b"abcd");
    for (parts, length) in [
        ([second, first, last].concat(), 4),
        ([second, last].concat(), 2),
        ([first, last].concat(), 2),
        ([first, first, last].concat(), 4),
        (last.to_vec(), 0),
    ] {
        assert_eq!(decoded(&parts, length), Err(ChunkFault::Signature));
    }
}

#[test]
fn chunks_without_their_end_are_refused() {
    let good = chunks(&[b"ab", b""]);
    for cut in 0..good.len() {
        assert!(decoded(&good[..cut], 2).is_err(), "cut to {cut}");
    }
    assert_eq!(decoded(&chunks(&[b"ab"]), 2), Err(ChunkFault::HeaderUnended));
    assert_eq!(decoded(&[&good, &b"\r\n"[..]].concat(), 2), Err(ChunkFault::BytesLeftOver));
    assert_eq!(decoded(&good[..good.len() - 2], 2), Err(ChunkFault::BreakMissing));
    assert_eq!(decoded(&good[..one_header(&good) + 1], 2), Err(ChunkFault::Truncated));
}

fn one_header(body: &[u8]) -> usize {
    body.windows(2).position(|pair| pair == b"\r\n").unwrap() + 2
}

#[test]
fn announced_length_has_to_be_that_of_the_chunks() {
    let good = chunks(&[b"ab", b""]);
    assert_eq!(decoded(&good, 1), Err(ChunkFault::LengthDiffers));
    assert_eq!(decoded(&good, 3), Err(ChunkFault::LengthDiffers));
}

#[test]
fn chunk_headers_of_another_form_are_refused() {
    let signature = "0".repeat(64);
    for header in [
        format!(";chunk-signature={signature}"),
        format!("-1;chunk-signature={signature}"),
        format!("+1;chunk-signature={signature}"),
        format!("0x1;chunk-signature={signature}"),
        format!("1 ;chunk-signature={signature}"),
        format!("000000001;chunk-signature={signature}"),
        format!("1;chunk-signature=0x{}", &signature[2..]),
        format!("1;chunk-signature={}", &signature[1..]),
        format!("1;chunk-signature={signature};x=y"),
        format!("1;signature={signature}"),
        "1".to_owned(),
    ] {
        let body = [header.as_bytes(), b"\r\na\r\n"].concat();
        assert_eq!(decoded(&body, 1), Err(ChunkFault::HeaderMalformed), "{header}");
    }
    let long = [&[b'0'; CHUNK_HEADER_BYTES_MAX + 1], &b"\r\n"[..]].concat();
    assert_eq!(decoded(&long, 1), Err(ChunkFault::HeaderUnended));
}

#[test]
fn chunk_size_beyond_the_body_is_refused_before_its_data_is_read() {
    let body = format!("ffffffff;chunk-signature={}\r\n", "0".repeat(64));
    assert_eq!(decoded(body.as_bytes(), 10), Err(ChunkFault::LengthDiffers));
    assert_eq!(decoded(body.as_bytes(), usize::MAX), Err(ChunkFault::Truncated));
}

#[test]
fn every_flipped_bit_of_a_chunked_body_is_refused() {
    let good = chunks(&[b"ab", b""]);
    let second = chunks(&[b"ab"]).len();
    // "2;chunk-signature=" and "0;chunk-signature=" are 18 bytes long.
    let in_signature = |at: usize| [0, second].iter().any(|start| (start + 18..start + 82).contains(&at));
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        // A hex digit in the other case is the same digit.
        let same = in_signature(bit / 8) && bad[bit / 8].eq_ignore_ascii_case(&good[bit / 8]);
        assert_eq!(decoded(&bad, 2).is_err(), !same, "bit {bit}");
    }
}

proptest! {
    #[test]
    fn decode_never_panics_and_never_accepts(
        body in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..300),
            "([0-9a-f]{0,9};chunk-signature=[0-9a-f]{60,66}\r\n[a-z]{0,5}(\r\n)?){0,4}".prop_map(String::into_bytes),
        ],
        length in 0usize..400,
    ) {
        prop_assert!(decoded(&body, length).is_err());
    }

    #[test]
    fn whatever_is_chunked_decodes(
        body in proptest::collection::vec(any::<u8>(), 0..500),
        chunk_bytes in 1usize..100,
    ) {
        let mut parts: Vec<&[u8]> = body.chunks(chunk_bytes).collect();
        parts.push(&[]);
        prop_assert_eq!(decoded(&chunks(&parts), body.len()).unwrap(), body);
    }
}
