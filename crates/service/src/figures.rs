//! The figures that operators live by: counted while the service serves, gathered when somebody asks.
//!
//! `requests` is on the path of every request: arrays that are indexed by numbers (`operation`, `outcomes`), a part for
//! each thread, relaxed additions, no lock, no map and no allocation. Everything else is read when it is asked for.
//! `catalogue` has every metric there is; docs/metrics.md says the same to people, and a test compares them.

pub mod catalogue;
mod family;
mod gather;
mod operation;
mod outcomes;
mod requests;

pub use family::{Family, Kind, Metric, Reading, as_json, as_text};
pub use operation::OperationNumber;

pub(crate) use requests::Requests;
