//! Hostile `Authorization` headers, and the date, the query and the body that they are read with.
//!
//! Input: header, `x-amz-date`, query and body, one line each; what is missing is the seeds' date or empty. Without a
//! header the query may be a presigned one. Each is read once more as if its body came in signed chunks.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use strongroom_sigv4::{RequestHead, VerifyingKey, parse, verify};
use strongroom_types::Timestamp;

/// 2015-08-30T12:36:00Z, the time of the seeds.
const NOW: Timestamp = Timestamp::from_millis(1_440_938_160_000);

/// A signing key that nothing was signed with.
static KEY: LazyLock<VerifyingKey> = LazyLock::new(|| VerifyingKey::new(&[0x5a; 32]));

fuzz_target!(|data: &[u8]| {
    let mut lines = data.splitn(4, |byte| *byte == b'\n');
    let authorization = lines.next().unwrap_or_default();
    let date = lines.next().unwrap_or(&b"20150830T123600Z"[..]);
    let query = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let body = lines.next().unwrap_or_default();
    let host_and_date = [("host", &b"localhost"[..]), ("x-amz-date", date), ("authorization", authorization)];
    let chunked = [
        ("x-amz-content-sha256", &b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD"[..]),
        ("x-amz-decoded-content-length", &b"2"[..]),
    ];
    let both = [&host_and_date[..], &chunked[..]].concat();
    for headers in [&host_and_date[..], &both[..]] {
        let head = RequestHead { method: "POST", path: "/", query: &query, headers };
        if let Ok(claim) = parse(&head, &["kms", "iam", "sts"], NOW) {
            assert!(verify(&head, body, &claim, &KEY).is_err(), "a signature by nobody was taken");
        }
    }
});
