//! The process line to the vault: frames, typed commands and the front's client.
//!
//! Layout: `reference/vault.md` section 2, repeated in `docs/processes.md`. Two lanes, each a stream socket pair. Whoever reads takes all
//! frames that are there and answers with one write. A frame that is not exactly what it should be closes
//! the lane: one side of it has been broken into.

mod checkpoint;
mod client;
mod command;
mod cursor;
mod custody;
mod custody_message;
mod error;
mod frame;
mod keyring;
mod lane;
mod mfa_request;
mod recovery;
mod recovery_request;
mod reply;
mod request;
mod root;
mod root_key;
mod sent_key;
mod session;
mod store_request;
mod token;
mod values;

pub use checkpoint::{LogHead, ML_DSA_65_KEY_BYTES, ORIGIN_BYTES_MAX, SignedHead, VaultStanding};
pub use client::{DEADLINE_DEFAULT, InFlight, VaultClient};
pub use command::{Command, Lane};
pub use custody::CustodyChannel;
pub use custody_message::{
    ClusterLine, CustodyAct, FromVault, LaneEnds, MESSAGE_BYTES as CUSTODY_MESSAGE_BYTES, Pkcs11Line,
    ToVault, rewrite_custody_message,
};
pub use error::{MalformedFrame, VaultError};
pub use frame::{
    DecodedFrame, ReplyFrame, RequestFrame, decode_frame, decode_reply, decode_request, encode_reply,
    encode_request, split_frame,
};
pub use keyring::{ClusterId, Keyring};
pub use mfa_request::{MFA_CODE_DIGITS, MfaBinding, MfaCodes, MfaRequest, MfaStanding, NewMfaSeed};
pub use recovery::{RecoveryFacts, RecoveryRecord, ShareText};
pub use recovery_request::RecoveryRequest;
pub use reply::Reply;
pub use request::Request;
pub use root::{
    OFFER_GONE, PASSPHRASE_BYTES_MAX, PASSPHRASE_BYTES_MIN, Passphrase, ROOT_NAME_BYTES_MAX, ROOTS_MAX,
    RootKind, RootRecord, RootSecret,
};
pub use root_key::{ROOT_KEY_BYTES, RootKey};
pub use sent_key::{BackingKey, SentKey, TOKEN_ORIGIN};
pub use session::{NewSession, OpenedSession, SESSION_CLAIMS_BYTES_MAX, SealedSession, SessionRequest};
pub use store_request::{CLUSTER_BYTES_MAX, StoreRequest, StoreState};
pub use strongroom_frames::{FRAME_BYTES_MAX, FrameBuffer, HEADER_BYTES, LENGTH_BYTES, SplitFrame};
pub use token::{SESSION_TOKEN_BYTES_MAX, TokenKind, TokenText};
pub use values::{
    AccessKeyBinding, DataKey, Health, KeyBinding, MemoryKind, NewAccessKey, NewBackingKey, Pkcs11State,
    SigningScope, TokenPin,
};
