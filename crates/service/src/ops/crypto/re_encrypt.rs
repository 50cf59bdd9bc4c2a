//! ReEncrypt: from one KMS key to another inside the vault; the plaintext never leaves it. Its source goes by
//! docs/order-of-checks.md, E1 to E7, with the destination at E5.

use super::decrypt;
use crate::call::Call;
use crate::fault::Fault;
use crate::locate::BlobHeader;
use crate::ops::{Behaviour, Plane};
use crate::selector::Forms;
use crate::usable::{States, context, symmetric};
use strongroom_api::Blob;
use strongroom_api::operation::{ReEncrypt, ReEncryptInput, ReEncryptOutput};
use strongroom_policy::RequestFacts;

/// The action on the destination; the one on the source is the operation's own.
const TO: &str = "kms:ReEncryptTo";

impl Behaviour for ReEncrypt {
    const ACTION: &'static str = "kms:ReEncryptFrom";
    const PLANE: Plane = Plane::Data;

    fn complete(input: &mut ReEncryptInput) {
        super::complete_algorithm(&mut input.source_encryption_algorithm);
        super::complete_algorithm(&mut input.destination_encryption_algorithm);
    }

    async fn answer(call: &Call<'_>, input: &ReEncryptInput) -> Result<ReEncryptOutput, Fault> {
        call.grant_tokens(input.grant_tokens.as_ref()).await?;
        if input.dry_run_modifiers.as_ref().is_some_and(|list| !list.is_empty()) {
            return Err(Fault::Unsupported(Some(
                "DryRunModifiers are not supported for ReEncrypt.".to_owned(),
            )));
        }
        let from_context = context(input.source_encryption_context.as_ref())?;
        let to_context = context(input.destination_encryption_context.as_ref())?;
        let blob = input.ciphertext_blob.as_ref().ok_or_else(super::no_ciphertext)?;
        let header = BlobHeader::parse(&blob.0)?;
        let destination = call.locate_anywhere(&input.destination_key_id, Forms::Any, TO);
        let to_id = destination.as_ref().ok().map(|located| located.key().arn.key.bytes());
        let same_key = Some(to_id == Some(header.key_id));
        let facts = |algorithm, context| RequestFacts {
            reencrypt_on_same_key: same_key,
            ..super::facts(algorithm, context)
        };
        let from_facts =
            facts(input.source_encryption_algorithm.as_ref(), input.source_encryption_context.as_ref());
        let source =
            decrypt::authorize(call, input.source_key_id.as_ref(), header, Self::KNOWN_ACTION, from_facts)?;
        let to_facts = facts(
            input.destination_encryption_algorithm.as_ref(),
            input.destination_encryption_context.as_ref(),
        );
        let destination = call.authorize_request(destination?, TO, to_facts)?;
        let (source, destination) = (source.usable(States::Enabled)?, destination.usable(States::Enabled)?);
        symmetric(input.source_encryption_algorithm.as_ref(), &source)?;
        symmetric(input.destination_encryption_algorithm.as_ref(), &destination)?;
        let from = source.key().material(header.backing_id).ok_or(Fault::InvalidCiphertext)?;
        let from_key = source.backing(from);
        decrypt::check_in_dry_run(call, input.dry_run, from_key, &from_context, &blob.0).await?;
        let to = call.message(&destination).await?;
        let to_key = destination.backing(to);
        let sealed = || call.vault().reencrypt(from_key, &from_context, &blob.0, to_key, &to_context);
        let blob = call.using(2, sealed).await?;
        super::note_material(call, to);
        call.notes().source_material = Some(from.id);
        Ok(ReEncryptOutput {
            ciphertext_blob: Some(Blob(blob)),
            source_key_id: Some(source.arn()),
            key_id: Some(destination.arn()),
            source_encryption_algorithm: input.source_encryption_algorithm.clone(),
            destination_encryption_algorithm: input.destination_encryption_algorithm.clone(),
            source_key_material_id: Some(from.id.text()),
            destination_key_material_id: Some(to.id.text()),
        })
    }
}
