//! GenerateDataKeyWithoutPlaintext: a fresh data key, encrypted under a KMS key only.

use crate::call::Call;
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use crate::selector::Forms;
use crate::usable::{States, context};
use strongroom_api::Blob;
use strongroom_api::operation::{
    GenerateDataKeyWithoutPlaintext, GenerateDataKeyWithoutPlaintextInput,
    GenerateDataKeyWithoutPlaintextOutput,
};

impl Behaviour for GenerateDataKeyWithoutPlaintext {
    const ACTION: &'static str = "kms:GenerateDataKeyWithoutPlaintext";
    const PLANE: Plane = Plane::Data;

    async fn answer(
        call: &Call<'_>,
        input: &GenerateDataKeyWithoutPlaintextInput,
    ) -> Result<GenerateDataKeyWithoutPlaintextOutput, Fault> {
        call.grant_tokens(input.grant_tokens.as_ref()).await?;
        let bytes = super::data_key_bytes(input.key_spec.as_ref(), input.number_of_bytes)?;
        let context = context(input.encryption_context.as_ref())?;
        let located = call.locate_anywhere(&input.key_id, Forms::Any, Self::ACTION)?;
        let facts = super::facts(None, input.encryption_context.as_ref());
        let key = call.authorize_request(located, Self::KNOWN_ACTION, facts)?.usable(States::Enabled)?;
        call.dry_run(input.dry_run)?;
        let material = call.message(&key).await?;
        let backing = key.backing(material);
        let made = || call.vault().generate_data_key_without_plaintext(backing, &context, bytes);
        let blob = call.using(1, made).await?;
        super::note_material(call, material);
        Ok(GenerateDataKeyWithoutPlaintextOutput {
            ciphertext_blob: Some(Blob(blob)),
            key_id: Some(key.arn()),
            key_material_id: Some(material.id.text()),
        })
    }
}
