//! The service model and the overlay, as far as the generator needs them.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// The pinned service model.
const MODEL: &str = "model/kms-2014-11-01.json";

/// The facts that the model lacks.
const OVERLAY: &str = "model/overlay.toml";

/// Model and overlay.
pub(crate) struct Model {
    pub(crate) operations: BTreeMap<String, Operation>,
    shapes: serde_json::Map<String, Value>,
    patterns: BTreeMap<String, String>,
    unmodelled: Vec<String>,
    status: BTreeMap<String, u16>,
}

/// One operation.
pub(crate) struct Operation {
    pub(crate) input: String,
    pub(crate) output: Option<String>,
    pub(crate) errors: Vec<String>,
}

/// One member of a structure.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) shape: String,
    pub(crate) required: bool,
}

/// Where a structure stands.
#[derive(Clone, Copy, Default)]
pub(crate) struct Place {
    pub(crate) input: bool,
    pub(crate) output: bool,
}

/// What a shape is.
pub(crate) enum Kind {
    Text { pattern: Option<(String, String)>, values: Vec<String>, sensitive: bool },
    Blob { sensitive: bool },
    Integer,
    Boolean,
    Time,
    Map,
    List { member: String },
    Structure,
}

impl Model {
    pub(crate) fn load(root: &Path) -> Result<Self> {
        let model: Value = serde_json::from_str(&std::fs::read_to_string(root.join(MODEL)).context(MODEL)?)?;
        let overlay: toml::Table = std::fs::read_to_string(root.join(OVERLAY)).context(OVERLAY)?.parse()?;
        let shapes = model["shapes"].as_object().context("shapes")?.clone();
        let operations = model["operations"].as_object().context("operations")?;
        let operations = operations.iter().map(|(name, o)| (name.clone(), Operation::read(o))).collect();
        let errors = &overlay["errors"];
        let unmodelled = errors["unmodelled"].as_array().context("errors.unmodelled")?;
        let unmodelled = unmodelled.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect();
        let status = errors["status"].as_table().context("errors.status")?;
        let status = status.iter().filter_map(|(k, v)| Some((k.clone(), v.as_integer()? as u16))).collect();
        let patterns = overlay["patterns"].as_table().context("patterns")?;
        let patterns =
            patterns.iter().filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned()))).collect();
        Ok(Self { operations, shapes, patterns, unmodelled, status })
    }

    fn shape(&self, name: &str) -> Result<&Value> {
        self.shapes.get(name).with_context(|| format!("no shape {name}"))
    }

    pub(crate) fn kind(&self, name: &str) -> Result<Kind> {
        let shape = self.shape(name)?;
        let sensitive = shape["sensitive"].as_bool().unwrap_or(false);
        Ok(match shape["type"].as_str().context("type")? {
            "string" => {
                Kind::Text { pattern: self.pattern(shape)?, values: texts(&shape["enum"]), sensitive }
            }
            "blob" => Kind::Blob { sensitive },
            "integer" => Kind::Integer,
            "boolean" => Kind::Boolean,
            "timestamp" => Kind::Time,
            "map" => Kind::Map,
            "list" => Kind::List { member: shape["member"]["shape"].as_str().context("member")?.to_owned() },
            "structure" => Kind::Structure,
            other => bail!("shape {name} has the unknown type {other}"),
        })
    }

    /// The pattern's text and its checker.
    fn pattern(&self, shape: &Value) -> Result<Option<(String, String)>> {
        let Some(pattern) = shape["pattern"].as_str() else { return Ok(None) };
        let checker = self.patterns.get(pattern).with_context(|| format!("no checker for {pattern}"))?;
        Ok(Some((pattern.to_owned(), checker.clone())))
    }

    /// Smallest and largest length or value.
    pub(crate) fn bounds(&self, name: &str) -> Result<(Option<i64>, Option<i64>)> {
        let shape = self.shape(name)?;
        Ok((shape["min"].as_i64(), shape["max"].as_i64()))
    }

    pub(crate) fn members(&self, name: &str) -> Result<Vec<Member>> {
        let shape = self.shape(name)?;
        let required = texts(&shape["required"]);
        let members = shape["members"].as_object().with_context(|| format!("members of {name}"))?;
        let member = |(name, member): (&String, &Value)| {
            let shape = member["shape"].as_str().context("shape of a member")?.to_owned();
            Ok(Member { name: name.clone(), shape, required: required.contains(name) })
        };
        members.iter().map(member).collect()
    }

    /// Structures that stand inside inputs and outputs.
    pub(crate) fn nested(&self) -> Result<BTreeMap<String, Place>> {
        let mut found = BTreeMap::new();
        for operation in self.operations.values() {
            self.collect(&operation.input, true, &mut found)?;
            if let Some(output) = &operation.output {
                self.collect(output, false, &mut found)?;
            }
        }
        Ok(found)
    }

    fn collect(&self, structure: &str, input: bool, found: &mut BTreeMap<String, Place>) -> Result<()> {
        for member in self.members(structure)? {
            let mut shape = member.shape;
            if let Kind::List { member } = self.kind(&shape)? {
                shape = member;
            }
            if matches!(self.kind(&shape)?, Kind::Structure) {
                let place = found.entry(shape.clone()).or_default();
                place.input |= input;
                place.output |= !input;
                self.collect(&shape, input, found)?;
            }
        }
        Ok(())
    }

    /// Every error name with its HTTP status, sorted.
    pub(crate) fn errors(&self) -> BTreeMap<String, u16> {
        let modelled = self.shapes.iter().filter(|(_, s)| s["exception"] == true).map(|(name, _)| name);
        let status = |name: &String| (name.clone(), self.status.get(name).copied().unwrap_or(400));
        modelled.chain(&self.unmodelled).map(status).collect()
    }
}

impl Operation {
    fn read(value: &Value) -> Self {
        let shape = |v: &Value| v["shape"].as_str().map(str::to_owned);
        let errors = value["errors"].as_array().map(|e| e.iter().filter_map(shape).collect());
        Self {
            input: shape(&value["input"]).unwrap_or_default(),
            output: shape(&value["output"]),
            errors: errors.unwrap_or_default(),
        }
    }
}

fn texts(value: &Value) -> Vec<String> {
    let list =
        value.as_array().map(|list| list.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect());
    list.unwrap_or_default()
}
