//! CreateAccessKey: the one moment in which a secret access key crosses the wire.

use crate::bootstrap::access_key_id;
use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, access_key, attachments};
use crate::ops::Plane;
use crate::state::{AccessKeyRecord, Changes, layout};
use serde_json::json;
use strongroom_api::SensitiveText;
use strongroom_api::iam::operation::{CreateAccessKey, CreateAccessKeyInput, CreateAccessKeyOutput};
use strongroom_api::iam::shape::AccessKey;
use strongroom_types::SecretBytes;
use strongroom_vault_protocol::AccessKeyBinding;

/// The most access keys of a user, or of the root.
const ACCESS_KEYS_MAX: usize = 2;

impl QueryBehaviour for CreateAccessKey {
    const PLANE: Plane = Plane::Addition;

    async fn answer(call: &Call<'_>, input: &CreateAccessKeyInput) -> Result<CreateAccessKeyOutput, Fault> {
        let whose = access_key::authorized(call, input.user_name.as_ref(), "iam:CreateAccessKey")?;
        if whose.keys(call).count() >= ACCESS_KEYS_MAX {
            return Err(attachments::quota("AccessKeysPerUser", ACCESS_KEYS_MAX));
        }
        call.room()?;
        let id = access_key_id(call.service.random_id());
        let account = call.account().to_string();
        let binding = AccessKeyBinding { account: account.clone(), access_key_id: id.clone() };
        let made = call.vault().create_access_key(&binding).await?;
        let record = AccessKeyRecord {
            account,
            owner: whose.owner(),
            wrapped: made.record,
            created_ms: call.now.millis(),
            inactive: false,
            unknown: serde_json::Map::new(),
        };
        let mut changes = Changes::new();
        let place = || layout::access_key(&id);
        changes.absent(place()).and_then(|changes| changes.put(place(), &record)).map_err(change_fault)?;
        changes.under_keyring(&call.snapshot).map_err(change_fault)?;
        access_key::touch(call, &whose, &mut changes)?;
        call.commit(changes).await?;
        let user_name = whose.name().map(str::to_owned);
        let shown = AccessKey {
            access_key_id: Some(id.clone()),
            create_date: Some(crate::iam::time(record.created_ms)),
            secret_access_key: Some(secret(&made.secret)?),
            status: Some(access_key::status(&record)),
            user_name,
        };
        let noted = json!({ "accessKeyId": shown.access_key_id, "status": shown.status, "userName": shown.user_name });
        call.note_response("accessKey", noted);
        Ok(CreateAccessKeyOutput { access_key: Some(shown) })
    }
}

fn secret(bytes: &SecretBytes) -> Result<SensitiveText, Fault> {
    let text = std::str::from_utf8(bytes.expose());
    let text = text.map_err(|_| Fault::Internal("The vault made a secret access key that is no text."))?;
    Ok(SensitiveText::new(text.to_owned()))
}
