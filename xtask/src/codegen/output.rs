//! Rust text of outputs: structures that serialise to JSON, or write themselves as XML.

use super::model::{Member, Model};
use super::rust::{Form, rust_type, snake};
use anyhow::Result;
use std::fmt::Write;

/// A structure in an output: every member optional.
pub(crate) fn output_structure(model: &Model<'_>, shape: &str, name: &str, doc: &str) -> Result<String> {
    let members = model.members(shape)?;
    let (mut fields, mut writes) = (String::new(), String::new());
    for member in &members {
        let (wire, field) = (&member.name, snake(&member.name));
        let kind = rust_type(model, &member.shape, Form::Output)?;
        writeln!(fields, "/// `{wire}`{}.", note(model, member))?;
        if !model.wire.is_query() {
            writeln!(fields, "#[serde(rename = \"{wire}\", skip_serializing_if = \"Option::is_none\")]")?;
        }
        writeln!(fields, "pub {field}: Option<{kind}>,")?;
        let method = if encoded(model, member) { "encoded" } else { "member" };
        write!(writes, "xml.{method}(\"{wire}\", self.{field}.as_ref());")?;
    }
    if !model.wire.is_query() {
        return Ok(format!(
            "/// {doc}\n#[derive(Clone, Debug, Default, Serialize)]\npub struct {name} {{\n{fields}}}\n\n"
        ));
    }
    let xml = if members.is_empty() { "_xml" } else { "xml" };
    Ok(format!(
        "/// {doc}\n#[derive(Clone, Debug, Default)]\npub struct {name} {{\n{fields}}}\n\n\
         impl WriteXml for {name} {{ fn write_xml(&self, {xml}: &mut Xml) {{ {writes} }} }}\n\n"
    ))
}

/// Whether the wire carries the member percent-encoded.
fn encoded(model: &Model<'_>, member: &Member) -> bool {
    model.wire.is_query() && model.overlay.encoded.contains(&member.shape)
}

fn note(model: &Model<'_>, member: &Member) -> &'static str {
    if encoded(model, member) { ", plain here and percent-encoded on the wire" } else { "" }
}
