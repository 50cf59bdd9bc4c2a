//! Signing a request, for clients of our own and for tests.

use crate::canonical::SignedNames;
use crate::{ALGORITHM, AuthError, KSecret, RequestHead, TERMINATOR, canonical, date, verify};

/// Who signs, and for which Region and service.
pub struct Credential<'a> {
    /// The access key's id.
    pub access_key_id: &'a str,
    /// The secret access key.
    pub secret_access_key: &'a str,
    /// The Region of the scope.
    pub region: &'a str,
    /// The service of the scope, `kms`.
    pub service: &'a str,
}

/// The value of the `Authorization` header for a request that does not have one yet.
///
/// Signs every header in `head`, which must hold `host` and `x-amz-date`. Fails with the date's error when
/// there is none, and with [`AuthError::SignatureMismatch`] when the request has no canonical form.
pub fn sign(head: &RequestHead<'_>, body: &[u8], credential: &Credential<'_>) -> Result<String, AuthError> {
    let signed_at = date::signed_at(head)?;
    let day = signed_at.text.get(..8).unwrap_or_default();
    let names: Vec<&str> = head.headers.iter().map(|(name, _)| *name).collect();
    let names = SignedNames::new(&names.join(";"));
    let scope = format!("{day}/{}/{}/{TERMINATOR}", credential.region, credential.service);
    let key = KSecret::new(credential.secret_access_key)
        .date(day)
        .region(credential.region)
        .service(credential.service)
        .signing();
    let hash = canonical::sha256_hex(body);
    let signature = verify::signature(head, &names, &hash, &signed_at.text, &scope, key.expose())
        .ok_or(AuthError::SignatureMismatch)?;
    Ok(format!(
        "{ALGORITHM} Credential={}/{scope}, SignedHeaders={}, Signature={}",
        credential.access_key_id,
        names.as_str(),
        const_hex::encode(signature)
    ))
}
