//! Sealing into an S3 that the test makes up; `interop/test_s3.py` and `test_s3_failures.py` have one that stores.

use super::fake_s3::FakeS3;
use super::{
    ObjectUrl, OpenObject, SealObject, SealedObject, Session, StoreError, open_object, open_object_range,
    seal_object,
};
use crate::error::EnvelopeError;
use crate::input::Input;
use crate::output::Output;
use crate::s3::{
    AesWrappingKey, CommitmentPolicy, INSTRUCTION_FILE_SUFFIX, Pairs, Placement, PlaintextRange, Reading,
    S3FormatError, WrappingKey,
};
use std::io::{self, Read};
use tokio::runtime::Builder;

const LOOK_BEFORE: &str = "HEAD /bucket/object";
const OBJECT: &str = "PUT /bucket/object";
const LOOK_AFTER: &str = "GET /bucket/object";
const FILE: &str = "PUT /bucket/object.instruction";
const FILE_REMOVED: &str = "DELETE /bucket/object.instruction";
const ABORTED: &str = "DELETE /bucket/object";

fn seal(session: &Session, placement: Placement) -> Result<SealedObject, EnvelopeError> {
    seal_document(session, placement, &b"a document"[..])
}

fn seal_document(
    session: &Session,
    placement: Placement,
    document: impl Read + Send + 'static,
) -> Result<SealedObject, EnvelopeError> {
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
    seal_object(session, Input::Stream(Box::new(document)), options)
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

/// One who may write and delete and not read; the object's write meets with these answers.
fn write_only(answers: &'static [u16]) -> FakeS3 {
    let mut answers = answers.iter();
    FakeS3::start(move |request| match request {
        OBJECT => *answers.next().unwrap(),
        FILE | FILE_REMOVED => 200,
        _ => 403,
    })
}

#[test]
fn refused_object_takes_its_instruction_file_along_where_nobody_may_look() {
    let refusals: [(&'static [u16], bool); 2] = [(&[403], false), (&[412], true)];
    for (answers, exists) in refusals {
        let s3 = write_only(answers);
        let error = seal(&s3.session(), Placement::InstructionFile).unwrap_err();
        match error {
            EnvelopeError::S3Store(StoreError::ObjectExists(_)) => assert!(exists),
            EnvelopeError::S3Store(StoreError::Refused { operation: "PutObject", .. }) => assert!(!exists),
            other => panic!("{other}"),
        }
        let asked = [FILE, OBJECT, LOOK_AFTER, FILE_REMOVED].map(|request| s3.count(request));
        assert_eq!(asked, [1, 1, 1, 1], "{answers:?}");
    }
}

#[test]
fn refusal_of_a_second_attempt_keeps_the_instruction_file_as_the_first_may_have_succeeded() {
    let undecided: [&'static [u16]; 3] = [&[503, 403], &[503, 412], &[503, 503]];
    for answers in undecided {
        let s3 = write_only(answers);
        let error = seal(&s3.session(), Placement::InstructionFile).unwrap_err();
        assert!(matches!(error, EnvelopeError::S3Store(StoreError::Undecided { .. })), "{error}");
        assert_eq!([FILE, OBJECT, FILE_REMOVED].map(|request| s3.count(request)), [1, 2, 0], "{answers:?}");
    }
    let s3 = write_only(&[503, 200]);
    seal(&s3.session(), Placement::InstructionFile).unwrap();
    assert_eq!(s3.count(FILE_REMOVED), 0);
}

/// The end of a document that cannot be read to it.
struct Unreadable;

impl Read for Unreadable {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("unreadable"))
    }
}

#[test]
fn upload_is_aborted_until_it_is_gone_as_parts_may_land_after_the_first_abort() {
    // Four times at most, if S3 never says that it is gone.
    let answers: [&'static [u16]; 4] = [&[404], &[204, 204, 404], &[403], &[204; 4]];
    for answers in answers {
        let mut said = answers.iter();
        let s3 = FakeS3::start(move |request| match request {
            LOOK_BEFORE => 404,
            ABORTED => *said.next().unwrap(),
            _ => 200,
        });
        let document = io::repeat(7).take(9 << 20).chain(Unreadable);
        let error = seal_document(&s3.session(), Placement::Object, document).unwrap_err();
        assert!(error.to_string().contains("read the input"), "{error}");
        assert_eq!(s3.count(OBJECT), 1, "the positive control: a part was sent");
        assert_eq!(s3.count(ABORTED), answers.len());
    }
}

#[test]
fn a_message_of_the_encryption_sdk_is_named_as_what_it_is() {
    let url: ObjectUrl = "s3://bucket/object".parse().unwrap();
    let key = WrappingKey::Aes(AesWrappingKey::from_vec(vec![7; 32]).unwrap());
    let context = Pairs::new();
    let options = OpenObject {
        url: &url,
        key: &key,
        context: &context,
        reading: Reading { policy: CommitmentPolicy::default(), legacy: false },
        instruction_suffix: INSTRUCTION_FILE_SUFFIX,
        release_unverified: false,
        total: &|_| {},
        progress: &|_| {},
    };
    let objects: [(&'static [u8], bool); 3] =
        [(b"\x02\x04\x78 and so on", true), (b"\x01\x80\x03\x78", true), (b"plain", false)];
    for (object, is_message) in objects {
        let s3 = FakeS3::holding(object, |request| match request {
            "GET /bucket/object.instruction" => 404,
            _ => 200,
        });
        let range = PlaintextRange::new(0, 1).unwrap();
        for error in [
            open_object(&s3.session(), Output::Nothing, options).unwrap_err(),
            open_object_range(&s3.session(), Output::Nothing, range, options).unwrap_err(),
        ] {
            match error {
                EnvelopeError::S3Format(S3FormatError::IsMessage(name)) => {
                    assert!(is_message && name == "s3://bucket/object", "{name}");
                }
                EnvelopeError::S3Format(S3FormatError::NotEncrypted(_)) => assert!(!is_message),
                other => panic!("{other}"),
            }
        }
    }
}
