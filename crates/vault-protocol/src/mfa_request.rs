//! The commands of virtual MFA devices, as part of [`Request`](crate::Request): seeds, and codes that are made of them.
//!
//! A seed leaves the vault once, when it is made, for whoever makes the device. From then on the front has its wrapped
//! record, and the vault says whether codes are right.

use crate::cursor::{Reader, put_bytes};
use crate::{Command, MalformedFrame};
use std::fmt;
use strongroom_types::SecretBytes;

/// Digits of a code.
pub const MFA_CODE_DIGITS: usize = 6;

/// What a seed's wrapped record is bound to, besides its cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MfaBinding {
    /// The account, twelve digits.
    pub account: String,
    /// The device's name, which no other device of the account has.
    pub device: String,
}

impl MfaBinding {
    fn encode(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.account.as_bytes());
        put_bytes(out, self.device.as_bytes());
    }

    fn decode(r: &mut Reader<'_>) -> Result<Self, MalformedFrame> {
        let account = r.text()?.to_owned();
        Ok(Self { account, device: r.text()?.to_owned() })
    }
}

/// The seed of a device that was just made.
#[derive(Clone, Debug)]
pub struct NewMfaSeed {
    /// The seed in Base32 (RFC 4648), 64 characters.
    pub seed: SecretBytes,
    /// The wrapped record that holds it.
    pub record: Vec<u8>,
}

/// One code, or two that follow each other. Does not print them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum MfaCodes {
    /// The code of now, one step of 30 seconds before or after it allowed.
    One([u8; MFA_CODE_DIGITS]),
    /// Two codes in a row, of whatever minutes the device takes it to be: they say how far its clock is off.
    Two([u8; MFA_CODE_DIGITS], [u8; MFA_CODE_DIGITS]),
}

impl fmt::Debug for MfaCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MfaCodes(redacted)")
    }
}

impl MfaCodes {
    /// `u8 count · digits of each`
    fn encode(self, out: &mut Vec<u8>) {
        match self {
            Self::One(code) => {
                out.push(1);
                out.extend_from_slice(&code);
            }
            Self::Two(first, second) => {
                out.push(2);
                out.extend_from_slice(&first);
                out.extend_from_slice(&second);
            }
        }
    }

    fn decode(r: &mut Reader<'_>) -> Result<Self, MalformedFrame> {
        match r.u8()? {
            1 => Ok(Self::One(r.array()?)),
            2 => Ok(Self::Two(r.array()?, r.array()?)),
            _ => Err(MalformedFrame("number of codes")),
        }
    }
}

/// Which codes of a device are past, and how far its clock is off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MfaStanding {
    /// The step (of 30 seconds since 1970) of the last code that was taken: it and all before it are not taken again.
    pub last_step: u64,
    /// By how many steps the device's clock is ahead.
    pub drift: i32,
}

impl MfaStanding {
    pub(crate) fn encode(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.last_step.to_le_bytes());
        out.extend_from_slice(&self.drift.to_le_bytes());
    }

    pub(crate) fn decode(r: &mut Reader<'_>) -> Result<Self, MalformedFrame> {
        Ok(Self { last_step: r.u64()?, drift: i32::from_le_bytes(r.array()?) })
    }
}

/// What is asked about a virtual MFA device. Prints as its command only.
#[derive(Clone)]
pub enum MfaRequest<'a> {
    /// Make a seed with this binding.
    CreateSeed(MfaBinding),
    /// Whether codes are right, and the standing that they leave behind.
    CheckCodes {
        /// What the record is bound to.
        binding: MfaBinding,
        /// The wrapped seed.
        record: &'a [u8],
        /// The codes.
        codes: MfaCodes,
        /// How the device stands.
        standing: MfaStanding,
    },
    /// Wrap a seed anew, under the newest domain key.
    ReWrapSeed {
        /// What the record is bound to.
        binding: MfaBinding,
        /// The wrapped seed.
        record: &'a [u8],
    },
}

impl fmt::Debug for MfaRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MfaRequest({:?})", self.command())
    }
}

impl<'a> MfaRequest<'a> {
    pub(crate) const fn command(&self) -> Command {
        match self {
            Self::CreateSeed(_) => Command::CreateMfaSeed,
            Self::CheckCodes { .. } => Command::CheckMfaCodes,
            Self::ReWrapSeed { .. } => Command::ReWrapMfaSeed,
        }
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::CreateSeed(binding) => binding.encode(out),
            Self::CheckCodes { binding, record, codes, standing } => {
                binding.encode(out);
                put_bytes(out, record);
                codes.encode(out);
                standing.encode(out);
            }
            Self::ReWrapSeed { binding, record } => {
                binding.encode(out);
                put_bytes(out, record);
            }
        }
    }

    pub(crate) fn decode(command: Command, r: &mut Reader<'a>) -> Result<Self, MalformedFrame> {
        let binding = MfaBinding::decode(r)?;
        Ok(match command {
            Command::CreateMfaSeed => Self::CreateSeed(binding),
            Command::CheckMfaCodes => Self::CheckCodes {
                binding,
                record: r.bytes()?,
                codes: MfaCodes::decode(r)?,
                standing: MfaStanding::decode(r)?,
            },
            Command::ReWrapMfaSeed => Self::ReWrapSeed { binding, record: r.bytes()? },
            _ => return Err(MalformedFrame("not a command of MFA devices")),
        })
    }
}
