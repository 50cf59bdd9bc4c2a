//! CreateKey: a new KMS key with fresh material in the vault.

use crate::call::{About, Call, change_fault};
use crate::fault::Fault;
use crate::ops::policy::Governed;
use crate::ops::read::describe_key::metadata;
use crate::ops::{Behaviour, Plane, is_near, key_store, policy, tag};
use crate::state::{
    BoundPolicy, ChangeError, Changes, CommitFault, KeyPolicyRecord, KeyRecord, KeyStoreEntry,
    MaterialRecord, binding, layout,
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use strongroom_api::operation::{CreateKey, CreateKeyInput, CreateKeyOutput};
use strongroom_api::shape::KeyMetadata;
use strongroom_api::{Answer, Time};
use strongroom_audit::answered_time;
use strongroom_policy::{KeyFacts, RequestFacts};
use strongroom_storage::Revision;
use strongroom_types::{KeyArn, KeyId, KeySpec, KeyState, KeyUsage, Origin};
use strongroom_vault_protocol::{BackingKey, KeyBinding, NewBackingKey, VaultError};

/// The most keys of an account and Region.
const KEYS_MAX: usize = 100_000;

impl Behaviour for CreateKey {
    const ACTION: &'static str = "kms:CreateKey";
    const PLANE: Plane = Plane::Addition;

    async fn answer(call: &Call<'_>, input: &CreateKeyInput) -> Result<CreateKeyOutput, Fault> {
        let key = KeyId::from_random(call.service.random_id());
        let arn = KeyArn { region: call.region().clone(), account: call.account().clone(), key };
        let asked_for = asked_for(input);
        authorize(call, input, &arn, asked_for)?;
        let store = symmetric_only(call, input)?;
        let tags = tag::merge(BTreeMap::new(), input.tags.as_deref().unwrap_or_default())?;
        let bypass = input.bypass_policy_lockout_safety_check;
        let policy = match &input.policy {
            Some(text) => Some(policy::check(call, text, &arn, Governed::New(asked_for, &tags), bypass)?),
            None => None,
        };
        let keys = call.snapshot.keys_after(call.account(), call.region(), None).count();
        if keys >= KEYS_MAX {
            return Err(Fault::Limit(format!("The limit of {KEYS_MAX} KMS keys has been reached.")));
        }
        call.room()?;
        let record = new_record(call, input, tags, store.as_deref());
        match store {
            None => {
                let made = call.vault().generate_backing_key(&binding(&arn, &record)).await?;
                let changes = new_key(call, &arn, &record, &material(call, made), policy, keys);
                call.commit(changes.map_err(change_fault)?).await?;
            }
            Some(store) => be_born(call, &store, &arn, &record, policy, keys).await?,
        }
        created(call, &arn)
    }
}

fn material(call: &Call<'_>, made: NewBackingKey) -> MaterialRecord {
    MaterialRecord {
        material_id: made.material_id,
        wrapped: made.record,
        created_ms: call.now.millis(),
        rotation: None,
        unknown: serde_json::Map::new(),
    }
}

/// Makes a key in the token of a custom key store. It is noted before: what is left in the token by whatever ends this half way
/// is found by the note (`births`).
async fn be_born(
    call: &Call<'_>,
    store: &KeyStoreEntry,
    arn: &KeyArn,
    record: &KeyRecord,
    policy: Option<BoundPolicy>,
    keys: usize,
) -> Result<(), Fault> {
    let (cluster, bound) = (&store.record.cluster, binding(arn, record));
    let noted = call.note_birth(cluster, arn).await?;
    let made = match call.vault().generate_store_key(cluster, &bound).await {
        Ok(made) => material(call, made),
        Err(error) => {
            if surely_made_nothing(error) {
                call.service.forget_birth(arn, noted).await;
            }
            return Err(error.into());
        }
    };
    let build = || -> Result<Changes, ChangeError> {
        let mut changes = new_key(call, arn, record, &made, policy, keys)?;
        changes.unchanged(layout::birth(arn), noted)?.delete(layout::birth(arn))?;
        // Still connected when the key is there.
        changes.unchanged(layout::key_store(&store.place), store.revision)?;
        Ok(changes)
    };
    if let Err(fault) = call.commit(build().map_err(change_fault)?).await {
        unmake(call, &bound, &made, (arn, noted), &fault).await;
        return Err(fault);
    }
    Ok(())
}

/// Refusals that no token was asked for.
fn surely_made_nothing(error: VaultError) -> bool {
    use VaultError as V;
    matches!(error, V::StorePinRefused | V::StorePinLocked | V::StoreBusy | V::StoreUnknown)
}

/// A key that was made in a token and surely did not become a KMS key goes from it again.
async fn unmake(
    call: &Call<'_>,
    bound: &KeyBinding,
    material: &MaterialRecord,
    (arn, noted): (&KeyArn, Revision),
    fault: &Fault,
) {
    if matches!(fault, Fault::Commit(CommitFault::Unknown)) {
        // If it is a key, its note is gone; if not, a round of what is due ends it.
        return;
    }
    let key = BackingKey::new(bound, &material.material_id, &material.wrapped);
    match call.vault().destroy_store_key(&key).await {
        Ok(()) => call.service.forget_birth(arn, noted).await,
        Err(error) => {
            tracing::warn!(key = %arn, %error, "a key that was not made stays in its token until that answers again");
        }
    }
}

/// What condition keys read of the key that is asked for.
fn asked_for(input: &CreateKeyInput) -> KeyFacts<'_> {
    let spec = input.key_spec.as_deref().or(input.customer_master_key_spec.as_deref());
    KeyFacts {
        spec: spec.unwrap_or("SYMMETRIC_DEFAULT"),
        usage: input.key_usage.as_deref().unwrap_or("ENCRYPT_DECRYPT"),
        origin: input.origin.as_deref().unwrap_or("AWS_KMS"),
        multi_region: input.multi_region == Some(true),
        multi_region_key_type: (input.multi_region == Some(true)).then_some("PRIMARY"),
        aliases: &[],
    }
}

/// Authority to create what is asked for, and to tag it: the first is about no key, the second about the key to come.
fn authorize(
    call: &Call<'_>,
    input: &CreateKeyInput,
    arn: &KeyArn,
    asked_for: KeyFacts<'_>,
) -> Result<(), Fault> {
    let tags = input.tags.as_deref().map(tag::pairs);
    let facts = RequestFacts {
        tags: tags.as_ref(),
        bypass_policy_lockout_safety_check: input.bypass_policy_lockout_safety_check,
        ..RequestFacts::default()
    };
    call.authorize_account_request(CreateKey::ACTION, facts, Some(asked_for))?;
    if input.tags.is_some() {
        call.authorize_new_key(&arn.to_string(), "kms:TagResource", facts, asked_for)?;
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
        return Err(Fault::Invalid("XksKeyId is valid with Origin EXTERNAL_KEY_STORE only.".to_owned()));
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
        deletion_begun: false,
        rotation: None,
        on_demand_rotations: 0,
        tags,
        custom_key_store: store.map(|store| store.place.id.to_string()),
        current: 1,
        unknown: serde_json::Map::new(),
    }
}

/// The change that makes a key beside so many that are there already.
fn new_key(
    call: &Call<'_>,
    arn: &KeyArn,
    record: &KeyRecord,
    material: &MaterialRecord,
    policy: Option<BoundPolicy>,
    keys: usize,
) -> Result<Changes, ChangeError> {
    let mut changes = Changes::new();
    changes.under_keyring(&call.snapshot)?;
    changes.absent(layout::key(arn))?.put(layout::material(arn, record.current), material)?;
    changes.put(layout::key(arn), record)?;
    if let Some(policy) = policy {
        changes.put(layout::policy(arn), &KeyPolicyRecord::Bound(policy))?;
    }
    if is_near(keys, KEYS_MAX)
        && let Some(account) = call.snapshot.account(&arn.account)
    {
        // The account's record is written anew as it is: of two calls at the limit, one has to count again.
        let place = || layout::account(&arn.account);
        changes.unchanged(place(), account.revision)?.put(place(), &account.record)?;
    }
    Ok(changes)
}

/// The metadata as it is in force now.
fn created(call: &Call<'_>, arn: &KeyArn) -> Result<CreateKeyOutput, Fault> {
    let snapshot = call.service.snapshot();
    let key = snapshot.key(arn).ok_or(Fault::Internal("The key was created and is gone."))?;
    let metadata = metadata(key);
    call.notes().about.push(About::Arn(arn.to_string()));
    call.note_response("keyMetadata", on_record(&metadata));
    Ok(CreateKeyOutput { key_metadata: Some(metadata) })
}

/// The metadata as CloudTrail shows it: `keyId` for `KeyId`, but `AWSAccountId`; the date as a text.
fn on_record(metadata: &KeyMetadata) -> Map<String, Value> {
    let told = metadata.body().and_then(|body| serde_json::from_slice::<Map<String, Value>>(&body));
    let renamed = told.unwrap_or_default().into_iter().map(|(name, value)| (member_on_record(&name), value));
    let mut told: Map<String, Value> = renamed.collect();
    if let Some(Time(at)) = metadata.creation_date {
        told.insert("creationDate".to_owned(), answered_time(at).into());
    }
    told
}

fn member_on_record(name: &str) -> String {
    let mut rest = name.chars();
    match rest.next() {
        Some(first) if name != "AWSAccountId" => {
            std::iter::once(first.to_ascii_lowercase()).chain(rest).collect()
        }
        _ => name.to_owned(),
    }
}
