//! Rows 1 to 12: what can be said about a request before its access key is known.

use crate::canonical::{SignedNames, query_value};
use crate::date::SignedAt;
use crate::payload::{self, Payload};
use crate::presigned::{self, ALGORITHM_NAME};
use crate::scope::Scope;
use crate::session_token::{self, SessionToken};
use crate::{AuthError, RequestHead, authorization, date, request, scope};
use std::borrow::Cow;
use strongroom_types::{Region, Timestamp};

/// Where a request carries its signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// In the `Authorization` header.
    Header,
    /// In the query: presigned.
    Query {
        /// The last moment at which it is accepted, whole seconds.
        expires_at: Timestamp,
    },
}

/// What a request claims about its signer. Nothing of it is proved until [`crate::verify`] agrees.
#[derive(Clone, Debug)]
pub struct Claim<'a> {
    /// The Region of the credential scope.
    pub region: Region,
    /// The service of the credential scope, one of those given to [`parse`].
    pub service: &'static str,
    /// When the request was signed, whole seconds: within five minutes of the server's clock, or presigned and not
    /// expired.
    pub timestamp: Timestamp,
    /// Where the signature stands.
    pub form: Form,
    /// The session token of temporary credentials.
    pub session_token: Option<SessionToken>,
    /// How the body is signed.
    pub(crate) payload: Payload,
    /// Lower-case names, sorted, each once.
    pub(crate) signed_headers: SignedNames<'a>,
    /// `KEYID/DATE/REGION/SERVICE/aws4_request`; Region and service are those above.
    pub(crate) credential: Cow<'a, str>,
    /// `None` when it was not 64 hex digits; it then matches nothing.
    pub(crate) signature: Option<[u8; 32]>,
    /// The time as it stands in the string to sign.
    pub(crate) amz_date: Cow<'a, str>,
}

impl Claim<'_> {
    /// The id of the access key that signed, as sent.
    pub fn access_key_id(&self) -> &str {
        self.credential.split('/').next().unwrap_or_default()
    }

    /// The day of the signing key, `YYYYMMDD`.
    pub fn date(&self) -> &str {
        self.credential.split('/').nth(1).unwrap_or_default()
    }

    /// The whole credential: access key id, date, Region and service, in the one form that [`parse`] takes. A signing key
    /// belongs to it, and to the session token where there is one.
    pub fn credential(&self) -> &str {
        &self.credential
    }

    /// The signature, the same however its hex digits were written; `None` when it is none, and no key made it.
    pub fn signature(&self) -> Option<&[u8; 32]> {
        self.signature.as_ref()
    }

    /// The last millisecond at which the request is accepted: times are compared in whole seconds.
    pub fn accepted_until(&self) -> Timestamp {
        let last = match self.form {
            Form::Header => {
                let skew_ms = date::SKEW_SECONDS_MAX.unsigned_abs() * 1_000;
                self.timestamp.millis().saturating_add(skew_ms)
            }
            Form::Query { expires_at } => expires_at.millis(),
        };
        Timestamp::from_millis(last.saturating_add(999))
    }

    /// The credential without the access key's id, as it stands in the string to sign.
    pub(crate) fn scope(&self) -> &str {
        self.credential.split_once('/').map_or("", |(_, scope)| scope)
    }

    /// The same, without the request that it was read from.
    fn into_owned(self) -> Claim<'static> {
        Claim {
            region: self.region,
            service: self.service,
            timestamp: self.timestamp,
            form: self.form,
            session_token: self.session_token,
            payload: self.payload,
            signed_headers: self.signed_headers.into_owned(),
            credential: Cow::Owned(self.credential.into_owned()),
            signature: self.signature,
            amz_date: Cow::Owned(self.amz_date.into_owned()),
        }
    }
}

/// Rows 1 to 12, in that order, then what is ours: unsigned headers, the form of the body, the form of the session
/// token.
///
/// `services` are the service names a credential may be scoped to (`["kms"]`, `["kms", "iam", "sts"]`); `now`
/// is the server's clock.
pub fn parse<'a>(
    head: &RequestHead<'a>,
    services: &[&'static str],
    now: Timestamp,
) -> Result<Claim<'a>, AuthError> {
    match authorization_header(head)? {
        Some(Cow::Borrowed(header)) => of_header(head, header, services, now),
        Some(Cow::Owned(header)) => of_header(head, &header, services, now).map(Claim::into_owned),
        None => of_query(head, services, now),
    }
}

/// Rows 1 and 2: the header, or `None` when the query is a presigned one.
fn authorization_header<'a>(head: &RequestHead<'a>) -> Result<Option<Cow<'a, str>>, AuthError> {
    let header = head.header("authorization").map(request::text);
    match header.filter(|header| !header.trim().is_empty()) {
        Some(_) if query_value(head.query, ALGORITHM_NAME).is_some() => Err(AuthError::BothForms),
        Some(header) => Ok(Some(header)),
        None if presigned::is_presigned(head.query) => Ok(None),
        None => Err(AuthError::MissingToken),
    }
}

fn of_header<'a>(
    head: &RequestHead<'a>,
    header: &'a str,
    services: &[&'static str],
    now: Timestamp,
) -> Result<Claim<'a>, AuthError> {
    let parts = authorization::parse(header, date::is_dated(head))?;
    let names = SignedNames::new(parts.signed_headers);
    check_host_is_signed(&names)?;
    let signed = date::signed_at(head)?;
    date::check_skew(&signed, now)?;
    let signer = Signer {
        credential: parts.credential,
        signature: parts.signature,
        names,
        signed,
        form: Form::Header,
        tokens_in_query: Vec::new(),
    };
    signer.claim(head, services)
}

fn of_query(
    head: &RequestHead<'_>,
    services: &[&'static str],
    now: Timestamp,
) -> Result<Claim<'static>, AuthError> {
    let parts = presigned::parse(head.query)?;
    let names = SignedNames::new(&parts.signed_headers);
    check_host_is_signed(&names)?;
    let signed = date::of_query(&parts.date)?;
    let lifetime = presigned::lifetime(&parts.expires)?;
    date::check_lifetime(&signed, lifetime, now)?;
    let expires_at = signed.timestamp().millis().saturating_add(u64::from(lifetime) * 1_000);
    let signer = Signer {
        credential: &parts.credential,
        signature: &parts.signature,
        names,
        signed,
        form: Form::Query { expires_at: Timestamp::from_millis(expires_at) },
        tokens_in_query: parts.tokens,
    };
    signer.claim(head, services).map(Claim::into_owned)
}

/// What both forms say, once the time was judged.
struct Signer<'a> {
    credential: &'a str,
    signature: &'a str,
    names: SignedNames<'a>,
    signed: SignedAt<'a>,
    form: Form,
    tokens_in_query: Vec<String>,
}

impl<'a> Signer<'a> {
    /// Rows 11 and 12, and what is ours.
    fn claim(self, head: &RequestHead<'_>, services: &[&'static str]) -> Result<Claim<'a>, AuthError> {
        let Scope { region, service } = scope::parse(self.credential, services, &self.signed)?;
        check_amz_headers_are_signed(head, &self.names)?;
        let payload = payload::of(head, self.form != Form::Header)?;
        let session_token = session_token::of(head, &self.tokens_in_query)?;
        Ok(Claim {
            region,
            service,
            timestamp: self.signed.timestamp(),
            form: self.form,
            session_token,
            payload,
            signed_headers: self.names,
            credential: Cow::Borrowed(self.credential),
            signature: decode_signature(self.signature),
            amz_date: self.signed.text,
        })
    }
}

/// Row 7.
fn check_host_is_signed(signed: &SignedNames<'_>) -> Result<(), AuthError> {
    let host = |name: &str| name == "host" || name == ":authority";
    if signed.iter().any(host) { Ok(()) } else { Err(AuthError::HostNotSigned) }
}

/// Every `x-amz-*` header that is present is signed, the operation and the session token above all. After AWS's own
/// rows, so that their order stays as it is.
fn check_amz_headers_are_signed(head: &RequestHead<'_>, signed: &SignedNames<'_>) -> Result<(), AuthError> {
    let is_signed = |name: &str| signed.iter().any(|listed| listed == name);
    match head.headers.iter().find(|(name, _)| name.starts_with("x-amz-") && !is_signed(name)) {
        Some((name, _)) => Err(AuthError::HeaderNotSigned((*name).to_owned())),
        None => Ok(()),
    }
}

/// 64 hex digits in either case. (The decoder would also take a `0x` prefix before them.)
pub(crate) fn decode_signature(text: &str) -> Option<[u8; 32]> {
    let mut out = [0; 32];
    (text.len() == 64 && const_hex::decode_to_slice(text, &mut out).is_ok()).then_some(out)
}
