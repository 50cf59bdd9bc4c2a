//! DeleteAccessKey: what it signs is refused from now on.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, access_key};
use crate::ops::Plane;
use crate::state::Changes;
use crate::state::layout::{self, Used};
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{DeleteAccessKey, DeleteAccessKeyInput};

impl QueryBehaviour for DeleteAccessKey {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &DeleteAccessKeyInput) -> Result<NoOutput, Fault> {
        let whose = access_key::authorized(call, input.user_name.as_ref(), "iam:DeleteAccessKey")?;
        let key = access_key::find(call, &whose, &input.access_key_id)?;
        let place = || layout::access_key(&key.id);
        let used = Used::AccessKey(key.id.clone());
        let mut changes = Changes::new();
        let built = changes
            .unchanged(place(), key.revision)
            .and_then(|changes| changes.delete(place()))
            .and_then(|changes| changes.delete(layout::last_use(&used)));
        built.map_err(change_fault)?;
        call.commit(changes).await?;
        call.service.forget_secret(&key).await;
        call.service.last_uses().forget(&used);
        Ok(NoOutput)
    }
}
