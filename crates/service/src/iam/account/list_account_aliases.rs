//! ListAccountAliases: the one that the account has, if it has one.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::listing::{Asked, listed};
use crate::iam::{QueryBehaviour, account};
use crate::ops::Plane;
use strongroom_api::iam::operation::{ListAccountAliases, ListAccountAliasesInput, ListAccountAliasesOutput};

impl QueryBehaviour for ListAccountAliases {
    const PLANE: Plane = Plane::Read;

    async fn answer(
        call: &Call<'_>,
        input: &ListAccountAliasesInput,
    ) -> Result<ListAccountAliasesOutput, Fault> {
        call.authorize_account("iam:ListAccountAliases")?;
        let asked = Asked {
            request: &["ListAccountAliases"],
            marker: input.marker.as_ref(),
            max_items: input.max_items,
        };
        let aliases = account::alias(call).into_iter().map(|alias| (alias.clone(), alias.clone()));
        let page = listed(call, &asked, aliases)?;
        Ok(ListAccountAliasesOutput {
            account_aliases: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
