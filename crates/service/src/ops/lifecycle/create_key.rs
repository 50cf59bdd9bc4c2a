//! CreateKey: a new KMS key with fresh material in the vault.

use crate::call::{About, Call, change_fault};
use crate::fault::Fault;
use crate::ops::read::describe_key::metadata;
use crate::ops::{Behaviour, Plane, key_store, policy, tag};
use crate::state::{
    BoundPolicy, Changes, CommitFault, KeyPolicyRecord, KeyRecord, KeyStoreEntry, MaterialRecord, binding,
    layout,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use strongroom_api::operation::{CreateKey, CreateKeyInput, CreateKeyOutput};
use strongroom_policy::{KeyFacts, RequestFacts};
use strongroom_types::{KeyArn, KeyId, KeySpec, KeyState, KeyUsage, Origin};
use strongroom_vault_protocol::{BackingKey, KeyBinding};

/// The most keys of an account and Region.
const KEYS_MAX: usize = 100_000;

impl Behaviour for CreateKey {
    const ACTION: &'static str = "kms:CreateKey";
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &CreateKeyInput) -> Result<CreateKeyOutput, Fault> {
        authorize(call, input)?;
        let store = symmetric_only(call, input)?;
        let tags = tag::merge(BTreeMap::new(), input.tags.as_deref().unwrap_or_default())?;
        let key = KeyId::from_random(call.service.random_id());
        let arn = KeyArn { region: call.region().clone(), account: call.account().clone(), key };
        let bypass = input.bypass_policy_lockout_safety_check;
        let policy = match &input.policy {
            Some(text) => Some(policy::check(call, text, &arn, None, bypass)?),
            None => None,
        };
        if call.snapshot.keys_after(call.account(), call.region(), None).count() >= KEYS_MAX {
            return Err(Fault::Limit(format!("The limit of {KEYS_MAX} KMS keys has been reached.")));
        }
        call.room()?;
        let record = new_record(call, input, tags, store.as_deref());
        let bound = binding(&arn, &record);
        let made = match &store {
            Some(store) => call.vault().generate_store_key(&store.record.cluster, &bound).await?,
            None => call.vault().generate_backing_key(&bound).await?,
        };
        let material = MaterialRecord {
            material_id: made.material_id,
            wrapped: made.record,
            created_ms: call.now.millis(),
            rotation: None,
            unknown: serde_json::Map::new(),
        };
        let mut changes = new_key(&arn, &record, &material, policy).map_err(change_fault)?;
        changes.under_keyring(&call.snapshot).map_err(change_fault)?;
        let Some(store) = store else {
            call.commit(changes).await?;
            return created(call, &arn);
        };
        // Still connected when the key is there.
        changes.unchanged(layout::key_store(&store.place), store.revision).map_err(change_fault)?;
        if let Err(fault) = call.commit(changes).await {
            unmake(call, &bound, &material, &fault).await;
            return Err(fault);
        }
        created(call, &arn)
    }
}

/// A key that was made in a token and surely did not become a KMS key goes from it again.
async fn unmake(call: &Call<'_>, bound: &KeyBinding, material: &MaterialRecord, fault: &Fault) {
    if matches!(fault, Fault::Commit(CommitFault::Unknown)) {
        tracing::warn!(key = %bound.arn, "it is not known whether this key exists; its token may hold it for nothing");
        return;
    }
    let key = BackingKey::new(bound, &material.material_id, &material.wrapped);
    if let Err(error) = call.vault().destroy_store_key(&key).await {
        tracing::warn!(key = %bound.arn, %error, "a key that was not made is left behind in its token");
    }
}

/// Authority to create what is asked for, and to tag it.
fn authorize(call: &Call<'_>, input: &CreateKeyInput) -> Result<(), Fault> {
    let tags = input.tags.as_deref().map(tag::pairs);
    let facts = RequestFacts {
        tags: tags.as_ref(),
        bypass_policy_lockout_safety_check: input.bypass_policy_lockout_safety_check,
        ..RequestFacts::default()
    };
    let spec = input.key_spec.as_deref().or(input.customer_master_key_spec.as_deref());
    let asked_for = KeyFacts {
        spec: spec.unwrap_or("SYMMETRIC_DEFAULT"),
        usage: input.key_usage.as_deref().unwrap_or("ENCRYPT_DECRYPT"),
        origin: input.origin.as_deref().unwrap_or("AWS_KMS"),
        multi_region: input.multi_region == Some(true),
        multi_region_key_type: (input.multi_region == Some(true)).then_some("PRIMARY"),
        aliases: &[],
    };
    call.authorize_account_request(CreateKey::ACTION, facts, Some(asked_for))?;
    if input.tags.is_some() {
        call.authorize_account_request("kms:TagResource", facts, Some(asked_for))?;
    }
    Ok(())
}

/// What is built: symmetric keys whose material is made in the vault, or in the token of a custom key store.
fn symmetric_only(call: &Call<'_>, input: &CreateKeyInput) -> Result<Option<Arc<KeyStoreEntry>>, Fault> {
    if input.key_spec.is_some() && input.customer_master_key_spec.is_some() {
        let text = "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. \
                    CustomerMasterKeySpec is deprecated.";
        return Err(Fault::Invalid(text.to_owned()));
    }
    let spec = input.key_spec.as_deref().or(input.customer_master_key_spec.as_deref());
    let spec = spec.unwrap_or("SYMMETRIC_DEFAULT");
    let Some(usage) =
        input.key_usage.as_deref().or((spec == "SYMMETRIC_DEFAULT").then_some("ENCRYPT_DECRYPT"))
    else {
        let text = "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.";
        return Err(Fault::Invalid(text.to_owned()));
    };
    if spec != "SYMMETRIC_DEFAULT" {
        return Err(Fault::Unsupported(Some(format!(
            "KeySpec {spec} is not supported by this version of Strongroom."
        ))));
    }
    if usage != "ENCRYPT_DECRYPT" {
        return Err(Fault::Invalid(format!("KeyUsage {usage} is not compatible with KeySpec {spec}")));
    }
    if input.multi_region == Some(true) {
        let text = "Multi-Region keys are not supported by this version of Strongroom.";
        return Err(Fault::Unsupported(Some(text.to_owned())));
    }
    store_of(call, input)
}

/// The custom key store that the key shall be born in.
fn store_of(call: &Call<'_>, input: &CreateKeyInput) -> Result<Option<Arc<KeyStoreEntry>>, Fault> {
    let origin = input.origin.as_deref().unwrap_or("AWS_KMS");
    if !matches!(origin, "AWS_KMS" | "AWS_CLOUDHSM") {
        return Err(Fault::Unsupported(Some(format!(
            "Origin {origin} is not supported by this version of Strongroom."
        ))));
    }
    if input.xks_key_id.is_some() {
        return Err(Fault::CustomKeyStoreNotFound);
    }
    let store = input.custom_key_store_id.as_deref().map(|id| key_store::find(call, id)).transpose()?;
    match (origin, store) {
        ("AWS_CLOUDHSM", Some(store)) if store.is_connected() => Ok(Some(store)),
        ("AWS_CLOUDHSM", Some(store)) => Err(key_store::invalid_state(&store, "CONNECTED")),
        ("AWS_CLOUDHSM", None) => {
            Err(Fault::Invalid("CustomKeyStoreId is required with Origin AWS_CLOUDHSM.".to_owned()))
        }
        (_, Some(_)) => {
            Err(Fault::Invalid("CustomKeyStoreId is valid with Origin AWS_CLOUDHSM only.".to_owned()))
        }
        (_, None) => Ok(None),
    }
}

fn new_record(
    call: &Call<'_>,
    input: &CreateKeyInput,
    tags: BTreeMap<String, String>,
    store: Option<&KeyStoreEntry>,
) -> KeyRecord {
    KeyRecord {
        created_ms: call.now.millis(),
        description: input.description.clone().unwrap_or_default(),
        spec: KeySpec::SymmetricDefault,
        usage: KeyUsage::EncryptDecrypt,
        origin: if store.is_some() { Origin::AwsCloudHsm } else { Origin::AwsKms },
        state: KeyState::Enabled,
        deletion_ms: None,
        rotation: None,
        on_demand_rotations: 0,
        tags,
        custom_key_store: store.map(|store| store.place.id.to_string()),
        current: 1,
        unknown: serde_json::Map::new(),
    }
}

fn new_key(
    arn: &KeyArn,
    record: &KeyRecord,
    material: &MaterialRecord,
    policy: Option<BoundPolicy>,
) -> Result<Changes, crate::state::ChangeError> {
    let mut changes = Changes::new();
    changes.absent(layout::key(arn))?.put(layout::material(arn, record.current), material)?;
    changes.put(layout::key(arn), record)?;
    if let Some(policy) = policy {
        changes.put(layout::policy(arn), &KeyPolicyRecord::Bound(policy))?;
    }
    Ok(changes)
}

/// The metadata as it is in force now.
fn created(call: &Call<'_>, arn: &KeyArn) -> Result<CreateKeyOutput, Fault> {
    let snapshot = call.service.snapshot();
    let key = snapshot.key(arn).ok_or(Fault::Internal("The key was created and is gone."))?;
    let metadata = metadata(key);
    call.notes().about.push(About::Arn(arn.to_string()));
    call.note_response("keyMetadata", serde_json::to_value(&metadata).unwrap_or_default());
    Ok(CreateKeyOutput { key_metadata: Some(metadata) })
}
