//! Condition keys as the contract lists them (sections 6.3, 6.5 to 6.7): which exist for an action, which have many
//! values, which exist in identity policies only. Everything by lower-cased name.

/// Keys that are `prefix` + a part of the policy's choice.
pub(crate) const PREFIXES: [&str; 5] = [
    "aws:principaltag/",
    "aws:requesttag/",
    "aws:resourcetag/",
    "iam:resourcetag/",
    "kms:encryptioncontext:",
];

/// Every key that the contract names, as it is written there; those with a part end in `/` or `:`.
#[rustfmt::skip]
pub(crate) const ALL: &[&str] = &[
    "aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalType", "aws:PrincipalTag/", "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths", "aws:userid", "aws:username", "aws:SourceIp", "aws:VpcSourceIp", "aws:SourceVpc",
    "aws:SourceVpce", "aws:SecureTransport", "aws:CurrentTime", "aws:EpochTime", "aws:TokenIssueTime",
    "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge", "aws:UserAgent", "aws:Referer", "aws:RequestedRegion",
    "aws:ResourceAccount", "aws:ResourceOrgID", "aws:ResourceTag/", "aws:RequestTag/", "aws:TagKeys", "aws:CalledVia",
    "aws:CalledViaFirst", "aws:CalledViaLast", "aws:ViaAWSService", "aws:SourceArn", "aws:SourceAccount",
    "aws:FederatedProvider", "aws:SourceIdentity", "aws:PrincipalIsAWSService",
    "kms:CallerAccount", "kms:KeySpec", "kms:KeyUsage", "kms:KeyOrigin", "kms:MultiRegion", "kms:MultiRegionKeyType",
    "kms:ResourceAliases", "kms:ViaService", "kms:CustomerMasterKeySpec", "kms:CustomerMasterKeyUsage",
    "kms:RequestAlias", "kms:EncryptionAlgorithm", "kms:EncryptionContext:", "kms:EncryptionContextKeys",
    "kms:ReEncryptOnSameKey", "kms:SigningAlgorithm", "kms:MessageType", "kms:MacAlgorithm",
    "kms:KeyAgreementAlgorithm", "kms:DataKeyPairSpec", "kms:GrantOperations", "kms:GrantConstraintType",
    "kms:GrantConstraintSourceArn", "kms:GranteePrincipal", "kms:RetiringPrincipal", "kms:GranteeServicePrincipal",
    "kms:RetiringServicePrincipal", "kms:GrantIsForAWSResource", "kms:BypassPolicyLockoutSafetyCheck",
    "kms:PolicyName", "kms:RotationPeriodInDays", "kms:ScheduleKeyDeletionPendingWindowInDays",
    "kms:TrailingDaysWithoutKeyUsage", "kms:ExpirationModel", "kms:ValidTo", "kms:WrappingAlgorithm",
    "kms:WrappingKeySpec", "kms:ReplicaRegion", "kms:PrimaryRegion", "kms:RecipientAttestation:ImageSha384",
    "kms:RecipientAttestation:PCR", "kms:RecipientAttestation:NitroTPMPCR",
    "sts:ExternalId", "sts:RoleSessionName", "sts:SourceIdentity", "sts:TransitiveTagKeys",
    "iam:PermissionsBoundary", "iam:PolicyARN", "iam:ResourceTag/",
];

/// Actions on a key or an alias; the others of KMS have no resource.
const WITHOUT_KEY: [&str; 11] = [
    "CreateKey",
    "GenerateRandom",
    "ListKeys",
    "ListAliases",
    "ListRetirableGrants",
    "ConnectCustomKeyStore",
    "CreateCustomKeyStore",
    "DeleteCustomKeyStore",
    "DescribeCustomKeyStores",
    "DisconnectCustomKeyStore",
    "UpdateCustomKeyStore",
];

/// Whether the key has a set of values.
pub(crate) fn many(name: &str) -> bool {
    [
        "kms:resourcealiases",
        "kms:encryptioncontextkeys",
        "kms:grantoperations",
        "aws:tagkeys",
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:resourceorgpaths",
        "aws:sourceorgpaths",
        "sts:transitivetagkeys",
    ]
    .contains(&name.to_lowercase().as_str())
}

/// Whether the key is known, with one value or many.
pub(crate) fn known(name: &str) -> bool {
    name_in_contract(name).is_some()
}

/// The contract's name of a key: without the part of tags, pairs and registers.
pub(crate) fn name_in_contract(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    ALL.iter().copied().find(|known| {
        let known = known.to_lowercase();
        match lower.strip_prefix(&known) {
            Some(part) if known.ends_with("tpmpcr") => register(part, 23),
            Some(part) if known.ends_with(":pcr") => register(part, 31),
            Some(part) => part.is_empty() != PREFIXES.contains(&known.as_str()),
            None => false,
        }
    })
}

fn register(part: &str, last: u8) -> bool {
    (0..=last).any(|number| number.to_string() == part)
}

/// Whether the key exists in identity policies, boundaries and session policies only.
pub(crate) fn identity_only(name: &str) -> bool {
    ["kms:resourcealiases", "aws:resourcetag/", "iam:resourcetag/"].contains(&name)
}

/// Operations that take an attested recipient.
const ATTESTED: [&str; 5] =
    ["Decrypt", "DeriveSharedSecret", "GenerateDataKey", "GenerateDataKeyPair", "GenerateRandom"];

/// Whether the key exists for an action. `name` is lower-cased and, for tags and pairs, the prefix alone.
pub(crate) fn applies(name: &str, action: &str) -> bool {
    let Some(operation) = action.strip_prefix("kms:") else { return !name.starts_with("kms:") };
    let one_of = |list: &[&str]| list.contains(&operation);
    let on_key = !WITHOUT_KEY.contains(&operation);
    let data_key = operation.starts_with("GenerateDataKey");
    let cipher = data_key || one_of(&["Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo"]);
    let pairs = cipher || one_of(&["CreateGrant", "RetireGrant"]);
    let cryptographic = cipher
        || one_of(&[
            "Sign",
            "Verify",
            "GenerateMac",
            "VerifyMac",
            "DeriveSharedSecret",
            "Encapsulate",
            "Decapsulate",
        ]);
    match name {
        "kms:calleraccount" => on_key || operation.contains("CustomKeyStore"),
        "kms:keyspec"
        | "kms:keyusage"
        | "kms:keyorigin"
        | "kms:multiregion"
        | "kms:multiregionkeytype"
        | "kms:customermasterkeyspec"
        | "kms:customermasterkeyusage"
        | "kms:viaservice" => on_key || operation == "CreateKey",
        "kms:resourcealiases" => on_key,
        "kms:requestalias" => cryptographic || one_of(&["DescribeKey", "GetPublicKey"]),
        "kms:encryptionalgorithm" => cipher,
        "kms:encryptioncontext:" | "kms:encryptioncontextkeys" => pairs,
        "kms:reencryptonsamekey" => operation.starts_with("ReEncrypt"),
        "kms:signingalgorithm" | "kms:messagetype" => one_of(&["Sign", "Verify"]),
        "kms:macalgorithm" => one_of(&["GenerateMac", "VerifyMac"]),
        "kms:keyagreementalgorithm" => operation == "DeriveSharedSecret",
        "kms:datakeypairspec" => operation.starts_with("GenerateDataKeyPair"),
        "kms:grantconstrainttype" => one_of(&["CreateGrant", "RetireGrant"]),
        "kms:grantoperations"
        | "kms:grantconstraintsourcearn"
        | "kms:granteeprincipal"
        | "kms:retiringprincipal"
        | "kms:granteeserviceprincipal"
        | "kms:retiringserviceprincipal" => operation == "CreateGrant",
        "kms:grantisforawsresource" => one_of(&["CreateGrant", "ListGrants", "RevokeGrant"]),
        "kms:bypasspolicylockoutsafetycheck" => one_of(&["CreateKey", "PutKeyPolicy"]),
        "kms:policyname" => one_of(&["GetKeyPolicy", "PutKeyPolicy"]),
        "kms:rotationperiodindays" => operation == "EnableKeyRotation",
        "kms:schedulekeydeletionpendingwindowindays" => operation == "ScheduleKeyDeletion",
        "kms:trailingdayswithoutkeyusage" => one_of(&["DisableKey", "ScheduleKeyDeletion"]),
        "kms:expirationmodel" | "kms:validto" => operation == "ImportKeyMaterial",
        "kms:wrappingalgorithm" | "kms:wrappingkeyspec" => operation == "GetParametersForImport",
        "kms:replicaregion" => operation == "ReplicateKey",
        "kms:primaryregion" => operation == "UpdatePrimaryRegion",
        "aws:requesttag/" => one_of(&["CreateKey", "TagResource"]),
        "aws:tagkeys" => one_of(&["CreateKey", "TagResource", "UntagResource"]),
        _ if name.starts_with("iam:") => false,
        _ if name.starts_with("kms:recipientattestation:") => one_of(&ATTESTED),
        _ => true,
    }
}
