//! Rust text of operations and shapes: which files there are, and what frames inputs and outputs.

use super::input::input_structure;
use super::model::{Model, Place};
use super::output::{output_structure, output_test};
use super::rust::{error_variant, output_name, snake};
use anyhow::Result;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The first line of every generated file, after its `//!`.
pub(crate) const ORIGIN: &str =
    "//! Generated from the service model by `cargo xtask codegen`: do not edit.\n\n";

/// Every generated operation and shape of one service: path from the root, unformatted text.
pub(crate) fn all(model: &Model<'_>) -> Result<BTreeMap<String, String>> {
    let folder = model.wire.folder;
    let mut files = BTreeMap::new();
    let mut names = Vec::new();
    for name in model.operations.keys() {
        let file = snake(name);
        files.insert(format!("{folder}/operation/{file}.rs"), operation(model, name)?);
        names.push((file, name.clone()));
    }
    files.insert(format!("{folder}/operation/mod.rs"), operation_list(&names));
    let mut shapes = Vec::new();
    for (name, place) in model.nested()? {
        let file = snake(&name);
        files.insert(format!("{folder}/shape/{file}.rs"), shape(model, &name, place)?);
        shapes.push((file, name, place));
    }
    files.insert(format!("{folder}/shape/mod.rs"), shape_list(&shapes));
    Ok(files)
}

/// Where a generated file finds what it stands on.
fn prelude(model: &Model<'_>) -> &'static str {
    if model.wire.is_query() { "use crate::query::prelude::*;\n\n" } else { "use crate::prelude::*;\n\n" }
}

fn operation(model: &Model<'_>, name: &str) -> Result<String> {
    let operation = &model.operations[name];
    let page =
        format!("<https://docs.aws.amazon.com/{}/latest/APIReference/API_{name}.html>", model.wire.page);
    let mut out =
        format!("//! `{name}`: input, output, constraints and errors.\n//!\n//! {page}\n//!\n{ORIGIN}");
    out += prelude(model);
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
    out += &operation_facts(model, name, &output)?;
    if operation.output.is_some() && !model.wire.is_query() {
        out += &output_test(&output);
    }
    Ok(out)
}

/// The implementation of the operation's trait.
fn operation_facts(model: &Model<'_>, name: &str, output: &str) -> Result<String> {
    let operation = &model.operations[name];
    let types = format!("type Input = {name}Input; type Output = {output};");
    if !model.wire.is_query() {
        let errors: Vec<String> =
            operation.errors.iter().map(|e| format!("ErrorCode::{}", error_variant(e))).collect();
        return Ok(format!(
            "impl Operation for {name} {{ const NAME: &'static str = \"{name}\"; {types} \
             const ERRORS: &'static [ErrorCode] = &[{}]; \
             fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {{ decode_body::<Raw{name}Input, _>(body) }} }}",
            errors.join(", ")
        ));
    }
    let mut errors = Vec::new();
    for error in &operation.errors {
        errors.push(format!("QueryErrorCode::{}", model.error_code(error)?));
    }
    let (service, errors) = (model.wire.service, errors.join(", "));
    Ok(format!(
        "impl QueryOperation for {name} {{ const SERVICE: QueryService = QueryService::{service}; \
         const NAME: &'static str = \"{name}\"; const RESULT: Option<&'static str> = {:?}; {types} \
         const ERRORS: &'static [QueryErrorCode] = &[{errors}]; \
         fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {{ decode_form::<Raw{name}Input>(form) }} }}",
        operation.result
    ))
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

fn shape(model: &Model<'_>, name: &str, place: Place) -> Result<String> {
    let mut out = format!("//! The structure `{name}`.\n//!\n{ORIGIN}{}", prelude(model));
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
