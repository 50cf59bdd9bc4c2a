//! A bucket of a service that speaks S3, addressed by path: PUT, then GET.

use crate::connection::Way;
use crate::export::Object;
use crate::export::s3_signature::{Signing, authorization};
use crate::hash::sha256_hex;
use crate::http::{Call, exchange};
use crate::secrets::Credentials;
use crate::sink::SinkError;
use crate::target::Bucket;
use hyper::Method;

/// The bucket.
pub(crate) struct S3Store {
    pub(crate) way: Way,
    pub(crate) bucket: Bucket,
    pub(crate) credentials: Credentials,
}

impl S3Store {
    /// Stores an object and reads it again, so nothing in the answer to the PUT matters.
    pub(crate) async fn put(&self, object: &Object) -> Result<Vec<u8>, SinkError> {
        let told = |error: SinkError| match error {
            SinkError::Status { retry_after: None, .. } => {
                SinkError::Object { name: object.name.clone(), text: error.to_string() }
            }
            other => other,
        };
        self.ask(Method::PUT, object, object.content.clone(), None).await.map_err(told)?;
        self.ask(Method::GET, object, Vec::new(), Some(object.content.len())).await.map_err(told)
    }

    async fn ask(
        &self,
        method: Method,
        object: &Object,
        body: Vec<u8>,
        answer_bytes_max: Option<usize>,
    ) -> Result<Vec<u8>, SinkError> {
        // Names and prefixes have no character that would be encoded.
        let target = format!("/{}/{}{}", self.bucket.name, self.bucket.prefix, object.name);
        let date = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let mut headers = vec![("x-amz-content-sha256", sha256_hex(&body)), ("x-amz-date", date.clone())];
        let token = self.credentials.session_token.as_ref();
        headers.extend(token.map(|token| ("x-amz-security-token", token.to_string())));
        let mut signed = vec![("host", self.way.server.authority(self.way.tls.is_some()))];
        signed.extend(headers.iter().cloned());
        let signing = Signing {
            method: method.as_str(),
            target: &target,
            headers: &signed,
            date: &date,
            region: &self.bucket.region,
        };
        headers.push(("authorization", authorization(&signing, &self.credentials)));
        let call = Call { method, target: &target, headers: &headers, body, answer_bytes_max };
        exchange(&self.way, call).await
    }
}
