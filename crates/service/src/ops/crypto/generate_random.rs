//! GenerateRandom: random bytes from the vault.

use crate::call::Call;
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane, key_store};
use strongroom_api::SensitiveBlob;
use strongroom_api::operation::{GenerateRandom, GenerateRandomInput, GenerateRandomOutput};

impl Behaviour for GenerateRandom {
    const ACTION: &'static str = "kms:GenerateRandom";
    const PLANE: Plane = Plane::Data;

    async fn answer(call: &Call<'_>, input: &GenerateRandomInput) -> Result<GenerateRandomOutput, Fault> {
        super::no_recipient(input.recipient.as_ref())?;
        let Some(bytes) = input.number_of_bytes.and_then(|bytes| u16::try_from(bytes).ok()) else {
            return Err(Fault::Invalid("NumberOfBytes is required.".to_owned()));
        };
        call.authorize_account(Self::ACTION)?;
        if let Some(id) = &input.custom_key_store_id {
            let store = key_store::find(call, id)?.place.id.clone();
            return Err(Fault::Unsupported(Some(format!(
                "Random bytes of the custom key store {store} are not supported by this version of Strongroom."
            ))));
        }
        let plaintext = Some(SensitiveBlob(call.vault().random(bytes).await?));
        Ok(GenerateRandomOutput { plaintext, ..GenerateRandomOutput::default() })
    }
}
