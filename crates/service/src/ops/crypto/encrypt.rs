//! Encrypt: up to 4 KiB under a KMS key.

use crate::call::Call;
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use crate::selector::Forms;
use crate::usable::{States, context, symmetric};
use strongroom_api::Blob;
use strongroom_api::operation::{Encrypt, EncryptInput, EncryptOutput};

impl Behaviour for Encrypt {
    const ACTION: &'static str = "kms:Encrypt";
    const PLANE: Plane = Plane::Data;

    fn complete(input: &mut EncryptInput) {
        super::complete_algorithm(&mut input.encryption_algorithm);
    }

    async fn answer(call: &Call<'_>, input: &EncryptInput) -> Result<EncryptOutput, Fault> {
        call.grant_tokens(input.grant_tokens.as_ref()).await?;
        let context = context(input.encryption_context.as_ref())?;
        let located = call.locate_anywhere(&input.key_id, Forms::Any, Self::ACTION)?;
        let facts = super::facts(input.encryption_algorithm.as_ref(), input.encryption_context.as_ref());
        let key = call.authorize_request(located, Self::KNOWN_ACTION, facts)?.usable(States::Enabled)?;
        symmetric(input.encryption_algorithm.as_ref(), &key)?;
        call.dry_run(input.dry_run)?;
        let material = call.message(&key).await?;
        let sealed = || call.vault().encrypt(key.backing(material), &context, input.plaintext.0.expose());
        let blob = call.using(1, sealed).await?;
        super::note_material(call, material);
        Ok(EncryptOutput {
            ciphertext_blob: Some(Blob(blob)),
            encryption_algorithm: input.encryption_algorithm.clone(),
            key_id: Some(key.arn()),
        })
    }
}
