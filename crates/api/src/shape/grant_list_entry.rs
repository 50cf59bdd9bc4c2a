//! The structure `GrantListEntry`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// `GrantListEntry` in an output.
#[derive(Clone, Debug, Default, Serialize)]
pub struct GrantListEntry {
    /// `Constraints`.
    #[serde(rename = "Constraints", skip_serializing_if = "Option::is_none")]
    pub constraints: Option<crate::shape::GrantConstraintsOutput>,
    /// `CreationDate`.
    #[serde(rename = "CreationDate", skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<Time>,
    /// `GrantId`.
    #[serde(rename = "GrantId", skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<String>,
    /// `GranteePrincipal`.
    #[serde(rename = "GranteePrincipal", skip_serializing_if = "Option::is_none")]
    pub grantee_principal: Option<String>,
    /// `GranteeServicePrincipal`.
    #[serde(rename = "GranteeServicePrincipal", skip_serializing_if = "Option::is_none")]
    pub grantee_service_principal: Option<String>,
    /// `IssuingAccount`.
    #[serde(rename = "IssuingAccount", skip_serializing_if = "Option::is_none")]
    pub issuing_account: Option<String>,
    /// `KeyId`.
    #[serde(rename = "KeyId", skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// `Name`.
    #[serde(rename = "Name", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `Operations`.
    #[serde(rename = "Operations", skip_serializing_if = "Option::is_none")]
    pub operations: Option<Vec<String>>,
    /// `RetiringPrincipal`.
    #[serde(rename = "RetiringPrincipal", skip_serializing_if = "Option::is_none")]
    pub retiring_principal: Option<String>,
    /// `RetiringServicePrincipal`.
    #[serde(rename = "RetiringServicePrincipal", skip_serializing_if = "Option::is_none")]
    pub retiring_service_principal: Option<String>,
}
