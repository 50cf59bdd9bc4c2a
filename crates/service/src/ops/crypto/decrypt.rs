//! Decrypt: from a ciphertext blob to its plaintext. The blob itself names the key. The order is that of
//! docs/order-of-checks.md, E1 to E7.

use crate::authorize::Authorized;
use crate::call::Call;
use crate::fault::Fault;
use crate::locate::BlobHeader;
use crate::ops::{Behaviour, Plane};
use crate::selector::Forms;
use crate::usable::{States, context, symmetric};
use strongroom_api::SensitiveBlob;
use strongroom_api::operation::{Decrypt, DecryptInput, DecryptOutput};
use strongroom_policy::{Action, RequestFacts};
use strongroom_vault_protocol::BackingKey;

impl Behaviour for Decrypt {
    const ACTION: &'static str = "kms:Decrypt";
    const PLANE: Plane = Plane::Data;

    fn complete(input: &mut DecryptInput) {
        super::complete_algorithm(&mut input.encryption_algorithm);
    }

    async fn answer(call: &Call<'_>, input: &DecryptInput) -> Result<DecryptOutput, Fault> {
        call.grant_tokens(input.grant_tokens.as_ref()).await?;
        super::no_recipient(input.recipient.as_ref())?;
        let context = context(input.encryption_context.as_ref())?;
        if let Some(fault) = ignore_ciphertext(call, input) {
            return Err(fault);
        }
        let blob = input.ciphertext_blob.as_ref().ok_or_else(super::no_ciphertext)?;
        let header = BlobHeader::parse(&blob.0)?;
        let facts = super::facts(input.encryption_algorithm.as_ref(), input.encryption_context.as_ref());
        let key = authorize(call, input.key_id.as_ref(), header, Self::KNOWN_ACTION, facts)?;
        let key = key.usable(States::Enabled)?;
        symmetric(input.encryption_algorithm.as_ref(), &key)?;
        let material = key.key().material(header.backing_id).ok_or(Fault::InvalidCiphertext)?;
        let backing = key.backing(material);
        check_in_dry_run(call, input.dry_run, backing, &context, &blob.0).await?;
        let opened = || call.vault().decrypt(backing, &context, &blob.0);
        let plaintext = call.using(1, opened).await?;
        super::note_material(call, material);
        Ok(DecryptOutput {
            encryption_algorithm: input.encryption_algorithm.clone(),
            key_id: Some(key.arn()),
            key_material_id: Some(material.id.text()),
            plaintext: Some(SensitiveBlob(plaintext)),
            ..DecryptOutput::default()
        })
    }
}

/// Authority over the key that a blob names. With a key identifier: over the key named, which must then be the
/// blob's; without one, an unknown key and one that is not permitted look alike.
pub(super) fn authorize(
    call: &Call<'_>,
    key_id: Option<&String>,
    header: BlobHeader,
    action: Action<'static>,
    facts: RequestFacts<'_>,
) -> Result<Authorized, Fault> {
    let Some(key_id) = key_id else {
        return call.authorize_blob(call.locate_blob(header), action, facts);
    };
    let named =
        call.authorize_request(call.locate_anywhere(key_id, Forms::Any, action.as_str())?, action, facts)?;
    if named.arn().key.bytes() == header.key_id { Ok(named) } else { Err(Fault::IncorrectKey) }
}

/// Ends a dry run: the vault says whether the ciphertext opens, and keeps its plaintext.
pub(super) async fn check_in_dry_run(
    call: &Call<'_>,
    dry_run: Option<bool>,
    key: &BackingKey,
    context: &[u8],
    blob: &[u8],
) -> Result<(), Fault> {
    if dry_run == Some(true) {
        call.using(1, || call.vault().check_blob(key, context, blob)).await?;
    }
    call.dry_run(dry_run)
}

/// A dry run that ignores the ciphertext evaluates authority over the named key only.
fn ignore_ciphertext(call: &Call<'_>, input: &DecryptInput) -> Option<Fault> {
    let modifiers = input.dry_run_modifiers.as_ref().filter(|list| !list.is_empty())?;
    debug_assert!(modifiers.iter().all(|modifier| modifier == "IGNORE_CIPHERTEXT"));
    if input.dry_run != Some(true) {
        return Some(Fault::Invalid("DryRunModifiers can be given with DryRun only.".to_owned()));
    }
    let Some(key_id) = &input.key_id else {
        return Some(Fault::Invalid("KeyId is required when the ciphertext is ignored.".to_owned()));
    };
    let facts = super::facts(input.encryption_algorithm.as_ref(), input.encryption_context.as_ref());
    let checked = call
        .locate_anywhere(key_id, Forms::Any, Decrypt::ACTION)
        .and_then(|located| call.authorize_request(located, Decrypt::ACTION, facts))
        .and_then(|key| key.usable(States::Enabled));
    Some(checked.map_or_else(|fault| fault, |_| Fault::DryRun))
}
