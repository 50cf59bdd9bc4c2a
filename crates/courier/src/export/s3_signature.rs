//! The signature of a request to S3: AWS Signature Version 4 with a signed payload (S3 API reference, "Authenticating
//! requests: using the Authorization header"). S3 takes a path as it is, encoded once.

use crate::hash::{hmac_sha256, sha256_hex};
use crate::secrets::Credentials;
use zeroize::Zeroizing;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// A request that is signed.
pub(crate) struct Signing<'a> {
    pub(crate) method: &'a str,
    /// The path; there is no query.
    pub(crate) target: &'a str,
    /// Names in small letters and in order; `x-amz-content-sha256` is one of them.
    pub(crate) headers: &'a [(&'a str, String)],
    /// `20130524T000000Z`.
    pub(crate) date: &'a str,
    pub(crate) region: &'a str,
}

/// The value of the Authorization header.
pub(crate) fn authorization(signing: &Signing<'_>, credentials: &Credentials) -> String {
    let day = signing.date.get(..8).unwrap_or_default();
    let scope = format!("{day}/{}/s3/aws4_request", signing.region);
    let names: Vec<&str> = signing.headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let hash = sha256_hex(canonical(signing, &names).as_bytes());
    let to_sign = format!("{ALGORITHM}\n{}\n{scope}\n{hash}", signing.date);
    let key = key(&credentials.secret_access_key, day, signing.region);
    let signature = const_hex::encode(hmac_sha256(key.as_slice(), &[to_sign.as_bytes()]));
    let id = &credentials.access_key_id;
    format!("{ALGORITHM} Credential={id}/{scope},SignedHeaders={names},Signature={signature}")
}

fn canonical(signing: &Signing<'_>, names: &str) -> String {
    let headers: String =
        signing.headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
    let payload = signing.headers.iter().find(|(name, _)| *name == "x-amz-content-sha256");
    let payload = payload.map(|(_, hash)| hash.as_str()).unwrap_or_default();
    format!("{}\n{}\n\n{headers}\n{names}\n{payload}", signing.method, signing.target)
}

fn key(secret: &str, day: &str, region: &str) -> Zeroizing<[u8; 32]> {
    let first = Zeroizing::new(format!("AWS4{secret}"));
    let date = Zeroizing::new(hmac_sha256(first.as_bytes(), &[day.as_bytes()]));
    let region = Zeroizing::new(hmac_sha256(date.as_slice(), &[region.as_bytes()]));
    let service = Zeroizing::new(hmac_sha256(region.as_slice(), &[b"s3"]));
    Zeroizing::new(hmac_sha256(service.as_slice(), &[b"aws4_request"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example "GET Object" of the S3 API reference.
    #[test]
    fn signature_known_answer() {
        let credentials = Credentials {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret_access_key: Zeroizing::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned()),
            session_token: None,
        };
        let headers = [
            ("host", "examplebucket.s3.amazonaws.com".to_owned()),
            ("range", "bytes=0-9".to_owned()),
            ("x-amz-content-sha256", sha256_hex(b"")),
            ("x-amz-date", "20130524T000000Z".to_owned()),
        ];
        let signing = Signing {
            method: "GET",
            target: "/test.txt",
            headers: &headers,
            date: "20130524T000000Z",
            region: "us-east-1",
        };
        let wanted = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
                      SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,\
                      Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
        assert_eq!(authorization(&signing, &credentials), wanted);
    }
}
