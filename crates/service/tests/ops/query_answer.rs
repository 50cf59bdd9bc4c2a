//! Calls to IAM and STS: a form in, XML out.

use crate::scenario::{Caller, REGION, Scenario, SignedRequest, sign};
use strongroom_audit::event_time;
use strongroom_types::{Clock, Random, RequestId};

/// What a call was answered, in XML.
#[derive(Debug)]
pub(crate) struct XmlAnswer {
    pub(crate) status: u16,
    pub(crate) text: String,
}

impl Scenario {
    /// What a caller is answered by IAM (`iam`) or STS (`sts`).
    pub(crate) async fn query(
        &self,
        caller: &Caller,
        service: &'static str,
        action: &str,
        params: &[(&str, &str)],
    ) -> XmlAnswer {
        let answer = self.send(&self.signed_query(caller, service, action, params)).await;
        XmlAnswer { status: answer.status, text: answer.text }
    }

    /// What the account's root is answered by IAM.
    pub(crate) async fn iam(&self, action: &str, params: &[(&str, &str)]) -> XmlAnswer {
        self.query(&self.root, "iam", action, params).await
    }

    /// A form as clients of AWS send it, signed now.
    pub(crate) fn signed_query(
        &self,
        caller: &Caller,
        service: &'static str,
        action: &str,
        params: &[(&str, &str)],
    ) -> SignedRequest {
        let date = event_time(self.clock().now()).replace(['-', ':'], "");
        let headers = [
            ("host", "iam.test"),
            ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
            ("x-amz-date", date.as_str()),
            ("user-agent", "scenario/1"),
        ];
        let version = if service == "iam" { "2010-05-08" } else { "2011-06-15" };
        let mut body = format!("Action={action}&Version={version}");
        for (name, value) in params {
            body.push_str(&format!("&{}={}", encoded(name), encoded(value)));
        }
        let mut request = SignedRequest {
            request_id: RequestId::from_random(self.request_ids.id16()),
            method: "POST".to_owned(),
            path: "/".to_owned(),
            query: String::new(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).to_vec(),
            body: body.into_bytes(),
        };
        sign(&mut request, &Caller { service, ..caller.clone() });
        request
    }
}

impl XmlAnswer {
    /// A call that succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.status, 200, "{}", self.text);
        self
    }

    /// A refusal of this name whose text has this in it.
    #[track_caller]
    pub(crate) fn refused(self, code: &str, part: &str) {
        assert_ne!(self.status, 200, "{}", self.text);
        assert_eq!(self.get("Error/Code"), code, "{}", self.text);
        assert!(self.get("Error/Message").contains(part), "{part}\n{}", self.text);
    }

    /// The text of the first element on a path of names; it need not start at the root.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> String {
        let found = self.find(path).into_iter().next();
        found.unwrap_or_else(|| panic!("no {path}\n{}", self.text))
    }

    /// Who has the temporary credentials in an answer of STS.
    pub(crate) fn credentials(&self, arn: &str) -> Caller {
        Caller {
            arn: arn.to_owned(),
            access_key_id: self.get("Credentials/AccessKeyId"),
            secret: self.get("Credentials/SecretAccessKey"),
            token: Some(self.get("Credentials/SessionToken")),
            region: REGION,
            service: "kms",
        }
    }

    /// The texts of every element of the path's last name, inside the first of each of the names before it.
    pub(crate) fn all(&self, path: &str) -> Vec<String> {
        self.find(path)
    }

    fn find(&self, path: &str) -> Vec<String> {
        let mut within = vec![self.text.as_str()];
        for name in path.split('/') {
            let Some(&first) = within.first() else { return Vec::new() };
            within = elements(first, name);
        }
        within.into_iter().map(unescaped).collect()
    }
}

/// The contents of the outermost elements of a name, in their order.
fn elements<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some(start) = rest.find(&open) {
        let inner = &rest[start + open.len()..];
        let end = end_of(inner, &open, &close);
        found.push(&inner[..end]);
        rest = &inner[end + close.len()..];
    }
    found
}

/// Where an element ends whose content this begins with.
fn end_of(inner: &str, open: &str, close: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    loop {
        let end = at + inner[at..].find(close).unwrap_or_else(|| panic!("no {close}: {inner}"));
        depth += inner[at..end].matches(open).count();
        if depth == 0 {
            return end;
        }
        depth -= 1;
        at = end + close.len();
    }
}

fn unescaped(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    text.replace("&#39;", "'").replace("&#x27;", "'").replace("&amp;", "&")
}

/// A policy document as answers have it, percent-encoded.
pub(crate) fn document(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut plain = Vec::new();
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b'%' => {
                let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            byte => byte,
        };
        plain.push(byte);
    }
    String::from_utf8(plain).unwrap()
}

/// A text as a form has it.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[test]
fn elements_inside_elements_of_the_same_name() {
    let text = "<A><member>1<member>2</member></member><member>3</member></A>".to_owned();
    let answer = XmlAnswer { status: 200, text };
    assert_eq!(answer.all("A/member"), ["1<member>2</member>", "3"]);
    assert_eq!(answer.get("A/member/member"), "2");
    assert!(answer.all("B/member").is_empty());
}
