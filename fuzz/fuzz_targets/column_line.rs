//! Hostile lines and values of `strongroom column`: a line has one value, and a value opens for its own row only.
//!
//! The binary has no library, so its file is taken in here. Input: the row that is asked for up to a line's end, then the
//! line.

#![no_main]

#[allow(dead_code)]
#[path = "../../crates/cli/src/envelope_tool/columns.rs"]
mod columns;

use columns::Line;
use libfuzzer_sys::fuzz_target;
use strongroom_envelope::column::Binding;
use zeroize::Zeroizing;

/// As in the binary, as far as `columns` uses it.
#[allow(dead_code)]
enum Failure {
    Usage(String),
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let Some((asked, text)) = text.split_once('\n') else { return };
    let Ok(line) = Line::parse(1, text) else { return };
    let written = line.with(&line.value);
    let Ok(again) = Line::parse(1, written.trim_end_matches('\n')) else {
        panic!("what was written does not read")
    };
    assert_eq!((&again.row, &again.value), (&line.row, &line.value), "what was written reads otherwise");

    let binding = Binding::new("table", "column").of_tenant("tenant");
    // As if it had been opened: the value begins with the row that it belongs to.
    if let Ok(value) = binding.unpack(asked, Zeroizing::new(line.value.to_vec())) {
        let Ok(packed) = binding.pack(asked, &value) else { panic!("the row is too long") };
        assert_eq!(packed, line.value, "a value of another row was taken");
    }
    let Ok(packed) = binding.pack(&line.row, &line.value) else { panic!("the row is too long") };
    assert!(asked == line.row || binding.unpack(asked, packed.clone()).is_err(), "it opens for another row");
    let Ok(value) = binding.unpack(&line.row, packed) else { panic!("it does not open for its own row") };
    assert_eq!(value, line.value);
});
