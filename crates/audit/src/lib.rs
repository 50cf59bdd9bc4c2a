//! The audit record: CloudTrail-shaped entries in an append-only log of segments, which is one Merkle log.
//!
//! `record` is what an entry says, `line` how it lies in a file, `disk` where the files are (replaced in tests),
//! `log` the face that requests use, `writer`, `syncer` and `tree` the threads behind it. `merkle` has the tree,
//! `note` and `checkpoint` what the vault signs of it, `proof_text` a proof that stands alone. `reader` walks over the
//! lines, `state` is what is carried along, `scan` what a start looks at, `verify` what an auditor does, `witness` who
//! else has seen a checkpoint, `retention` how long segments stay.
//! Bytes: docs/on-disk-format.md and docs/audit.md. Nothing is ever rewritten.

mod checkpoint;
mod disk;
mod gather;
mod line;
mod log;
pub mod merkle;
mod note;
mod proof_text;
mod provable;
mod reader;
mod record;
mod retention;
mod scan;
mod state;
mod syncer;
mod text;
mod tree;
pub mod verify;
mod witness;
mod writer;

pub use checkpoint::{Checkpoint, CheckpointError, LogKeys, Notes, Standing};
pub use disk::{Disk, RealDisk, SegmentFile, SegmentInfo};
pub use line::{Gap, Intent, KeyUses, Kind, LINE_BYTES_MAX};
pub use log::{AuditError, AuditLog, Durability, Opened, Pending, Purpose, Settings, Status};
pub use note::{NOTE_BYTES_MAX, NoteAlgorithm, NoteError, NoteSignature, SignedNote, VerifierKey, cosigned};
pub use proof_text::{BadProof, RecordProof};
pub use reader::{Line, LineFault, LineWrong, WalkEnd, WalkError, text_member, walk};
pub use record::{EventType, IdentityType, Json, Record, Resource, TlsDetails, UserIdentity, event_time};
pub use retention::{Hold, Pruned, Retention, holds, keep_holds};
pub use scan::OpenIntent;
pub use state::{LogState, Seal, beginning, seals};
pub use tree::TreeHead;
pub use witness::{
    WITNESSES, Witness, WitnessError, accept_cosignature, cosignatures, keep_witnesses, witnesses,
};
