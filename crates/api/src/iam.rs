//! IAM, version 2010-05-08: its operations and shapes on the query protocol, generated from the service model.

pub mod operation;
pub mod shape;
