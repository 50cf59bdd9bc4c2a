//! One HTTP exchange: from hyper's request to the service's, and back.

use crate::body::{Whole, whole};
use crate::connection::{Connection, Http};
use crate::health::Health;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, PRAGMA};
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};
use std::sync::Arc;
use strongroom_service::{Received, changes_nothing};
use strongroom_types::RequestId;

/// The header of the request id.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// The header of the operation that is asked for.
static TARGET: HeaderName = HeaderName::from_static("x-amz-target");

/// The header of an error's name.
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// An answer takes over the room of the request's headers, unless that is room for more than so many.
const HEADERS_REUSED_MAX: usize = 64;

/// Answers one request. Never fails: every fault is an answer.
pub(crate) async fn serve(connection: &Arc<Connection>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let Connection { service, figures, activity, bodies, source_text, http, .. } = &**connection;
    let _in_flight = activity.begin();
    let request_id = service.request_id();
    // The only routes without authentication.
    if let Some(health) = Health::asked(request.method(), request.uri().path()) {
        let mut response = health.answer(service).await;
        mark(&mut response, request_id);
        return response;
    }
    let (parts, body) = request.into_parts();
    let body = match whole(body, *http, bodies).await {
        Ok(body) => body,
        Err(status) => {
            figures.http_refused(status);
            tracing::debug!(%request_id, source = source_text.as_str(), %status, "a body was refused");
            return bare(status, request_id);
        }
    };
    let asked = Asked { request_id, parts, body };
    let outcome = if asked.changes_nothing() {
        let served = asked.served(connection).await;
        Some((served, asked.room_for_headers()))
    } else {
        Box::pin(carried(connection, asked)).await
    };
    let Some((mut served, room)) = outcome else {
        return bare(StatusCode::INTERNAL_SERVER_ERROR, request_id);
    };
    let is_last = std::mem::take(&mut served.sending).wait().await;
    let mut response = answer(served, request_id, room);
    // HTTP/2 has its own bound of requests in flight, and no such header.
    if is_last && *http == Http::One {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// A whole request.
struct Asked {
    request_id: RequestId,
    parts: Parts,
    body: Whole,
}

impl Asked {
    /// Whether nothing would be left half done if hyper gave it up, as it does when the connection ends or the stream is
    /// reset: the vault's uses of keys are on the record even then.
    fn changes_nothing(&self) -> bool {
        let target = self.parts.headers.get(&TARGET).and_then(|target| target.to_str().ok());
        changes_nothing(self.parts.uri.query().unwrap_or_default(), target)
    }

    /// What the service answers.
    async fn served(&self, connection: &Connection) -> strongroom_service::Response {
        let Self { request_id, parts, body } = self;
        let received = Received {
            request_id: *request_id,
            method: parts.method.as_str(),
            path: parts.uri.path(),
            query: parts.uri.query().unwrap_or_default(),
            headers: headers(parts),
            body: &body.bytes,
            source: connection.source,
            source_text: &connection.source_text,
            tls: connection.tls,
        };
        connection.service.serve(&received).await
    }

    /// What is left of it for the answer.
    fn room_for_headers(self) -> HeaderMap {
        emptied(self.parts.headers)
    }
}

/// The answer to what may change something, and room for its headers; `None` if there was a panic. Whoever asked may leave.
async fn carried(
    connection: &Arc<Connection>,
    asked: Asked,
) -> Option<(strongroom_service::Response, HeaderMap)> {
    let shared = connection.clone();
    let work = async move {
        let served = asked.served(&shared).await;
        (served, asked.room_for_headers())
    };
    connection.carried.out(work).await
}

/// Names and values in order of arrival; over HTTP/2 the signed `host` is in `:authority`.
fn headers(parts: &Parts) -> Vec<(&str, &[u8])> {
    let mut headers = Vec::with_capacity(parts.headers.len() + 1);
    if !parts.headers.contains_key(hyper::header::HOST)
        && let Some(authority) = parts.uri.authority()
    {
        headers.push(("host", authority.as_str().as_bytes()));
    }
    headers.extend(parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())));
    headers
}

/// The room of a request's headers, for those of its answer. hyper reads the next request's into the room of an answer's: on a
/// kept connection none is made anew.
fn emptied(mut headers: HeaderMap) -> HeaderMap {
    if headers.capacity() > HEADERS_REUSED_MAX {
        return HeaderMap::new();
    }
    headers.clear();
    headers
}

/// The answer's bytes are wiped once hyper has sent them: they may hold a data key.
fn answer(
    from: strongroom_service::Response,
    request_id: RequestId,
    empty: HeaderMap,
) -> Response<Full<Bytes>> {
    let status = StatusCode::from_u16(from.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::new(Full::new(Bytes::from_owner(from.body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    *headers = empty;
    if let Some(content_type) = from.content_type {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    if let Some(error) = from.error {
        headers.insert(ERROR_TYPE, HeaderValue::from_static(error));
    }
    mark(&mut response, request_id);
    response
}

/// An answer without a body: limits of the listener.
fn bare(status: StatusCode, request_id: RequestId) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::new()));
    *response.status_mut() = status;
    // The rest of the body is not read: the connection is of no more use.
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    mark(&mut response, request_id);
    response
}

fn mark(response: &mut Response<Full<Bytes>>, request_id: RequestId) {
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::try_from(request_id.text()) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store, must-revalidate, private"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answer_has_nothing_of_the_headers_whose_room_it_takes() {
        let mut asked = HeaderMap::with_capacity(12);
        asked.insert(hyper::header::AUTHORIZATION, HeaderValue::from_static("secret"));
        asked.append(hyper::header::COOKIE, HeaderValue::from_static("one"));
        asked.append(hyper::header::COOKIE, HeaderValue::from_static("two"));
        let capacity = asked.capacity();
        let empty = emptied(asked);
        assert!(empty.is_empty());
        assert_eq!(empty.capacity(), capacity);
    }

    #[test]
    fn room_for_many_headers_is_given_back() {
        assert!(emptied(HeaderMap::with_capacity(HEADERS_REUSED_MAX + 1)).capacity() <= HEADERS_REUSED_MAX);
    }
}
