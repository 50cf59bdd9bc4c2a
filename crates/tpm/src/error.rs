//! What can go wrong with a TPM, said so that an operator knows what to do.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// The TPM cannot be used. The texts are for the operator and hold no secret.
#[derive(Debug, thiserror::Error)]
pub enum TpmError {
    /// Nothing is at the path.
    #[error("there is no TPM at {}: the machine has none, it is switched off in the firmware, or its driver is not loaded", .0.display())]
    NoDevice(PathBuf),
    /// The device is there and not for us.
    #[error("no permission to use {}: the service's user must be in the device's group (tss on most systems)", .0.display())]
    NoPermission(PathBuf),
    /// Something else is at the path.
    #[error("{} is neither a TPM's device nor the socket of a software TPM", .0.display())]
    NotADevice(PathBuf),
    /// The device does not take a command, or gives no answer.
    #[error("the TPM's device fails: {0}")]
    Io(io::Error),
    /// No answer in time, or no place in its queue.
    #[error("the TPM does not answer: it hangs, or is busy with another's commands")]
    Silent,
    /// An answer that is none.
    #[error("the TPM's answer cannot be read ({0})")]
    Malformed(&'static str),
    /// The TPM protects itself from guessing.
    #[error(
        "the TPM is locked out after too many wrong passwords: it opens again after a while, or with tpm2_dictionarylockout"
    )]
    Lockout,
    /// Somebody took ownership with a password.
    #[error(
        "the TPM's owner hierarchy has a password or is disabled: Strongroom uses one without a password"
    )]
    OwnerHierarchy,
    /// The storage key is another one than the key was sealed under, or does not open it.
    #[error("the root key was sealed by another TPM, or this TPM was cleared since")]
    Elsewhere,
    /// What answers does not have the key of the session.
    #[error("the TPM's answer is not authentic: somebody may sit between this machine and its TPM")]
    NotAuthentic,
    /// Any other refusal.
    #[error("the TPM refuses {command}: {code}")]
    Refused {
        /// The command's name.
        command: &'static str,
        /// Why.
        code: ResponseCode,
    },
    /// The file that holds the sealed key is not what it should be.
    #[error("this is not a sealed root key ({0})")]
    NotASealedKey(&'static str),
    /// A cryptographic primitive or the random source failed.
    #[error("a cryptographic primitive failed")]
    Primitive,
}

impl From<io::Error> for TpmError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Self::Silent,
            _ => Self::Io(error),
        }
    }
}

impl From<aws_lc_rs::error::Unspecified> for TpmError {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self::Primitive
    }
}

/// A TPM's response code (part 2, section 6.6), without the number of the handle, parameter or session that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseCode {
    /// TPM_RC_INITIALIZE: nobody has started it up.
    Initialize,
    /// TPM_RC_FAILURE: it is in failure mode.
    Failure,
    /// TPM_RC_COMMAND_CODE: it does not have the command.
    CommandCode,
    /// TPM_RC_AUTH_FAIL: a password is wrong, which counts towards lockout.
    AuthFail,
    /// TPM_RC_BAD_AUTH: a password is wrong.
    BadAuth,
    /// TPM_RC_HIERARCHY: the hierarchy is disabled or not what it should be.
    Hierarchy,
    /// TPM_RC_INTEGRITY: a blob that this TPM did not make, or not under this parent.
    Integrity,
    /// TPM_RC_POLICY_FAIL: a policy is not fulfilled.
    PolicyFail,
    /// TPM_RC_CURVE: it does not have the curve.
    Curve,
    /// TPM_RC_VALUE: a value is out of range.
    Value,
    /// TPM_RC_HANDLE: there is no such object.
    Handle,
    /// TPM_RC_OBJECT_MEMORY: others hold all places for objects.
    ObjectMemory,
    /// TPM_RC_SESSION_MEMORY or TPM_RC_SESSION_HANDLES: others hold all sessions.
    SessionMemory,
    /// TPM_RC_LOCKOUT: too many wrong passwords.
    Lockout,
    /// TPM_RC_RETRY, TPM_RC_YIELDED or TPM_RC_TESTING: not now.
    Retry,
    /// Another code, as it came.
    Other(u32),
}

/// Errors of format one have this bit; bits 6 and 8 to 11 name a parameter, handle or session.
const FORMAT_ONE: u32 = 0x080;
/// What is left of format one.
const FORMAT_ONE_ERROR: u32 = 0x0bf;

impl ResponseCode {
    /// Of the number in a response's header; 0 (success) is none.
    pub const fn of(raw: u32) -> Self {
        let number = if raw & FORMAT_ONE == 0 { raw } else { raw & FORMAT_ONE_ERROR };
        match number {
            0x100 => Self::Initialize,
            0x101 => Self::Failure,
            0x143 => Self::CommandCode,
            0x08e => Self::AuthFail,
            0x0a2 => Self::BadAuth,
            0x085 => Self::Hierarchy,
            0x09f => Self::Integrity,
            0x09d => Self::PolicyFail,
            0x0a6 => Self::Curve,
            0x084 => Self::Value,
            0x08b => Self::Handle,
            0x902 => Self::ObjectMemory,
            0x903 | 0x905 => Self::SessionMemory,
            0x921 => Self::Lockout,
            0x922 | 0x908 | 0x90a => Self::Retry,
            _ => Self::Other(raw),
        }
    }
}

impl fmt::Display for ResponseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Initialize => "it was not started up (TPM_RC_INITIALIZE)",
            Self::Failure => "it is in failure mode (TPM_RC_FAILURE)",
            Self::CommandCode => "it does not have the command (TPM_RC_COMMAND_CODE)",
            Self::AuthFail => "a password is wrong (TPM_RC_AUTH_FAIL)",
            Self::BadAuth => "a password is wrong (TPM_RC_BAD_AUTH)",
            Self::Hierarchy => "the hierarchy is disabled (TPM_RC_HIERARCHY)",
            Self::Integrity => "the blob is not of this TPM (TPM_RC_INTEGRITY)",
            Self::PolicyFail => "a policy is not fulfilled (TPM_RC_POLICY_FAIL)",
            Self::Curve => "it does not have the curve P-256 (TPM_RC_CURVE)",
            Self::Value => "a value is out of range (TPM_RC_VALUE)",
            Self::Handle => "there is no such object (TPM_RC_HANDLE)",
            Self::ObjectMemory => {
                "other programs hold all its places for objects (TPM_RC_OBJECT_MEMORY); use /dev/tpmrm0"
            }
            Self::SessionMemory => {
                "other programs hold all its sessions (TPM_RC_SESSION_MEMORY); use /dev/tpmrm0"
            }
            Self::Lockout => "it is locked out (TPM_RC_LOCKOUT)",
            Self::Retry => "it is busy (TPM_RC_RETRY); try again",
            Self::Other(raw) => return write!(f, "response code {raw:#x}"),
        };
        f.write_str(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_found_whatever_it_is_about() {
        // Numbers as tpm2-tools' `tpm2_rc_decode` takes them.
        for (raw, code) in [
            (0x1df, ResponseCode::Integrity), // parameter 1
            (0x98e, ResponseCode::AuthFail),  // session 1
            (0x9a2, ResponseCode::BadAuth),   // session 1
            (0x18b, ResponseCode::Handle),    // handle 1
            (0x2c4, ResponseCode::Value),     // parameter 2
            (0x921, ResponseCode::Lockout),
            (0x902, ResponseCode::ObjectMemory),
            (0x101, ResponseCode::Failure),
            (0x143, ResponseCode::CommandCode),
            (0x8001_0203, ResponseCode::Other(0x8001_0203)),
        ] {
            assert_eq!(ResponseCode::of(raw), code, "{raw:#x}");
        }
        assert_eq!(ResponseCode::Other(0x12f).to_string(), "response code 0x12f");
    }
}
