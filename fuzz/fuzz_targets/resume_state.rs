//! Hostile states of an interrupted seal (`OUT.resume`): what is read has one form.

#![no_main]

use libfuzzer_sys::fuzz_target;
use strongroom_envelope::reread_resume_state;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let Some(written) = reread_resume_state(&text) else { return };
    assert_eq!(reread_resume_state(&written).as_ref(), Some(&written), "what was written reads otherwise");
    assert_eq!(reread_resume_state(&written[..written.len() - 2]), None, "a state that is cut was taken");
});
