//! Hostile frames on the line to the token worker, read as the worker reads requests and as the vault reads replies; and
//! records of enrolments.

#![no_main]

use libfuzzer_sys::fuzz_target;
use strongroom_token_protocol::{
    DecodedFrame, Enrolment, ReplyFrame, RequestFrame, decode_frame, encode_reply, encode_request,
};

fuzz_target!(|data: &[u8]| {
    let DecodedFrame { request, reply } = decode_frame(data);
    // A frame has one form: whatever was read is written as it came.
    if let Ok(RequestFrame { id, request }) = request {
        let mut again = Vec::new();
        encode_request(&mut again, id, &request).unwrap();
        assert!(data.starts_with(&again), "a request of another form was taken");
    }
    if let Ok(ReplyFrame { id, command, outcome }) = reply {
        let mut again = Vec::new();
        encode_reply(&mut again, id, command, &outcome).unwrap();
        assert!(data.starts_with(&again), "a reply of another form was taken");
    }
    if let Ok(enrolment) = Enrolment::from_bytes(data) {
        assert_eq!(enrolment.to_bytes(), data, "an enrolment of another form was taken");
    }
});
