//! A service model, as far as the generator needs it.

use super::overlay::Overlay;
use super::wire::Wire;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// One service's model with the overlay.
pub(crate) struct Model<'a> {
    pub(crate) wire: &'a Wire,
    pub(crate) overlay: &'a Overlay,
    pub(crate) operations: BTreeMap<String, Operation>,
    shapes: serde_json::Map<String, Value>,
}

/// One operation.
pub(crate) struct Operation {
    pub(crate) input: String,
    pub(crate) output: Option<String>,
    pub(crate) result: Option<String>,
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

/// An error as the query protocol names it.
pub(crate) struct WireError {
    pub(crate) code: String,
    pub(crate) status: u16,
    pub(crate) sender: bool,
}

impl WireError {
    fn read(name: &str, error: &Value) -> Self {
        let status = error["httpStatusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
        Self {
            code: error["code"].as_str().unwrap_or(name).to_owned(),
            status: status.unwrap_or(400),
            sender: error["senderFault"].as_bool().unwrap_or(false),
        }
    }
}

/// What a shape is.
pub(crate) enum Kind {
    Text { pattern: Option<String>, values: Vec<String>, sensitive: bool },
    Blob { sensitive: bool },
    Integer,
    Boolean,
    Time,
    Map { value: String },
    List { member: String },
    Structure,
}

impl<'a> Model<'a> {
    pub(crate) fn load(root: &Path, wire: &'a Wire, overlay: &'a Overlay) -> Result<Self> {
        let text = std::fs::read_to_string(root.join(wire.model)).context(wire.model)?;
        let model: Value = serde_json::from_str(&text)?;
        let shapes = model["shapes"].as_object().context("shapes")?.clone();
        let operations = model["operations"].as_object().context("operations")?;
        let operations = operations.iter().map(|(name, o)| (name.clone(), Operation::read(o))).collect();
        Ok(Self { wire, overlay, operations, shapes })
    }

    fn shape(&self, name: &str) -> Result<&Value> {
        self.shapes.get(name).with_context(|| format!("no shape {name}"))
    }

    pub(crate) fn kind(&self, name: &str) -> Result<Kind> {
        let shape = self.shape(name)?;
        let secret = self.wire.is_query() && self.overlay.secret.iter().any(|secret| secret == name);
        let sensitive = secret || shape["sensitive"].as_bool().unwrap_or(false);
        Ok(match shape["type"].as_str().context("type")? {
            "string" => {
                let pattern = shape["pattern"].as_str().map(str::to_owned);
                Kind::Text { pattern, values: texts(&shape["enum"]), sensitive }
            }
            "blob" => Kind::Blob { sensitive },
            "integer" => Kind::Integer,
            "boolean" => Kind::Boolean,
            "timestamp" => Kind::Time,
            "map" => Kind::Map { value: shape["value"]["shape"].as_str().context("value")?.to_owned() },
            "list" => Kind::List { member: shape["member"]["shape"].as_str().context("member")?.to_owned() },
            "structure" => Kind::Structure,
            other => bail!("shape {name} has the unknown type {other}"),
        })
    }

    /// Smallest and largest length or value.
    pub(crate) fn bounds(&self, name: &str) -> Result<(Option<i64>, Option<i64>)> {
        let shape = self.shape(name)?;
        Ok((shape["min"].as_i64(), shape["max"].as_i64()))
    }

    /// The members of a structure; an operation without input has none.
    pub(crate) fn members(&self, name: &str) -> Result<Vec<Member>> {
        if name.is_empty() {
            return Ok(Vec::new());
        }
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

    /// Every error that the model has, by the name of its shape.
    pub(crate) fn errors(&self) -> impl Iterator<Item = (&String, WireError)> {
        let exceptions = self.shapes.iter().filter(|(_, shape)| shape["exception"] == true);
        exceptions.map(|(name, shape)| (name, WireError::read(name, &shape["error"])))
    }

    /// The code on the wire of an error's shape.
    pub(crate) fn error_code(&self, name: &str) -> Result<String> {
        Ok(WireError::read(name, &self.shape(name)?["error"]).code)
    }
}

impl Operation {
    fn read(value: &Value) -> Self {
        let shape = |v: &Value| v["shape"].as_str().map(str::to_owned);
        let errors = value["errors"].as_array().map(|e| e.iter().filter_map(shape).collect());
        Self {
            input: shape(&value["input"]).unwrap_or_default(),
            output: shape(&value["output"]),
            result: value["output"]["resultWrapper"].as_str().map(str::to_owned),
            errors: errors.unwrap_or_default(),
        }
    }
}

fn texts(value: &Value) -> Vec<String> {
    let list =
        value.as_array().map(|list| list.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect());
    list.unwrap_or_default()
}
