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

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_vault_protocol::{BackingKey, KeyBinding};

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn vault_is_open_and_its_keyring_opens_it_again() {
        let (client, keyring) = vault_with_keyring().await;
        client.open(&keyring).await.unwrap();
        let binding = KeyBinding {
            arn: "arn:aws:kms:us-east-1:111122223333:key/11111111-1111-1111-1111-111111111111".into(),
            key_id: [0x11; 16],
            spec: "SYMMETRIC_DEFAULT".into(),
            usage: "ENCRYPT_DECRYPT".into(),
            origin: "AWS_KMS".into(),
        };
        let new = client.generate_backing_key(&binding).await.unwrap();
        let key = BackingKey { binding: &binding, material_id: new.material_id, record: &new.record };
        let blob = client.encrypt(key, &[0, 0], b"text").await.unwrap();
        assert_eq!(client.decrypt(key, &[0, 0], &blob).await.unwrap().expose(), b"text");
    }
}
