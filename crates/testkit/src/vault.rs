//! A vault for tests: in this process, open and connected.

use crate::{FakeToken, Gate, ManualClock};
use std::os::unix::net::UnixStream;
use strongroom_vault::InProcessCustody;
use strongroom_vault_protocol::{ClusterId, Keyring, RootKey, RootSecret, VaultClient, VaultError};

/// The root key of [`VaultStand`]'s vaults, so that each opens what another one made.
const ROOT_KEY: [u8; 32] = [0x33; 32];

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

/// Where vaults of one root stand: on the test's clock, behind a gate, and away when the test says so.
#[derive(Clone, Debug, Default)]
pub struct VaultStand {
    /// The vaults' clock.
    pub clock: ManualClock,
    /// What commands of the fast lane pass: everything but the making of keys.
    pub gate: Gate,
}

impl VaultStand {
    /// Connects a client to a new vault of the same root, opened if there is a keyring for it.
    pub async fn connect(&self, client: &VaultClient, keyring: Option<&Keyring>) -> Result<(), VaultError> {
        let (fast, slow) = strongroom_vault::in_process_with(Box::new(self.clock.clone()), Some(ROOT_KEY))
            .map_err(|_| VaultError::Unavailable)?;
        let fast = self.gate.guard(fast).map_err(|_| VaultError::Unavailable)?;
        client.connect(fast, slow, keyring).await
    }

    /// The same, with the supervisor's hand on the vault.
    pub async fn connect_with_custody(
        &self,
        client: &VaultClient,
        keyring: Option<&Keyring>,
    ) -> Result<InProcessCustody, VaultError> {
        let clock = Box::new(self.clock.clone());
        let (fast, slow, custody) = strongroom_vault::in_process_with_custody(clock, Some(ROOT_KEY))
            .map_err(|_| VaultError::Unavailable)?;
        let fast = self.gate.guard(fast).map_err(|_| VaultError::Unavailable)?;
        client.connect(fast, slow, keyring).await?;
        Ok(custody)
    }

    /// The same, with the tokens of custom key stores by their clusters' ids.
    pub async fn connect_with_tokens(
        &self,
        client: &VaultClient,
        keyring: Option<&Keyring>,
        tokens: &[(&str, &FakeToken)],
    ) -> Result<(), VaultError> {
        let mut custody = self.connect_with_custody(client, keyring).await?;
        for (cluster, token) in tokens {
            let line = token.line().map_err(|_| VaultError::Unavailable)?;
            custody.connect_cluster(cluster, line).map_err(|_| VaultError::Unavailable)?;
        }
        Ok(())
    }

    /// What opens these vaults.
    pub fn root_secret(&self) -> RootSecret {
        RootSecret::Key(RootKey::copy_of(&ROOT_KEY))
    }

    /// Connects a client to lanes at whose other end nobody is.
    pub async fn take_away(&self, client: &VaultClient) -> Result<(), VaultError> {
        let dead = || UnixStream::pair().map(|(near, _)| near).map_err(|_| VaultError::Unavailable);
        client.connect(dead()?, dead()?, None).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_vault_protocol::{BackingKey, KeyBinding};

    fn binding() -> KeyBinding {
        KeyBinding {
            arn: "arn:aws:kms:us-east-1:111122223333:key/11111111-1111-1111-1111-111111111111".into(),
            key_id: [0x11; 16],
            spec: "SYMMETRIC_DEFAULT".into(),
            usage: "ENCRYPT_DECRYPT".into(),
            origin: "AWS_KMS".into(),
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn vault_is_open_and_its_keyring_opens_it_again() {
        let (client, keyring) = vault_with_keyring().await;
        client.open(&keyring).await.unwrap();
        let binding = binding();
        let new = client.generate_backing_key(&binding).await.unwrap();
        let key = BackingKey::new(&binding, &new.material_id, &new.record);
        let blob = client.encrypt(&key, &[0, 0], b"text").await.unwrap();
        assert_eq!(client.decrypt(&key, &[0, 0], &blob).await.unwrap().expose(), b"text");
    }

    #[tokio::test]
    async fn stand_takes_a_vault_away_and_brings_one_of_the_same_root() {
        let (stand, client) = (VaultStand::default(), VaultClient::new());
        stand.connect(&client, None).await.unwrap();
        let keyring = client.initialise(ClusterId([1; 16])).await.unwrap();
        let binding = binding();
        let new = client.generate_backing_key(&binding).await.unwrap();
        let key = BackingKey::new(&binding, &new.material_id, &new.record);
        let blob = client.encrypt(&key, &[0, 0], b"text").await.unwrap();
        stand.take_away(&client).await.unwrap();
        assert_eq!(client.random(1).await.err(), Some(VaultError::Unavailable));
        stand.connect(&client, Some(&keyring)).await.unwrap();
        assert_eq!(client.decrypt(&key, &[0, 0], &blob).await.unwrap().expose(), b"text");
    }

    #[tokio::test]
    async fn gate_holds_a_command_until_it_is_opened() {
        let (stand, client) = (VaultStand::default(), VaultClient::new());
        stand.connect(&client, None).await.unwrap();
        client.initialise(ClusterId([1; 16])).await.unwrap();
        stand.gate.shut();
        let asked = tokio::spawn(async move { client.random(8).await.map(|bytes| bytes.len()) });
        while !stand.gate.is_waited_at() {
            tokio::task::yield_now().await;
        }
        assert!(!asked.is_finished());
        stand.gate.open();
        assert_eq!(asked.await.unwrap(), Ok(8));
    }
}
