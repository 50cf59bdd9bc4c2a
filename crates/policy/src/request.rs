//! A question as the engine reads it: the values of condition keys, and texts that are made at most once.

use crate::action::{Action, KmsAction};
use crate::caller::Caller;
use crate::condition::key::{ConditionKey, Reads, Values};
use crate::condition::value::{Found, Value};
use crate::context::{AttestationFacts, Context, GrantFacts, Pairs, RequestFacts, ViaFacts, WebIdentity};
use crate::decide::Resource;
use std::cell::OnceCell;
use strongroom_types::AliasName;

/// What kind of policy a key is read for: some exist in identity policies only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Key policy or trust policy.
    Resource,
    /// Identity policy, boundary, session policy.
    Identity,
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Subject<'a> {
    Caller(&'a Caller),
    /// The holder of a token of an identity provider, named as trust policies name it.
    WebIdentity(&'a str),
}

/// One question.
pub(crate) struct Request<'a> {
    pub(crate) subject: Subject<'a>,
    pub(crate) action: Action<'a>,
    pub(crate) resource: Resource<'a>,
    pub(crate) context: &'a Context<'a>,
    resource_text: OnceCell<String>,
}

impl<'a> Request<'a> {
    pub(crate) fn new(
        subject: Subject<'a>,
        action: Action<'a>,
        resource: Resource<'a>,
        context: &'a Context<'a>,
    ) -> Self {
        Self { subject, action, resource, context, resource_text: OnceCell::new() }
    }

    /// The action, when it is one of KMS.
    pub(crate) fn kms_action(&self) -> Option<KmsAction> {
        self.action.of_kms()
    }

    /// The resource's ARN, or `*`.
    pub(crate) fn resource_text(&self) -> &str {
        match self.resource {
            Resource::Other(text) => text,
            Resource::None => "*",
            Resource::Key(arn) => self.resource_text.get_or_init(|| arn.to_string()),
            Resource::Alias(arn) => self.resource_text.get_or_init(|| arn.to_string()),
        }
    }

    /// The value of a policy variable: of a key with one value.
    pub(crate) fn text_of(&self, key: &ConditionKey, place: Place) -> Option<String> {
        match self.read(key, place) {
            Found::One(value) => Some(value.text().into_owned()),
            Found::Missing | Found::Many(_) => None,
        }
    }

    /// What the request holds for a key; missing when the key does not belong to the action or the policy, or nothing here
    /// ever has a value for it.
    pub(crate) fn read(&self, key: &ConditionKey, place: Place) -> Found<'a> {
        let in_place = place == Place::Identity || !key.row.identity_only;
        let restricted = key.row.actions.is_some() || key.is_kms();
        if !in_place || (restricted && !key.applies_to(self.kms_action())) {
            return Found::Missing;
        }
        if let Some(given) = self.given(key) {
            return given;
        }
        self.caller_value(key)
            .or_else(|| self.global_value(key))
            .or_else(|| self.key_value(key.row.reads))
            .or_else(|| self.cipher_value(key))
            .or_else(|| self.grant_value(key.row.reads))
            .or_else(|| self.parameter_value(key))
            .unwrap_or(Found::Missing)
    }

    /// What a simulation gives for a key. A key that has many values has a list of them, be it of one.
    fn given(&self, key: &ConditionKey) -> Option<Found<'a>> {
        let values = self.context.given?.get(&key.lower_name())?;
        Some(match values.as_slice() {
            [one] if key.row.values != Values::Many => Found::One(Value::Text(one)),
            values => values.iter().map(String::as_str).collect(),
        })
    }

    /// Who calls.
    fn caller_value(&self, key: &ConditionKey) -> Option<Found<'a>> {
        let session = &self.context.session;
        let caller = match self.subject {
            Subject::Caller(caller) => Some(caller),
            Subject::WebIdentity(_) => None,
        };
        Some(match key.row.reads {
            Reads::PrincipalArn => caller.map(Caller::principal_arn).into(),
            Reads::PrincipalAccount | Reads::CallerAccount => caller.map(|c| c.account().as_str()).into(),
            Reads::PrincipalType => caller.map(Caller::principal_type).into(),
            Reads::UserId => caller.map(Caller::user_id).into(),
            Reads::Username => caller.and_then(Caller::username).into(),
            Reads::PrincipalTag => pair(session.principal_tags, &key.part),
            Reads::PrincipalIsAwsService => caller.map(|_| Value::Flag(false)).into(),
            Reads::TokenIssueTime => session.token_issue_time.map(Value::Time).into(),
            Reads::MfaPresent => session.mfa_present.map(Value::Flag).into(),
            Reads::MfaAge => session.mfa_age_s.map(Value::Number).into(),
            Reads::FederatedProvider => session.federated_provider.into(),
            Reads::SourceIdentity => session.source_identity.into(),
            Reads::Foreign => session.web_identity.map_or(Found::Missing, |token| claim(&token, &key.part)),
            _ => return None,
        })
    }

    /// Where, when and through whom.
    fn global_value(&self, key: &ConditionKey) -> Option<Found<'a>> {
        let Context { network, via, now, region, .. } = self.context;
        let ViaFacts { called_via, .. } = via;
        Some(match key.row.reads {
            Reads::SourceIp => network.source_ip.map(Value::Address).into(),
            Reads::VpcSourceIp => network.vpc_source_ip.map(Value::Address).into(),
            Reads::SourceVpc => network.source_vpc.into(),
            Reads::SourceVpce => network.source_vpce.into(),
            Reads::SecureTransport => Found::One(Value::Flag(network.secure_transport)),
            Reads::UserAgent => network.user_agent.into(),
            Reads::Referer => network.referer.into(),
            Reads::CurrentTime => Found::One(Value::Time(*now)),
            Reads::EpochTime => Found::One(Value::Epoch(*now)),
            Reads::RequestedRegion => (*region).into(),
            Reads::ViaService => via.via_service.into(),
            Reads::ViaAwsService => Found::One(Value::Flag(via.via_aws_service)),
            Reads::CalledVia => called_via.iter().copied().collect(),
            Reads::CalledViaFirst => called_via.first().copied().into(),
            Reads::CalledViaLast => called_via.last().copied().into(),
            Reads::SourceArn => via.source_arn.into(),
            Reads::SourceAccount => via.source_account.into(),
            Reads::ResourceAccount => self.resource_account().into(),
            Reads::ResourceTag => pair(self.context.resource_tags, &key.part),
            Reads::IdentityTag if self.is_on_identity() => pair(self.context.resource_tags, &key.part),
            _ => return None,
        })
    }

    /// Whether a user or a role is acted on: what has `iam:ResourceTag/`.
    fn is_on_identity(&self) -> bool {
        let Resource::Other(arn) = self.resource else { return false };
        let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
        resource.starts_with("user/") || resource.starts_with("role/")
    }

    /// Of an ARN the account in it; without a resource, the caller's own.
    fn resource_account(&self) -> Option<&'a str> {
        match (self.resource, self.subject) {
            (Resource::Key(arn), _) => Some(arn.account.as_str()),
            (Resource::Alias(arn), _) => Some(arn.account.as_str()),
            (Resource::Other(text), _) => text.split(':').nth(4).filter(|account| !account.is_empty()),
            (Resource::None, Subject::Caller(caller)) => Some(caller.account().as_str()),
            (Resource::None, Subject::WebIdentity(_)) => None,
        }
    }

    /// Properties of the key.
    fn key_value(&self, reads: Reads) -> Option<Found<'a>> {
        let key = self.context.key.as_ref();
        Some(match reads {
            Reads::KeySpec => key.map(|key| key.spec).into(),
            Reads::KeyUsage => key.map(|key| key.usage).into(),
            Reads::KeyOrigin => key.map(|key| key.origin).into(),
            Reads::MultiRegion => key.map(|key| Value::Flag(key.multi_region)).into(),
            Reads::MultiRegionKeyType => key.and_then(|key| key.multi_region_key_type).into(),
            Reads::ResourceAliases => {
                key.into_iter().flat_map(|key| key.aliases).map(AliasName::as_str).collect()
            }
            _ => return None,
        })
    }

    /// Parameters of operations that use a key.
    fn cipher_value(&self, key: &ConditionKey) -> Option<Found<'a>> {
        let request = &self.context.request;
        Some(match key.row.reads {
            Reads::RequestAlias => request.alias.into(),
            Reads::EncryptionAlgorithm => request.encryption_algorithm.into(),
            Reads::EncryptionContext => pair(request.encryption_context, &key.part),
            Reads::EncryptionContextKeys => keys(request.encryption_context).collect(),
            Reads::ReEncryptOnSameKey => request.reencrypt_on_same_key.map(Value::Flag).into(),
            Reads::SigningAlgorithm => request.signing_algorithm.into(),
            Reads::MessageType => request.message_type.into(),
            Reads::MacAlgorithm => request.mac_algorithm.into(),
            Reads::KeyAgreementAlgorithm => request.key_agreement_algorithm.into(),
            Reads::DataKeyPairSpec => request.data_key_pair_spec.into(),
            Reads::AttestedImage => request.attestation.and_then(|attested| attested.image_sha384).into(),
            Reads::AttestedPcr => register(request.attestation, &key.part, |attested| attested.pcrs),
            Reads::AttestedTpmPcr => {
                register(request.attestation, &key.part, |attested| attested.nitro_tpm_pcrs)
            }
            _ => return None,
        })
    }

    /// Parameters of operations on grants.
    fn grant_value(&self, reads: Reads) -> Option<Found<'a>> {
        let grant: Option<GrantFacts<'a>> = self.context.request.grant;
        Some(match reads {
            Reads::GrantOperations => {
                grant.into_iter().flat_map(|grant| grant.operations.iter()).map(|o| o.as_str()).collect()
            }
            Reads::GrantConstraintType => {
                grant.and_then(|grant| grant.constraints).map(|constraints| constraints.kind()).into()
            }
            Reads::GrantConstraintSourceArn => grant.and_then(|grant| grant.source_arn).into(),
            Reads::GranteePrincipal => grant.and_then(|grant| grant.grantee_principal).into(),
            Reads::RetiringPrincipal => grant.and_then(|grant| grant.retiring_principal).into(),
            Reads::GranteeServicePrincipal => grant.and_then(|grant| grant.grantee_service_principal).into(),
            Reads::RetiringServicePrincipal => {
                grant.and_then(|grant| grant.retiring_service_principal).into()
            }
            Reads::GrantIsForAwsResource => {
                self.context.request.grant_is_for_aws_resource.map(Value::Flag).into()
            }
            _ => return None,
        })
    }

    /// Parameters of the operations that manage keys, tags, sessions and principals.
    fn parameter_value(&self, key: &ConditionKey) -> Option<Found<'a>> {
        let request: &RequestFacts<'a> = &self.context.request;
        let days = |days: Option<u32>| days.map(|days| Value::Number(days.into())).into();
        Some(match key.row.reads {
            Reads::BypassLockoutCheck => request.bypass_policy_lockout_safety_check.map(Value::Flag).into(),
            Reads::PolicyName => request.policy_name.into(),
            Reads::RotationPeriod => days(request.rotation_period_days),
            Reads::PendingWindow => days(request.pending_window_days),
            Reads::TrailingDays => days(request.trailing_days_without_usage),
            Reads::ExpirationModel => request.expiration_model.into(),
            Reads::ValidTo => request.valid_to.map(Value::Time).into(),
            Reads::WrappingAlgorithm => request.wrapping_algorithm.into(),
            Reads::WrappingKeySpec => request.wrapping_key_spec.into(),
            Reads::ReplicaRegion => request.replica_region.into(),
            Reads::PrimaryRegion => request.primary_region.into(),
            Reads::RequestTag => pair(request.tags, &key.part),
            Reads::TagKeys => keys(request.tags).chain(request.tag_keys.iter().copied()).collect(),
            Reads::ExternalId => request.assume_role.external_id.into(),
            Reads::RoleSessionName => request.assume_role.role_session_name.into(),
            Reads::RequestedSourceIdentity => request.assume_role.source_identity.into(),
            Reads::TransitiveTagKeys => request.assume_role.transitive_tag_keys.iter().copied().collect(),
            Reads::PermissionsBoundary => request.iam.permissions_boundary.into(),
            Reads::PolicyArn => request.iam.policy_arn.into(),
            _ => return None,
        })
    }
}

fn keys(pairs: Option<&Pairs>) -> impl Iterator<Item = &str> {
    pairs.into_iter().flat_map(|pairs| pairs.keys()).map(String::as_str)
}

/// The value of the pair of that name: written exactly so or else, because names in condition keys do not tell
/// upper from lower case (contract section 6.6), the first in byte order that differs in case only.
fn pair<'a>(pairs: Option<&'a Pairs>, name: &str) -> Found<'a> {
    let Some(pairs) = pairs else { return Found::Missing };
    let any_case = || pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    pairs.get(name).or_else(any_case).map(String::as_str).into()
}

fn register<'a>(
    attested: Option<AttestationFacts<'a>>,
    number: &str,
    registers: fn(AttestationFacts<'a>) -> &'a [(u8, &'a str)],
) -> Found<'a> {
    let mut all = attested.map(registers).into_iter().flatten();
    all.find(|(found, _)| number.parse() == Ok(*found)).map(|(_, value)| *value).into()
}

/// `ISSUER:CLAIM`; the issuer's name may have colons.
fn claim<'a>(token: &WebIdentity<'a>, name: &str) -> Found<'a> {
    let Some((issuer, claim)) = name.rsplit_once(':') else { return Found::Missing };
    if !issuer.eq_ignore_ascii_case(token.issuer) {
        return Found::Missing;
    }
    match claim.to_ascii_lowercase().as_str() {
        "aud" => Found::One(Value::Text(token.audience)),
        "sub" => Found::One(Value::Text(token.subject)),
        other => {
            let mut claims = token.claims.iter();
            match claims.find(|(name, _)| name.eq_ignore_ascii_case(other)).map(|(_, values)| *values) {
                Some([one]) => Found::One(Value::Text(one)),
                Some(values) => values.iter().copied().collect(),
                None => Found::Missing,
            }
        }
    }
}
