//! Values of a request, and the readings of a policy's values: numbers, times, networks, bytes.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use std::borrow::Cow;
use std::net::IpAddr;
use strongroom_types::Timestamp;

/// One value of a key in a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Text(&'a str),
    Flag(bool),
    Number(u64),
    /// Shown as ISO 8601.
    Time(Timestamp),
    /// Shown as seconds since the epoch.
    Epoch(Timestamp),
    Address(IpAddr),
}

/// What a request holds for a key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Found<'a> {
    Missing,
    One(Value<'a>),
    /// At least one: an empty set is missing.
    Many(Vec<&'a str>),
}

impl Found<'_> {
    /// The values as texts; `None` when the key is missing.
    pub(crate) fn into_texts(self) -> Option<Vec<String>> {
        match self {
            Self::Missing => None,
            Self::One(value) => Some(vec![value.text().into_owned()]),
            Self::Many(texts) => Some(texts.into_iter().map(ToOwned::to_owned).collect()),
        }
    }
}

impl<'a> From<Option<Value<'a>>> for Found<'a> {
    fn from(value: Option<Value<'a>>) -> Self {
        value.map_or(Self::Missing, Self::One)
    }
}

impl<'a> From<Option<&'a str>> for Found<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map(Value::Text).into()
    }
}

impl<'a> FromIterator<&'a str> for Found<'a> {
    fn from_iter<I: IntoIterator<Item = &'a str>>(texts: I) -> Self {
        let texts: Vec<_> = texts.into_iter().collect();
        if texts.is_empty() { Self::Missing } else { Self::Many(texts) }
    }
}

impl<'a> Value<'a> {
    /// What string operators and policy variables see.
    pub(crate) fn text(&self) -> Cow<'a, str> {
        match *self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Flag(true) => Cow::Borrowed("true"),
            Self::Flag(false) => Cow::Borrowed("false"),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Time(time) => Cow::Owned(iso(time)),
            Self::Epoch(time) => Cow::Owned(time.seconds().to_string()),
            Self::Address(address) => Cow::Owned(address.to_canonical().to_string()),
        }
    }

    pub(crate) fn number(&self) -> Option<f64> {
        number(&self.text())
    }

    pub(crate) fn date_ms(&self) -> Option<i64> {
        match *self {
            Self::Time(time) | Self::Epoch(time) => i64::try_from(time.millis()).ok(),
            _ => date_ms(&self.text()),
        }
    }

    pub(crate) fn flag(&self) -> Option<bool> {
        flag(&self.text())
    }

    pub(crate) fn address(&self) -> Option<IpAddr> {
        match *self {
            Self::Address(address) => Some(address.to_canonical()),
            Self::Text(text) => text.parse::<IpAddr>().ok().map(|address| address.to_canonical()),
            _ => None,
        }
    }

    /// The bytes that a policy's base64 is held against: no key is binary, so those of the text.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.text().as_bytes().to_vec()
    }
}

fn iso(time: Timestamp) -> String {
    let second = i64::try_from(time.seconds()).ok().and_then(|s| jiff::Timestamp::from_second(s).ok());
    second.map(|second| second.to_string()).unwrap_or_default()
}

/// A decimal number, with a sign and a fraction if it likes.
pub(crate) fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let decimal = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !decimal(whole) || !decimal(fraction) {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// A time in milliseconds since the epoch: seconds since the epoch, or ISO 8601 to the year, month, day, minute,
/// second or its fraction, with `Z` or an offset. Four digits are a year.
pub(crate) fn date_ms(text: &str) -> Option<i64> {
    let year = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(seconds) = number(text).filter(|_| !year) {
        let ms = seconds * 1_000.0;
        return (ms.abs() < 1e17).then_some(ms as i64);
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit() || b"-+:.TZ".contains(&byte)) {
        return None;
    }
    let full = match (text.len(), text.contains('T')) {
        (4, false) => format!("{text}-01-01T00:00:00Z"),
        (7, false) => format!("{text}-01T00:00:00Z"),
        (10, false) => format!("{text}T00:00:00Z"),
        (_, true) => text.to_owned(),
        _ => return None,
    };
    full.parse::<jiff::Timestamp>().ok().map(|time| time.as_millisecond())
}

/// `true` or `false` in any case.
pub(crate) fn flag(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// Base64 with padding.
pub(crate) fn bytes(text: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(text).ok()
}

/// A network in CIDR notation; an address alone is a network of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address.parse::<IpAddr>().ok()?, Some(bits)),
            None => (text.parse::<IpAddr>().ok()?, None),
        };
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => most,
            Some(bits) if bits.bytes().all(|byte| byte.is_ascii_digit()) => bits.parse().ok()?,
            Some(_) => return None,
        };
        (bits <= most).then_some(Self { address, bits })
    }

    /// Whether an address, in its canonical form, is in the network.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(net), IpAddr::V4(found)) => {
                let difference = u32::from(net) ^ u32::from(found);
                difference.checked_shr(32 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            (IpAddr::V6(net), IpAddr::V6(found)) => {
                let difference = u128::from(net) ^ u128::from(found);
                difference.checked_shr(128 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers() {
        for (text, expected) in [("7", 7.0), ("-7.5", -7.5), ("+0", 0.0), ("007", 7.0)] {
            assert_eq!(number(text), Some(expected), "{text}");
        }
        for text in ["", "-", "1.", ".5", "1e3", "inf", "NaN", "0x1", " 1", "1_000", &"9".repeat(400)] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn dates() {
        for (text, expected) in [
            ("0", 0),
            ("1372636800", 1_372_636_800_000),
            ("2013-07-01", 1_372_636_800_000),
            ("2013-07", 1_372_636_800_000),
            ("2013", 1_356_998_400_000),
            ("2013-07-01T00:00Z", 1_372_636_800_000),
            ("2013-07-01T00:00:00Z", 1_372_636_800_000),
            ("2013-07-01T02:00:00.250+02:00", 1_372_636_800_250),
        ] {
            assert_eq!(date_ms(text), Some(expected), "{text}");
        }
        for text in
            ["", "yesterday", "2013-13-01", "2013-07-01T00:00:00", "2013-7-1", "2013-07-01T00:00:00[UTC]"]
        {
            assert_eq!(date_ms(text), None, "{text}");
        }
        assert!(date_ms("99999999999999").is_some());
        assert_eq!(date_ms("100000000000000"), None, "three million years");
    }

    #[test]
    fn networks() {
        let within = |net: &str, address: &str| {
            Network::parse(net).unwrap().contains(address.parse::<IpAddr>().unwrap().to_canonical())
        };
        assert!(within("10.0.0.0/8", "10.255.1.1") && !within("10.0.0.0/8", "11.0.0.0"));
        assert!(within("10.1.2.3", "10.1.2.3") && !within("10.1.2.3", "10.1.2.2"));
        assert!(within("0.0.0.0/0", "255.1.1.1") && !within("0.0.0.0/0", "::1"));
        assert!(within("10.0.0.0/8", "::ffff:10.1.1.1"));
        assert!(within("2001:db8::/32", "2001:db8:1::1") && !within("2001:db8::/32", "2001:db9::1"));
        assert!(within("::/0", "2001:db8::1"));
        for text in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/+8", "10.0.0.0/", "*"] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }

    #[test]
    fn texts_of_values() {
        let time = Timestamp::from_millis(1_372_636_800_250);
        for (value, expected) in [
            (Value::Flag(true), "true"),
            (Value::Flag(false), "false"),
            (Value::Number(7), "7"),
            (Value::Time(time), "2013-07-01T00:00:00Z"),
            (Value::Epoch(time), "1372636800"),
            (Value::Address("::ffff:10.0.0.1".parse().unwrap()), "10.0.0.1"),
        ] {
            assert_eq!(value.text(), expected);
        }
        let milliseconds = Some(1_372_636_800_250);
        assert_eq!((Value::Time(time).date_ms(), Value::Epoch(time).date_ms()), (milliseconds, milliseconds));
    }

    proptest! {
        #[test]
        fn readings_never_panic(text in "[-+0-9.:TZ/a-f]{0,40}|.{0,20}") {
            let _ = (number(&text), date_ms(&text), flag(&text), bytes(&text), Network::parse(&text));
        }
    }
}
