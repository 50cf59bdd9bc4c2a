//! Signing a request, for clients of our own and for tests.

use crate::canonical::{SignedNames, push_encoded};
use crate::chunked::{ChunkSigner, push_chunk};
use crate::date::{self, SignedAt};
use crate::presigned::{
    ALGORITHM_NAME, CREDENTIAL_NAME, DATE_NAME, EXPIRES_NAME, SIGNATURE_NAME, SIGNED_HEADERS_NAME, TOKEN_NAME,
};
use crate::verify::{SignedParts, signature};
use crate::{ALGORITHM, AuthError, KSecret, RequestHead, TERMINATOR, canonical, payload};
use aws_lc_rs::hmac;
use strongroom_types::Timestamp;

/// Who signs, and for which Region and service.
pub struct Credential<'a> {
    /// The access key's id.
    pub access_key_id: &'a str,
    /// The secret access key.
    pub secret_access_key: &'a str,
    /// The Region of the scope.
    pub region: &'a str,
    /// The service of the scope, `kms`.
    pub service: &'a str,
}

/// How a request is presigned.
#[derive(Clone, Copy)]
pub struct Presign<'a> {
    /// When it is signed.
    pub at: Timestamp,
    /// How long it is good for.
    pub expires_seconds: u32,
    /// The token of temporary credentials.
    pub session_token: Option<&'a str>,
}

/// A request whose body was cut into signed chunks.
#[derive(Clone, Debug)]
pub struct SignedChunks {
    /// The value of the `Authorization` header.
    pub authorization: String,
    /// The body as it is sent.
    pub body: Vec<u8>,
}

/// What all signatures of one request share.
struct Signing {
    key: hmac::Key,
    scope: String,
    amz_date: String,
}

impl Signing {
    fn new(credential: &Credential<'_>, at: SignedAt<'_>) -> Self {
        let Credential { secret_access_key, region, service, .. } = *credential;
        let day = at.text.get(..8).unwrap_or_default();
        let key = KSecret::new(secret_access_key).date(day).region(region).service(service).signing();
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key.expose()),
            scope: format!("{day}/{region}/{service}/{TERMINATOR}"),
            amz_date: at.text.into_owned(),
        }
    }

    fn signature(
        &self,
        head: &RequestHead<'_>,
        names: &SignedNames<'_>,
        payload_hash: &str,
    ) -> Result<[u8; 32], AuthError> {
        let (amz_date, scope) = (self.amz_date.as_str(), self.scope.as_str());
        let parts = SignedParts { omitted: &[], names, payload_hash, amz_date, scope };
        let tag = signature(head, &parts, &self.key).ok_or(AuthError::SignatureMismatch)?;
        let mut bytes = [0; 32];
        bytes.copy_from_slice(tag.as_ref());
        Ok(bytes)
    }

    fn authorization(&self, access_key_id: &str, names: &SignedNames<'_>, signature: &[u8]) -> String {
        format!(
            "{ALGORITHM} Credential={access_key_id}/{}, SignedHeaders={}, Signature={}",
            self.scope,
            names.as_str(),
            const_hex::encode(signature)
        )
    }
}

/// Every header of the request is signed.
fn all_names(head: &RequestHead<'_>) -> SignedNames<'static> {
    let names: Vec<&str> = head.headers.iter().map(|(name, _)| *name).collect();
    SignedNames::new(&names.join(";")).into_owned()
}

/// The value of the `Authorization` header for a request that does not have one yet.
///
/// Signs every header in `head`, which must hold `host`, `x-amz-date` and, with temporary credentials,
/// `x-amz-security-token`. Fails with the date's error when there is none, and with
/// [`AuthError::SignatureMismatch`] when the request has no canonical form.
pub fn sign(head: &RequestHead<'_>, body: &[u8], credential: &Credential<'_>) -> Result<String, AuthError> {
    let signing = Signing::new(credential, date::signed_at(head)?);
    let names = all_names(head);
    let signature = signing.signature(head, &names, canonical::sha256_hex(body).as_str())?;
    Ok(signing.authorization(credential.access_key_id, &names, &signature))
}

/// The same for a body that is sent in signed chunks of `chunk_bytes`.
///
/// `head` must also hold `x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD` and
/// `x-amz-decoded-content-length`, the length of `body`.
pub fn sign_chunked(
    head: &RequestHead<'_>,
    body: &[u8],
    chunk_bytes: usize,
    credential: &Credential<'_>,
) -> Result<SignedChunks, AuthError> {
    let signing = Signing::new(credential, date::signed_at(head)?);
    let names = all_names(head);
    let seed = signing.signature(head, &names, payload::CHUNKED)?;
    let authorization = signing.authorization(credential.access_key_id, &names, &seed);
    let mut signer =
        ChunkSigner { key: &signing.key, amz_date: &signing.amz_date, scope: &signing.scope, previous: seed };
    let mut chunks = Vec::with_capacity(body.len() + 256);
    for chunk in body.chunks(chunk_bytes.max(1)) {
        push_chunk(&mut chunks, chunk, &mut signer);
    }
    push_chunk(&mut chunks, &[], &mut signer);
    Ok(SignedChunks { authorization, body: chunks })
}

/// The query of a presigned request: that of `head`, then the parameters of the signature.
///
/// Signs every header in `head`, which must hold `host` and needs no date.
pub fn presign(
    head: &RequestHead<'_>,
    body: &[u8],
    credential: &Credential<'_>,
    presign: &Presign<'_>,
) -> Result<String, AuthError> {
    let seconds = i64::try_from(presign.at.seconds()).unwrap_or(i64::MAX);
    let signing = Signing::new(credential, SignedAt { seconds, text: date::basic(seconds).into() });
    let names = all_names(head);
    let mut query = head.query.to_owned();
    let mut push = |name: &str, value: &str| {
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str(name);
        query.push('=');
        push_encoded(&mut query, value.as_bytes());
    };
    push(ALGORITHM_NAME, ALGORITHM);
    push(CREDENTIAL_NAME, &format!("{}/{}", credential.access_key_id, signing.scope));
    push(DATE_NAME, &signing.amz_date);
    push(EXPIRES_NAME, &presign.expires_seconds.to_string());
    push(SIGNED_HEADERS_NAME, names.as_str());
    if let Some(token) = presign.session_token {
        push(TOKEN_NAME, token);
    }
    let signed = RequestHead { query: &query, ..*head };
    let signature = signing.signature(&signed, &names, canonical::sha256_hex(body).as_str())?;
    Ok(format!("{query}&{SIGNATURE_NAME}={}", const_hex::encode(signature)))
}
