//! The structure `PolicyVersion`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `PolicyVersion` in an output.
#[derive(Clone, Debug, Default)]
pub struct PolicyVersion {
    /// `CreateDate`.
    pub create_date: Option<Time>,
    /// `Document`, plain here and percent-encoded on the wire.
    pub document: Option<String>,
    /// `IsDefaultVersion`.
    pub is_default_version: Option<bool>,
    /// `VersionId`.
    pub version_id: Option<String>,
}

impl WriteXml for PolicyVersion {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("CreateDate", self.create_date.as_ref());
        xml.encoded("Document", self.document.as_ref());
        xml.member("IsDefaultVersion", self.is_default_version.as_ref());
        xml.member("VersionId", self.version_id.as_ref());
    }
}
