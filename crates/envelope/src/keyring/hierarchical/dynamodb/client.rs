//! Calls of DynamoDB: signed by the SDK's signer, sent by its HTTP client, tried again where that can help.

use super::endpoint::endpoint;
use crate::call_runtime::CallRuntime;
use crate::causes::{causes, said};
use crate::keyring::{KeyringError, client_from_environment};
use crate::sdk_config::{ATTEMPTS_MAX, loader, of_profile, timeouts};
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_kms::config::http::{HttpRequest, HttpResponse};
use aws_sdk_kms::config::{Credentials, ProvideCredentials as _, SharedCredentialsProvider};
use aws_sdk_kms::error::BoxError;
use aws_sdk_s3::primitives::SdkBody;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SigningError, SigningParams, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::convert::Infallible;
use std::env;
use std::fmt;
use std::time::{Duration, SystemTime};

/// Names the profile of DynamoDB where KMS and DynamoDB are different services with different credentials.
const PROFILE: &str = "STRONGROOM_DYNAMODB_PROFILE";
const CONTENT_TYPE: &str = "application/x-amz-json-1.0";
/// What stands before an operation's name in the header `x-amz-target`.
const TARGET: &str = "DynamoDB_20120810.";
/// The longest answer that is taken, in bytes; the SDK has read it then. An item has 400 KB at most.
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// Before the second attempt; twice as long before each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Errors that another attempt may not have.
const PASSING: [&str; 10] = [
    "InternalServerError",
    "LimitExceededException",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingError",
    "ThrottlingException",
    "TransactionConflict",
    "TransactionInProgressException",
];

/// Sends the JSON of an operation, gives the JSON of its answer; a seam for tests.
pub(super) trait TableCalls: Send + Sync {
    /// Calls an operation by its name.
    fn call(&self, operation: &'static str, json: &[u8]) -> Result<Vec<u8>, CallError>;
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum CallError {
    /// DynamoDB answered with an error.
    #[error("{}{}", shown(.code, .reasons), said(.message))]
    Refused {
        /// The error's name, e.g. `ResourceNotFoundException`; `HTTP` and the status of what is no answer of DynamoDB.
        code: String,
        /// The service's text; empty if it has none.
        message: String,
        /// Why the writes of a transaction were not done.
        reasons: Vec<String>,
    },
    /// No credentials, or a request that cannot be signed.
    #[error("{0}")]
    Unsigned(String),
    /// There was no answer: no connection, a certificate nobody vouches for, a timeout.
    #[error("DynamoDB cannot be reached: {0}")]
    Unreachable(String),
    /// The answer is not what it should be.
    #[error("DynamoDB answered something that is not understood: {0}")]
    Answer(String),
}

fn shown(code: &str, reasons: &[String]) -> String {
    if reasons.is_empty() { code.to_owned() } else { format!("{code} ({})", reasons.join(", ")) }
}

impl CallError {
    /// Whether a condition of a write does not hold.
    pub(super) fn is_condition(&self) -> bool {
        matches!(self, Self::Refused { reasons, .. } if reasons.iter().any(|r| r == "ConditionalCheckFailed"))
    }

    /// Whether there is no such table.
    pub(super) fn is_missing_table(&self) -> bool {
        let missing = |name: &str| name == "ResourceNotFoundException";
        matches!(self, Self::Refused { code, reasons, .. } if missing(code) || reasons.iter().any(|r| missing(r)))
    }

    /// Whether another attempt may do better.
    fn may_pass(&self) -> bool {
        let passing = |name: &str| PASSING.contains(&name) || name.starts_with("HTTP 5");
        match self {
            Self::Refused { code, reasons, .. } => {
                !self.is_condition() && (passing(code) || reasons.iter().any(|r| passing(r)))
            }
            Self::Unreachable(_) => true,
            Self::Unsigned(_) | Self::Answer(_) => false,
        }
    }
}

/// Calls an operation with typed JSON.
pub(super) fn ask<Q: Serialize, A: DeserializeOwned>(
    calls: &dyn TableCalls,
    operation: &'static str,
    question: &Q,
) -> Result<A, CallError> {
    let unclear = |error: serde_json::Error| CallError::Answer(error.to_string());
    let json = serde_json::to_vec(question).map_err(unclear)?;
    serde_json::from_slice(&calls.call(operation, &json)?).map_err(unclear)
}

/// The client and the small runtime that drives it.
pub(super) struct DynamoDbClient {
    runtime: CallRuntime,
    credentials: SharedCredentialsProvider,
    region: String,
    endpoint: String,
    operation: Operation<SignedCall, RawAnswer, Infallible>,
}

/// A request's headers and body; the headers hold the signature and perhaps a session token.
struct SignedCall {
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl fmt::Debug for SignedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedCall(redacted)")
    }
}

/// A status of HTTP and the body that came with it.
#[derive(Debug)]
struct RawAnswer {
    status: u16,
    body: Vec<u8>,
}

impl DynamoDbClient {
    /// Loads the default chain, or the profile that is named.
    pub(super) fn from_environment() -> Result<Self, KeyringError> {
        let runtime = CallRuntime::of_callers()?;
        let loader = match env::var(PROFILE).ok().filter(|profile| !profile.is_empty()) {
            Some(profile) => of_profile(&profile),
            None => match client_from_environment()? {
                Some(http) => loader().http_client(http),
                None => loader(),
            },
        };
        let config = runtime.wait(loader.load());
        let needs = |what: &str| KeyringError::Runtime(format!("DynamoDB needs {what}"));
        let region = config.region().map(ToString::to_string);
        let region = region.ok_or_else(|| needs("a Region: set AWS_REGION, or region in its profile"))?;
        let credentials = config.credentials_provider();
        let credentials = credentials.ok_or_else(|| needs("credentials, and none are configured"))?;
        let endpoint = endpoint(&config, &region);
        if !endpoint.starts_with("https://") && !endpoint.starts_with("http://") {
            return Err(needs(&format!(
                "an endpoint that begins with https:// or http://, and {endpoint} does not: AWS_ENDPOINT_URL_DYNAMODB says it"
            )));
        }
        let operation = operation(&config, &endpoint);
        Ok(Self { runtime, credentials, region, endpoint, operation })
    }

    async fn attempts(&self, operation: &str, json: &[u8]) -> Result<Vec<u8>, CallError> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..ATTEMPTS_MAX {
            match self.attempt(operation, json).await {
                Err(error) if error.may_pass() => tokio::time::sleep(pause).await,
                said => return said,
            }
            pause *= 2;
        }
        self.attempt(operation, json).await
    }

    async fn attempt(&self, operation: &str, json: &[u8]) -> Result<Vec<u8>, CallError> {
        let unsigned = |cause: String| CallError::Unsigned(format!("no credentials for DynamoDB: {cause}"));
        let credentials = self.credentials.provide_credentials().await;
        let credentials = credentials.map_err(|error| unsigned(causes(&error)))?;
        let call = self.signed(credentials, operation, json)?;
        let answer = self.operation.invoke(call).await;
        judged(answer.map_err(|error| CallError::Unreachable(causes(&error)))?)
    }

    fn signed(
        &self,
        credentials: Credentials,
        operation: &str,
        json: &[u8],
    ) -> Result<SignedCall, CallError> {
        let refused = |error: SigningError| CallError::Unsigned(causes(&error));
        let identity = credentials.into();
        let parameters: SigningParams<'_> = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("dynamodb")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| CallError::Unsigned(error.to_string()))?
            .into();
        let target = format!("{TARGET}{operation}");
        let own = [("content-type", CONTENT_TYPE), ("x-amz-target", target.as_str())];
        let body = SignableBody::Bytes(json);
        let request = SignableRequest::new("POST", self.endpoint.as_str(), own.into_iter(), body);
        let (signed, _) = sign(request.map_err(refused)?, &parameters).map_err(refused)?.into_parts();
        let (signed, _) = signed.into_parts();
        let signed = signed.iter().map(|header| (header.name(), header.value()));
        let headers = own.into_iter().chain(signed);
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(SignedCall { headers, body: json.to_vec() })
    }
}

impl TableCalls for DynamoDbClient {
    fn call(&self, operation: &'static str, json: &[u8]) -> Result<Vec<u8>, CallError> {
        self.runtime.wait(self.attempts(operation, json))
    }
}

/// One request over the SDK's HTTP client, which signs nothing and tries once.
fn operation(config: &SdkConfig, endpoint: &str) -> Operation<SignedCall, RawAnswer, Infallible> {
    let builder = Operation::builder()
        .service_name("DynamoDB")
        .operation_name("call")
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .no_auth()
        .no_retry()
        .timeout_config(timeouts());
    let builder = match config.http_client() {
        Some(http) => builder.http_client(http),
        None => builder,
    };
    builder.serializer(request).deserializer::<RawAnswer, Infallible>(|response| Ok(raw(response))).build()
}

fn request(call: SignedCall) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(call.body));
    request.set_method("POST")?;
    for (name, value) in call.headers {
        request.headers_mut().try_insert(name, value)?;
    }
    Ok(request)
}

fn raw(response: &HttpResponse) -> RawAnswer {
    RawAnswer {
        status: response.status().as_u16(),
        body: response.body().bytes().unwrap_or_default().to_vec(),
    }
}

/// The body of an answer, or the error that it is.
fn judged(answer: RawAnswer) -> Result<Vec<u8>, CallError> {
    if answer.body.len() > ANSWER_BYTES_MAX {
        return Err(CallError::Answer("it is longer than 1 MiB".into()));
    }
    if (200..300).contains(&answer.status) {
        return Ok(answer.body);
    }
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let Some(kind) = text("__type") else {
        return Err(CallError::Refused {
            code: format!("HTTP {}", answer.status),
            message: "this is no answer of DynamoDB; something else may be at its address".to_owned(),
            reasons: Vec::new(),
        });
    };
    let reasons = body.get("CancellationReasons").and_then(Value::as_array);
    let reasons = reasons.into_iter().flatten().filter_map(|reason| reason.get("Code")?.as_str());
    Err(CallError::Refused {
        code: kind.rsplit('#').next().unwrap_or_default().to_owned(),
        message: text("message").or_else(|| text("Message")).unwrap_or_default().to_owned(),
        reasons: reasons.filter(|code| *code != "None").map(str::to_owned).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, body: &str) -> CallError {
        judged(RawAnswer { status, body: body.into() }).unwrap_err()
    }

    #[test]
    fn errors_have_name_text_and_reasons() {
        assert_eq!(judged(RawAnswer { status: 200, body: b"{}".to_vec() }), Ok(b"{}".to_vec()));
        let cancelled = error(
            400,
            r#"{"__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException", "Message": "cancelled",
                "CancellationReasons": [{"Code": "None"}, {"Code": "ConditionalCheckFailed"}, {"Code": null}]}"#,
        );
        assert!(cancelled.is_condition() && !cancelled.may_pass() && !cancelled.is_missing_table());
        assert_eq!(cancelled.to_string(), "TransactionCanceledException (ConditionalCheckFailed): cancelled");
        let missing = error(400, r#"{"__type": "x#ResourceNotFoundException", "message": "no table"}"#);
        assert!(missing.is_missing_table() && !missing.is_condition() && !missing.may_pass());
        assert_eq!(missing.to_string(), "ResourceNotFoundException: no table");
        assert_eq!(error(400, r#"{"__type": "x#AccessDenied"}"#).to_string(), "AccessDenied");
        assert!(error(404, "<html>").to_string().starts_with("HTTP 404: this is no answer of DynamoDB"));
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let busy = error(400, r#"{"__type": "x#ThrottlingException"}"#);
        let conflict = error(
            400,
            r#"{"__type": "x#TransactionCanceledException", "CancellationReasons": [{"Code": "TransactionConflict"}]}"#,
        );
        let gone = CallError::Unreachable("refused".into());
        assert!([error(503, ""), busy, conflict, gone].iter().all(CallError::may_pass));
        let denied = error(400, r#"{"__type": "x#AccessDeniedException"}"#);
        let unsigned = CallError::Unsigned("no credentials".into());
        assert!(![denied, unsigned, error(404, "")].iter().any(CallError::may_pass));
    }

    #[test]
    fn an_answer_that_is_too_long_is_refused() {
        let long = |bytes| judged(RawAnswer { status: 200, body: vec![b' '; bytes] });
        assert!(long(ANSWER_BYTES_MAX).is_ok());
        assert!(matches!(long(ANSWER_BYTES_MAX + 1), Err(CallError::Answer(_))));
    }
}
