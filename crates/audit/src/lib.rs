//! The audit record: CloudTrail-shaped entries in an append-only log of segments, which is one Merkle log.
//!
//! `record` is what an entry says, `line` how it lies in a file, `disk` where the files are (replaced in tests),
//! `log` the face that requests use, `shared` what it and the threads behind it share: `writer`, `syncer`, `tree` and
//! `sealing`; `handover` is what the writer hashed for the tree;
//! `spare` keeps the buffers of records. `figures` is what they count, `stall` whether the disk keeps them. `merkle` has the tree, `note` and `checkpoint` what the vault signs of it, `log_keys` by
//! whose signatures, `proof_text` a proof that stands alone. `reader` walks over the lines, `state` is what is carried
//! along, `scan` what a start looks at, `verify` what an auditor does, `witness` who else has seen a checkpoint,
//! `retention` how long segments stay, `thinning` which checkpoints, `cosigned_thinning` which signatures of witnesses,
//! `beside` what else counts towards the budget, `keeping` what an operator does to all that. Bytes: docs/on-disk-format.md and docs/audit.md. Nothing is ever rewritten.
//!
//! What is written is read through `segments`, and what is compressed through `sealed` below it: `query` finds records,
//! `index` makes that quick, `usage` counts what a key was used for, `view` is a line as they see it.

mod beside;
mod checkpoint;
mod cosigned_thinning;
mod disk;
mod figures;
mod gather;
mod handover;
mod index;
mod keeping;
mod line;
mod log;
mod log_keys;
#[cfg(test)]
mod memory_files;
#[cfg(test)]
mod memory_source;
pub mod merkle;
mod note;
mod proof_text;
mod provable;
mod query;
mod reader;
mod record;
mod replacing;
mod retention;
mod scan;
mod sealed;
mod sealing;
mod segments;
mod shared;
mod spare;
mod stall;
mod state;
mod syncer;
mod text;
mod thinning;
mod tree;
mod usage;
pub mod verify;
mod view;
mod witness;
mod writer;

pub use checkpoint::{Checkpoint, CheckpointError, Notes, Standing};
pub use disk::{Disk, FilesBeside, RealDisk, SegmentFile, SegmentInfo};
pub use figures::AuditFigures;
pub use index::{IndexKeeper, Kept};
pub use keeping::{WitnessRequest, WitnessRequestError};
pub use line::{Gap, Intent, IntentCaller, KeyUses, Kind, LINE_BYTES_MAX};
pub use log::{AuditError, AuditLog, Durability, Opened, Pending, Purpose, Settings, Status};
pub use log_keys::LogKeys;
pub use note::{NOTE_BYTES_MAX, NoteAlgorithm, NoteError, NoteSignature, SignedNote, VerifierKey, cosigned};
pub use proof_text::{BadProof, RecordProof};
pub use query::{Bounds, Flow, Hit, Outcome, Page, Position, Query, Stop, page, visit};
pub use reader::{Line, LineFault, LineWrong, WalkEnd, WalkError, text_member, walk};
pub use record::{
    EventTime, EventType, IdentityType, Json, Record, Resource, TlsDetails, UserIdentity, answered_time,
    event_seconds, event_time,
};
pub use retention::{Hold, HoldError, Pruned, Retention, add_hold, holds, keep_holds, remove_hold};
pub use scan::{Closed, OpenIntent};
pub use sealed::compress as compress_lines;
pub use segments::{Segment, SegmentBytes, SegmentFolder, SegmentSource};
pub use state::{LogState, Seal, beginning, seals};
pub use thinning::Thinned;
pub use tree::TreeHead;
pub use usage::{Usage, Use, UseCount, is_use};
pub use view::{IdentityView, IssuerView, LineView, RecordView, ResourceView, SessionView, record_text};
pub use witness::{
    WITNESSES, Witness, WitnessError, WitnessedHead, accept_cosignature, add_witness, cosignatures,
    keep_witnesses, remove_witness, witnesses,
};
