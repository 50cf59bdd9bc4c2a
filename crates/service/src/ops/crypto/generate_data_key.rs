//! GenerateDataKey: a fresh data key, in the clear and encrypted under a KMS key.

use crate::call::Call;
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use crate::selector::Forms;
use crate::usable::{States, context};
use strongroom_api::operation::{GenerateDataKey, GenerateDataKeyInput, GenerateDataKeyOutput};
use strongroom_api::{Blob, SensitiveBlob};

impl Behaviour for GenerateDataKey {
    const ACTION: &'static str = "kms:GenerateDataKey";
    const PLANE: Plane = Plane::Data;

    async fn answer(call: &Call<'_>, input: &GenerateDataKeyInput) -> Result<GenerateDataKeyOutput, Fault> {
        call.grant_tokens(input.grant_tokens.as_ref()).await?;
        super::no_recipient(input.recipient.as_ref())?;
        let bytes = super::data_key_bytes(input.key_spec.as_ref(), input.number_of_bytes)?;
        let context = context(input.encryption_context.as_ref())?;
        let located = call.locate_anywhere(&input.key_id, Forms::Any, Self::ACTION)?;
        let facts = super::facts(None, input.encryption_context.as_ref());
        let key = call.authorize_request(located, Self::KNOWN_ACTION, facts)?.usable(States::Enabled)?;
        call.dry_run(input.dry_run)?;
        let material = call.message(&key).await?;
        let made = || call.vault().generate_data_key(key.backing(material), &context, bytes);
        let data_key = call.using(1, made).await?;
        super::note_material(call, material);
        Ok(GenerateDataKeyOutput {
            ciphertext_blob: Some(Blob(data_key.blob)),
            plaintext: Some(SensitiveBlob(data_key.plaintext)),
            key_id: Some(key.arn()),
            key_material_id: Some(material.id.text()),
            ..GenerateDataKeyOutput::default()
        })
    }
}
