//! Rows 1 to 12: what can be said about a request before its access key is known.

use crate::canonical::SignedNames;
use crate::scope::Scope;
use crate::{AuthError, RequestHead, authorization, canonical, date, request, scope};
use std::borrow::Cow;
use strongroom_types::{Region, Timestamp};

/// What a request claims about its signer. Nothing of it is proved until [`crate::verify`] agrees.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The id of the access key that signed, as sent.
    pub access_key_id: String,
    /// The day of the signing key, `YYYYMMDD`.
    pub date: String,
    /// The Region of the credential scope.
    pub region: Region,
    /// The service of the credential scope, one of those given to [`parse`].
    pub service: String,
    /// When the request was signed, whole seconds, within five minutes of the server's clock.
    pub timestamp: Timestamp,
    /// Lower-case names, sorted, each once.
    pub(crate) signed_headers: SignedNames,
    /// `KEYID/DATE/REGION/SERVICE/aws4_request`, whose parts are those above.
    pub(crate) credential: String,
    /// `None` when it was not 64 hex digits; it then matches nothing.
    pub(crate) signature: Option<[u8; 32]>,
    /// The time as it stands in the string to sign.
    pub(crate) amz_date: String,
}

impl Claim {
    /// The whole credential: access key id, date, Region and service, in the one form that [`parse`] takes.
    pub fn credential(&self) -> &str {
        &self.credential
    }

    /// The credential without the access key's id, as it stands in the string to sign.
    pub(crate) fn scope(&self) -> &str {
        self.credential.split_once('/').map_or("", |(_, scope)| scope)
    }
}

/// Rows 1 to 12, in that order, and the refusal of session tokens.
///
/// `services` are the service names a credential may be scoped to (`["kms"]`, `["kms", "iam", "sts"]`); `now`
/// is the server's clock.
pub fn parse(head: &RequestHead<'_>, services: &[&str], now: Timestamp) -> Result<Claim, AuthError> {
    let header = authorization_header(head)?;
    let parts = authorization::parse(&header, date::is_dated(head))?;
    let signed_headers = SignedNames::new(parts.signed_headers);
    check_host_is_signed(&signed_headers)?;
    let signed = date::signed_at(head)?;
    date::check_skew(&signed, now)?;
    let Scope { access_key_id, date, region, service } = scope::parse(parts.credential, services, &signed)?;
    check_amz_headers_are_signed(head, &signed_headers)?;
    if head.header("x-amz-security-token").is_some() {
        return Err(AuthError::UnknownAccessKey);
    }
    let seconds = u64::try_from(signed.seconds).unwrap_or_default();
    Ok(Claim {
        access_key_id: access_key_id.to_owned(),
        date: date.to_owned(),
        region,
        service: service.to_owned(),
        timestamp: Timestamp::from_millis(seconds.saturating_mul(1_000)),
        signed_headers,
        credential: parts.credential.to_owned(),
        signature: decode_signature(parts.signature),
        amz_date: signed.text,
    })
}

/// Rows 1 and 2, and the refusal of presigned requests.
fn authorization_header<'a>(head: &RequestHead<'a>) -> Result<Cow<'a, str>, AuthError> {
    let in_query = |name: &str| canonical::query_names(head.query).any(|found| found == name.as_bytes());
    let header = head.header("authorization").map(request::text);
    match header.filter(|header| !header.trim().is_empty()) {
        Some(_) if in_query("X-Amz-Algorithm") => Err(AuthError::BothForms),
        Some(header) => Ok(header),
        None if ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature"].into_iter().any(in_query) => {
            Err(AuthError::Presigned)
        }
        None => Err(AuthError::MissingToken),
    }
}

/// Row 7.
fn check_host_is_signed(signed: &SignedNames) -> Result<(), AuthError> {
    let host = |name: &str| name == "host" || name == ":authority";
    if signed.iter().any(host) { Ok(()) } else { Err(AuthError::HostNotSigned) }
}

/// Every `x-amz-*` header that is present is signed, the operation above all. After AWS's own rows, so that their
/// order stays as it is.
fn check_amz_headers_are_signed(head: &RequestHead<'_>, signed: &SignedNames) -> Result<(), AuthError> {
    let is_signed = |name: &str| signed.iter().any(|listed| listed == name);
    match head.headers.iter().find(|(name, _)| name.starts_with("x-amz-") && !is_signed(name)) {
        Some((name, _)) => Err(AuthError::HeaderNotSigned((*name).to_owned())),
        None => Ok(()),
    }
}

/// 64 hex digits in either case. (The decoder would also take a `0x` prefix before them.)
fn decode_signature(text: &str) -> Option<[u8; 32]> {
    let mut out = [0; 32];
    (text.len() == 64 && const_hex::decode_to_slice(text, &mut out).is_ok()).then_some(out)
}
