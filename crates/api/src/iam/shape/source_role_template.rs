//! The structure `SourceRoleTemplate`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `SourceRoleTemplate` in an output.
#[derive(Clone, Debug, Default)]
pub struct SourceRoleTemplate {
    /// `TemplateArn`.
    pub template_arn: Option<String>,
    /// `TemplateMinorVersion`.
    pub template_minor_version: Option<i64>,
}

impl WriteXml for SourceRoleTemplate {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("TemplateArn", self.template_arn.as_ref());
        xml.member("TemplateMinorVersion", self.template_minor_version.as_ref());
    }
}
