//! Sealing into an S3 that the test makes up; `interop/test_s3.py` and `test_s3_failures.py` have one that stores.

use super::fake_s3::FakeS3;
use super::{ObjectUrl, SealObject, SealedObject, Session, seal_object};
use crate::error::EnvelopeError;
use crate::input::Input;
use crate::s3::{AesWrappingKey, CommitmentPolicy, INSTRUCTION_FILE_SUFFIX, Pairs, Placement, WrappingKey};
use tokio::runtime::Builder;

const LOOK_BEFORE: &str = "HEAD /bucket/object";
const OBJECT: &str = "PUT /bucket/object";

fn seal(session: &Session, placement: Placement) -> Result<SealedObject, EnvelopeError> {
    let url: ObjectUrl = "s3://bucket/object".parse().unwrap();
    let key = WrappingKey::Aes(AesWrappingKey::from_vec(vec![7; 32]).unwrap());
    let context = Pairs::new();
    let options = SealObject {
        url: &url,
        key: &key,
        context: &context,
        policy: CommitmentPolicy::default(),
        placement,
        instruction_suffix: INSTRUCTION_FILE_SUFFIX,
        replace: false,
        progress: &|_| {},
    };
    seal_object(session, Input::Stream(Box::new(&b"a document"[..])), options)
}

#[test]
fn objects_are_sealed_outside_of_runtimes_and_inside() {
    let s3 = FakeS3::start(|request| if request == LOOK_BEFORE { 404 } else { 200 });
    assert_eq!(seal(&s3.session(), Placement::Object).unwrap().plaintext_bytes, 10);
    for mut outer in [Builder::new_current_thread(), Builder::new_multi_thread()] {
        let outer = outer.build().unwrap();
        let sealed = outer.block_on(async { seal(&s3.session(), Placement::Object) });
        assert_eq!(sealed.unwrap().plaintext_bytes, 10);
    }
    assert_eq!(s3.count(OBJECT), 3);
}
