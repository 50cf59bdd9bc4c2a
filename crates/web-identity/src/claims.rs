//! What a token claims, and whether it may (RFC 7519 section 4.1; OpenID Connect Core section 2).

use crate::TokenError;
use crate::json::{Json, Object};
use std::collections::BTreeSet;
use strongroom_types::Timestamp;

/// How far the clocks of a provider and of this service may be apart, in seconds.
pub const CLOCK_SKEW_S: u32 = 300;

/// The latest time that a claim may name, in seconds since 1970: the year 9999.
const TIME_MAX_S: f64 = 253_402_300_799.0;

/// What a token is held against.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The issuer, exactly as the token has to name it.
    pub issuer: &'a str,
    /// The client ids of which the token has to be for one.
    pub audiences: &'a BTreeSet<String>,
    /// The time.
    pub now: Timestamp,
}

/// What a token says whose signature and claims are good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedClaims {
    /// `iss`.
    pub issuer: String,
    /// The client id of ours that it is for.
    pub audience: String,
    /// `sub`.
    pub subject: String,
    /// The other claims that are a text or a list of texts, by name.
    pub others: Vec<(String, Vec<String>)>,
    /// The names of all claims.
    pub names: BTreeSet<String>,
}

/// Judges claims whose signature is good.
pub(crate) fn judge(claims: &Object, expected: &Expected<'_>) -> Result<VerifiedClaims, TokenError> {
    let issuer = required_text(claims, "iss")?;
    if issuer != expected.issuer {
        return Err(TokenError::Issuer);
    }
    let audience = audience(claims, expected.audiences)?;
    check_times(claims, expected.now)?;
    let subject = required_text(claims, "sub")?;
    let others = claims.iter().filter(|(name, _)| !["iss", "aud", "sub"].contains(&name.as_str()));
    Ok(VerifiedClaims {
        issuer: issuer.to_owned(),
        audience,
        subject: subject.to_owned(),
        others: others.filter_map(|(name, value)| Some((name.clone(), texts(value)?))).collect(),
        names: claims.keys().cloned().collect(),
    })
}

fn required_text<'a>(claims: &'a Object, name: &'static str) -> Result<&'a str, TokenError> {
    match claims.get(name).ok_or(TokenError::Missing(name))? {
        Json::Text(text) if !text.is_empty() => Ok(text),
        _ => Err(TokenError::Malformed("a claim that is to be a text is none")),
    }
}

/// The first audience that is one of our clients.
fn audience(claims: &Object, clients: &BTreeSet<String>) -> Result<String, TokenError> {
    let named = texts(claims.get("aud").ok_or(TokenError::Missing("aud"))?);
    let named = named.ok_or(TokenError::Malformed("aud is neither a text nor a list of texts"))?;
    named.into_iter().find(|audience| clients.contains(audience)).ok_or(TokenError::Audience)
}

fn texts(value: &Json) -> Option<Vec<String>> {
    match value {
        Json::Text(text) => Some(vec![text.clone()]),
        other => Some(other.texts()?.into_iter().map(str::to_owned).collect()),
    }
}

/// `exp` and `iat` have to be there, `nbf` may be; five minutes are forgiven.
fn check_times(claims: &Object, now: Timestamp) -> Result<(), TokenError> {
    let (at, skew) = (now.seconds() as f64, f64::from(CLOCK_SKEW_S));
    let expires = time(claims, "exp")?.ok_or(TokenError::Missing("exp"))?;
    if at >= expires + skew {
        return Err(TokenError::Expired { now: now.seconds(), expired_at: expires as u64 });
    }
    let issued = time(claims, "iat")?.ok_or(TokenError::Missing("iat"))?;
    let begins = time(claims, "nbf")?.unwrap_or(issued);
    if at < issued - skew || at < begins - skew {
        return Err(TokenError::NotYet);
    }
    Ok(())
}

/// A NumericDate: seconds since 1970, perhaps with a fraction.
fn time(claims: &Object, name: &str) -> Result<Option<f64>, TokenError> {
    match claims.get(name) {
        None => Ok(None),
        Some(Json::Number(seconds)) if (0.0..=TIME_MAX_S).contains(seconds) => Ok(Some(*seconds)),
        Some(_) => Err(TokenError::Malformed("a time is no number of seconds")),
    }
}
