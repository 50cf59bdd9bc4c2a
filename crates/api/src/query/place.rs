//! Members read out of a form: `Tags.member.1.Key` is the member `Key` of the first of `Tags`.
//!
//! A member that is written as another type would be is refused, not ignored: a list without `.member.`, a text
//! with something below it. Names that belong to no member are ignored, as AWS ignores them.

use super::{Form, QueryRefusal};
use crate::{Blob, SensitiveBlob, SensitiveText, Time};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::collections::BTreeSet;
use strongroom_types::{SecretBytes, Timestamp};

/// Where a value may stand in a form.
pub(crate) struct Place<'f> {
    form: &'f Form,
    /// The name of the parameter, empty for the input itself.
    name: String,
}

/// What can be read from a form: nothing if nothing stands there.
pub(crate) trait FromForm: Sized {
    /// Reads the value at a place.
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal>;
}

impl<'f> Place<'f> {
    /// The input itself.
    pub(crate) fn root(form: &'f Form) -> Self {
        Self { form, name: String::new() }
    }

    /// The value of the member of that name.
    pub(crate) fn member<T: FromForm>(&self, name: &str) -> Result<Option<T>, QueryRefusal> {
        let name = if self.name.is_empty() { name.to_owned() } else { format!("{}.{name}", self.name) };
        T::from_form(&Place { form: self.form, name })
    }

    /// A structure, if it is the input itself or anything stands below its name.
    pub(crate) fn structure<T>(
        &self,
        read: impl FnOnce(&Self) -> Result<T, QueryRefusal>,
    ) -> Result<Option<T>, QueryRefusal> {
        if !self.name.is_empty() {
            if self.value().is_some_and(|value| !value.is_empty()) {
                return Err(self.malformed("must be a structure"));
            }
            if !self.has_below() {
                return Ok(None);
            }
        }
        read(self).map(Some)
    }

    fn value(&self) -> Option<&'f str> {
        self.form.get(&self.name)
    }

    fn has_below(&self) -> bool {
        self.form.below(&format!("{}.", self.name)).next().is_some()
    }

    /// The value of a member that is no list and no structure.
    fn scalar<T>(
        &self,
        what: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, QueryRefusal> {
        if self.has_below() {
            return Err(self.malformed(what));
        }
        let Some(value) = self.value() else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| self.malformed(what))
    }

    /// How many members a list has, or nothing if there is no list. `Name=` is a list without members.
    fn list_length(&self) -> Result<Option<usize>, QueryRefusal> {
        let text = "must be a list whose members are numbered 1, 2, 3";
        let beginning = format!("{}.", self.name);
        let mut members = BTreeSet::new();
        for name in self.form.below(&beginning) {
            let member = name.strip_prefix("member.").and_then(number).ok_or_else(|| self.malformed(text))?;
            members.insert(member);
        }
        let (count, last) = (members.len(), members.last().copied().unwrap_or_default());
        match (self.value(), count) {
            (None, 0) => Ok(None),
            (Some(""), 0) => Ok(Some(0)),
            (None, count) if count == last => Ok(Some(count)),
            _ => Err(self.malformed(text)),
        }
    }

    fn malformed(&self, what: &str) -> QueryRefusal {
        // The name is one of the model's, with numbers: nothing that the caller wrote.
        QueryRefusal::MalformedInput(format!("The parameter {} {what}.", self.name))
    }
}

/// The number before the next dot, in its shortest form.
fn number(text: &str) -> Option<usize> {
    let digits = text.split('.').next().unwrap_or_default();
    let canonical = !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|_| canonical)
}

impl FromForm for String {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.scalar("must be a text", |text| Some(text.to_owned()))
    }
}

impl FromForm for SensitiveText {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.scalar("must be a text", |text| Some(Self::new(text.to_owned())))
    }
}

impl FromForm for i64 {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.scalar("must be an integer", |text| text.parse().ok().filter(|_| !text.starts_with('+')))
    }
}

impl FromForm for bool {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.scalar("must be true or false", |text| text.parse().ok())
    }
}

impl FromForm for Time {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.scalar("must be a time in ISO 8601", |text| {
            let time: jiff::Timestamp = text.parse().ok()?;
            Some(Self(Timestamp::from_millis(u64::try_from(time.as_millisecond()).ok()?)))
        })
    }
}

impl FromForm for Blob {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.scalar("must be Base64", |text| STANDARD.decode(text).ok().map(Self))
    }
}

impl FromForm for SensitiveBlob {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.scalar("must be Base64", |text| Some(Self(SecretBytes::new(STANDARD.decode(text).ok()?))))
    }
}

impl<T: FromForm> FromForm for Vec<T> {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        let Some(length) = at.list_length()? else { return Ok(None) };
        let member = |index: usize| {
            let place = Place { form: at.form, name: format!("{}.member.{index}", at.name) };
            T::from_form(&place)?.ok_or_else(|| place.malformed("is missing"))
        };
        (1..=length).map(member).collect::<Result<_, _>>().map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: FromForm>(text: &str) -> Result<Option<T>, QueryRefusal> {
        Place::root(&Form::parse(text.as_bytes())?).member("A")
    }

    #[test]
    fn times_are_iso_8601_with_an_offset() {
        let millis = |text: &str| read::<Time>(text).unwrap().map(|time| time.0.millis());
        assert_eq!(millis("A=2026-11-25T19:00:00Z"), Some(1_795_633_200_000));
        assert_eq!(millis("A=2026-11-25T20:00:00.5%2B01:00"), Some(1_795_633_200_500));
        assert_eq!(millis("B=1"), None);
        for bad in [
            "",
            "1795633200",
            "2026-11-25",
            "2026-11-25T19:00:00",
            "2026-02-30T19:00:00Z",
            "1969-12-31T23:59:59Z",
        ] {
            assert!(read::<Time>(&format!("A={bad}")).is_err(), "{bad}");
        }
    }

    #[test]
    fn blobs_are_base64() {
        assert_eq!(read::<Blob>("A=YWI%3D").unwrap().unwrap().0, b"ab");
        assert_eq!(read::<SensitiveBlob>("A=YWI%3D").unwrap().unwrap().0.expose(), b"ab");
        for bad in ["YWI", "YW+I%3D", "*"] {
            let refusal = read::<Blob>(&format!("A={bad}")).unwrap_err();
            assert_eq!(refusal, QueryRefusal::MalformedInput("The parameter A must be Base64.".to_owned()));
        }
    }

    #[test]
    fn neighbour_with_a_longer_name_is_not_below() {
        assert_eq!(read::<String>("A-.x=1&A=2&AB.member.1=3&A/=4").unwrap().as_deref(), Some("2"));
        assert_eq!(read::<Vec<String>>("A-.member.1=1&AB.member.1=3").unwrap(), None);
    }

    #[test]
    fn longest_list_is_read() {
        let list: String = (1..=crate::query::PARAMETERS_MAX).map(|i| format!("A.member.{i}={i}&")).collect();
        let list = read::<Vec<i64>>(&list).unwrap().unwrap();
        assert!(list.iter().copied().eq(1..=2_000));
    }
}
