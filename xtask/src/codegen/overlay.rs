//! The overlay: what the service models do not say.

use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::path::Path;

/// The facts that the models lack.
const OVERLAY: &str = "model/overlay.toml";

/// The overlay, read.
pub(crate) struct Overlay {
    /// Pattern of a model -> its checker in `crates/api/src/pattern.rs`.
    patterns: BTreeMap<String, String>,
    /// KMS errors that no operation lists.
    pub(crate) unmodelled: Vec<String>,
    /// KMS errors whose status is not 400.
    pub(crate) status: BTreeMap<String, u16>,
    /// Shapes of IAM and STS that are secret.
    pub(crate) secret: Vec<String>,
    /// Shapes of IAM and STS that outputs carry percent-encoded.
    pub(crate) encoded: Vec<String>,
    /// Errors of IAM and STS that no operation lists, with their statuses.
    pub(crate) query_unmodelled: BTreeMap<String, u16>,
}

impl Overlay {
    pub(crate) fn load(root: &Path) -> Result<Self> {
        let overlay: toml::Table = std::fs::read_to_string(root.join(OVERLAY)).context(OVERLAY)?.parse()?;
        let patterns = overlay["patterns"].as_table().context("patterns")?;
        let patterns =
            patterns.iter().filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned()))).collect();
        let (errors, query) = (&overlay["errors"], &overlay["query"]);
        Ok(Self {
            patterns,
            unmodelled: texts(&errors["unmodelled"]).context("errors.unmodelled")?,
            status: statuses(&errors["status"]).context("errors.status")?,
            secret: texts(&query["secret"]).context("query.secret")?,
            encoded: texts(&query["encoded"]).context("query.encoded")?,
            query_unmodelled: statuses(&query["unmodelled"]).context("query.unmodelled")?,
        })
    }

    /// The checker of a pattern; one that is not known fails the generation.
    pub(crate) fn checker(&self, pattern: &str) -> Result<&str> {
        self.patterns.get(pattern).map(String::as_str).with_context(|| format!("no checker for {pattern}"))
    }
}

fn texts(value: &toml::Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
}

fn statuses(value: &toml::Value) -> Option<BTreeMap<String, u16>> {
    let table = value.as_table()?.iter();
    table.map(|(name, status)| Some((name.clone(), u16::try_from(status.as_integer()?).ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::Overlay;
    use std::path::Path;

    #[test]
    fn unknown_pattern_fails_the_generation() {
        let overlay = Overlay::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap();
        assert_eq!(overlay.checker(r"[\w+=,.@-]+").unwrap(), "entity_name");
        assert!(overlay.checker(r"[\w+=,.@-]").is_err());
    }
}
