//! What managed policies are used for in an account: computed from the principals, so that it cannot be wrong.

use crate::call::Call;
use crate::iam::listing::own;
use std::collections::BTreeMap;

/// How often a managed policy is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// Users, groups and roles that it is attached to.
    pub(super) attachments: i64,
    /// Users and roles whose permissions boundary it is.
    pub(super) boundaries: i64,
}

/// The usage of every managed policy that the account uses, by ARN.
pub(super) fn usage<'a>(call: &'a Call<'_>) -> BTreeMap<&'a str, Usage> {
    let (directory, account) = (&call.snapshot.directory, call.account());
    let users = own(&directory.users, account).map(|(_, user)| &user.record);
    let users = users.map(|record| (&record.policies, record.boundary.as_ref()));
    let groups = own(&directory.groups, account).map(|(_, group)| (&group.record.policies, None));
    let roles = own(&directory.roles, account).map(|(_, role)| &role.record);
    let roles = roles.map(|record| (&record.policies, record.boundary.as_ref()));
    let mut usage = BTreeMap::<&str, Usage>::new();
    for (policies, boundary) in users.chain(groups).chain(roles) {
        for arn in &policies.attached {
            usage.entry(arn.as_str()).or_default().attachments += 1;
        }
        if let Some(arn) = boundary {
            usage.entry(arn.as_str()).or_default().boundaries += 1;
        }
    }
    usage
}
