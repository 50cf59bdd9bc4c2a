//! The structure `GrantListEntry`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// `GrantListEntry` in an output.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct GrantListEntry {
    /// `Constraints`.
    #[cfg_attr(test, serde(rename = "Constraints", skip_serializing_if = "Option::is_none"))]
    pub constraints: Option<crate::shape::GrantConstraintsOutput>,
    /// `CreationDate`.
    #[cfg_attr(test, serde(rename = "CreationDate", skip_serializing_if = "Option::is_none"))]
    pub creation_date: Option<Time>,
    /// `GrantId`.
    #[cfg_attr(test, serde(rename = "GrantId", skip_serializing_if = "Option::is_none"))]
    pub grant_id: Option<String>,
    /// `GranteePrincipal`.
    #[cfg_attr(test, serde(rename = "GranteePrincipal", skip_serializing_if = "Option::is_none"))]
    pub grantee_principal: Option<String>,
    /// `GranteeServicePrincipal`.
    #[cfg_attr(test, serde(rename = "GranteeServicePrincipal", skip_serializing_if = "Option::is_none"))]
    pub grantee_service_principal: Option<String>,
    /// `IssuingAccount`.
    #[cfg_attr(test, serde(rename = "IssuingAccount", skip_serializing_if = "Option::is_none"))]
    pub issuing_account: Option<String>,
    /// `KeyId`.
    #[cfg_attr(test, serde(rename = "KeyId", skip_serializing_if = "Option::is_none"))]
    pub key_id: Option<String>,
    /// `Name`.
    #[cfg_attr(test, serde(rename = "Name", skip_serializing_if = "Option::is_none"))]
    pub name: Option<String>,
    /// `Operations`.
    #[cfg_attr(test, serde(rename = "Operations", skip_serializing_if = "Option::is_none"))]
    pub operations: Option<Vec<String>>,
    /// `RetiringPrincipal`.
    #[cfg_attr(test, serde(rename = "RetiringPrincipal", skip_serializing_if = "Option::is_none"))]
    pub retiring_principal: Option<String>,
    /// `RetiringServicePrincipal`.
    #[cfg_attr(test, serde(rename = "RetiringServicePrincipal", skip_serializing_if = "Option::is_none"))]
    pub retiring_service_principal: Option<String>,
}

impl WriteJson for GrantListEntry {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("Constraints", self.constraints.as_ref())
            .member("CreationDate", self.creation_date.as_ref())
            .member("GrantId", self.grant_id.as_ref())
            .member("GranteePrincipal", self.grantee_principal.as_ref())
            .member("GranteeServicePrincipal", self.grantee_service_principal.as_ref())
            .member("IssuingAccount", self.issuing_account.as_ref())
            .member("KeyId", self.key_id.as_ref())
            .member("Name", self.name.as_ref())
            .member("Operations", self.operations.as_ref())
            .member("RetiringPrincipal", self.retiring_principal.as_ref())
            .member("RetiringServicePrincipal", self.retiring_service_principal.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for GrantListEntry {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            constraints: Sample::sample(samples),
            creation_date: Sample::sample(samples),
            grant_id: Sample::sample(samples),
            grantee_principal: Sample::sample(samples),
            grantee_service_principal: Sample::sample(samples),
            issuing_account: Sample::sample(samples),
            key_id: Sample::sample(samples),
            name: Sample::sample(samples),
            operations: Sample::sample(samples),
            retiring_principal: Sample::sample(samples),
            retiring_service_principal: Sample::sample(samples),
        }
    }
}
