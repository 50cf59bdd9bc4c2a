//! The credential: `KEYID/DATE/REGION/SERVICE/aws4_request`.

use crate::date::SignedAt;
use crate::{AuthError, TERMINATOR};
use strongroom_types::Region;

/// A credential whose scope is right for this service and this request's date.
#[derive(Debug)]
pub(crate) struct Scope {
    /// Any well-formed Region: a Region is a namespace of keys.
    pub(crate) region: Region,
    /// One of the accepted services.
    pub(crate) service: &'static str,
}

/// Rows 11 and 12. `services` are the accepted service names; texts name the first of them.
pub(crate) fn parse(
    credential: &str,
    services: &[&'static str],
    signed: &SignedAt<'_>,
) -> Result<Scope, AuthError> {
    let mut parts = credential.split('/');
    let five = [(); 5].map(|()| parts.next());
    let ([Some(_access_key_id), Some(date), Some(region_name), Some(service), Some(terminator)], None) =
        (five, parts.next())
    else {
        return Err(AuthError::BadCredential(credential.to_owned()));
    };
    let mut problems = Vec::new();
    let region = Region::parse(region_name);
    if region.is_err() {
        problems.push(format!("Credential should be scoped to a valid region, not '{region_name}'."));
    }
    let accepted = services.iter().find(|accepted| **accepted == service);
    if accepted.is_none() {
        let expected = services.first().copied().unwrap_or_default();
        problems.push(format!("Credential should be scoped to correct service: '{expected}'."));
    }
    if terminator != TERMINATOR {
        problems.push(format!(
            "Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{terminator}'."
        ));
    }
    let day = signed.text.get(..8).unwrap_or_default();
    if date != day {
        problems.push(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
             '{date}' != '{day}', from '{}'.",
            signed.text
        ));
    }
    match (region, accepted) {
        (Ok(region), Some(service)) if problems.is_empty() => Ok(Scope { region, service }),
        _ => Err(AuthError::WrongScope(problems.join(" "))),
    }
}
