//! The structure `User`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `User` in an output.
#[derive(Clone, Debug, Default)]
pub struct User {
    /// `Arn`.
    pub arn: Option<String>,
    /// `CreateDate`.
    pub create_date: Option<Time>,
    /// `PasswordLastUsed`.
    pub password_last_used: Option<Time>,
    /// `Path`.
    pub path: Option<String>,
    /// `PermissionsBoundary`.
    pub permissions_boundary: Option<crate::iam::shape::AttachedPermissionsBoundary>,
    /// `Tags`.
    pub tags: Option<Vec<crate::iam::shape::TagOutput>>,
    /// `UserId`.
    pub user_id: Option<String>,
    /// `UserName`.
    pub user_name: Option<String>,
}

impl WriteXml for User {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Arn", self.arn.as_ref());
        xml.member("CreateDate", self.create_date.as_ref());
        xml.member("PasswordLastUsed", self.password_last_used.as_ref());
        xml.member("Path", self.path.as_ref());
        xml.member("PermissionsBoundary", self.permissions_boundary.as_ref());
        xml.member("Tags", self.tags.as_ref());
        xml.member("UserId", self.user_id.as_ref());
        xml.member("UserName", self.user_name.as_ref());
    }
}
