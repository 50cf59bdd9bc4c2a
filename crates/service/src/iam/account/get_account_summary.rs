//! GetAccountSummary: how much there is in the account, and how much there may be.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::QueryBehaviour;
use crate::iam::listing::own;
use crate::ops::Plane;
use std::collections::BTreeMap;
use strongroom_api::iam::operation::{GetAccountSummary, GetAccountSummaryInput, GetAccountSummaryOutput};

/// The quotas that are in force, by AWS's names.
const QUOTAS: [(&str, i64); 13] = [
    ("AccessKeysPerUserQuota", 2),
    ("AttachedPoliciesPerGroupQuota", 10),
    ("AttachedPoliciesPerRoleQuota", 10),
    ("AttachedPoliciesPerUserQuota", 10),
    ("GroupPolicySizeQuota", 5_120),
    ("GroupsPerUserQuota", 10),
    ("GroupsQuota", 300),
    ("PoliciesQuota", 1_500),
    ("PolicySizeQuota", 6_144),
    ("RolePolicySizeQuota", 10_240),
    ("UserPolicySizeQuota", 2_048),
    ("UsersQuota", 5_000),
    ("VersionsPerPolicyQuota", 5),
];

impl QueryBehaviour for GetAccountSummary {
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, _: &GetAccountSummaryInput) -> Result<GetAccountSummaryOutput, Fault> {
        call.authorize_account("iam:GetAccountSummary")?;
        let (directory, account) = (&call.snapshot.directory, call.account());
        let policies = || own(&directory.policies, account).map(|(_, policy)| policy);
        let devices = || own(&directory.mfa_devices, account).map(|(_, device)| device);
        let root_has_keys = directory.access_keys_of(account, None).next().is_some();
        let counts = [
            ("AccountAccessKeysPresent", usize::from(root_has_keys)),
            ("AccountMFAEnabled", 0),
            ("Groups", own(&directory.groups, account).count()),
            ("MFADevices", devices().count()),
            ("MFADevicesInUse", devices().filter(|device| device.record.enabled.is_some()).count()),
            ("Policies", policies().count()),
            ("PolicyVersionsInUse", policies().map(|policy| policy.record.versions.len()).sum()),
            ("Providers", own(&directory.providers, account).count()),
            ("Roles", own(&directory.roles, account).count()),
            ("Users", own(&directory.users, account).count()),
        ];
        let counts = counts.map(|(name, count)| (name, i64::try_from(count).unwrap_or(i64::MAX)));
        let all = QUOTAS.into_iter().chain(counts).map(|(name, value)| (name.to_owned(), value));
        Ok(GetAccountSummaryOutput { summary_map: Some(all.collect::<BTreeMap<_, _>>()) })
    }
}
