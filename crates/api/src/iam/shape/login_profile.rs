//! The structure `LoginProfile`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `LoginProfile` in an output.
#[derive(Clone, Debug, Default)]
pub struct LoginProfile {
    /// `CreateDate`.
    pub create_date: Option<Time>,
    /// `MaxSigninSessionDuration`.
    pub max_signin_session_duration: Option<i64>,
    /// `PasswordResetRequired`.
    pub password_reset_required: Option<bool>,
    /// `UserName`.
    pub user_name: Option<String>,
}

impl WriteXml for LoginProfile {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("CreateDate", self.create_date.as_ref());
        xml.member("MaxSigninSessionDuration", self.max_signin_session_duration.as_ref());
        xml.member("PasswordResetRequired", self.password_reset_required.as_ref());
        xml.member("UserName", self.user_name.as_ref());
    }
}
