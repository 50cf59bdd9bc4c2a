//! Names and types of the model in Rust.

use super::model::{Kind, Model, Place};
use anyhow::Result;

/// Which form of a structure is meant.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    Raw,
    Valid,
    Output,
}

pub(crate) fn rust_type(model: &Model<'_>, shape: &str, form: Form) -> Result<String> {
    let module = model.wire.module;
    Ok(match model.kind(shape)? {
        Kind::Text { sensitive: true, .. } => "SensitiveText".to_owned(),
        Kind::Text { .. } => "String".to_owned(),
        Kind::Blob { sensitive: true } => "SensitiveBlob".to_owned(),
        Kind::Blob { .. } => "Blob".to_owned(),
        Kind::Integer => "i64".to_owned(),
        Kind::Boolean => "bool".to_owned(),
        Kind::Time => "Time".to_owned(),
        Kind::Map { .. } if !model.wire.is_query() => "TextMap".to_owned(),
        Kind::Map { value } => format!("BTreeMap<String, {}>", rust_type(model, &value, form)?),
        Kind::List { member } => format!("Vec<{}>", rust_type(model, &member, form)?),
        Kind::Structure => match form {
            Form::Raw if model.wire.is_query() => format!("{module}::shape::Raw{shape}"),
            Form::Raw => format!("Structure<{module}::shape::Raw{shape}>"),
            Form::Valid => format!("{module}::shape::{shape}"),
            Form::Output => {
                let place = model.nested()?.get(shape).copied().unwrap_or_default();
                format!("{module}::shape::{}", output_name(shape, place))
            }
        },
    })
}

/// The name of a structure as outputs hold it.
pub(crate) fn output_name(name: &str, place: Place) -> String {
    if place.input { format!("{name}Output") } else { name.to_owned() }
}

pub(crate) fn error_variant(name: &str) -> &str {
    name.strip_suffix("Exception").unwrap_or(name)
}

/// `GenerateDataKey` to `generate_data_key`, `KMSKey` to `kms_key`.
pub(crate) fn snake(name: &str) -> String {
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
pub(crate) fn lower_camel(name: &str) -> String {
    let upper = name.chars().take_while(|c| c.is_uppercase()).count();
    let lowered = if upper > 1 { upper - 1 } else { 1 };
    name.chars().enumerate().map(|(i, c)| if i < lowered { c.to_ascii_lowercase() } else { c }).collect()
}
