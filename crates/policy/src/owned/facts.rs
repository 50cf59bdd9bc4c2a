//! The facts around a request, owned: session, network, forwarding service, key.

use super::{Time, lent, owned, text};
use crate::{KeyFacts, NetworkFacts, Pairs, SessionFacts, ViaFacts, WebIdentity};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use strongroom_types::AliasName;

/// [`SessionFacts`], owned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OwnedSession {
    /// `aws:PrincipalTag/…`.
    pub principal_tags: Option<Pairs>,
    /// `aws:TokenIssueTime`.
    pub token_issue_time: Option<Time>,
    /// `aws:MultiFactorAuthPresent`.
    pub mfa_present: Option<bool>,
    /// `aws:MultiFactorAuthAge` in seconds.
    pub mfa_age_s: Option<u64>,
    /// `aws:FederatedProvider`.
    pub federated_provider: Option<String>,
    /// `aws:SourceIdentity`.
    pub source_identity: Option<String>,
    /// The claims of a web identity.
    pub web_identity: Option<OwnedWebIdentity>,
}

/// [`WebIdentity`], owned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OwnedWebIdentity {
    /// The issuer without `https://`.
    pub issuer: String,
    /// `aud`.
    pub audience: String,
    /// `sub`.
    pub subject: String,
    /// Further claims: names with their values.
    pub claims: Vec<(String, Vec<String>)>,
}

impl OwnedWebIdentity {
    /// How many bytes its texts have.
    pub(super) fn bytes(&self) -> usize {
        let own = [&self.issuer, &self.audience, &self.subject];
        let names = self.claims.iter().map(|(name, _)| name);
        let values = self.claims.iter().flat_map(|(_, values)| values);
        own.into_iter().chain(names).chain(values).map(String::len).sum()
    }
}

impl OwnedSession {
    pub(super) fn of(facts: &SessionFacts<'_>) -> Self {
        Self {
            principal_tags: facts.principal_tags.cloned(),
            token_issue_time: facts.token_issue_time.map(Time),
            mfa_present: facts.mfa_present,
            mfa_age_s: facts.mfa_age_s,
            federated_provider: text(facts.federated_provider),
            source_identity: text(facts.source_identity),
            web_identity: facts.web_identity.map(|web| OwnedWebIdentity {
                issuer: web.issuer.to_owned(),
                audience: web.audience.to_owned(),
                subject: web.subject.to_owned(),
                claims: web.claims.iter().map(|(name, values)| ((*name).to_owned(), owned(values))).collect(),
            }),
        }
    }

    pub(super) fn with<T>(&self, read: impl FnOnce(SessionFacts<'_>) -> T) -> T {
        let web = self.web_identity.as_ref();
        let claims = web.map(|web| web.claims.as_slice()).unwrap_or_default();
        let values: Vec<Vec<&str>> = claims.iter().map(|(_, values)| lent(values)).collect();
        let named = claims.iter().zip(&values).map(|((name, _), values)| (name.as_str(), values.as_slice()));
        let claims: Vec<(&str, &[&str])> = named.collect();
        read(SessionFacts {
            principal_tags: self.principal_tags.as_ref(),
            token_issue_time: self.token_issue_time.map(|time| time.0),
            mfa_present: self.mfa_present,
            mfa_age_s: self.mfa_age_s,
            federated_provider: self.federated_provider.as_deref(),
            source_identity: self.source_identity.as_deref(),
            web_identity: web.map(|web| WebIdentity {
                issuer: &web.issuer,
                audience: &web.audience,
                subject: &web.subject,
                claims: &claims,
            }),
        })
    }
}

/// [`NetworkFacts`], owned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OwnedNetwork {
    /// `aws:SourceIp`.
    pub source_ip: Option<IpAddr>,
    /// `aws:SecureTransport`.
    pub secure_transport: bool,
    /// `aws:UserAgent`.
    pub user_agent: Option<String>,
    /// `aws:Referer`.
    pub referer: Option<String>,
    /// `aws:VpcSourceIp`.
    pub vpc_source_ip: Option<IpAddr>,
    /// `aws:SourceVpc`.
    pub source_vpc: Option<String>,
    /// `aws:SourceVpce`.
    pub source_vpce: Option<String>,
}

impl OwnedNetwork {
    pub(super) fn of(facts: &NetworkFacts<'_>) -> Self {
        Self {
            source_ip: facts.source_ip,
            secure_transport: facts.secure_transport,
            user_agent: text(facts.user_agent),
            referer: text(facts.referer),
            vpc_source_ip: facts.vpc_source_ip,
            source_vpc: text(facts.source_vpc),
            source_vpce: text(facts.source_vpce),
        }
    }

    pub(super) fn lent(&self) -> NetworkFacts<'_> {
        NetworkFacts {
            source_ip: self.source_ip,
            secure_transport: self.secure_transport,
            user_agent: self.user_agent.as_deref(),
            referer: self.referer.as_deref(),
            vpc_source_ip: self.vpc_source_ip,
            source_vpc: self.source_vpc.as_deref(),
            source_vpce: self.source_vpce.as_deref(),
        }
    }
}

/// [`ViaFacts`], owned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OwnedVia {
    /// `kms:ViaService`.
    pub via_service: Option<String>,
    /// `aws:ViaAWSService`.
    pub via_aws_service: bool,
    /// `aws:CalledVia`, first to last.
    pub called_via: Vec<String>,
    /// `aws:SourceArn`.
    pub source_arn: Option<String>,
    /// `aws:SourceAccount`.
    pub source_account: Option<String>,
}

impl OwnedVia {
    pub(super) fn of(facts: &ViaFacts<'_>) -> Self {
        Self {
            via_service: text(facts.via_service),
            via_aws_service: facts.via_aws_service,
            called_via: owned(facts.called_via),
            source_arn: text(facts.source_arn),
            source_account: text(facts.source_account),
        }
    }

    pub(super) fn with<T>(&self, read: impl FnOnce(ViaFacts<'_>) -> T) -> T {
        let called_via = lent(&self.called_via);
        read(ViaFacts {
            via_service: self.via_service.as_deref(),
            via_aws_service: self.via_aws_service,
            called_via: &called_via,
            source_arn: self.source_arn.as_deref(),
            source_account: self.source_account.as_deref(),
        })
    }
}

/// [`KeyFacts`], owned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OwnedKey {
    /// `kms:KeySpec`.
    pub spec: String,
    /// `kms:KeyUsage`.
    pub usage: String,
    /// `kms:KeyOrigin`.
    pub origin: String,
    /// `kms:MultiRegion`.
    pub multi_region: bool,
    /// `kms:MultiRegionKeyType`.
    pub multi_region_key_type: Option<String>,
    /// `kms:ResourceAliases`.
    #[serde(with = "alias_names")]
    pub aliases: Vec<AliasName>,
}

impl OwnedKey {
    /// Copies everything.
    pub fn of(facts: &KeyFacts<'_>) -> Self {
        Self {
            spec: facts.spec.to_owned(),
            usage: facts.usage.to_owned(),
            origin: facts.origin.to_owned(),
            multi_region: facts.multi_region,
            multi_region_key_type: text(facts.multi_region_key_type),
            aliases: facts.aliases.to_vec(),
        }
    }

    pub(super) fn lent(&self) -> KeyFacts<'_> {
        KeyFacts {
            spec: &self.spec,
            usage: &self.usage,
            origin: &self.origin,
            multi_region: self.multi_region,
            multi_region_key_type: self.multi_region_key_type.as_deref(),
            aliases: &self.aliases,
        }
    }
}

/// Alias names as texts.
mod alias_names {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};
    use strongroom_types::AliasName;

    pub(super) fn serialize<S: Serializer>(names: &[AliasName], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(names.iter().map(AliasName::as_str))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<AliasName>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        texts.iter().map(|text| AliasName::parse(text).map_err(D::Error::custom)).collect()
    }
}
