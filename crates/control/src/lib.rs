//! The channel between the supervisor and the front, those to and from fetcher and courier, and that to the token
//! worker: what crosses them, and how.
//!
//! A stream socket pair, blocking on both sides. Each message is a little-endian `u32` length and that many
//! bytes of JSON; descriptors travel with the first byte of the message that names them. The supervisor
//! treats the front as a process that may be broken into: every message it takes is bounded and typed.

mod audit_act;
mod channel;
mod delivering;
mod fetching;
mod message;
mod operator_fault;
mod process_figures;
mod root_key_step;
mod secret_text;
mod socket_path;
mod start_front;
mod token_worker;

pub use audit_act::AuditAct;
pub use channel::{Channel, ChannelError, MESSAGE_BYTES_MAX};
pub use delivering::{
    Dial, Dialled, ForCourier, FromCourier, LostSpans, SinkNews, SinkSetting, SinkState, StartCourier,
    ToCourier, WitnessSaid, WitnessSetting,
};
pub use fetching::{IssuerSetting, KeyNews, KeysWanted, StartFetcher, ToFetcher};
pub use message::{CustodyNews, FromFront, OperatorRequest, ToFront};
pub use operator_fault::OperatorFault;
pub use process_figures::ProcessFigures;
pub use root_key_step::{RootKeyLaid, RootKeyStep};
pub use secret_text::SecretText;
pub use socket_path::{SOCKET_PATH_BYTES_MAX, SocketPath};
pub use start_front::{AuditDurability, AuditRetention, QuotaSetting, StartFront, TlsIdentity, TlsMinimum};
pub use token_worker::{FromTokenWorker, StartTokenWorker, ToTokenWorker};
