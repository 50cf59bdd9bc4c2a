//! What is timed: every place where something that only we can compute is compared with what somebody sent.
//!
//! Grant tokens, session tokens and rollback anchors are sealed alike: one subject is all of them. Not here: the commitments of
//! sealed files and backups, the markers of pages, codes of MFA devices and what a TPM answers, which are one call of the same
//! function of aws-lc-rs each, in crates that do not show it; a PIN and a key store's password, of which hashes are compared.
//! There are no keys for GenerateMac and VerifyMac.

use super::timed;
use anyhow::{Result, ensure};
use std::hint::black_box;
use std::ops::Range;
use std::time::Duration;
use strongroom_crypto::{
    BLOB_OVERHEAD, BlobKey, HsmRecord, RECORD_OVERHEAD, RecordHeader, TOKEN_OVERHEAD, TokenKey, WrappingKey,
    join_hsm_record, labels, open_blob, open_record, open_token, seal_blob, seal_record, seal_token,
    service_mac, verify_service_mac,
};
use strongroom_sigv4::{Credential, KSecret, RequestHead, VerifyingKey, parse, sign, sign_chunked, verify};
use strongroom_types::Timestamp;

/// Where the wrong byte stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    First,
    Last,
}

/// One comparison.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    /// Whether it is made to leak.
    pub(crate) is_control: bool,
    /// Refuses something of that class, and says how long it took.
    pub(crate) refuse: Box<dyn FnMut(Class) -> Result<Duration>>,
}

const KEY: [u8; 32] = [0x42; 32];
const NONCE: [u8; 16] = [7; 16];
const BOUND: &[u8] = &[0, 0];
const SECRET: [u8; 32] = [9; 32];

/// Bytes of commitments and of tags, which stand before and behind the ciphertext.
const COMMITMENT_BYTES: usize = 32;
const TAG_BYTES: usize = 16;

/// The cluster of MACs, and what they are made of.
const CLUSTER: [u8; 16] = [5; 16];
const DIGEST: [u8; 32] = [6; 32];

/// All of them, the controls first.
pub(crate) fn all() -> Result<Vec<Subject>> {
    let blob = seal_blob(blob_key(), &NONCE, BOUND, &SECRET)?;
    let record = seal_record(wrapping_key(), &NONCE, BOUND, &SECRET)?;
    let token = seal_token(token_key(), &NONCE, BOUND, &SECRET)?;
    let mac = service_mac(&KEY, &CLUSTER, labels::BACKUP_MAC, &[&DIGEST])?;
    let of_token = join_hsm_record(RECORD_HEADER, BOUND, &SECRET, &IV, &ENCRYPTED)?;
    Ok(vec![
        bare_control(),
        control_behind("control: the same behind a blob", &blob, commitment(BLOB_OVERHEAD), opens_blob),
        control_behind("control: the same behind a MAC", &mac, 0..mac.len(), is_mac),
        sealed("ciphertext blob: commitment", &blob, commitment(BLOB_OVERHEAD), opens_blob),
        sealed("ciphertext blob: tag", &blob, tag(&blob), opens_blob),
        sealed("wrapped key: commitment", &record, commitment(RECORD_OVERHEAD), opens_record),
        sealed("wrapped key: tag", &record, tag(&record), opens_record),
        sealed("session and grant token: commitment", &token, commitment(TOKEN_OVERHEAD), opens_token),
        sealed("session and grant token: tag", &token, tag(&token), opens_token),
        sealed("MAC of a backup or recovery set", &mac, 0..mac.len(), is_mac),
        sealed("key that a token wrapped: MAC", &of_token, check_of_token(), is_of_token),
        request_signature()?,
        chunk_signature()?,
    ])
}

// --- sealed things

fn blob_key() -> BlobKey<'static> {
    BlobKey { backing_key: &KEY, key_id: [1; 16], backing_id: [2; 16] }
}

const RECORD_HEADER: RecordHeader = RecordHeader { wrapping_id: [3; 16], wrapping_version: 1 };

fn wrapping_key() -> WrappingKey<'static> {
    WrappingKey { key: &KEY, header: RECORD_HEADER }
}

fn token_key() -> TokenKey<'static> {
    TokenKey { key: &KEY, kind: 1 }
}

fn opens_blob(blob: &[u8]) -> bool {
    open_blob(blob_key(), BOUND, blob).is_ok()
}

fn opens_record(record: &[u8]) -> bool {
    open_record(wrapping_key(), BOUND, record).is_ok()
}

fn opens_token(token: &[u8]) -> bool {
    open_token(token_key(), BOUND, token).is_ok()
}

/// What a token chose, and what it encrypted; nothing here is decrypted.
const IV: [u8; 12] = [8; 12];
const ENCRYPTED: [u8; 48] = [4; 48];

/// Bytes before the IV of a record that a token wrapped: magic, wrapping id, version, length.
const BEFORE_IV_BYTES: usize = 4 + 16 + 4 + 1;

/// Where the MAC of such a record stands.
fn check_of_token() -> Range<usize> {
    let start = BEFORE_IV_BYTES + IV.len();
    start..start + COMMITMENT_BYTES
}

fn is_of_token(record: &[u8]) -> bool {
    HsmRecord::read(RECORD_HEADER, record).is_ok_and(|record| record.verify(BOUND, &SECRET).is_ok())
}

fn is_mac(mac: &[u8]) -> bool {
    verify_service_mac(&KEY, &CLUSTER, labels::BACKUP_MAC, &[&DIGEST], mac).is_ok()
}

/// Where the commitment stands in something that is so much longer than what it holds.
fn commitment(overhead: usize) -> Range<usize> {
    let start = overhead - COMMITMENT_BYTES - TAG_BYTES;
    start..start + COMMITMENT_BYTES
}

fn tag(sealed: &[u8]) -> Range<usize> {
    sealed.len() - TAG_BYTES..sealed.len()
}

/// Bytes of which the first or the last of a range is altered.
struct Altered {
    input: Vec<u8>,
    /// Where, what is right there, and what is wrong.
    ends: [(usize, u8, u8); 2],
}

impl Altered {
    fn new(bytes: &[u8], range: Range<usize>, wrong: fn(u8) -> u8) -> Self {
        let ends = [range.start, range.end - 1].map(|at| (at, bytes[at], wrong(bytes[at])));
        Self { input: bytes.to_vec(), ends }
    }

    /// One of both, at one place. For either class the same bytes are read and the same places written: how long that takes
    /// must not matter to what comes after it.
    fn write(&mut self, class: Class) -> &[u8] {
        for (end, (at, right, wrong)) in self.ends.iter().enumerate() {
            let mask = 0_u8.wrapping_sub(black_box(u8::from(end == class as usize)));
            self.input[*at] = right ^ ((right ^ wrong) & mask);
        }
        &self.input
    }
}

fn other_bit(byte: u8) -> u8 {
    byte ^ 1
}

/// A hex digit, so that a signature is still one in form. Not 0: the decoder looks behind a leading one for the x of a prefix,
/// which takes half a nanosecond and tells the sender what the sender has sent.
fn other_digit(digit: u8) -> u8 {
    if digit == b'1' { b'2' } else { b'1' }
}

/// Something sealed that must not open.
fn sealed(name: &'static str, whole: &[u8], range: Range<usize>, opens: fn(&[u8]) -> bool) -> Subject {
    let mut altered = Altered::new(whole, range, other_bit);
    let refuse = move |class: Class| {
        let input = altered.write(class);
        let (took, opened) = timed(|| opens(black_box(input)));
        ensure!(!opened, "{name}: an altered one opened");
        Ok(took)
    };
    Subject { name, is_control: false, refuse: Box::new(refuse) }
}

// --- controls

/// What nobody may write.
fn stops_early(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(a, b)| black_box(*a) == black_box(*b))
}

fn bare_control() -> Subject {
    let (whole, mut altered) = (SECRET, Altered::new(&SECRET, 0..SECRET.len(), other_bit));
    let refuse = move |class: Class| {
        let input = altered.write(class);
        let (took, equal) = timed(|| stops_early(black_box(input), black_box(&whole)));
        ensure!(!equal, "the control found no difference");
        Ok(took)
    };
    Subject { name: "control: stops at the first difference", is_control: true, refuse: Box::new(refuse) }
}

/// The leak is as small as the first control's, and hidden behind as much work as a subject does.
fn control_behind(
    name: &'static str,
    whole: &[u8],
    range: Range<usize>,
    opens: fn(&[u8]) -> bool,
) -> Subject {
    let (whole, mut altered) = (whole.to_vec(), Altered::new(whole, range.clone(), other_bit));
    let refuse = move |class: Class| {
        let input = altered.write(class);
        let (took, opened) = timed(|| {
            let opened = opens(black_box(input));
            opened | stops_early(black_box(&input[range.clone()]), black_box(&whole[range.clone()]))
        });
        ensure!(!opened, "{name} found no difference");
        Ok(took)
    };
    Subject { name, is_control: true, refuse: Box::new(refuse) }
}

// --- signatures

/// A request that was signed at one moment, which is the server's time too.
struct Signed {
    amz_date: String,
    now: Timestamp,
    key: VerifyingKey,
}

const HOST: &[u8] = b"localhost:8443";
const TARGET: &[u8] = b"TrentService.ListKeys";
const BODY: &[u8] = b"{}";
const REGION: &str = "us-east-1";
const SERVICE: &str = "kms";
const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

fn credential() -> Credential<'static> {
    Credential {
        access_key_id: "AKIDEXAMPLE",
        secret_access_key: SECRET_ACCESS_KEY,
        region: REGION,
        service: SERVICE,
    }
}

impl Signed {
    fn now() -> Self {
        let now = jiff::Timestamp::now();
        let amz_date = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        let key = KSecret::new(SECRET_ACCESS_KEY).date(&amz_date[..8]).region(REGION).service(SERVICE);
        let key = VerifyingKey::new(key.signing().expose());
        Self { now: Timestamp::from_millis(now.as_millisecond().unsigned_abs()), amz_date, key }
    }

    /// Parses the claim, which is not timed, and verifies it, which is.
    fn refuse(
        &self,
        headers: &[(&str, &[u8])],
        authorization: &[u8],
        body: &[u8],
    ) -> Result<(Duration, bool)> {
        let headers = [headers, &[("authorization", authorization)]].concat();
        let head = head(&headers);
        let claim = parse(&head, &[SERVICE], self.now)?;
        Ok(timed(|| verify(black_box(&head), black_box(body), black_box(&claim), &self.key).is_ok()))
    }
}

/// What is signed of a request whose body is signed whole.
fn headers_of_whole(amz_date: &str) -> [(&str, &[u8]); 3] {
    [("host", HOST), ("x-amz-target", TARGET), ("x-amz-date", amz_date.as_bytes())]
}

/// What is signed of a request whose body comes in chunks.
fn headers_of_chunked(amz_date: &str) -> [(&str, &[u8]); 5] {
    [
        ("host", HOST),
        ("x-amz-target", TARGET),
        ("x-amz-date", amz_date.as_bytes()),
        ("x-amz-content-sha256", b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
        ("x-amz-decoded-content-length", b"2"),
    ]
}

fn head<'a>(headers: &'a [(&'a str, &'a [u8])]) -> RequestHead<'a> {
    RequestHead { method: "POST", path: "/", query: "", headers }
}

/// The signature in the header `Authorization`, whose last 64 characters it is.
fn request_signature() -> Result<Subject> {
    const NAME: &str = "SigV4: signature of a request";
    let signed = Signed::now();
    let authorization = sign(&head(&headers_of_whole(&signed.amz_date)), BODY, &credential())?;
    let mut altered = altered_signature(authorization.as_bytes(), authorization.len() - 64);
    let refuse = move |class: Class| {
        let authorization = altered.write(class);
        let (took, verified) = signed.refuse(&headers_of_whole(&signed.amz_date), authorization, BODY)?;
        ensure!(!verified, "{NAME}: an altered one was taken");
        Ok(took)
    };
    Ok(Subject { name: NAME, is_control: false, refuse: Box::new(refuse) })
}

/// The signature of the first chunk of a body that is sent in signed chunks.
fn chunk_signature() -> Result<Subject> {
    const NAME: &str = "SigV4: signature of a chunk";
    let signed = Signed::now();
    let chunked =
        sign_chunked(&head(&headers_of_chunked(&signed.amz_date)), BODY, BODY.len(), &credential())?;
    let mark = b"chunk-signature=";
    let at = chunked.body.windows(mark.len()).position(|window| window == mark);
    let start = at.map_or(0, |at| at + mark.len());
    ensure!(start > 0, "{NAME}: there is none");
    let mut altered = altered_signature(&chunked.body, start);
    let authorization = chunked.authorization.into_bytes();
    let refuse = move |class: Class| {
        let body = altered.write(class);
        let (took, verified) = signed.refuse(&headers_of_chunked(&signed.amz_date), &authorization, body)?;
        ensure!(!verified, "{NAME}: an altered one was taken");
        Ok(took)
    };
    Ok(Subject { name: NAME, is_control: false, refuse: Box::new(refuse) })
}

/// A signature of 64 hex digits that begins there.
fn altered_signature(bytes: &[u8], start: usize) -> Altered {
    Altered::new(bytes, start..start + 64, other_digit)
}
