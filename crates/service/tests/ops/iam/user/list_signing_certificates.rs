//! ListSigningCertificates.

use super::there_are_none;

#[tokio::test]
async fn nobody_has_any() {
    there_are_none("ListSigningCertificates", "Certificates").await;
}
