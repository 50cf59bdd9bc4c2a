//! ListSSHPublicKeys: always none. Clients ask before they delete a user.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::listing::{Asked, listed};
use crate::iam::{QueryBehaviour, access_key};
use crate::ops::Plane;
use std::iter;
use strongroom_api::iam::operation::{ListSSHPublicKeys, ListSSHPublicKeysInput, ListSSHPublicKeysOutput};

impl QueryBehaviour for ListSSHPublicKeys {
    const PLANE: Plane = Plane::Read;

    async fn answer(
        call: &Call<'_>,
        input: &ListSSHPublicKeysInput,
    ) -> Result<ListSSHPublicKeysOutput, Fault> {
        let whose = access_key::authorized(call, input.user_name.as_ref(), "iam:ListSSHPublicKeys")?;
        let asked = Asked {
            request: &["ListSSHPublicKeys", whose.name().unwrap_or_default()],
            marker: input.marker.as_ref(),
            max_items: input.max_items,
        };
        let page = listed(call, &asked, iter::empty())?;
        Ok(ListSSHPublicKeysOutput {
            ssh_public_keys: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
