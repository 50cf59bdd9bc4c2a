//! Answers: hostile until proved otherwise, for they come over a bus. Every length is checked, nothing may be left over.

use crate::command::{NO_SESSIONS, SESSIONS};
use crate::public_area::storage_key_point;
use crate::reader::Reader;
use crate::{Command, ResponseCode, TpmError};

/// Bytes of a header.
pub(crate) const HEADER: usize = 10;

/// The longest answer that is taken.
pub(crate) const RESPONSE_BYTES_MAX: usize = 4_096;

/// An answer without an error.
pub(crate) struct Response<'a> {
    /// Of the object or session that was made.
    pub(crate) handle: Option<u32>,
    /// The parameters, the first one perhaps still encrypted.
    pub(crate) parameters: &'a [u8],
    /// Its authorization, if the command had one.
    pub(crate) authorization: Option<Authorization<'a>>,
}

/// The authorization of an answer.
pub(crate) struct Authorization<'a> {
    pub(crate) nonce: &'a [u8],
    pub(crate) attributes: u8,
    pub(crate) hmac: &'a [u8],
}

/// How long an answer says that it is; `None` while too little of it is there.
pub(crate) fn announced(bytes: &[u8]) -> Option<usize> {
    let size = bytes.get(2..6)?.first_chunk::<4>()?;
    usize::try_from(u32::from_be_bytes(*size)).ok()
}

/// Reads the answer to a command; a refusal is an error.
pub(crate) fn read(command: Command, bytes: &[u8]) -> Result<Response<'_>, TpmError> {
    let mut reader = Reader::new(bytes);
    let (tag, size, code) = (reader.u16()?, reader.u32()?, reader.u32()?);
    if usize::try_from(size) != Ok(bytes.len()) {
        return Err(TpmError::Malformed("its size is not its own"));
    }
    if code != 0 {
        return Err(refusal(command, ResponseCode::of(code)));
    }
    let expected = if command.is_authorized() { SESSIONS } else { NO_SESSIONS };
    if tag != expected {
        return Err(TpmError::Malformed("its tag is another command's"));
    }
    let handle = if command.returns_handle() { Some(reader.u32()?) } else { None };
    if !command.is_authorized() {
        let parameters = bytes.get(HEADER + if handle.is_some() { 4 } else { 0 }..).unwrap_or_default();
        return Ok(Response { handle, parameters, authorization: None });
    }
    let length = usize::try_from(reader.u32()?).map_err(|_| TpmError::Malformed("it is cut short"))?;
    let parameters = reader.take(length)?;
    let (nonce, attributes, hmac) = (reader.sized()?, reader.u8()?, reader.sized()?);
    reader.finish()?;
    Ok(Response { handle, parameters, authorization: Some(Authorization { nonce, attributes, hmac }) })
}

/// What a refusal means to an operator.
const fn refusal(command: Command, code: ResponseCode) -> TpmError {
    use ResponseCode as R;
    match (command, code) {
        (_, R::Lockout) => TpmError::Lockout,
        (Command::CreatePrimary, R::AuthFail | R::BadAuth | R::Hierarchy) => TpmError::OwnerHierarchy,
        (Command::Load, R::Integrity) => TpmError::Elsewhere,
        _ => TpmError::Refused { command: command.name(), code },
    }
}

/// Parameters of CreatePrimary's answer: the public area. What follows (data of the creation, the name) is read and not used:
/// the name is computed.
pub(crate) fn primary(parameters: &[u8]) -> Result<&[u8], TpmError> {
    let mut reader = Reader::new(parameters);
    let public = reader.sized()?;
    creation(&mut reader)?;
    reader.sized()?;
    reader.finish()?;
    Ok(public)
}

/// Parameters of Create's answer: private and public area.
pub(crate) fn created(parameters: &[u8]) -> Result<(&[u8], &[u8]), TpmError> {
    let mut reader = Reader::new(parameters);
    let (private, public) = (reader.sized()?, reader.sized()?);
    creation(&mut reader)?;
    reader.finish()?;
    Ok((private, public))
}

/// Creation data, its hash, and the ticket: `u16 tag · u32 hierarchy · digest`.
fn creation(reader: &mut Reader<'_>) -> Result<(), TpmError> {
    reader.sized()?;
    reader.sized()?;
    reader.u16()?;
    reader.u32()?;
    reader.sized()?;
    Ok(())
}

/// The one TPM2B of an answer: the nonce of a session, the name of what was loaded, what was unsealed.
pub(crate) fn only(parameters: &[u8]) -> Result<&[u8], TpmError> {
    let mut reader = Reader::new(parameters);
    let bytes = reader.sized()?;
    reader.finish()?;
    Ok(bytes)
}

/// Reads an answer as far as it can be read without a session's key, for whoever tests the reading: whether it is a whole
/// answer to that command.
pub fn understands(command: Command, bytes: &[u8]) -> bool {
    let Ok(response) = read(command, bytes) else { return false };
    let parameters = response.parameters;
    match command {
        Command::CreatePrimary => primary(parameters).and_then(storage_key_point).is_ok(),
        Command::Create => created(parameters).is_ok(),
        Command::Load | Command::Unseal | Command::StartAuthSession => only(parameters).is_ok(),
        Command::FlushContext => parameters.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refused(command: Command, code: u32) -> TpmError {
        let bytes = [&[0x80, 1, 0, 0, 0, 10][..], &code.to_be_bytes()].concat();
        read(command, &bytes).err().unwrap()
    }

    #[test]
    fn refusals_say_what_is_to_be_done() {
        assert!(matches!(refused(Command::Load, 0x1df), TpmError::Elsewhere));
        assert!(matches!(refused(Command::CreatePrimary, 0x9a2), TpmError::OwnerHierarchy));
        assert!(matches!(refused(Command::Unseal, 0x921), TpmError::Lockout));
        let said = refused(Command::Create, 0x902).to_string();
        assert!(said.contains("TPM2_Create") && said.contains("/dev/tpmrm0"), "{said}");
    }

    #[test]
    fn answer_without_the_authorization_of_its_command_is_refused() {
        let bytes = const_hex::decode("80010000000a00000000").unwrap();
        assert!(understands(Command::FlushContext, &bytes));
        for command in Command::ALL.into_iter().filter(|command| *command != Command::FlushContext) {
            assert!(!understands(command, &bytes), "{command:?}");
        }
        // Unseal's, as a session without HMAC would have it: 8002 size 0, 6 bytes of parameters, 0 · 0 · 0.
        let bytes = const_hex::decode("80020000001900000000000000060004aabbccdd0000000000").unwrap();
        assert!(understands(Command::Unseal, &bytes));
        for end in 0..bytes.len() {
            assert!(!understands(Command::Unseal, &bytes[..end]), "cut to {end}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            for command in Command::ALL {
                understands(command, &bytes);
            }
        }

        #[test]
        fn any_body_is_read_or_refused(
            body in proptest::collection::vec(any::<u8>(), 0..300),
            handle in any::<u32>(),
            authorization in proptest::collection::vec(any::<u8>(), 0..40),
        ) {
            for command in Command::ALL {
                let mut rest = Vec::new();
                if command.returns_handle() {
                    rest.extend_from_slice(&handle.to_be_bytes());
                }
                if command.is_authorized() {
                    rest.extend_from_slice(&u32::try_from(body.len()).unwrap().to_be_bytes());
                }
                rest.extend_from_slice(&body);
                rest.extend_from_slice(&authorization);
                let tag = if command.is_authorized() { SESSIONS } else { NO_SESSIONS };
                let size = u32::try_from(HEADER + rest.len()).unwrap();
                let bytes = [&tag.to_be_bytes()[..], &size.to_be_bytes(), &[0; 4], &rest].concat();
                understands(command, &bytes);
            }
        }
    }
}
