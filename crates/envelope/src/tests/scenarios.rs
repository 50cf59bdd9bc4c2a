//! Scenarios of other libraries, without messages: what is sealed as one says opens as it says, or is refused. KMS is one
//! that binds each data key to its key and its context.

use super::manifest::{self, text};
use super::suites::writing;
use super::{Three, caching, json, vectors_folder};
use crate::keyring::{AnyKeyring, DiscoveryFilter, KeyringError, KmsAnswer, KmsCalls, KmsKeyring, OpenWith};
use crate::materials::{DefaultManager, RequiredContext};
use crate::message::{Context, Suite};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use strongroom_types::AccountId;
use zeroize::Zeroizing;

const PLAINTEXT: &[u8] = &[9; 1_030];
const FRAME: u32 = 512;

/// Why scenarios fail that are not tried here.
const WRONG_IDENTIFIER: &str = "The get or put will fail because the identifier is wrong.";
const NO_DATA_KEY: &str = "No plaintext data key on encrypt fails";

/// What a run of scenarios did.
#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    opened: u32,
    refused: u32,
    /// Caches that fail by a wrong identifier of the caller's; ours makes its own.
    identifiers: u32,
    /// A keyring that gives no data key, which our types do not let one build.
    keyless: u32,
    /// What is not built: RSA and ECDH keys in KMS, suites that are not the Encryption SDK's.
    elsewhere: u32,
}

/// A KMS whose keys are in every Region.
struct EveryRegion;

/// A multi-Region key is one key, whatever the Region of its ARN.
fn wrapped_by(key_id: &str, context: &Context) -> Vec<u8> {
    let (_, id) = key_id.rsplit_once('/').unwrap();
    [id.as_bytes(), &context.block().unwrap()].concat()
}

impl KmsCalls for EveryRegion {
    fn generate_data_key(
        &self,
        key_id: &str,
        context: &Context,
        bytes: usize,
    ) -> Result<KmsAnswer, KeyringError> {
        let plaintext = vec![5; bytes];
        let wrapped = self.encrypt(key_id, context, &plaintext)?;
        Ok(KmsAnswer { plaintext: Zeroizing::new(plaintext), ..wrapped })
    }

    fn encrypt(&self, key_id: &str, context: &Context, plaintext: &[u8]) -> Result<KmsAnswer, KeyringError> {
        let blob = [wrapped_by(key_id, context), plaintext.to_vec()].concat();
        Ok(KmsAnswer { key_id: key_id.to_owned(), plaintext: Zeroizing::default(), blob })
    }

    fn region(&self) -> Option<String> {
        Some("us-west-2".to_owned())
    }

    fn decrypt(&self, key_id: &str, context: &Context, blob: &[u8]) -> Result<KmsAnswer, KeyringError> {
        let plaintext = blob.strip_prefix(&wrapped_by(key_id, context)[..]);
        let plaintext = plaintext.ok_or(KeyringError::NoSealingKey)?.to_vec();
        Ok(KmsAnswer { key_id: key_id.to_owned(), plaintext: Zeroizing::new(plaintext), blob: Vec::new() })
    }
}

/// The keyring of a description that is for KMS.
fn kms(description: &Value, keys: &Value) -> Option<AnyKeyring> {
    let calls = Arc::new(EveryRegion);
    let kind = text(&description["type"]);
    let keyring = match kind {
        "aws-kms" | "aws-kms-mrk-aware" => {
            let key = vec![text(&keys[text(&description["key"])]["key-id"]).to_owned()];
            KmsKeyring::new(calls, key.clone(), OpenWith::Keys(key))
        }
        "aws-kms-mrk-aware-discovery" => {
            assert_eq!(description["default-mrk-region"], "us-west-2");
            let filter = description.get("aws-kms-discovery-filter");
            let filter = filter.map_or_else(DiscoveryFilter::default, |filter| DiscoveryFilter {
                partition: Some(text(&filter["partition"]).to_owned()),
                accounts: list(&filter["account-ids"]).map(|id| AccountId::parse(id).unwrap()).collect(),
            });
            KmsKeyring::new(calls, Vec::new(), OpenWith::Discovery(filter))
        }
        _ => return None,
    };
    let aware = kind.starts_with("aws-kms-mrk-aware");
    Some(Arc::new(if aware { keyring.multi_region_aware().unwrap() } else { keyring }))
}

fn list(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().map(text)
}

fn pairs(value: Option<&Value>) -> Context {
    let fields = value.and_then(Value::as_object).into_iter().flatten();
    Context::new(fields.map(|(key, value)| (key.clone(), text(value).to_owned())).collect()).unwrap()
}

/// One scenario, of whatever file.
struct Scenario<'a> {
    suite: &'a str,
    context: Context,
    required: BTreeSet<String>,
    /// What whoever opens it gives.
    given: Context,
    seal: &'a Value,
    open: &'a Value,
}

impl Scenario<'_> {
    /// Whether it opens as it was sealed; `None` for what is not built.
    fn opens(&self, keys: &Value) -> Option<bool> {
        let suite = Suite::from_id(u16::from_str_radix(self.suite, 16).unwrap())?;
        let sealing = kms(self.seal, keys).or_else(|| manifest::sealing_keyring(self.seal, keys))?;
        let opening = kms(self.open, keys).or_else(|| manifest::keyring(self.open, keys))?;
        let manager = RequiredContext::new(DefaultManager::new(sealing), self.required.clone());
        let message = crate::seal_bytes(PLAINTEXT, &manager, writing(suite, &self.context, FRAME)).unwrap();
        match Three::given(&self.given).open(&message, &*opening) {
            Ok(plaintext) => {
                assert_eq!(plaintext, PLAINTEXT);
                Some(true)
            }
            Err(_) => Some(false),
        }
    }

    fn count(&self, name: &str, may_open: bool, keys: &Value, count: &mut Count) {
        match self.opens(keys) {
            None => count.elsewhere += 1,
            Some(opened) => {
                assert_eq!(opened, may_open, "{name}");
                if opened { count.opened += 1 } else { count.refused += 1 }
            }
        }
    }
}

#[test]
fn scenarios_of_the_encryption_sdk_are_sealed_and_opened() {
    let tests = json(&vectors_folder().join("encrypt-manifest/encrypt-manifest.json"));
    let keys = json(&vectors_folder().join("awses-decrypt-v5-dafny-4.1.0/keys.json"));
    let mut count = Count::default();
    for (name, test) in tests["tests"].as_object().unwrap() {
        let test = &test["encryption-scenario"];
        let seal = &test["encryptKeyDescription"];
        let scenario = Scenario {
            suite: text(&test["algorithmSuiteId"]),
            context: pairs(test.get("encryption-context")),
            required: list(&seal["requiredEncryptionContextKeys"]).map(str::to_owned).collect(),
            given: pairs(test.get("reproduced-encryption-context")),
            seal,
            open: &test["decryptKeyDescription"],
        };
        scenario.count(name, true, &keys["keys"], &mut count);
    }
    assert_eq!(count, Count { opened: 282, elsewhere: 58, ..Count::default() });
}

#[test]
fn scenarios_of_the_material_providers_open_or_are_refused() {
    let folder = vectors_folder().join("../mpl");
    let (tests, keys) = (json(&folder.join("keyring-scenarios.json")), json(&folder.join("keys.json")));
    let mut count = Count::default();
    for (name, test) in tests["tests"].as_object().unwrap() {
        let seal = test.get("encryptKeyDescription").unwrap_or(&test["keyDescription"]);
        if ["caching-cmm", "static-material-keyring"].contains(&text(&seal["type"])) {
            let why = test.get("errorDescription").or_else(|| test.get("decryptErrorDescription"));
            match why.map(text) {
                None => {
                    assert_eq!(test["type"], "positive-keyring", "{name}");
                    caching::run(name, test, &keys["keys"]);
                    count.opened += 1;
                }
                Some(WRONG_IDENTIFIER) => count.identifiers += 1,
                Some(NO_DATA_KEY) => count.keyless += 1,
                Some(other) => panic!("{name}: {other}"),
            }
            continue;
        }
        let scenario = Scenario {
            suite: text(&test["algorithmSuiteId"]),
            context: pairs(test.get("encryptionContext")),
            required: list(&test["requiredEncryptionContextKeys"]).map(str::to_owned).collect(),
            given: pairs(test.get("reproducedEncryptionContext")),
            seal,
            open: &test["decryptKeyDescription"],
        };
        scenario.count(name, test["type"] == "positive-keyring", &keys["keys"], &mut count);
    }
    assert_eq!(count, Count { opened: 157 + 476, refused: 40, identifiers: 4, keyless: 1, elsewhere: 39 });
}
