//! Hostile frames on the process line, read as the vault reads requests and as the front reads replies.

#![no_main]

use libfuzzer_sys::fuzz_target;
use strongroom_vault_protocol::{
    DecodedFrame, ReplyFrame, RequestFrame, decode_frame, encode_reply, encode_request,
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
});
