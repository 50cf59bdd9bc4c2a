//! The straight line from a received request to its answer.
//!
//! `ls` is the path: `route` -> `authenticate` -> `line` (audit reserved, decoded) -> `locate` -> `authorize` ->
//! `usable` -> `ops` (perform) -> `recording` (audit closed) -> `release` -> `encode`. Each station hands on a
//! proof that the next one asks for, so none can be skipped. The order of checks is numbered in
//! docs/order-of-checks.md.

mod authenticate;
mod authorize;
mod bootstrap;
mod call;
mod due;
mod encode;
mod fault;
mod line;
mod locate;
mod marker;
mod messages;
mod operator;
mod ops;
mod query;
mod received;
mod recording;
mod release;
mod route;
mod selector;
mod service;
mod state;
mod strangers;
mod usable;

pub use bootstrap::{FirstStart, RootCredentials, StartError};
pub use due::DueWork;
pub use operator::{AccessKeyMade, OperatorError, Status};
pub use ops::built_operations;
pub use received::{Received, Response, TlsFacts};
pub use service::{Parts, Service};
