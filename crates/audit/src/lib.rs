//! The audit record: CloudTrail-shaped entries in an append-only log of segments.
//!
//! `record` is what an entry says, `line` how it lies in a file, `disk` where the files are (replaced in tests),
//! `scan` what is read at start, `log` the face that requests use, `writer` and `syncer` the two threads
//! behind it, `figures` what they count. Bytes: docs/on-disk-format.md. Nothing is ever rewritten.
//!
//! What is written is read through `segments`, and what is compressed through `sealed` below it: `query` finds records,
//! `index` makes that quick, `usage` counts what a key was used for, `view` is a line as they see it.

mod disk;
mod figures;
mod gather;
mod index;
mod line;
mod log;
#[cfg(test)]
mod memory_source;
mod query;
mod record;
mod scan;
mod sealed;
mod segments;
mod syncer;
mod text;
mod usage;
mod view;
mod writer;

pub use disk::{Disk, RealDisk, SegmentFile, SegmentInfo};
pub use figures::AuditFigures;
pub use index::{IndexKeeper, Kept};
pub use line::{Intent, Kind, LINE_BYTES_MAX};
pub use log::{AuditError, AuditLog, Durability, Pending, Purpose, Settings, Status};
pub use query::{Bounds, Flow, Hit, Outcome, Page, Position, Query, Stop, page, visit};
pub use record::{
    EventType, IdentityType, Json, Record, Resource, TlsDetails, UserIdentity, event_seconds, event_time,
};
pub use scan::OpenIntent;
pub use sealed::compress as compress_lines;
pub use segments::{Segment, SegmentBytes, SegmentFolder, SegmentSource};
pub use usage::{Usage, Use, UseCount, is_use};
pub use view::{IdentityView, IssuerView, LineView, RecordView, ResourceView, SessionView, record_text};
