//! A front that does just enough: it is confined, keeps its keyring in `state/`, and answers operators.

use serde_json::{Value, json};
use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use strongroom_confine::{front_process, inherited_control};
use strongroom_control::{
    Channel, CustodyNews, FromFront, OperatorFault, OperatorRequest, SecretText, ToFront,
};
use strongroom_vault_protocol::{ClusterId, Keyring, VaultClient, VaultError};
use tokio::runtime::{Builder, Runtime};

pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

struct Front {
    channel: Channel,
    state: PathBuf,
    runtime: Runtime,
    vault: VaultClient,
    lanes: u32,
}

pub(crate) fn run() -> ! {
    let channel = Channel::new(UnixStream::from(inherited_control().unwrap()));
    let (start, mut descriptors) = channel.receive::<ToFront>().unwrap();
    let ToFront::Start(start) = start else { panic!("first message") };
    let finds_no_vault = fs::remove_file(crate::dying::NO_VAULT_ONCE).is_ok();
    let (state, audit) = (start.data_dir.join("state"), start.data_dir.join("audit"));
    front_process(&[&state, &audit], &[]).unwrap();
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut front = Front { channel, state, runtime, vault: VaultClient::new(), lanes: 0 };
    let lanes = descriptors.split_off(1);
    if !front.connect(lanes) || finds_no_vault {
        front.say(&FromFront::VaultAway { message: "the vault is not available".to_owned() });
        std::process::exit(1);
    }
    let secret_access_key = SecretText::new(SECRET.to_owned());
    let (account, access_key_id) = (start.account.clone(), "AKIAIOSFODNN7EXAMPLE".to_owned());
    front.say(&FromFront::RootCredentials { account, access_key_id, secret_access_key });
    front.say(&FromFront::Ready);
    loop {
        match front.channel.receive::<ToFront>() {
            Ok((message, descriptors)) => front.hear(message, descriptors),
            Err(_) => std::process::exit(3),
        }
    }
}

impl Front {
    fn say(&self, message: &FromFront) {
        self.channel.send(message, &[]).unwrap();
    }

    /// Opens the vault with the stored keyring, or makes one on the first start. Whether there is a vault.
    fn connect(&mut self, mut lanes: Vec<OwnedFd>) -> bool {
        let (slow, fast) = (lanes.pop().unwrap().into(), lanes.pop().unwrap().into());
        // Named as the real store, by which the supervisor knows that there is one.
        let path = self.state.join("state.redb");
        let stored = fs::read(&path).ok().map(|bytes| Keyring::from_bytes(&bytes).unwrap());
        let vault = &self.vault;
        let connected = self.runtime.block_on(async {
            // A vault that dies meanwhile is replaced, and new lanes come.
            let connected = vault.connect(fast, slow, stored.as_ref()).await;
            if connected.is_ok() && stored.is_none() {
                let keyring = vault.initialise(ClusterId([4; 16])).await.unwrap();
                fs::write(&path, keyring.to_bytes()).unwrap();
                vault.open(&keyring).await.unwrap();
            }
            connected
        });
        self.lanes += 1;
        connected != Err(VaultError::Unavailable)
    }

    fn hear(&mut self, message: ToFront, descriptors: Vec<OwnedFd>) {
        match message {
            ToFront::VaultLanes => {
                self.connect(descriptors);
            }
            ToFront::Processes(_) | ToFront::AnchorKept(..) => {}
            ToFront::Operator { id, request, .. } => {
                let reply = self.answer(&request);
                self.say(&FromFront::Operator { id, reply });
            }
            ToFront::Custody { id, news, .. } => {
                let reply = self.follow(&news);
                self.say(&FromFront::Operator { id, reply });
            }
            ToFront::Shutdown => {
                fs::write(self.state.join("orderly"), b"").unwrap();
                std::process::exit(0);
            }
            other => panic!("{other:?}"),
        }
    }

    /// Stores what the vault proposes, and opens it.
    fn follow(&self, news: &CustodyNews) -> Result<Value, OperatorFault> {
        let path = self.state.join("state.redb");
        let vault = &self.vault;
        match news {
            CustodyNews::Unsealed { .. } | CustodyNews::Sealed | CustodyNews::Refused { .. } => {}
            CustodyNews::Enrolled { name, .. } if name == "no-room" => {
                return Err(OperatorFault { message: "no room".to_owned(), nothing_changed: true });
            }
            CustodyNews::Enrolled { .. }
            | CustodyNews::Removed { .. }
            | CustodyNews::Rotated
            | CustodyNews::RecoveryCreated { .. }
            | CustodyNews::RecoveryRemoved { .. } => {
                self.runtime.block_on(async {
                    let keyring = vault.proposed_keyring().await.unwrap();
                    fs::write(&path, keyring.to_bytes()).unwrap();
                    vault.open(&keyring).await.unwrap();
                });
            }
        }
        Ok(json!({ "news": format!("{news:?}") }))
    }

    /// As the real front does every second: a token may be back.
    fn bring_keyring(&self) {
        if let Ok(stored) = fs::read(self.state.join("state.redb")) {
            let keyring = Keyring::from_bytes(&stored).unwrap();
            let _ = self.runtime.block_on(self.vault.open(&keyring));
        }
    }

    fn answer(&self, request: &OperatorRequest) -> Result<Value, OperatorFault> {
        match request {
            OperatorRequest::Status => {
                self.bring_keyring();
                let health = self.runtime.block_on(self.vault.health());
                let open = health.is_ok_and(|health| health.opened);
                let pkcs11 = health.ok().and_then(|health| health.pkcs11.as_str());
                let pid = std::process::id();
                Ok(json!({ "front_pid": pid, "vault_open": open, "lanes": self.lanes, "pkcs11": pkcs11 }))
            }
            OperatorRequest::UserCreate { name, .. } if name == "fatal" => {
                let message = "the store is of a newer version".to_owned();
                self.say(&FromFront::Fatal { message });
                Err(OperatorFault { message: "fatal".to_owned(), nothing_changed: false })
            }
            _ => Err(OperatorFault { message: "not built".to_owned(), nothing_changed: false }),
        }
    }
}
