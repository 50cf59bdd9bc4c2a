//! The one place with `unsafe`: an `EVP_PKEY` of AWS-LC and a context of one decryption, owned, never shared, wiped when they
//! are freed (AWS-LC's `OPENSSL_free` cleanses every block that it gives back, `crypto/mem.c`).

use aws_lc_sys::{
    CBS, CBS_init, EVP_PKEY, EVP_PKEY_CTX, EVP_PKEY_CTX_free, EVP_PKEY_CTX_new, EVP_PKEY_CTX_set_rsa_mgf1_md,
    EVP_PKEY_CTX_set_rsa_oaep_md, EVP_PKEY_CTX_set_rsa_padding, EVP_PKEY_decrypt, EVP_PKEY_decrypt_init,
    EVP_PKEY_free, EVP_PKEY_size, EVP_parse_private_key, EVP_sha1, EVP_sha256, RSA_PKCS1_OAEP_PADDING,
};
use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::ptr::{NonNull, null_mut};
use zeroize::Zeroizing;

/// A private key.
pub(crate) struct PrivateKey {
    /// From `EVP_parse_private_key`, freed on drop, reachable from here only.
    raw: NonNull<EVP_PKEY>,
}

impl Drop for PrivateKey {
    #[allow(unsafe_code)]
    fn drop(&mut self) {
        // SAFETY: `raw` came from `EVP_parse_private_key` and is freed here only.
        unsafe { EVP_PKEY_free(self.raw.as_ptr()) }
    }
}

/// One decryption.
struct Decryption {
    /// From `EVP_PKEY_CTX_new`, freed on drop, reachable from here only. It holds a reference of its own to the key.
    raw: NonNull<EVP_PKEY_CTX>,
}

impl Drop for Decryption {
    #[allow(unsafe_code)]
    fn drop(&mut self) {
        // SAFETY: `raw` came from `EVP_PKEY_CTX_new` and is freed here only.
        unsafe { EVP_PKEY_CTX_free(self.raw.as_ptr()) }
    }
}

/// 1 is the library's word for success.
fn done(answer: c_int) -> Option<()> {
    (answer == 1).then_some(())
}

impl PrivateKey {
    /// Reads PKCS#8.
    #[allow(unsafe_code)]
    pub(crate) fn parse(pkcs8: &[u8]) -> Option<Self> {
        let mut input = MaybeUninit::<CBS>::uninit();
        // SAFETY: `CBS_init` writes the whole of `input`, which then points into `pkcs8`; both live to the end of the call
        // that reads them. A null answer is refused.
        let raw = unsafe {
            CBS_init(input.as_mut_ptr(), pkcs8.as_ptr(), pkcs8.len());
            EVP_parse_private_key(input.as_mut_ptr())
        };
        NonNull::new(raw).map(|raw| Self { raw })
    }

    /// Decrypts; `None` for a key that is not RSA's, too.
    #[allow(unsafe_code)]
    pub(crate) fn decrypt(&self, ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        // SAFETY: the key is live, and the call takes a reference of its own; a null engine means the built-in code; a null
        // answer is refused.
        let raw = unsafe { EVP_PKEY_CTX_new(self.raw.as_ptr(), null_mut()) };
        let decryption = Decryption { raw: NonNull::new(raw)? };
        let context = decryption.raw.as_ptr();
        // SAFETY: the context is live; the hashes are static; each call checks that it suits the key's kind.
        unsafe {
            done(EVP_PKEY_decrypt_init(context))?;
            done(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING))?;
            done(EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()))?;
            done(EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha1()))?;
        }
        // SAFETY: the key is live.
        let bytes = usize::try_from(unsafe { EVP_PKEY_size(self.raw.as_ptr()) }).ok()?;
        let (mut plaintext, mut written) = (Zeroizing::new(vec![0; bytes]), bytes);
        // SAFETY: the context is live and set up; `plaintext` has the `written` bytes that the call may write, as many as the
        // key is long, and `ciphertext` has its own length.
        done(unsafe {
            EVP_PKEY_decrypt(
                context,
                plaintext.as_mut_ptr(),
                &raw mut written,
                ciphertext.as_ptr(),
                ciphertext.len(),
            )
        })?;
        plaintext.truncate(written);
        Some(plaintext)
    }
}
