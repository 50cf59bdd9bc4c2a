//! The audit record: CloudTrail-shaped entries in an append-only log of segments.
//!
//! `record` is what an entry says, `line` how it lies in a file, `disk` where the files are (replaced in tests),
//! `scan` what is read at start, `log` the face that requests use, `writer` and `syncer` the two threads
//! behind it, `figures` what they count. Bytes: docs/on-disk-format.md. Nothing is ever rewritten.

mod disk;
mod figures;
mod gather;
mod line;
mod log;
mod record;
mod scan;
mod syncer;
mod text;
mod writer;

pub use disk::{Disk, RealDisk, SegmentFile, SegmentInfo};
pub use figures::AuditFigures;
pub use line::{Intent, Kind, LINE_BYTES_MAX};
pub use log::{AuditError, AuditLog, Durability, Pending, Purpose, Settings, Status};
pub use record::{EventType, IdentityType, Json, Record, Resource, TlsDetails, UserIdentity, event_time};
pub use scan::OpenIntent;
