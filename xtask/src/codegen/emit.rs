//! Rust text of operations, shapes and error codes.

use super::model::{Kind, Member, Model, Place};
use anyhow::Result;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The first line of every generated file, after its `//!`.
const ORIGIN: &str = "//! Generated from the service model by `cargo xtask codegen`: do not edit.\n\n";

/// Every generated file: path from the root, unformatted text.
pub(crate) fn all(model: &Model) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    let mut names = Vec::new();
    for name in model.operations.keys() {
        let file = snake(name);
        files.insert(format!("crates/api/src/operation/{file}.rs"), operation(model, name)?);
        names.push((file, name.clone()));
    }
    files.insert("crates/api/src/operation/mod.rs".to_owned(), operation_list(&names));
    let mut shapes = Vec::new();
    for (name, place) in model.nested()? {
        let file = snake(&name);
        files.insert(format!("crates/api/src/shape/{file}.rs"), shape(model, &name, place)?);
        shapes.push((file, name, place));
    }
    files.insert("crates/api/src/shape/mod.rs".to_owned(), shape_list(&shapes));
    files.insert("crates/api/src/error_code.rs".to_owned(), error_codes(model));
    Ok(files)
}

fn operation(model: &Model, name: &str) -> Result<String> {
    let operation = &model.operations[name];
    let page = format!("<https://docs.aws.amazon.com/kms/latest/APIReference/API_{name}.html>");
    let mut out =
        format!("//! `{name}`: input, output, constraints and errors.\n//!\n//! {page}\n//!\n{ORIGIN}");
    out += "use crate::prelude::*;\n\n";
    writeln!(out, "/// The operation `{name}`.\n#[derive(Clone, Copy, Debug)]\npub struct {name};\n")?;
    out +=
        &input_structure(model, &operation.input, &format!("{name}Input"), &format!("Input of `{name}`."))?;
    let output = match &operation.output {
        Some(shape) => {
            let output = format!("{name}Output");
            out += &output_structure(model, shape, &output, &format!("Output of `{name}`."))?;
            output
        }
        None => "NoOutput".to_owned(),
    };
    let errors: Vec<String> =
        operation.errors.iter().map(|e| format!("ErrorCode::{}", error_variant(e))).collect();
    write!(
        out,
        "impl Operation for {name} {{ const NAME: &'static str = \"{name}\"; type Input = {name}Input; \
         type Output = {output}; const ERRORS: &'static [ErrorCode] = &[{}]; \
         fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {{ decode_body::<Raw{name}Input, _>(body) }} }}",
        errors.join(", ")
    )?;
    Ok(out)
}

fn operation_list(names: &[(String, String)]) -> String {
    let mut out = format!("//! The operations of the service model, one file each.\n//!\n{ORIGIN}");
    for (file, _) in names {
        out += &format!("mod {file};\n");
    }
    for (file, name) in names {
        out += &format!("pub use {file}::*; // {name}\n");
    }
    let list: Vec<String> = names.iter().map(|(_, name)| format!("\"{name}\"")).collect();
    out += &format!(
        "\n/// Every operation name, sorted.\npub const NAMES: [&str; {}] = [{}];\n",
        list.len(),
        list.join(", ")
    );
    out
}

/// The name of a structure as outputs hold it.
fn output_name(name: &str, place: Place) -> String {
    if place.input { format!("{name}Output") } else { name.to_owned() }
}

fn shape(model: &Model, name: &str, place: Place) -> Result<String> {
    let mut out = format!("//! The structure `{name}`.\n//!\n{ORIGIN}use crate::prelude::*;\n\n");
    if place.input {
        out += &input_structure(model, name, name, &format!("`{name}` in an input."))?;
    }
    if place.output {
        out += &output_structure(model, name, &output_name(name, place), &format!("`{name}` in an output."))?;
    }
    Ok(out)
}

fn shape_list(shapes: &[(String, String, Place)]) -> String {
    let mut out = format!("//! The structures inside inputs and outputs, one file each.\n//!\n{ORIGIN}");
    for (file, ..) in shapes {
        out += &format!("mod {file};\n");
    }
    for (file, name, place) in shapes {
        if place.input {
            out += &format!("pub use {file}::{name};\npub(crate) use {file}::Raw{name};\n");
        }
        if place.output {
            out += &format!("pub use {file}::{};\n", output_name(name, *place));
        }
    }
    out
}

/// A structure as it came (`Raw…`, everything optional) and as it is once its constraints hold.
fn input_structure(model: &Model, shape: &str, name: &str, doc: &str) -> Result<String> {
    let members = model.members(shape)?;
    let (mut fields, mut raw, mut checks, mut build) =
        (String::new(), String::new(), String::new(), String::new());
    for member in &members {
        let field = snake(&member.name);
        let kind = rust_type(model, &member.shape, Form::Valid)?;
        let kept = if member.required { kind.clone() } else { format!("Option<{kind}>") };
        let rename = &member.name;
        write!(
            fields,
            "/// `{rename}`{}.\n#[serde({})]\npub {field}: {kept},\n",
            note(model, member)?,
            recorded(model, member)?
        )?;
        writeln!(
            raw,
            "#[serde(rename = \"{rename}\")] {field}: Option<{}>,",
            rust_type(model, &member.shape, Form::Raw)?
        )?;
        checks += &member_checks(model, member)?;
        build += &build_member(model, member)?;
    }
    let path = if members.is_empty() { "_path" } else { "path" };
    let v = if members.is_empty() { "_violations" } else { "violations" };
    let derive =
        if members.is_empty() { "Clone, Debug, Default, Serialize" } else { "Clone, Debug, Serialize" };
    Ok(format!(
        "/// {doc}\n#[derive({derive})]\npub struct {name} {{\n{fields}}}\n\n\
         #[derive(Default, Deserialize)]\n#[serde(default)]\npub(crate) struct Raw{name} {{\n{raw}}}\n\n\
         impl Constrained for Raw{name} {{ type Valid = {name}; \
         fn check(&self, {path}: Path<'_>, {v}: &mut Violations) {{ {checks} }} \
         fn build(self) -> {name} {{ {name} {{ {build} }} }} }}\n\n"
    ))
}

/// How a member stands in the audit record: in lower camel case; blobs, sensitive members and tokens never.
fn recorded(model: &Model, member: &Member) -> Result<String> {
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
fn note(model: &Model, member: &Member) -> Result<String> {
    let (min, max) = model.bounds(&member.shape)?;
    let mut note = String::new();
    if let (Some(min), Some(max)) = (min, max) {
        note = format!(", {min} to {max}");
        note += if matches!(model.kind(&member.shape)?, Kind::Integer) { "" } else { " long" };
    }
    Ok(note)
}

fn member_checks(model: &Model, member: &Member) -> Result<String> {
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

fn value_checks(model: &Model, shape: &str) -> Result<String> {
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
            let count = if sensitive { "value.expose().chars().count()" } else { "value.chars().count()" };
            out += &length(shown, count);
            if let Some((pattern, checker)) = pattern {
                let text = if sensitive { "value.expose()" } else { "value" };
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
        Kind::Boolean | Kind::Time | Kind::Map => {}
    }
    Ok(out)
}

fn build_member(model: &Model, member: &Member) -> Result<String> {
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

fn output_structure(model: &Model, shape: &str, name: &str, doc: &str) -> Result<String> {
    let mut fields = String::new();
    for member in model.members(shape)? {
        let kind = rust_type(model, &member.shape, Form::Output)?;
        let rename = &member.name;
        write!(
            fields,
            "/// `{rename}`.\n#[serde(rename = \"{rename}\", skip_serializing_if = \"Option::is_none\")]\npub {}: Option<{kind}>,\n",
            snake(rename)
        )?;
    }
    Ok(format!(
        "/// {doc}\n#[derive(Clone, Debug, Default, Serialize)]\npub struct {name} {{\n{fields}}}\n\n"
    ))
}

/// Which form of a structure is meant.
#[derive(Clone, Copy)]
enum Form {
    Raw,
    Valid,
    Output,
}

fn rust_type(model: &Model, shape: &str, form: Form) -> Result<String> {
    Ok(match model.kind(shape)? {
        Kind::Text { sensitive: true, .. } => "SensitiveText".to_owned(),
        Kind::Text { .. } => "String".to_owned(),
        Kind::Blob { sensitive: true } => "SensitiveBlob".to_owned(),
        Kind::Blob { .. } => "Blob".to_owned(),
        Kind::Integer => "i64".to_owned(),
        Kind::Boolean => "bool".to_owned(),
        Kind::Time => "Time".to_owned(),
        Kind::Map => "TextMap".to_owned(),
        Kind::List { member } => format!("Vec<{}>", rust_type(model, &member, form)?),
        Kind::Structure => match form {
            Form::Raw => format!("crate::shape::Raw{shape}"),
            Form::Valid => format!("crate::shape::{shape}"),
            Form::Output => {
                let place = model.nested()?.get(shape).copied().unwrap_or_default();
                format!("crate::shape::{}", output_name(shape, place))
            }
        },
    })
}

fn error_codes(model: &Model) -> String {
    let mut out = format!(
        "//! The names of all errors and their HTTP statuses: one table, chosen nowhere else.\n//!\n{ORIGIN}"
    );
    let errors = model.errors();
    out += "/// The name of an error on the wire.\n#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]\npub enum ErrorCode {\n";
    for name in errors.keys() {
        out += &format!("/// `{name}`.\n{},\n", error_variant(name));
    }
    out += "}\n\nimpl ErrorCode {\n/// The name on the wire.\npub const fn name(self) -> &'static str { match self {\n";
    for name in errors.keys() {
        out += &format!("Self::{} => \"{name}\",\n", error_variant(name));
    }
    out += "} }\n\n/// The HTTP status.\npub const fn status(self) -> u16 { match self {\n";
    for (name, status) in errors.iter().filter(|(_, status)| **status != 400) {
        out += &format!("Self::{} => {status},\n", error_variant(name));
    }
    out += "_ => 400,\n} } }\n";
    out
}

fn error_variant(name: &str) -> &str {
    name.strip_suffix("Exception").unwrap_or(name)
}

/// `GenerateDataKey` to `generate_data_key`, `KMSKey` to `kms_key`.
fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (i, c) in letters.iter().enumerate() {
        let after_lower = i > 0 && !letters[i - 1].is_uppercase();
        let before_lower = i > 0 && letters.get(i + 1).is_some_and(|next| next.is_lowercase());
        if c.is_uppercase() && (after_lower || before_lower) {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// `KeyId` to `keyId`, `AWSAccountId` to `awsAccountId`.
fn lower_camel(name: &str) -> String {
    let upper = name.chars().take_while(|c| c.is_uppercase()).count();
    let lowered = if upper > 1 { upper - 1 } else { 1 };
    name.chars().enumerate().map(|(i, c)| if i < lowered { c.to_ascii_lowercase() } else { c }).collect()
}
