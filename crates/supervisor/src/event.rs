//! What can happen: whatever others have to say to the supervisor's loop comes as one of these.

use crate::SupervisorError;
use crate::operator_socket::OperatorCall;
use crate::tpm_root::TpmSaid;
use strongroom_control::{FromFront, FromTokenWorker, RootKeyLaid, ToFront};
use strongroom_vault_protocol::{FromVault, RootSecret};

/// What can happen. Numbers are generations: what a child said before it died is not taken from its successor.
pub(crate) enum Event {
    FromFront(u64, FromFront),
    FrontGone(u64),
    FromVault(u64, FromVault),
    VaultGone(u64),
    FetcherGone(u64),
    CourierGone(u64),
    FromToken(u64, FromTokenWorker),
    TokenGone(u64),
    /// What a TPM said that was asked for the root of a vault that is to be started.
    RootForStart(Result<RootSecret, SupervisorError>),
    /// What it said that was asked for an act of custody, and the number of that question.
    TpmSaid(u64, TpmSaid),
    /// What came of laying a root access key that this front had laid.
    RootKeyLaid(u64, RootKeyLaid),
    /// What came of keeping something that this front waits for.
    ForFront(u64, ToFront),
    Operator(OperatorCall),
    /// Somebody says that the operator's own certificate was replaced.
    CertificateReplaced,
    Stop,
}
