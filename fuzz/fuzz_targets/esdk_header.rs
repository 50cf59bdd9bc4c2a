//! Hostile headers of AWS Encryption SDK messages.

#![no_main]

use libfuzzer_sys::fuzz_target;
use strongroom_envelope::keyring::KmsKeyArn;
use strongroom_envelope::message::{Context, DataKey, Header, HeaderLimits, MessageError, MessageKeys};

fuzz_target!(|data: &[u8]| {
    let limits = HeaderLimits::default();
    let Ok(header) = Header::parse(data, limits) else { return };
    let shorter = data.get(..header.header_bytes() - 1).unwrap();
    assert_eq!(Header::parse(shorter, limits).unwrap_err(), MessageError::TruncatedHeader);
    assert!(header.context().block().is_ok(), "a context that cannot be written");
    for entry in header.encrypted_data_keys() {
        let _ = KmsKeyArn::parse(&String::from_utf8_lossy(&entry.info));
    }
    let key = DataKey::from_vec(vec![0x5a; header.suite().data_key_bytes()]).unwrap();
    let keys = MessageKeys::derive(&key, header.suite(), header.message_id()).unwrap();
    assert!(keys.verify(&header, &Context::default()).is_err(), "a header sealed by nobody was taken");
});
