//! The context of a request as texts: lower-cased names of condition keys, and the values each has.

use super::keys;
use crate::case::{Case, Facts, On, Pairs, RequestData, Who};
use std::collections::BTreeMap;

/// The keys that are present for one action in one kind of policy.
#[derive(Clone, Debug, Default)]
pub(crate) struct Present {
    /// By lower-cased name.
    values: BTreeMap<String, Vec<String>>,
    /// Tags and pairs of encryption contexts: lower-cased prefix, the part as it was written, the value.
    parts: Vec<(String, String, String)>,
}

impl Present {
    /// The keys of a case. Some are present in identity policies, boundaries and session policies only.
    pub(crate) fn of(case: &Case, in_identity_policy: bool) -> Self {
        let mut all = Self::default();
        all.caller(case);
        all.session(&case.facts);
        all.surroundings(&case.facts);
        all.resource(case);
        all.key(&case.facts);
        all.cipher(&case.facts.request);
        all.grant(&case.facts.request);
        all.parameters(&case.facts.request);
        all.values.retain(|name, values| {
            !values.is_empty()
                && keys::applies(name, &case.action)
                && (in_identity_policy || !keys::identity_only(name))
        });
        all.parts.retain(|(prefix, _, _)| {
            keys::applies(prefix, &case.action) && (in_identity_policy || !keys::identity_only(prefix))
        });
        all
    }

    /// The values of a key, whatever the case of its name. A tag or pair whose name agrees in case goes before one
    /// that differs in case.
    pub(crate) fn get(&self, name: &str) -> Option<Vec<String>> {
        let lower = name.to_lowercase();
        if let Some(values) = self.values.get(&lower) {
            return Some(values.clone());
        }
        let part_of = |prefix: &str| name.get(prefix.len()..).unwrap_or_default().to_owned();
        let named: Vec<_> =
            self.parts.iter().filter(|(p, part, _)| lower == format!("{p}{}", part.to_lowercase())).collect();
        let exact = named.iter().find(|(prefix, part, _)| part_of(prefix) == *part);
        exact.or(named.first()).map(|(_, _, value)| vec![value.clone()])
    }

    /// The names of all keys, tags and pairs as they are written in the request.
    pub(crate) fn names(&self) -> Vec<String> {
        let parts = self.parts.iter().map(|(prefix, part, _)| format!("{prefix}{part}"));
        self.values.keys().cloned().chain(parts).collect()
    }

    /// The value of a key that can have one value only.
    pub(crate) fn single(&self, name: &str) -> Option<String> {
        if keys::many(name) {
            return None;
        }
        match self.get(name)?.as_slice() {
            [value] => Some(value.clone()),
            _ => None,
        }
    }

    fn put(&mut self, name: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.values.insert(name.to_lowercase(), vec![value.to_string()]);
        }
    }

    fn put_all(&mut self, name: &str, values: impl IntoIterator<Item = String>) {
        self.values.insert(name.to_lowercase(), values.into_iter().collect());
    }

    fn put_pairs(&mut self, prefix: &str, pairs: &Option<Pairs>) {
        for (part, value) in pairs.iter().flatten() {
            self.parts.push((prefix.to_lowercase(), part.clone(), value.clone()));
        }
    }

    fn caller(&mut self, case: &Case) {
        let account = case.caller.account();
        let (arn, kind, user_id) = match &case.caller {
            Who::Nobody | Who::WebIdentity { .. } => return,
            Who::Root { .. } => (format!("arn:aws:iam::{account}:root"), "Account", account.to_owned()),
            Who::User { path_and_name, id, .. } => {
                self.put("aws:username", path_and_name.split('/').next_back());
                (format!("arn:aws:iam::{account}:user/{path_and_name}"), "User", id.clone())
            }
            Who::RoleSession { role, id, session, .. } => {
                (format!("arn:aws:iam::{account}:role/{role}"), "AssumedRole", format!("{id}:{session}"))
            }
            Who::FederatedUser { name, .. } => (
                format!("arn:aws:sts::{account}:federated-user/{name}"),
                "FederatedUser",
                format!("{account}:{name}"),
            ),
        };
        self.put("aws:PrincipalArn", Some(arn));
        self.put("aws:PrincipalType", Some(kind));
        self.put("aws:userid", Some(user_id));
        self.put("aws:PrincipalAccount", Some(account));
        self.put("kms:CallerAccount", Some(account));
        self.put("aws:PrincipalIsAWSService", Some(false));
    }

    fn session(&mut self, facts: &Facts) {
        self.put_pairs("aws:PrincipalTag/", &facts.principal_tags);
        self.put("aws:TokenIssueTime", facts.token_issue_time.map(iso));
        self.put("aws:MultiFactorAuthPresent", facts.mfa_present);
        self.put("aws:MultiFactorAuthAge", facts.mfa_age_s);
        self.put("aws:FederatedProvider", facts.federated_provider.as_ref());
        self.put("aws:SourceIdentity", facts.source_identity.as_ref());
        if let Some(token) = &facts.web_identity {
            for (claim, values) in &token.claims {
                self.put_all(&format!("{}:{claim}", token.issuer), values.clone());
            }
            self.put(&format!("{}:aud", token.issuer), Some(&token.audience));
            self.put(&format!("{}:sub", token.issuer), Some(&token.subject));
        }
    }

    fn surroundings(&mut self, facts: &Facts) {
        self.put("aws:SourceIp", facts.source_ip.as_ref());
        self.put("aws:VpcSourceIp", facts.vpc_source_ip.as_ref());
        self.put("aws:SourceVpc", facts.source_vpc.as_ref());
        self.put("aws:SourceVpce", facts.source_vpce.as_ref());
        self.put("aws:SecureTransport", Some(facts.secure_transport));
        self.put("aws:UserAgent", facts.user_agent.as_ref());
        self.put("aws:Referer", facts.referer.as_ref());
        self.put("aws:CurrentTime", Some(iso(facts.now)));
        self.put("aws:EpochTime", Some(facts.now));
        self.put("aws:RequestedRegion", facts.region.as_ref());
        self.put("kms:ViaService", facts.via_service.as_ref());
        self.put("aws:ViaAWSService", Some(facts.via_aws_service));
        self.put_all("aws:CalledVia", facts.called_via.clone());
        self.put("aws:CalledViaFirst", facts.called_via.first());
        self.put("aws:CalledViaLast", facts.called_via.last());
        self.put("aws:SourceArn", facts.source_arn.as_ref());
        self.put("aws:SourceAccount", facts.source_account.as_ref());
    }

    fn resource(&mut self, case: &Case) {
        let account = match &case.on {
            On::Nothing => Some(case.caller.account()),
            on => on.text().split(':').nth(4),
        };
        self.put("aws:ResourceAccount", account.filter(|account| !account.is_empty()));
        self.put_pairs("aws:ResourceTag/", &case.facts.resource_tags);
        if case.on.text().contains(":user/") || case.on.text().contains(":role/") {
            self.put_pairs("iam:ResourceTag/", &case.facts.resource_tags);
        }
    }

    fn key(&mut self, facts: &Facts) {
        let Some(key) = &facts.key else { return };
        for name in ["kms:KeySpec", "kms:CustomerMasterKeySpec"] {
            self.put(name, Some(&key.spec));
        }
        for name in ["kms:KeyUsage", "kms:CustomerMasterKeyUsage"] {
            self.put(name, Some(&key.usage));
        }
        self.put("kms:KeyOrigin", Some(&key.origin));
        self.put("kms:MultiRegion", Some(key.multi_region));
        self.put("kms:MultiRegionKeyType", key.multi_region_key_type.as_ref());
        self.put_all("kms:ResourceAliases", key.aliases.clone());
    }

    fn cipher(&mut self, request: &RequestData) {
        self.put("kms:RequestAlias", request.alias.as_ref());
        self.put("kms:EncryptionAlgorithm", request.encryption_algorithm.as_ref());
        self.put_pairs("kms:EncryptionContext:", &request.encryption_context);
        self.put_all(
            "kms:EncryptionContextKeys",
            request.encryption_context.iter().flatten().map(|(key, _)| key.clone()),
        );
        self.put("kms:ReEncryptOnSameKey", request.reencrypt_on_same_key);
        self.put("kms:SigningAlgorithm", request.signing_algorithm.as_ref());
        self.put("kms:MessageType", request.message_type.as_ref());
        self.put("kms:MacAlgorithm", request.mac_algorithm.as_ref());
        self.put("kms:KeyAgreementAlgorithm", request.key_agreement_algorithm.as_ref());
        self.put("kms:DataKeyPairSpec", request.data_key_pair_spec.as_ref());
        let Some(attested) = &request.attestation else { return };
        self.put("kms:RecipientAttestation:ImageSha384", attested.image_sha384.as_ref());
        for (number, value) in &attested.pcrs {
            self.put(&format!("kms:RecipientAttestation:PCR{number}"), Some(value));
        }
        for (number, value) in &attested.nitro_tpm_pcrs {
            self.put(&format!("kms:RecipientAttestation:NitroTPMPCR{number}"), Some(value));
        }
    }

    fn grant(&mut self, request: &RequestData) {
        self.put("kms:GrantIsForAWSResource", request.grant_is_for_aws_resource);
        let Some(grant) = &request.grant else { return };
        self.put_all("kms:GrantOperations", grant.operations.clone());
        let kind = match (&grant.equals, &grant.subset) {
            (Some(_), _) => Some("EncryptionContextEquals"),
            (None, Some(_)) => Some("EncryptionContextSubset"),
            (None, None) => None,
        };
        self.put("kms:GrantConstraintType", kind);
        self.put("kms:GrantConstraintSourceArn", grant.source_arn.as_ref());
        self.put("kms:GranteePrincipal", grant.grantee_principal.as_ref());
        self.put("kms:RetiringPrincipal", grant.retiring_principal.as_ref());
        self.put("kms:GranteeServicePrincipal", grant.grantee_service_principal.as_ref());
        self.put("kms:RetiringServicePrincipal", grant.retiring_service_principal.as_ref());
    }

    fn parameters(&mut self, request: &RequestData) {
        self.put("kms:BypassPolicyLockoutSafetyCheck", request.bypass_policy_lockout_safety_check);
        self.put("kms:PolicyName", request.policy_name.as_ref());
        self.put("kms:RotationPeriodInDays", request.rotation_period_days);
        self.put("kms:ScheduleKeyDeletionPendingWindowInDays", request.pending_window_days);
        self.put("kms:TrailingDaysWithoutKeyUsage", request.trailing_days_without_usage);
        self.put("kms:ExpirationModel", request.expiration_model.as_ref());
        self.put("kms:ValidTo", request.valid_to.map(iso));
        self.put("kms:WrappingAlgorithm", request.wrapping_algorithm.as_ref());
        self.put("kms:WrappingKeySpec", request.wrapping_key_spec.as_ref());
        self.put("kms:ReplicaRegion", request.replica_region.as_ref());
        self.put("kms:PrimaryRegion", request.primary_region.as_ref());
        self.put_pairs("aws:RequestTag/", &request.tags);
        let tag_keys = request.tags.iter().flatten().map(|(key, _)| key.clone());
        self.put_all("aws:TagKeys", tag_keys.chain(request.tag_keys.clone()));
        self.put("sts:ExternalId", request.external_id.as_ref());
        self.put("sts:RoleSessionName", request.role_session_name.as_ref());
        self.put("sts:SourceIdentity", request.requested_source_identity.as_ref());
        self.put_all("sts:TransitiveTagKeys", request.transitive_tag_keys.clone());
        self.put("iam:PermissionsBoundary", request.permissions_boundary.as_ref());
        self.put("iam:PolicyARN", request.policy_arn.as_ref());
    }
}

/// Seconds since 1970 as `YYYY-MM-DDThh:mm:ssZ`, by counting.
pub(crate) fn iso(seconds: u64) -> String {
    let (mut days, rest) = (seconds / 86_400, seconds % 86_400);
    let mut year = 1970;
    loop {
        let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        let length = if leap { 366 } else { 365 };
        if days < length {
            let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            let mut month = 0;
            while days >= lengths[month] {
                days -= lengths[month];
                month += 1;
            }
            let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
            return format!("{year:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", month + 1, days + 1);
        }
        days -= length;
        year += 1;
    }
}
