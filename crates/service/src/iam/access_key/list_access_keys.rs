//! ListAccessKeys: ids and states, never secrets.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::listing::{Asked, listed};
use crate::iam::{QueryBehaviour, access_key, time};
use crate::ops::Plane;
use crate::state::AccessKeyEntry;
use strongroom_api::iam::operation::{ListAccessKeys, ListAccessKeysInput, ListAccessKeysOutput};
use strongroom_api::iam::shape::AccessKeyMetadata;

impl QueryBehaviour for ListAccessKeys {
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &ListAccessKeysInput) -> Result<ListAccessKeysOutput, Fault> {
        let whose = access_key::authorized(call, input.user_name.as_ref(), "iam:ListAccessKeys")?;
        let asked = Asked {
            request: &["ListAccessKeys", whose.name().unwrap_or_default()],
            marker: input.marker.as_ref(),
            max_items: input.max_items,
        };
        let page = listed(call, &asked, whose.keys(call).map(|key| (key.id.clone(), metadata(key))))?;
        Ok(ListAccessKeysOutput {
            access_key_metadata: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

fn metadata(key: &AccessKeyEntry) -> AccessKeyMetadata {
    AccessKeyMetadata {
        access_key_id: Some(key.id.clone()),
        create_date: Some(time(key.record.created_ms)),
        status: Some(access_key::status(&key.record)),
        user_name: key.user().map(str::to_owned),
    }
}
