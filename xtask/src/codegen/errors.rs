//! Rust text of the two error tables.

use super::emit::ORIGIN;
use super::model::Model;
use super::overlay::Overlay;
use super::rust::error_variant;
use anyhow::{Result, bail};
use std::collections::BTreeMap;

/// The errors of KMS: names and statuses.
pub(crate) fn error_codes(model: &Model<'_>, overlay: &Overlay) -> String {
    let mut out = format!(
        "//! The names of all errors and their HTTP statuses: one table, chosen nowhere else.\n//!\n{ORIGIN}"
    );
    let names = model.errors().map(|(name, _)| name).chain(&overlay.unmodelled);
    let status = |name: &String| (name.clone(), overlay.status.get(name).copied().unwrap_or(400));
    let errors: BTreeMap<String, u16> = names.map(status).collect();
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

/// The errors of IAM and STS: codes, statuses and whose fault they are.
pub(crate) fn query_error_codes(models: &[Model<'_>], overlay: &Overlay) -> Result<String> {
    let errors = query_errors(models, overlay)?;
    let mut out = format!(
        "//! The errors of IAM and STS, their HTTP statuses and whose fault they are: one table, chosen nowhere else.\n//!\n{ORIGIN}\
         use crate::query::Side;\n\n"
    );
    out += "/// The code of an error on the wire; the variants are the codes.\n#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]\npub enum QueryErrorCode {\n";
    for code in errors.keys() {
        out += &format!("/// `{code}`.\n{code},\n");
    }
    out += "}\n\nimpl QueryErrorCode {\n/// The code on the wire.\npub const fn name(self) -> &'static str { match self {\n";
    for code in errors.keys() {
        out += &format!("Self::{code} => \"{code}\",\n");
    }
    out += "} }\n\n/// The HTTP status.\npub const fn status(self) -> u16 { match self {\n";
    for (code, (status, _)) in errors.iter().filter(|(_, (status, _))| *status != 400) {
        out += &format!("Self::{code} => {status},\n");
    }
    out += "_ => 400,\n} }\n\n/// Whose fault it is.\npub const fn side(self) -> Side { match self {\n";
    let receivers: Vec<String> =
        errors.iter().filter(|(_, (_, sender))| !sender).map(|(code, _)| format!("Self::{code}")).collect();
    out += &format!("{} => Side::Receiver,\n_ => Side::Sender,\n}} }} }}\n", receivers.join(" | "));
    Ok(out)
}

/// Code -> status, and whether it is the sender's fault. The two models and the overlay must not disagree.
fn query_errors(models: &[Model<'_>], overlay: &Overlay) -> Result<BTreeMap<String, (u16, bool)>> {
    let mut errors: BTreeMap<String, (u16, bool)> = BTreeMap::new();
    let modelled = models.iter().filter(|model| model.wire.is_query()).flat_map(Model::errors);
    let modelled = modelled.map(|(_, error)| (error.code, (error.status, error.sender)));
    let unmodelled =
        overlay.query_unmodelled.iter().map(|(code, status)| (code.clone(), (*status, *status < 500)));
    for (code, facts) in modelled.chain(unmodelled) {
        if errors.insert(code.clone(), facts).is_some_and(|before| before != facts) {
            bail!("the models and the overlay disagree on the error {code}");
        }
    }
    Ok(errors)
}
