//! Method, content type and target: which operation a request asks for (docs/order-of-checks.md, A6 to A9).

use crate::figures::OperationNumber;
use crate::ops;
use crate::quota::Sending;
use crate::received::{Received, Response};
use strongroom_api::query::CONTENT_TYPE_IN;
use strongroom_api::{CONTENT_TYPE, ErrorCode, TARGET_PREFIX};
use strongroom_types::WipedBytes;

/// Where a request goes.
pub(crate) enum Route {
    /// An operation of the KMS API, by its name.
    Kms(&'static str, OperationNumber),
    /// The IAM or STS API, which speak form-encoded queries.
    Query,
}

/// A6 to A9. What is refused here is refused before anybody is authenticated.
pub(crate) fn route(received: &Received<'_>) -> Result<Route, Response> {
    // A presigned request to STS carries its form in the query, with whatever method it was signed for.
    let in_query = received.query.split('&').any(|part| part.starts_with("Action="));
    if in_query && received.body.is_empty() && ["GET", "POST"].contains(&received.method) {
        return Ok(Route::Query);
    }
    if received.method != "POST" {
        return Err(no_operation());
    }
    let content_type = received.header("content-type").unwrap_or_default();
    let content_type = content_type.split(';').next().unwrap_or_default().trim();
    let target = received.header("x-amz-target");
    if target.is_none() && content_type.eq_ignore_ascii_case(CONTENT_TYPE_IN) {
        return Ok(Route::Query);
    }
    let name = target.and_then(|target| target.strip_prefix(TARGET_PREFIX)).and_then(operation);
    if !content_type.eq_ignore_ascii_case(CONTENT_TYPE) {
        return Err(if name.is_some() { unknown_xml() } else { no_operation() });
    }
    match name {
        Some((name, number)) => Ok(Route::Kms(name, number)),
        None => Err(bare(ErrorCode::UnknownOperation)),
    }
}

/// Whether a request surely changes nothing, by the query and the target in its head. A form may change something, and so
/// may what names no operation.
pub fn changes_nothing(query: &str, target: Option<&str>) -> bool {
    // With a query it may be a form, whatever its target says.
    query.is_empty()
        && target.and_then(|target| target.strip_prefix(TARGET_PREFIX)).is_some_and(ops::changes_nothing)
}

/// The operation of that name.
fn operation(name: &str) -> Option<(&'static str, OperationNumber)> {
    let names = strongroom_api::operation::NAMES;
    let place = names.binary_search(&name).ok()?;
    Some((names.get(place).copied()?, OperationNumber::kms(place)))
}

/// The front end's answer to what names no operation.
fn no_operation() -> Response {
    let body = "<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be authorized\
                </Message>\n</AccessDeniedException>\n";
    xml(403, "AccessDeniedException", body)
}

fn unknown_xml() -> Response {
    xml(404, "UnknownOperationException", "<UnknownOperationException/>\n")
}

fn xml(status: u16, error: &'static str, body: &str) -> Response {
    Response {
        status,
        content_type: None,
        error: Some(error),
        body: WipedBytes::new(body.as_bytes().to_vec()),
        sending: Sending::Now,
        operation: OperationNumber::NONE,
    }
}

fn bare(code: ErrorCode) -> Response {
    let body = format!("{{\"__type\":\"{}\"}}", code.name()).into_bytes();
    Response {
        status: code.status(),
        content_type: Some(CONTENT_TYPE),
        error: Some(code.name()),
        body: WipedBytes::new(body),
        sending: Sending::Now,
        operation: OperationNumber::NONE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str, operation: &str) -> bool {
        changes_nothing(query, Some(&format!("{TARGET_PREFIX}{operation}")))
    }

    #[test]
    fn what_may_change_something_is_not_taken_for_what_does_not() {
        for operation in ["GenerateDataKey", "Decrypt", "DescribeKey", "ListKeys", "Verify"] {
            assert!(asked("", operation), "{operation}");
        }
        for operation in
            ["CreateKey", "DisableKey", "PutKeyPolicy", "RevokeGrant", "ReplicateKey", "NoSuchThing", ""]
        {
            assert!(!asked("", operation), "{operation}");
        }
        assert!(!asked("Action=DeleteUser&Version=2010-05-08", "Decrypt"), "a form in the query");
        assert!(!changes_nothing("", None), "a form in the body");
        assert!(!changes_nothing("", Some("Decrypt")));
    }
}
