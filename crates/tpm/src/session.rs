//! The session that authorizes commands and hides what is sealed from whoever listens on the bus (part 1, sections 17 to 21): an
//! HMAC session salted to the storage key, whose key is agreed by ECDH with a key that is used once, and encryption of the
//! first parameter with AES-128-CFB.

use crate::command::{authorization, bytes_of, start_session};
use crate::device::Exchange;
use crate::kdf::{Key, hash, hmac, kdf_a, kdf_e};
use crate::public_area::{Name, Point};
use crate::response;
use crate::{Command, TpmError};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::cipher::{AES_128, DecryptingKey, DecryptionContext};
use aws_lc_rs::cipher::{EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::{constant_time, iv::FixedLength};
use zeroize::Zeroizing;

/// continueSession: it is flushed when everything is done.
const CONTINUE: u8 = 0x01;
/// decrypt: the command's first parameter comes encrypted.
const DECRYPT: u8 = 0x20;
/// encrypt: the answer's first parameter shall be.
const ENCRYPT: u8 = 0x40;

/// Bytes of our nonces.
const NONCE: usize = 32;

/// Which way the secret goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Secret {
    /// To the TPM, as the command's first parameter.
    Sent,
    /// From it, as the answer's first.
    Received,
    /// Nothing is secret.
    Nowhere,
}

/// Fills with random bytes; a parameter so that exchanges can be repeated in tests.
pub(crate) type Draw = fn(&mut [u8]) -> Result<(), TpmError>;

/// An object that a command is about.
#[derive(Clone, Copy)]
pub(crate) struct Object {
    pub(crate) handle: u32,
    pub(crate) name: Name,
}

/// An answer under the session: authentic, its first parameter in the clear.
pub(crate) struct Answer {
    pub(crate) handle: Option<u32>,
    pub(crate) parameters: Zeroizing<Vec<u8>>,
}

/// A session.
pub(crate) struct Session {
    pub(crate) handle: u32,
    key: Key,
    tpm_nonce: Vec<u8>,
    draw: Draw,
}

impl Session {
    /// Starts one, salted to the storage key at this point. Whoever does not have that key does not learn the session's.
    pub(crate) fn start(
        device: &mut dyn Exchange,
        draw: Draw,
        salt_key: u32,
        point: &Point,
    ) -> Result<Self, TpmError> {
        let (salt, sent) = agree_salt(draw, point)?;
        let nonce = fresh_nonce(draw)?;
        let bytes = device.exchange(&start_session(salt_key, &nonce, &sent.bytes()?)?)?;
        let answer = response::read(Command::StartAuthSession, &bytes)?;
        let handle = answer.handle.ok_or(TpmError::Malformed("it has no handle"))?;
        let tpm_nonce = response::only(answer.parameters)?.to_vec();
        let key = kdf_a(&*salt, "ATH", &tpm_nonce, &nonce);
        Ok(Self { handle, key, tpm_nonce, draw })
    }

    /// One command about one object, whose password is empty. `parameters` begin with a TPM2B.
    pub(crate) fn run(
        &mut self,
        device: &mut dyn Exchange,
        command: Command,
        object: &Object,
        mut parameters: Zeroizing<Vec<u8>>,
        secret: Secret,
    ) -> Result<Answer, TpmError> {
        let nonce = fresh_nonce(self.draw)?;
        let attributes = match secret {
            Secret::Sent => CONTINUE | DECRYPT,
            Secret::Received => CONTINUE | ENCRYPT,
            Secret::Nowhere => CONTINUE,
        };
        if secret == Secret::Sent {
            let (key, iv) = self.cipher(&nonce, &self.tpm_nonce);
            let key = EncryptingKey::cfb128(UnboundCipherKey::new(&AES_128, &*key)?)?;
            let iv = EncryptionContext::Iv128(FixedLength::from(iv));
            key.less_safe_encrypt(first(&mut parameters)?, iv)?;
        }
        let code = command.code().to_be_bytes();
        let digest = hash(&[&code, &object.name, &parameters]);
        let hmac = self.hmac(digest.as_ref(), &nonce, &self.tpm_nonce, attributes);
        let authorization = authorization(self.handle, &nonce, attributes, &*hmac)?;
        let bytes = device.exchange(&bytes_of(command, &[object.handle], &authorization, &parameters)?)?;
        self.answer(command, &bytes, &nonce, secret)
    }

    /// Checks the answer's HMAC, and decrypts.
    fn answer(
        &mut self,
        command: Command,
        bytes: &[u8],
        nonce: &[u8],
        secret: Secret,
    ) -> Result<Answer, TpmError> {
        let response = response::read(command, bytes)?;
        let given = response.authorization.ok_or(TpmError::Malformed("it has no authorization"))?;
        let digest = hash(&[&[0; 4], &command.code().to_be_bytes(), response.parameters]);
        let expected = self.hmac(digest.as_ref(), given.nonce, nonce, given.attributes);
        let equal = constant_time::verify_slices_are_equal(&*expected, given.hmac);
        equal.map_err(|_| TpmError::NotAuthentic)?;
        self.tpm_nonce = given.nonce.to_vec();
        let mut parameters = Zeroizing::new(response.parameters.to_vec());
        if secret == Secret::Received {
            // An answer that was not encrypted would have been seen by everybody.
            if given.attributes & ENCRYPT == 0 {
                return Err(TpmError::NotAuthentic);
            }
            let (key, iv) = self.cipher(&self.tpm_nonce, nonce);
            let key = DecryptingKey::cfb128(UnboundCipherKey::new(&AES_128, &*key)?)?;
            let iv = DecryptionContext::Iv128(FixedLength::from(iv));
            key.decrypt(first(&mut parameters)?, iv)?;
        }
        Ok(Answer { handle: response.handle, parameters })
    }

    /// `HMAC(session key, digest · newer nonce · older nonce · attributes)`; the objects' passwords are empty.
    fn hmac(&self, digest: &[u8], newer: &[u8], older: &[u8], attributes: u8) -> Key {
        hmac(&*self.key, &[digest, newer, older, &[attributes]])
    }

    /// Key and IV of parameter encryption, 16 bytes each.
    fn cipher(&self, newer: &[u8], older: &[u8]) -> (Zeroizing<[u8; 16]>, [u8; 16]) {
        let both = kdf_a(&*self.key, "CFB", newer, older);
        let (mut key, mut iv) = (Zeroizing::new([0; 16]), [0; 16]);
        let (front, back) = both.split_at(key.len());
        key.copy_from_slice(front);
        iv.copy_from_slice(back);
        (key, iv)
    }
}

fn fresh_nonce(draw: Draw) -> Result<[u8; NONCE], TpmError> {
    let mut nonce = [0; NONCE];
    draw(&mut nonce)?;
    Ok(nonce)
}

/// The salt, and our point, from which the TPM makes the same salt.
fn agree_salt(draw: Draw, theirs: &Point) -> Result<(Key, Point), TpmError> {
    let mut secret = Zeroizing::new([0; 32]);
    draw(&mut *secret)?;
    // Fails once in 2^32 draws, when the number is not below the curve's order.
    let own = PrivateKey::from_private_key(&ECDH_P256, &*secret).map_err(|_| TpmError::Primitive)?;
    let public = own.compute_public_key()?;
    let ours = Point::of_uncompressed(public.as_ref()).ok_or(TpmError::Primitive)?;
    let wrong = TpmError::Malformed("its storage key is no point of the curve");
    let theirs_bytes = theirs.uncompressed();
    let peer = UnparsedPublicKey::new(&ECDH_P256, &theirs_bytes);
    let salt = agree(&own, peer, wrong, |z| Ok(kdf_e(z, "SECRET", &ours.x, &theirs.x)))?;
    Ok((salt, ours))
}

/// The content of the TPM2B that parameters begin with.
fn first(parameters: &mut [u8]) -> Result<&mut [u8], TpmError> {
    let wrong = TpmError::Malformed("its first field is cut short");
    let Some((length, rest)) = parameters.split_first_chunk_mut::<2>() else { return Err(wrong) };
    rest.get_mut(..usize::from(u16::from_be_bytes(*length))).ok_or(wrong)
}

/// The system's random bytes.
pub(crate) fn system_random(bytes: &mut [u8]) -> Result<(), TpmError> {
    Ok(aws_lc_rs::rand::fill(bytes)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::creation;
    use crate::public_area::sealed_data;

    fn sevens(bytes: &mut [u8]) -> Result<(), TpmError> {
        bytes.fill(7);
        Ok(())
    }

    /// Keeps the command and refuses it.
    #[derive(Default)]
    struct Wire(Vec<u8>);

    impl Exchange for Wire {
        fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, TpmError> {
            self.0 = command.to_vec();
            Err(TpmError::Lockout)
        }
    }

    fn on_the_wire(secret: Secret) -> Vec<u8> {
        let mut session = Session {
            handle: 0x0200_0000,
            key: Zeroizing::new([1; 32]),
            tpm_nonce: vec![2; 32],
            draw: sevens,
        };
        let (mut wire, object) = (Wire::default(), Object { handle: 0x8000_0000, name: [0; 34] });
        let parameters = creation(&[0x5a; 32], &sealed_data()).unwrap();
        let outcome = session.run(&mut wire, Command::Create, &object, parameters, secret);
        assert!(matches!(outcome, Err(TpmError::Lockout)));
        wire.0
    }

    #[test]
    fn secret_is_not_on_the_bus_in_the_clear() {
        let has = |bytes: &[u8]| bytes.windows(32).any(|window| window == [0x5a; 32]);
        assert!(has(&on_the_wire(Secret::Nowhere)), "positive control");
        assert!(!has(&on_the_wire(Secret::Sent)));
    }

    #[test]
    fn point_that_is_not_on_the_curve_is_refused() {
        let refused = agree_salt(sevens, &Point { x: [1; 32], y: [1; 32] });
        assert!(matches!(refused, Err(TpmError::Malformed(_))));
    }

    #[test]
    fn first_field_is_found_and_a_short_one_refused() {
        assert_eq!(first(&mut [0, 1, 9, 8]).unwrap(), [9]);
        assert!(first(&mut [0, 3, 9, 8]).is_err());
        assert!(first(&mut [0]).is_err());
    }
}
