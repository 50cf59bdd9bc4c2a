//! The XML of outputs: elements without attributes, every text escaped, always well-formed (XML 1.0, section 2.2).

use crate::{NoOutput, SensitiveText, Time};
use std::collections::BTreeMap;
use std::fmt::Write;
use strongroom_types::WipedBytes;
use zeroize::Zeroizing;

/// XML that is being written. It may hold secrets: it is wiped on drop.
#[derive(Default)]
pub struct Xml {
    text: Zeroizing<String>,
}

/// What can stand inside an element.
pub trait WriteXml {
    /// Writes the element's content.
    fn write_xml(&self, xml: &mut Xml);
}

impl Xml {
    /// What has been written.
    pub fn into_bytes(mut self) -> WipedBytes {
        WipedBytes::new(std::mem::take(&mut *self.text).into_bytes())
    }

    /// An element with the namespace of everything in it.
    pub(super) fn document(&mut self, name: &str, namespace: &str, content: impl FnOnce(&mut Self)) {
        self.raw(&["<", name, " xmlns=\"", namespace, "\">"]);
        content(self);
        self.raw(&["</", name, ">\n"]);
    }

    /// An element.
    pub(super) fn element(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.raw(&["<", name, ">"]);
        content(self);
        self.raw(&["</", name, ">"]);
    }

    /// A member, if it is there.
    pub fn member<T: WriteXml>(&mut self, name: &'static str, value: Option<&T>) {
        if let Some(value) = value {
            self.element(name, |xml| value.write_xml(xml));
        }
    }

    /// A text member, percent-encoded as RFC 3986 says: all but letters, digits and `-._~`.
    pub fn encoded(&mut self, name: &'static str, value: Option<&String>) {
        let Some(value) = value else { return };
        self.element(name, |xml| {
            for byte in value.bytes() {
                if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                    xml.text.push(char::from(byte));
                } else {
                    let _ = write!(xml.text, "%{byte:02X}");
                }
            }
        });
    }

    /// Text, escaped. A character that XML cannot carry becomes U+FFFD; a carriage return, which a reader would
    /// turn into a line feed, a reference.
    pub(super) fn escaped(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '"' => self.text.push_str("&quot;"),
                '\'' => self.text.push_str("&apos;"),
                '\r' => self.text.push_str("&#13;"),
                '\t' | '\n' => self.text.push(character),
                '\0'..'\u{20}' | '\u{fffe}' | '\u{ffff}' => self.text.push('\u{fffd}'),
                _ => self.text.push(character),
            }
        }
    }

    fn raw(&mut self, parts: &[&str]) {
        for part in parts {
            self.text.push_str(part);
        }
    }
}

impl WriteXml for String {
    fn write_xml(&self, xml: &mut Xml) {
        xml.escaped(self);
    }
}

impl WriteXml for SensitiveText {
    fn write_xml(&self, xml: &mut Xml) {
        xml.escaped(self.expose());
    }
}

impl WriteXml for i64 {
    fn write_xml(&self, xml: &mut Xml) {
        let _ = write!(xml.text, "{self}");
    }
}

impl WriteXml for bool {
    fn write_xml(&self, xml: &mut Xml) {
        let _ = write!(xml.text, "{self}");
    }
}

impl WriteXml for Time {
    fn write_xml(&self, xml: &mut Xml) {
        let seconds = i64::try_from(self.0.seconds()).unwrap_or(i64::MAX);
        let time = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX);
        let _ = write!(xml.text, "{}", time.strftime("%Y-%m-%dT%H:%M:%SZ"));
    }
}

impl<T: WriteXml> WriteXml for Vec<T> {
    fn write_xml(&self, xml: &mut Xml) {
        for value in self {
            xml.member("member", Some(value));
        }
    }
}

impl<T: WriteXml> WriteXml for BTreeMap<String, T> {
    fn write_xml(&self, xml: &mut Xml) {
        for (key, value) in self {
            xml.element("entry", |xml| {
                xml.member("key", Some(key));
                xml.member("value", Some(value));
            });
        }
    }
}

impl WriteXml for NoOutput {
    fn write_xml(&self, _xml: &mut Xml) {}
}
