//! What somebody does who prepares a measurement: calls of KMS and IAM by an account's root, many at a time.

use crate::load;
use crate::service::AccessKey;
use crate::wire::Target;
use crate::workload::{member, signed};
use anyhow::Result;
use serde_json::{Value, json};
use std::fmt::Write;
use strongroom_sigv4::{Credential, RequestHead};

/// The media type of IAM's requests.
const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// An account's root.
pub(crate) struct Admin<'a> {
    pub(crate) root: AccessKey,
    pub(crate) target: &'a Target,
}

impl Admin<'_> {
    /// Makes a key, with the default policy if none is given; its ARN.
    pub(crate) fn create_key(&self, policy: Option<&Value>) -> Result<String> {
        let input = policy.map_or_else(|| json!({}), |policy| json!({ "Policy": policy.to_string() }));
        let answers = self.kms("CreateKey", &[input])?;
        member(answers.first().map_or(&[][..], Vec::as_slice), "/KeyMetadata/Arn")
    }

    /// Calls one operation of KMS with each of these inputs; the answers in order.
    pub(crate) fn kms(&self, operation: &str, inputs: &[Value]) -> Result<Vec<Vec<u8>>> {
        let sign = |input| signed(&self.root, operation, input, self.target);
        let requests = inputs.iter().map(sign).collect::<Result<Vec<_>>>()?;
        load::exchange_all(self.target, &requests)
    }

    /// Calls IAM: an action and its parameters.
    pub(crate) fn iam(&self, action: &str, parameters: &[(&str, &str)]) -> Result<()> {
        let mut body = format!("Action={action}&Version=2010-05-08");
        for (name, value) in parameters {
            write!(body, "&{name}=")?;
            push_encoded(&mut body, value);
        }
        load::exchange_all(self.target, &[signed_form(&self.root, &body, self.target)?]).map(drop)
    }

    /// Gives a user an inline policy.
    pub(crate) fn put_user_policy(&self, user: &str, document: &Value) -> Result<()> {
        let text = document.to_string();
        let parameters = [("UserName", user), ("PolicyName", "bench"), ("PolicyDocument", text.as_str())];
        self.iam("PutUserPolicy", &parameters)
    }
}

/// All but letters, digits and `-._~` as `%XX`.
fn push_encoded(body: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            body.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(body, "%{byte:02X}");
        }
    }
}

fn signed_form(key: &AccessKey, body: &str, target: &Target) -> Result<Vec<u8>> {
    let date = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let host = target.address.to_string();
    let headers: [(&str, &[u8]); 3] =
        [("host", host.as_bytes()), ("content-type", FORM.as_bytes()), ("x-amz-date", date.as_bytes())];
    let head = RequestHead { method: "POST", path: "/", query: "", headers: &headers };
    let credential = Credential {
        access_key_id: &key.id,
        secret_access_key: &key.secret,
        region: "us-east-1",
        service: "iam",
    };
    let authorization = strongroom_sigv4::sign(&head, body.as_bytes(), &credential)?;
    let request = format!(
        "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: {FORM}\r\nX-Amz-Date: {date}\r\n\
         Authorization: {authorization}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    Ok(request.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::push_encoded;

    #[test]
    fn encoded_as_rfc_3986_says() {
        let mut text = String::new();
        push_encoded(&mut text, "a-._~ +/\"ä");
        assert_eq!(text, "a-._~%20%2B%2F%22%C3%A4");
    }
}
