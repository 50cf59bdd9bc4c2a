//! A vault for tests: in this process, open and connected.

use strongroom_vault_protocol::{ClusterId, Keyring, VaultClient, VaultError};

/// A client of a fresh vault that is open with a fresh keyring.
pub async fn vault() -> VaultClient {
    vault_with_keyring().await.0
}

/// The same, with the keyring, for a test that opens it again through `client.open`.
///
/// # Panics
/// When the vault cannot be started.
#[allow(clippy::expect_used)] // a test's set-up
pub async fn vault_with_keyring() -> (VaultClient, Keyring) {
    let client = sealed_vault().await.expect("a vault in this process");
    let keyring = client.initialise(ClusterId([0x5a; 16])).await.expect("a keyring");
    (client, keyring)
}

/// A client of a vault that is not open yet.
pub async fn sealed_vault() -> Result<VaultClient, VaultError> {
    let (fast, slow) = strongroom_vault::in_process().map_err(|_| VaultError::Unavailable)?;
    let client = VaultClient::new();
    client.connect(fast, slow, None).await?;
    Ok(client)
}
