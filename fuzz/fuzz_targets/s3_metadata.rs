//! Hostile metadata, instruction files and values of S3 objects.
//!
//! The input is lines: `name=value` pairs of user metadata up to an empty line, the rest is an instruction file.

#![no_main]

use libfuzzer_sys::fuzz_target;
use strongroom_envelope::s3::{
    ContentKey, ContentOpener, Found, Pairs, Placement, decode_metadata_value, parse_instruction_file,
    parse_object,
};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let (metadata, file) = text.split_once("\n\n").unwrap_or((&*text, ""));
    let pairs: Pairs = metadata
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), decode_metadata_value(value)))
        .collect();
    let Ok(found) = parse_object(&pairs) else { return };
    let envelope = match found {
        Found::Whole(envelope) => envelope,
        found => match parse_instruction_file(found, file.as_bytes()) {
            Ok(envelope) => envelope,
            Err(_) => return,
        },
    };
    if let Ok(written) = envelope.write(Placement::Object) {
        let again = parse_object(&written.object);
        // V1 names no wrap, and its name for "none" is not one that is read.
        assert!(
            again.is_err() || again == Ok(Found::Whole(envelope.clone())),
            "what was written reads otherwise"
        );
    }
    let key = ContentKey::from_vec(vec![0x5a; 32]).unwrap();
    if let Ok(mut opener) = ContentOpener::new(&envelope.content, &key) {
        let _ = opener.push(data);
        let _ = opener.finish();
    }
});
