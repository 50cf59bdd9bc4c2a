//! STS, version 2011-06-15: its operations and shapes on the query protocol, generated from the service model.

pub mod operation;
pub mod shape;
