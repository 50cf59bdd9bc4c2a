//! The engine's context of a case: borrowed data, and what it borrows from.

use crate::case::{Facts, NewGrant, RequestData};
use crate::engine_side::{constraints, operations};
use strongroom_policy::{
    AssumeRoleFacts, AttestationFacts, Constraints, Context, GrantFacts, IamFacts, KeyFacts, NetworkFacts,
    RequestFacts, SessionFacts, ViaFacts, WebIdentity,
};
use strongroom_types::{AliasName, Timestamp};

/// Lists that a context borrows and that a case does not have in that form.
pub(crate) struct Borrowed<'a> {
    called_via: Vec<&'a str>,
    tag_keys: Vec<&'a str>,
    transitive: Vec<&'a str>,
    aliases: Vec<AliasName>,
    claims: Vec<(&'a str, Vec<&'a str>)>,
    pcrs: Vec<(u8, &'a str)>,
    nitro_tpm_pcrs: Vec<(u8, &'a str)>,
    constraints: Option<Constraints>,
}

fn texts(list: &[String]) -> Vec<&str> {
    list.iter().map(String::as_str).collect()
}

fn time(seconds: u64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

impl<'a> Borrowed<'a> {
    pub(crate) fn of(facts: &'a Facts) -> Self {
        let request = &facts.request;
        let registers =
            |list: &'a [(u8, String)]| list.iter().map(|(n, value)| (*n, value.as_str())).collect::<Vec<_>>();
        let attested = request.attestation.as_ref();
        let claims = facts.web_identity.iter().flat_map(|token| &token.claims);
        let aliases = facts.key.iter().flat_map(|key| &key.aliases);
        Self {
            called_via: texts(&facts.called_via),
            tag_keys: texts(&request.tag_keys),
            transitive: texts(&request.transitive_tag_keys),
            aliases: aliases.map(|alias| AliasName::parse(alias).unwrap()).collect(),
            claims: claims.map(|(name, values)| (name.as_str(), texts(values))).collect(),
            pcrs: attested.map(|a| registers(&a.pcrs)).unwrap_or_default(),
            nitro_tpm_pcrs: attested.map(|a| registers(&a.nitro_tpm_pcrs)).unwrap_or_default(),
            constraints: request.grant.as_ref().and_then(|new| constraints(&new.equals, &new.subset)),
        }
    }

    pub(crate) fn claims(&self) -> Vec<(&str, &[&str])> {
        self.claims.iter().map(|(name, values)| (*name, values.as_slice())).collect()
    }

    pub(crate) fn context<'c>(
        &'c self,
        facts: &'c Facts,
        claims: &'c [(&'c str, &'c [&'c str])],
    ) -> Context<'c> {
        let key = facts.key.as_ref().map(|key| KeyFacts {
            spec: &key.spec,
            usage: &key.usage,
            origin: &key.origin,
            multi_region: key.multi_region,
            multi_region_key_type: key.multi_region_key_type.as_deref(),
            aliases: &self.aliases,
        });
        let via = ViaFacts {
            via_service: facts.via_service.as_deref(),
            via_aws_service: facts.via_aws_service,
            called_via: &self.called_via,
            source_arn: facts.source_arn.as_deref(),
            source_account: facts.source_account.as_deref(),
        };
        Context {
            session: session(facts, claims),
            network: network(facts),
            now: time(facts.now),
            region: facts.region.as_deref(),
            via,
            key,
            resource_tags: facts.resource_tags.as_ref(),
            request: self.request(&facts.request),
            given: None,
        }
    }

    fn request<'c>(&'c self, request: &'c RequestData) -> RequestFacts<'c> {
        RequestFacts {
            alias: request.alias.as_deref(),
            encryption_algorithm: request.encryption_algorithm.as_deref(),
            encryption_context: request.encryption_context.as_ref(),
            reencrypt_on_same_key: request.reencrypt_on_same_key,
            signing_algorithm: request.signing_algorithm.as_deref(),
            message_type: request.message_type.as_deref(),
            mac_algorithm: request.mac_algorithm.as_deref(),
            key_agreement_algorithm: request.key_agreement_algorithm.as_deref(),
            data_key_pair_spec: request.data_key_pair_spec.as_deref(),
            grant: request.grant.as_ref().map(|new| self.new_grant(new)),
            grant_is_for_aws_resource: request.grant_is_for_aws_resource,
            bypass_policy_lockout_safety_check: request.bypass_policy_lockout_safety_check,
            policy_name: request.policy_name.as_deref(),
            rotation_period_days: request.rotation_period_days,
            pending_window_days: request.pending_window_days,
            trailing_days_without_usage: request.trailing_days_without_usage,
            expiration_model: request.expiration_model.as_deref(),
            valid_to: request.valid_to.map(time),
            wrapping_algorithm: request.wrapping_algorithm.as_deref(),
            wrapping_key_spec: request.wrapping_key_spec.as_deref(),
            replica_region: request.replica_region.as_deref(),
            primary_region: request.primary_region.as_deref(),
            tags: request.tags.as_ref(),
            tag_keys: &self.tag_keys,
            attestation: request.attestation.as_ref().map(|attested| AttestationFacts {
                image_sha384: attested.image_sha384.as_deref(),
                pcrs: &self.pcrs,
                nitro_tpm_pcrs: &self.nitro_tpm_pcrs,
            }),
            assume_role: AssumeRoleFacts {
                external_id: request.external_id.as_deref(),
                role_session_name: request.role_session_name.as_deref(),
                source_identity: request.requested_source_identity.as_deref(),
                transitive_tag_keys: &self.transitive,
            },
            iam: IamFacts {
                permissions_boundary: request.permissions_boundary.as_deref(),
                policy_arn: request.policy_arn.as_deref(),
            },
        }
    }

    fn new_grant<'c>(&'c self, new: &'c NewGrant) -> GrantFacts<'c> {
        GrantFacts {
            operations: operations(&new.operations),
            constraints: self.constraints.as_ref(),
            source_arn: new.source_arn.as_deref(),
            grantee_principal: new.grantee_principal.as_deref(),
            retiring_principal: new.retiring_principal.as_deref(),
            grantee_service_principal: new.grantee_service_principal.as_deref(),
            retiring_service_principal: new.retiring_service_principal.as_deref(),
        }
    }
}

fn session<'c>(facts: &'c Facts, claims: &'c [(&'c str, &'c [&'c str])]) -> SessionFacts<'c> {
    SessionFacts {
        principal_tags: facts.principal_tags.as_ref(),
        token_issue_time: facts.token_issue_time.map(time),
        mfa_present: facts.mfa_present,
        mfa_age_s: facts.mfa_age_s,
        federated_provider: facts.federated_provider.as_deref(),
        source_identity: facts.source_identity.as_deref(),
        web_identity: facts.web_identity.as_ref().map(|token| WebIdentity {
            issuer: &token.issuer,
            audience: &token.audience,
            subject: &token.subject,
            claims,
        }),
    }
}

fn network(facts: &Facts) -> NetworkFacts<'_> {
    NetworkFacts {
        source_ip: facts.source_ip.as_ref().map(|ip| ip.parse().unwrap()),
        secure_transport: facts.secure_transport,
        user_agent: facts.user_agent.as_deref(),
        referer: facts.referer.as_deref(),
        vpc_source_ip: facts.vpc_source_ip.as_ref().map(|ip| ip.parse().unwrap()),
        source_vpc: facts.source_vpc.as_deref(),
        source_vpce: facts.source_vpce.as_deref(),
    }
}
