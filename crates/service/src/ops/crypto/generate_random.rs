//! GenerateRandom: random bytes from the vault; with a custom key store, mixed with those of its token.

use crate::call::Call;
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane, key_store};
use strongroom_api::SensitiveBlob;
use strongroom_api::operation::{GenerateRandom, GenerateRandomInput, GenerateRandomOutput};
use strongroom_audit::Json;

impl Behaviour for GenerateRandom {
    const ACTION: &'static str = "kms:GenerateRandom";
    const PLANE: Plane = Plane::Data;

    /// How many bytes is not told, as with AWS.
    fn told(input: &GenerateRandomInput, _: bool) -> Option<Json> {
        Json::new(&GenerateRandomInput { number_of_bytes: None, ..input.clone() }).ok()
    }

    async fn answer(call: &Call<'_>, input: &GenerateRandomInput) -> Result<GenerateRandomOutput, Fault> {
        super::no_recipient(input.recipient.as_ref())?;
        let Some(bytes) = input.number_of_bytes.and_then(|bytes| u16::try_from(bytes).ok()) else {
            return Err(Fault::Invalid("NumberOfBytes is required.".to_owned()));
        };
        call.authorize_account(Self::ACTION)?;
        let store = input.custom_key_store_id.as_deref().map(|id| key_store::find(call, id)).transpose()?;
        let random = match store {
            None => call.vault().random(bytes).await?,
            Some(store) if store.is_connected() => {
                call.vault().random_of_store(&store.record.cluster, bytes).await?
            }
            Some(store) => return Err(key_store::invalid_state(&store, "CONNECTED")),
        };
        Ok(GenerateRandomOutput { plaintext: Some(SensitiveBlob(random)), ..GenerateRandomOutput::default() })
    }
}
