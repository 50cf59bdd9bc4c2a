//! The JSON of outputs, which write themselves: byte for byte what serde_json would make of them, for a fraction of the
//! work. Their names are known beforehand, hardly a text of an answer needs escaping, and Base64 never does.

use crate::{Blob, NoOutput, SensitiveBlob, SensitiveText, TextMap, Time};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use serde::ser::Error as _;
use strongroom_types::WipedBytes;

/// Bytes that most answers fit into.
const FIRST_ROOM: usize = 1_024;

/// Bytes of the longest escape, such as `\u001f`.
const ESCAPE_BYTES: usize = 6;

/// Bytes that every number fits into.
const NUMBER_BYTES: usize = 32;

/// JSON that is being written. It may hold secrets: it is wiped on drop, and so is what it grows out of.
#[derive(Default)]
pub struct Json {
    text: WipedBytes,
    /// Why it is not what it should be.
    error: Option<serde_json::Error>,
}

/// What can stand as a value.
pub trait WriteJson {
    /// Writes the value.
    fn write_json(&self, json: &mut Json);
}

/// An output as the body of an answer.
pub(crate) fn body(output: &impl WriteJson) -> Result<WipedBytes, serde_json::Error> {
    let mut json = Json::default();
    json.room(FIRST_ROOM);
    output.write_json(&mut json);
    match json.error {
        Some(error) => Err(error),
        None => Ok(json.text),
    }
}

impl Json {
    /// Begins an object.
    pub fn object(&mut self) -> Object<'_> {
        Object { json: self, before: b'{' }
    }

    /// Text, escaped where it has to be.
    fn text(&mut self, text: &str) {
        // Looks at every byte, so that the compiler makes vectors of it.
        let escaped = text.bytes().fold(false, |any, byte| any | is_escaped(byte));
        if escaped {
            let escapes = text.bytes().filter(|byte| is_escaped(*byte)).count();
            self.serde(text, text.len() + escapes * (ESCAPE_BYTES - 1) + 2);
            return;
        }
        self.room(text.len() + 2);
        self.text.push(b'"');
        self.text.extend_from_slice(text.as_bytes());
        self.text.push(b'"');
    }

    /// Standard Base64 with padding, encoded in its place: a copy elsewhere would have to be wiped.
    fn base64(&mut self, bytes: &[u8]) {
        let length = bytes.len().div_ceil(3) * 4;
        self.room(length + 2);
        self.text.push(b'"');
        let start = self.text.len();
        self.text.resize(start + length, 0);
        let outcome = STANDARD.encode_slice(bytes, &mut self.text[start..]);
        self.text.push(b'"');
        self.note(outcome.map(|_written| ()).map_err(serde_json::Error::custom));
    }

    /// A value in at most so many bytes, written by serde.
    fn serde(&mut self, value: &(impl Serialize + ?Sized), bytes: usize) {
        self.room(bytes);
        let outcome = serde_json::to_writer(&mut *self.text, value);
        self.note(outcome);
    }

    /// Syntax.
    fn raw(&mut self, bytes: &[u8]) {
        self.room(bytes.len());
        self.text.extend_from_slice(bytes);
    }

    fn note(&mut self, outcome: Result<(), serde_json::Error>) {
        if let Err(error) = outcome {
            self.error = Some(error);
        }
    }

    /// Sees to it that so many bytes more fit. A vector that grows by itself leaves behind what it held.
    fn room(&mut self, bytes: usize) {
        if self.text.capacity() - self.text.len() < bytes {
            self.grow(bytes);
        }
    }

    #[cold]
    fn grow(&mut self, bytes: usize) {
        let room = (self.text.len() + bytes).max(self.text.capacity() * 2);
        let mut grown = WipedBytes::new(Vec::with_capacity(room));
        grown.extend_from_slice(&self.text);
        self.text = grown;
    }
}

/// Whether a byte of a text may not stand as it is (RFC 8259, section 7).
const fn is_escaped(byte: u8) -> bool {
    // Without a branch, for the vectors.
    (byte < b' ') | (byte == b'"') | (byte == b'\\')
}

/// An object that is being written, member by member.
#[must_use = "an object has to be ended"]
pub struct Object<'j> {
    json: &'j mut Json,
    /// What comes before the next name: an opening brace, then commas.
    before: u8,
}

impl Object<'_> {
    /// A member, if it is there. The name is one of ours: it needs no escaping.
    pub fn member<T: WriteJson>(mut self, name: &'static str, value: Option<&T>) -> Self {
        if let Some(value) = value {
            self.json.room(name.len() + 4);
            self.json.text.extend_from_slice(&[self.before, b'"']);
            self.json.text.extend_from_slice(name.as_bytes());
            self.json.text.extend_from_slice(b"\":");
            self.before = b',';
            value.write_json(self.json);
        }
        self
    }

    /// An entry of a map.
    fn entry(mut self, key: &str, value: &str) -> Self {
        self.json.raw(&[self.before]);
        self.before = b',';
        self.json.text(key);
        self.json.raw(b":");
        self.json.text(value);
        self
    }

    /// Ends the object.
    pub fn end(self) {
        self.json.raw(if self.before == b'{' { b"{}" } else { b"}" });
    }
}

impl WriteJson for String {
    fn write_json(&self, json: &mut Json) {
        json.text(self);
    }
}

/// An output that repeats a secret of the caller's shows that it was there, and nothing of it.
impl WriteJson for SensitiveText {
    fn write_json(&self, json: &mut Json) {
        json.text("redacted");
    }
}

impl WriteJson for Blob {
    fn write_json(&self, json: &mut Json) {
        json.base64(&self.0);
    }
}

impl WriteJson for SensitiveBlob {
    fn write_json(&self, json: &mut Json) {
        json.base64(self.0.expose());
    }
}

impl WriteJson for bool {
    fn write_json(&self, json: &mut Json) {
        json.raw(if *self { b"true" } else { b"false" });
    }
}

impl WriteJson for i64 {
    fn write_json(&self, json: &mut Json) {
        json.serde(self, NUMBER_BYTES);
    }
}

impl WriteJson for Time {
    fn write_json(&self, json: &mut Json) {
        json.serde(self, NUMBER_BYTES);
    }
}

impl<T: WriteJson> WriteJson for Vec<T> {
    fn write_json(&self, json: &mut Json) {
        json.raw(b"[");
        for (index, value) in self.iter().enumerate() {
            if index > 0 {
                json.raw(b",");
            }
            value.write_json(json);
        }
        json.raw(b"]");
    }
}

impl WriteJson for TextMap {
    fn write_json(&self, json: &mut Json) {
        self.0.iter().fold(json.object(), |object, (key, value)| object.entry(key, value)).end();
    }
}

/// An operation without output answers an empty body, never `null`.
impl WriteJson for NoOutput {
    fn write_json(&self, _json: &mut Json) {}
}

#[cfg(test)]
mod tests;
