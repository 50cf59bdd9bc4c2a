//! Rust text of inputs: the valid structure, the raw one, its constraints, and how one becomes the other.

use super::model::{Kind, Member, Model};
use super::rust::{Form, lower_camel, rust_type, snake};
use anyhow::Result;
use std::fmt::Write;

/// A structure as it came (`Raw…`, everything optional) and as it is once its constraints hold.
pub(crate) fn input_structure(model: &Model<'_>, shape: &str, name: &str, doc: &str) -> Result<String> {
    let members = model.members(shape)?;
    let (mut fields, mut checks, mut build) = (String::new(), String::new(), String::new());
    for member in &members {
        let field = snake(&member.name);
        let kind = rust_type(model, &member.shape, Form::Valid)?;
        let kept = if member.required { kind.clone() } else { format!("Option<{kind}>") };
        write!(
            fields,
            "/// `{}`{}.\n#[serde({})]\npub {field}: {kept},\n",
            member.name,
            note(model, member)?,
            recorded(model, member)?
        )?;
        checks += &member_checks(model, member)?;
        build += &build_member(model, member)?;
    }
    let path = if members.is_empty() { "_path" } else { "path" };
    let v = if members.is_empty() { "_violations" } else { "violations" };
    let derive =
        if members.is_empty() { "Clone, Debug, Default, Serialize" } else { "Clone, Debug, Serialize" };
    let raw = raw_structure(model, &members, name)?;
    Ok(format!(
        "/// {doc}\n#[derive({derive})]\npub struct {name} {{\n{fields}}}\n\n{raw}\
         impl Constrained for Raw{name} {{ type Valid = {name}; \
         fn check(&self, {path}: Path<'_>, {v}: &mut Violations) {{ {checks} }} \
         fn build(self) -> {name} {{ {name} {{ {build} }} }} }}\n\n"
    ))
}

/// The structure as it came, and how it is read.
fn raw_structure(model: &Model<'_>, members: &[Member], name: &str) -> Result<String> {
    let (mut fields, mut reads) = (String::new(), String::new());
    for member in members {
        let (field, wire) = (snake(&member.name), &member.name);
        let kind = rust_type(model, &member.shape, Form::Raw)?;
        if !model.wire.is_query() {
            write!(fields, "#[serde(rename = \"{wire}\")] ")?;
        }
        writeln!(fields, "{field}: Option<{kind}>,")?;
        write!(reads, "{field}: at.member(\"{wire}\")?, ")?;
    }
    if !model.wire.is_query() {
        return Ok(format!(
            "#[derive(Default, Deserialize)]\n#[serde(default)]\npub(crate) struct Raw{name} {{\n{fields}}}\n\n"
        ));
    }
    let at = if members.is_empty() { "_at" } else { "at" };
    Ok(format!(
        "#[derive(Default)]\npub(crate) struct Raw{name} {{\n{fields}}}\n\n\
         impl FromForm for Raw{name} {{ fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {{ \
         at.structure(|{at}| Ok(Self {{ {reads} }})) }} }}\n\n"
    ))
}

/// How a member stands in the audit record: in lower camel case; blobs, sensitive members and tokens never.
fn recorded(model: &Model<'_>, member: &Member) -> Result<String> {
    let secret = match model.kind(&member.shape)? {
        Kind::Blob { .. } | Kind::Text { sensitive: true, .. } => true,
        _ => member.name.starts_with("GrantToken"),
    };
    if secret {
        return Ok("skip_serializing".to_owned());
    }
    let skip = if member.required { "" } else { ", skip_serializing_if = \"Option::is_none\"" };
    Ok(format!("rename = \"{}\"{skip}", lower_camel(&member.name)))
}

/// The range or values that a member allows, for its doc line.
fn note(model: &Model<'_>, member: &Member) -> Result<String> {
    let (min, max) = model.bounds(&member.shape)?;
    let mut note = String::new();
    if let (Some(min), Some(max)) = (min, max) {
        note = format!(", {min} to {max}");
        note += if matches!(model.kind(&member.shape)?, Kind::Integer) { "" } else { " long" };
    }
    Ok(note)
}

fn member_checks(model: &Model<'_>, member: &Member) -> Result<String> {
    let field = snake(&member.name);
    let wire = lower_camel(&member.name);
    let mut out = format!("let at = path.member(\"{wire}\");\n");
    if member.required {
        out += &format!("violations.required(at, self.{field}.is_some());\n");
    }
    let checks = value_checks(model, &member.shape)?;
    if checks.is_empty() {
        return Ok(if member.required { out } else { String::new() });
    }
    out += &format!("if let Some(value) = &self.{field} {{ {checks} }}\n");
    Ok(out)
}

fn value_checks(model: &Model<'_>, shape: &str) -> Result<String> {
    let (min, max) = model.bounds(shape)?;
    let mut out = String::new();
    let length = |shown: &str, length: &str| {
        let bounds = [("shortest", min.filter(|&m| m > 0)), ("longest", max)];
        let call = |(f, bound): (&str, Option<i64>)| {
            bound.map(|b| format!("violations.{f}(at, {shown}, {length}, {b});\n"))
        };
        bounds.into_iter().filter_map(call).collect::<String>()
    };
    match model.kind(shape)? {
        Kind::Text { pattern, values, sensitive } => {
            let shown = if sensitive { "Shown::Hidden" } else { "Shown::Text(value)" };
            let text = if sensitive { "value.expose()" } else { "value" };
            if min.is_some_and(|min| min > 0) || max.is_some() {
                let min = min.unwrap_or(0);
                let max = max.map_or_else(|| "usize::MAX".to_owned(), |max| max.to_string());
                out += &format!("violations.characters(at, {shown}, {text}, {min}, {max});\n");
            }
            if let Some(pattern) = pattern {
                let checker = model.overlay.checker(&pattern)?;
                out += &format!(
                    "violations.pattern(at, {shown}, pattern::{checker}({text}), r\"{pattern}\");\n"
                );
            }
            if !values.is_empty() {
                let list: Vec<String> = values.iter().map(|v| format!("\"{v}\"")).collect();
                out += &format!("violations.one_of(at, value, &[{}]);\n", list.join(", "));
            }
        }
        Kind::Blob { .. } => out += &length("Shown::Hidden", "value.len()"),
        Kind::Integer => {
            for (f, bound) in [("least", min), ("most", max)] {
                if let Some(bound) = bound {
                    out += &format!("violations.{f}(at, *value, {bound});\n");
                }
            }
        }
        Kind::List { member } => {
            out += &length("Shown::Hidden", "value.len()");
            let checks = value_checks(model, &member)?;
            if !checks.is_empty() {
                out += &format!(
                    "for (index, value) in value.iter().enumerate() {{ let at = at.index(index); {checks} }}\n"
                );
            }
        }
        Kind::Structure => out += "value.check(at, violations);\n",
        Kind::Boolean | Kind::Time | Kind::Map { .. } => {}
    }
    Ok(out)
}

fn build_member(model: &Model<'_>, member: &Member) -> Result<String> {
    let field = snake(&member.name);
    let (structure, list) = match model.kind(&member.shape)? {
        Kind::Structure => (true, false),
        Kind::List { member } => (matches!(model.kind(&member)?, Kind::Structure), true),
        _ => (false, false),
    };
    let mut value = format!("self.{field}");
    if structure && list {
        value += ".map(|list| list.into_iter().map(Constrained::build).collect())";
    } else if structure && member.required {
        return Ok(format!("{field}: {value}.unwrap_or_default().build(), "));
    } else if structure {
        value += ".map(Constrained::build)";
    }
    Ok(if member.required {
        format!("{field}: {value}.unwrap_or_default(), ")
    } else {
        format!("{field}: {value}, ")
    })
}
