//! What the library's return values mean to us: the table "when it goes wrong" of `docs/token.md`.

use cryptoki::error::{Error, RvError};

/// What to do about a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The login or the handle is no longer good: log in, find the objects again, try once more.
    Stale,
    /// The session is no longer good, or stands in the middle of something: open another, then as above.
    Session,
    /// The token is not there: nothing heals until the process is started again.
    Gone,
    /// The PIN was refused.
    PinIncorrect,
    /// The PIN is locked.
    PinLocked,
    /// Anything else.
    Other,
}

/// Sorts an error of the library.
pub(crate) fn fault(error: &Error) -> Fault {
    let Error::Pkcs11(value, _) = error else { return Fault::Other };
    match value {
        RvError::UserNotLoggedIn | RvError::ObjectHandleInvalid | RvError::KeyHandleInvalid => Fault::Stale,
        RvError::SessionHandleInvalid
        | RvError::SessionClosed
        | RvError::OperationActive
        | RvError::OperationNotInitialized => Fault::Session,
        RvError::TokenNotPresent
        | RvError::TokenNotRecognized
        | RvError::DeviceRemoved
        | RvError::SlotIdInvalid
        | RvError::CryptokiNotInitialized => Fault::Gone,
        RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange => Fault::PinIncorrect,
        RvError::PinLocked => Fault::PinLocked,
        _ => Fault::Other,
    }
}

/// Whether a failed decryption may be the ciphertext's fault. Libraries differ: SoftHSM says GENERAL_ERROR.
pub(crate) fn may_be_tampered(error: &Error) -> bool {
    matches!(
        error,
        Error::Pkcs11(
            RvError::GeneralError
                | RvError::FunctionFailed
                | RvError::EncryptedDataInvalid
                | RvError::EncryptedDataLenRange
                | RvError::DataInvalid
                | RvError::DataLenRange
                | RvError::SignatureInvalid,
            _
        )
    )
}

/// Whether the token may want to choose the IV itself.
pub(crate) fn refuses_the_parameter(error: &Error) -> bool {
    matches!(error, Error::Pkcs11(RvError::MechanismParamInvalid | RvError::ArgumentsBad, _))
}

/// An error in few words: the standard's own sentences are long.
pub(crate) fn describe(error: &Error) -> String {
    match error {
        Error::Pkcs11(value, function) => format!("{} from C_{function:?}", name(*value)),
        other => other.to_string(),
    }
}

/// The standard's name of a return value.
fn name(value: RvError) -> String {
    if let RvError::VendorDefined(number) | RvError::UnknownErrorCode(number) = value {
        return format!("CKR {number:#x}");
    }
    let mut name = "CKR".to_owned();
    for letter in format!("{value:?}").chars() {
        if letter.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use cryptoki::context::Function;

    fn sorted(value: RvError) -> Fault {
        fault(&Error::Pkcs11(value, Function::SignInit))
    }

    #[test]
    fn return_values_are_sorted_as_the_table_says() {
        assert_eq!(sorted(RvError::UserNotLoggedIn), Fault::Stale);
        assert_eq!(sorted(RvError::ObjectHandleInvalid), Fault::Stale);
        assert_eq!(sorted(RvError::SessionHandleInvalid), Fault::Session);
        assert_eq!(sorted(RvError::OperationActive), Fault::Session);
        assert_eq!(sorted(RvError::TokenNotPresent), Fault::Gone);
        assert_eq!(sorted(RvError::PinIncorrect), Fault::PinIncorrect);
        assert_eq!(sorted(RvError::PinLocked), Fault::PinLocked);
        assert_eq!(sorted(RvError::GeneralError), Fault::Other);
        assert_eq!(fault(&Error::NotSupported), Fault::Other);
    }

    #[test]
    fn names_are_those_of_the_standard() {
        assert_eq!(name(RvError::MechanismParamInvalid), "CKR_MECHANISM_PARAM_INVALID");
        assert_eq!(name(RvError::RandomNoRng), "CKR_RANDOM_NO_RNG");
        assert_eq!(name(RvError::VendorDefined(0x8000_0001)), "CKR 0x80000001");
        let error = Error::Pkcs11(RvError::GeneralError, Function::SignInit);
        assert_eq!(describe(&error), "CKR_GENERAL_ERROR from C_SignInit");
    }

    #[test]
    fn broken_token_is_not_taken_for_a_tampered_record() {
        assert!(may_be_tampered(&Error::Pkcs11(RvError::GeneralError, Function::Decrypt)));
        for value in [RvError::ObjectHandleInvalid, RvError::DeviceError, RvError::UserNotLoggedIn] {
            assert!(!may_be_tampered(&Error::Pkcs11(value, Function::Decrypt)));
        }
    }
}
