//! Whether a data key is the one of a message: what its header says to that, by the commitment and the tag.

use super::context::Context;
use super::data_key::DataKey;
use super::error::MessageError;
use super::header::Header;
use super::keys::{BodyCipher, MessageKeys, Writer};

/// A header that was read and not verified yet, and as whose it may be read. It tells the message's own data key from
/// every other.
#[derive(Clone, Copy, Debug)]
pub struct HeaderCheck<'a> {
    header: &'a Header,
    accept_net_4_0_0: bool,
}

impl<'a> HeaderCheck<'a> {
    /// Of that header. `accept_net_4_0_0`: one that is not as specified is tried again as [`Writer::Net400`] wrote them.
    pub const fn new(header: &'a Header, accept_net_4_0_0: bool) -> Self {
        Self { header, accept_net_4_0_0 }
    }

    /// Verifies the header with a data key, and gives the cipher of the body. `required` are the pairs that are
    /// authenticated and not stored.
    pub fn verify(&self, data_key: &DataKey, required: &Context) -> Result<BodyCipher, MessageError> {
        let verified = |writer| {
            MessageKeys::derive_as(writer, data_key, self.header.suite(), self.header.message_id())?
                .verify(self.header, required)
        };
        match verified(Writer::Conforming) {
            Err(MessageError::HeaderTag) if self.accept_net_4_0_0 => verified(Writer::Net400),
            other => other,
        }
    }

    /// Whether the header verifies with a data key. `context` is every pair, stored or not.
    pub fn accepts(&self, data_key: &DataKey, context: &Context) -> bool {
        self.verify(data_key, &context.without_keys_of(self.header.context())).is_ok()
    }
}
