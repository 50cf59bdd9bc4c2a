//! The straight line from a received request to its answer.
//!
//! `ls` is the path: `route` -> `authenticate` -> `line` (audit reserved, decoded) -> `locate` -> `authorize` ->
//! `usable` -> `ops` (perform) -> `recording` (audit closed) -> `release` -> `encode`. Each station hands on a
//! proof that the next one asks for, so none can be skipped. The checks are numbered in
//! docs/order-of-checks.md, in the order in which they are made; the code cites those numbers (A6, C3, D5).

mod anchor;
mod anchoring;
mod attended;
mod authenticate;
mod authorize;
mod backup;
mod births;
mod bootstrap;
mod call;
mod checkpoints;
mod clock;
mod clock_watch;
mod clusters;
mod complaints;
mod custody;
mod denials;
mod due;
mod encode;
mod evidence;
mod fault;
mod faulted;
pub mod figures;
mod forgetful;
mod iam;
mod kept;
mod key_use;
mod last_use;
mod line;
mod locate;
mod log_keeping;
mod marker;
mod messages;
mod mfa_refusals;
mod operator;
mod ops;
mod parts;
mod passages;
mod provider_keys;
mod query;
mod quota;
mod readiness;
mod received;
mod recording;
mod release;
mod replays;
mod restored;
mod rewrap;
mod route;
mod scrub;
mod selector;
mod served;
mod service;
mod session;
mod signing;
mod state;
mod strangers;
mod traces;
mod usable;
mod web_identity;
mod witnessing;

pub use anchor::{AnchorGiven, AnchorWork, RolledBack};
pub use anchoring::{AnchorKeeper, Keeping};
pub use backup::BackupMade;
pub use bootstrap::{FirstStart, RootCredentials, StartError};
pub use checkpoints::CheckpointWork;
pub use clock::ClockAccepted;
pub use clusters::{ClusterShown, StoreShown};
pub use custody::{ActDone, DomainKeyShown, RecoveryShown, RootShown, VaultShown};
pub use due::DueWork;
pub use iam::built_queries;
pub use log_keeping::LogAct;
pub use messages::MESSAGE_BLOCK;
pub use operator::{
    ANSWER_BYTES_MAX, AccessKeyMade, AccountContents, AccountShown, DenialExplained, Explained, GrantShown,
    KeyUsage, LastUseShown, OperatorError, OtherGrantee, OtherPrincipal, Principal, ProposedRootKey,
    Simulation, Status, UnusedKey, UnusedKeys, WhoCan, fitting,
};
pub use ops::built_operations;
pub use provider_keys::{JWKS_BYTES_MAX, Jwks, JwksError, KeySetShown, NoProviderKeys, ProviderKeys};
pub use quota::{Hold, QuotaClass, QuotaError, QuotaScope, Quotas, Rate, Sending};
pub use readiness::{Readiness, Reason};
pub use received::{Received, Response, TlsFacts};
pub use rewrap::RewrapWork;
pub use route::changes_nothing;
pub use scrub::Scrubbed;
pub use service::{Parts, Service};
pub use traces::{SpanSink, Traces};
pub use witnessing::WitnessFault;
