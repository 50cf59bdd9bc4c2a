//! What is in force, and what could not be.

use std::fmt;

/// A measure that every supported kernel has could not be taken: the process must not go on.
#[derive(Debug, thiserror::Error)]
#[error("confinement failed at {measure}: {cause}")]
pub struct ConfineError {
    measure: &'static str,
    cause: String,
}

impl ConfineError {
    /// Names the measure and what went wrong.
    pub(crate) fn at(measure: &'static str) -> impl Fn(&dyn fmt::Display) -> Self {
        move |cause| Self { measure, cause: cause.to_string() }
    }
}

/// One measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Its name.
    pub name: &'static str,
    /// `None` when it is in force, else why it is not, or not fully.
    pub lacking: Option<String>,
}

/// Every measure that was taken or tried, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The measures.
    pub measures: Vec<Measure>,
}

impl Report {
    pub(crate) fn in_force(&mut self, name: &'static str) {
        self.measures.push(Measure { name, lacking: None });
    }

    pub(crate) fn lacking(&mut self, name: &'static str, why: impl fmt::Display) {
        self.measures.push(Measure { name, lacking: Some(why.to_string()) });
    }

    pub(crate) fn note(&mut self, name: &'static str, outcome: Result<(), impl fmt::Display>) {
        match outcome {
            Ok(()) => self.in_force(name),
            Err(why) => self.lacking(name, why),
        }
    }

    /// The measures that are not, or not fully, in force.
    pub fn absent(&self) -> impl Iterator<Item = &Measure> {
        self.measures.iter().filter(|measure| measure.lacking.is_some())
    }
}

/// One line: `in force: a, b; lacking: c (why)`.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.measures.iter().filter(|m| m.lacking.is_none()).map(|m| m.name).collect();
        write!(f, "in force: {}", names.join(", "))?;
        for (i, measure) in self.absent().enumerate() {
            let lead = if i == 0 { "; lacking: " } else { ", " };
            write!(f, "{lead}{} ({})", measure.name, measure.lacking.as_deref().unwrap_or_default())?;
        }
        Ok(())
    }
}
