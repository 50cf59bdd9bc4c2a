//! The commands and their bytes (part 3 of the TPM 2.0 library specification).

use crate::TpmError;
use crate::reader::put_sized;
use zeroize::Zeroizing;

/// TPM_ST_NO_SESSIONS.
pub(crate) const NO_SESSIONS: u16 = 0x8001;
/// TPM_ST_SESSIONS.
pub(crate) const SESSIONS: u16 = 0x8002;
/// TPM_RH_OWNER.
pub(crate) const OWNER: u32 = 0x4000_0001;
/// TPM_RH_NULL.
const NOBODY: u32 = 0x4000_0007;
/// TPM_RS_PW: a password stands in the place of a session; here an empty one.
const PASSWORD: u32 = 0x4000_0009;
/// TPM_SE_HMAC.
const HMAC_SESSION: u8 = 0;
/// The longest command: of those that there are, Load with two blobs of its longest is far below it.
const COMMAND_BYTES_MAX: usize = 4_096;

/// TPM_ALG_SHA256.
pub(crate) const SHA256: u16 = 0x000b;
/// TPM_ALG_AES, 128 bits, TPM_ALG_CFB.
pub(crate) const AES_128_CFB: [u8; 6] = [0x00, 0x06, 0x00, 0x80, 0x00, 0x43];

/// A command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// TPM2_CreatePrimary: the storage key, derived anew from the owner hierarchy's seed.
    CreatePrimary,
    /// TPM2_Create: seals.
    Create,
    /// TPM2_Load: brings a sealed object into the TPM.
    Load,
    /// TPM2_Unseal.
    Unseal,
    /// TPM2_FlushContext: frees an object or a session.
    FlushContext,
    /// TPM2_StartAuthSession.
    StartAuthSession,
}

impl Command {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::CreatePrimary,
        Self::Create,
        Self::Load,
        Self::Unseal,
        Self::FlushContext,
        Self::StartAuthSession,
    ];

    /// TPM_CC.
    pub(crate) const fn code(self) -> u32 {
        match self {
            Self::CreatePrimary => 0x131,
            Self::Create => 0x153,
            Self::Load => 0x157,
            Self::Unseal => 0x15e,
            Self::FlushContext => 0x165,
            Self::StartAuthSession => 0x176,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::CreatePrimary => "TPM2_CreatePrimary",
            Self::Create => "TPM2_Create",
            Self::Load => "TPM2_Load",
            Self::Unseal => "TPM2_Unseal",
            Self::FlushContext => "TPM2_FlushContext",
            Self::StartAuthSession => "TPM2_StartAuthSession",
        }
    }

    /// Whether the answer begins with a handle.
    pub(crate) const fn returns_handle(self) -> bool {
        matches!(self, Self::CreatePrimary | Self::Load | Self::StartAuthSession)
    }

    /// Whether it is authorized, so that command and answer have an authorization area.
    pub(crate) const fn is_authorized(self) -> bool {
        matches!(self, Self::CreatePrimary | Self::Create | Self::Load | Self::Unseal)
    }
}

/// A command's bytes: `tag · u32 size · code · handles · (u32 size · authorization) · parameters`.
pub(crate) fn bytes_of(
    command: Command,
    handles: &[u32],
    authorization: &[u8],
    parameters: &[u8],
) -> Result<Vec<u8>, TpmError> {
    let mut body = Vec::new();
    for handle in handles {
        body.extend_from_slice(&handle.to_be_bytes());
    }
    let tag = if command.is_authorized() {
        body.extend_from_slice(&length(authorization)?);
        body.extend_from_slice(authorization);
        SESSIONS
    } else {
        NO_SESSIONS
    };
    body.extend_from_slice(parameters);
    let mut out = Vec::with_capacity(10 + body.len());
    out.extend_from_slice(&tag.to_be_bytes());
    let size = u32::try_from(10 + body.len()).map_err(|_| TpmError::Malformed("a command is too long"))?;
    out.extend_from_slice(&size.to_be_bytes());
    out.extend_from_slice(&command.code().to_be_bytes());
    out.extend_from_slice(&body);
    if out.len() > COMMAND_BYTES_MAX {
        return Err(TpmError::Malformed("a command is too long"));
    }
    Ok(out)
}

fn length(bytes: &[u8]) -> Result<[u8; 4], TpmError> {
    let length = u32::try_from(bytes.len()).map_err(|_| TpmError::Malformed("a field is too long"))?;
    Ok(length.to_be_bytes())
}

/// One authorization: `u32 session · nonce · u8 attributes · hmac`.
pub(crate) fn authorization(
    session: u32,
    nonce: &[u8],
    attributes: u8,
    hmac: &[u8],
) -> Result<Vec<u8>, TpmError> {
    let mut out = session.to_be_bytes().to_vec();
    put_sized(&mut out, nonce)?;
    out.push(attributes);
    put_sized(&mut out, hmac)?;
    Ok(out)
}

/// TPM2_CreatePrimary in the owner hierarchy, whose password is empty.
pub(crate) fn create_primary(template: &[u8]) -> Result<Vec<u8>, TpmError> {
    let parameters = creation(&[], template)?;
    bytes_of(Command::CreatePrimary, &[OWNER], &authorization(PASSWORD, &[], 0, &[])?, &parameters)
}

/// Parameters of CreatePrimary and Create: `sensitive (authorization value, data) · public area · outside info · PCRs`. No
/// authorization value, no outside info, no PCRs.
pub(crate) fn creation(data: &[u8], public: &[u8]) -> Result<Zeroizing<Vec<u8>>, TpmError> {
    // Room for everything, so that no copy of the data is left behind where it grew.
    let mut sensitive = Zeroizing::new(Vec::with_capacity(4 + data.len()));
    put_sized(&mut sensitive, &[])?;
    put_sized(&mut sensitive, data)?;
    let mut out = Zeroizing::new(Vec::with_capacity(2 + sensitive.len() + 2 + public.len() + 2 + 4));
    put_sized(&mut out, &sensitive)?;
    put_sized(&mut out, public)?;
    put_sized(&mut out, &[])?;
    out.extend_from_slice(&0_u32.to_be_bytes());
    Ok(out)
}

/// TPM2_StartAuthSession, salted to a key of the TPM, bound to nothing; AES-128-CFB, SHA-256.
pub(crate) fn start_session(salt_key: u32, nonce: &[u8], salt: &[u8]) -> Result<Vec<u8>, TpmError> {
    let mut parameters = Vec::new();
    put_sized(&mut parameters, nonce)?;
    put_sized(&mut parameters, salt)?;
    parameters.push(HMAC_SESSION);
    parameters.extend_from_slice(&AES_128_CFB);
    parameters.extend_from_slice(&SHA256.to_be_bytes());
    bytes_of(Command::StartAuthSession, &[salt_key, NOBODY], &[], &parameters)
}

/// TPM2_FlushContext: its handle stands among the parameters.
pub(crate) fn flush(handle: u32) -> Result<Vec<u8>, TpmError> {
    bytes_of(Command::FlushContext, &[], &[], &handle.to_be_bytes())
}

/// Parameters of TPM2_Load.
pub(crate) fn load(private: &[u8], public: &[u8]) -> Result<Zeroizing<Vec<u8>>, TpmError> {
    let mut out = Zeroizing::new(Vec::new());
    put_sized(&mut out, private)?;
    put_sized(&mut out, public)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::public_area;

    #[test]
    fn flush_is_as_in_the_specification() {
        assert_eq!(const_hex::encode(flush(0x8000_0000).unwrap()), "80010000000e0000016580000000");
    }

    #[test]
    fn primary_is_asked_for_with_the_standard_template_and_an_empty_password() {
        let bytes = create_primary(&public_area::storage_key()).unwrap();
        let unique = format!("0020{0}0020{0}", "00".repeat(32));
        let expected = format!(
            "8002{:08x}0000013140000001{}{}{}{}{}",
            bytes.len(),
            "00000009400000090000000000",
            "000400000000",
            format_args!("005a0023000b000304720000{}{}", "0006008000430010", "00030010"),
            unique,
            "000000000000",
        );
        assert_eq!(const_hex::encode(&bytes), expected);
    }

    #[test]
    fn what_is_too_long_is_refused() {
        assert!(bytes_of(Command::Load, &[], &[], &[0; 5_000]).is_err());
        assert!(creation(&[0; 70_000], &[]).is_err());
    }
}
