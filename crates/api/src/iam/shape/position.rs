//! The structure `Position`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `Position` in an output.
#[derive(Clone, Debug, Default)]
pub struct Position {
    /// `Column`.
    pub column: Option<i64>,
    /// `Line`.
    pub line: Option<i64>,
}

impl WriteXml for Position {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Column", self.column.as_ref());
        xml.member("Line", self.line.as_ref());
    }
}
