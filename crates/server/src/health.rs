//! `/health` and what is below it: whether the process lives, whether requests are served, and why not. Nobody has to sign
//! for it, and it tells nothing of keys and callers.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Response, StatusCode};
use serde_json::json;
use strongroom_service::Service;

const PATH: &str = "/health";
const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    /// `/health`: 200 if requests are served, else 503 and the first thing that is wrong, as text.
    Summary,
    /// `/health/live`: 200, as long as the process answers. To start it again would heal nothing.
    Live,
    /// `/health/ready`: 200 if requests are served, else 503; everything that is wrong, as JSON.
    Ready,
}

impl Health {
    /// The question of a request, if it is one of these.
    pub(crate) fn asked(method: &Method, path: &str) -> Option<Self> {
        match path.strip_prefix(PATH)? {
            _ if method != Method::GET => None,
            "" => Some(Self::Summary),
            "/live" => Some(Self::Live),
            "/ready" => Some(Self::Ready),
            _ => None,
        }
    }

    /// The answer.
    pub(crate) async fn answer(self, service: &Service) -> Response<Full<Bytes>> {
        match self {
            Self::Live => response(true, JSON, json!({ "live": true }).to_string()),
            Self::Summary => {
                let (healthy, text) = service.health().await;
                response(healthy, TEXT, text)
            }
            Self::Ready => {
                let readiness = service.readiness().await;
                response(readiness.ready, JSON, json!(readiness).to_string())
            }
        }
    }
}

fn response(well: bool, content_type: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text + "\n")));
    if !well {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_these_paths_are_open_and_only_to_get() {
        let asked = |path| Health::asked(&Method::GET, path);
        assert_eq!(asked("/health"), Some(Health::Summary));
        assert_eq!(asked("/health/live"), Some(Health::Live));
        assert_eq!(asked("/health/ready"), Some(Health::Ready));
        for path in ["/", "/healthy", "/health/", "/health/ready/", "/health/keys", "/Health"] {
            assert_eq!(asked(path), None, "{path}");
        }
        assert_eq!(Health::asked(&Method::POST, "/health"), None);
    }
}
