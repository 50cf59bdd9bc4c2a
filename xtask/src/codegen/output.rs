//! Rust text of outputs: structures that write themselves as JSON or as XML.

use super::model::{Member, Model};
use super::rust::{Form, rust_type, snake};
use anyhow::Result;
use std::fmt::Write;

/// A structure in an output: every member optional.
pub(crate) fn output_structure(model: &Model<'_>, shape: &str, name: &str, doc: &str) -> Result<String> {
    let members = model.members(shape)?;
    let query = model.wire.is_query();
    let mut fields = String::new();
    for member in &members {
        let kind = rust_type(model, &member.shape, Form::Output)?;
        let wire = &member.name;
        writeln!(fields, "/// `{wire}`{}.", note(model, member))?;
        if !query {
            let serde = format!("rename = \"{wire}\", skip_serializing_if = \"Option::is_none\"");
            writeln!(fields, "#[cfg_attr(test, serde({serde}))]")?;
        }
        writeln!(fields, "pub {}: Option<{kind}>,", snake(wire))?;
    }
    let serde = if query { "" } else { "#[cfg_attr(test, derive(Serialize))]\n" };
    let writing = if query {
        writes_xml(model, name, &members)?
    } else {
        writes_json(name, &members)? + &samples(name, &members)?
    };
    Ok(format!(
        "/// {doc}\n#[derive(Clone, Debug, Default)]\n{serde}pub struct {name} {{\n{fields}}}\n\n{writing}"
    ))
}

/// The test of an operation's output: what it writes is what serde would make of it.
pub(crate) fn output_test(name: &str) -> String {
    format!(
        "\n#[cfg(test)]\nmod tests {{ #[test] fn output_is_what_serde_would_write() {{ \
         crate::samples::compare::<super::{name}>(); }} }}\n"
    )
}

fn writes_json(name: &str, members: &[Member]) -> Result<String> {
    let mut writes = String::new();
    for member in members {
        write!(writes, ".member(\"{}\", self.{}.as_ref())", member.name, snake(&member.name))?;
    }
    Ok(format!(
        "impl WriteJson for {name} {{ fn write_json(&self, json: &mut Json) {{ json.object(){writes}.end(); }} }}\n\n"
    ))
}

fn writes_xml(model: &Model<'_>, name: &str, members: &[Member]) -> Result<String> {
    let mut writes = String::new();
    for member in members {
        let method = if encoded(model, member) { "encoded" } else { "member" };
        write!(writes, "xml.{method}(\"{}\", self.{}.as_ref());", member.name, snake(&member.name))?;
    }
    let xml = if members.is_empty() { "_xml" } else { "xml" };
    Ok(format!("impl WriteXml for {name} {{ fn write_xml(&self, {xml}: &mut Xml) {{ {writes} }} }}\n\n"))
}

/// How tests fill a structure.
fn samples(name: &str, members: &[Member]) -> Result<String> {
    let mut fields = String::new();
    for member in members {
        write!(fields, "{}: Sample::sample(samples), ", snake(&member.name))?;
    }
    let samples = if members.is_empty() { "_samples" } else { "samples" };
    Ok(format!(
        "#[cfg(test)]\nimpl Sample for {name} {{ fn sample({samples}: &mut Samples) -> Self {{ Self {{ {fields} }} }} }}\n\n"
    ))
}

/// Whether the wire carries the member percent-encoded.
fn encoded(model: &Model<'_>, member: &Member) -> bool {
    model.wire.is_query() && model.overlay.encoded.contains(&member.shape)
}

fn note(model: &Model<'_>, member: &Member) -> &'static str {
    if encoded(model, member) { ", plain here and percent-encoded on the wire" } else { "" }
}
