//! `s3://bucket/key`.

use std::fmt;
use std::str::FromStr;

/// The longest key of an object, in bytes.
const KEY_BYTES_MAX: usize = 1024;

/// A bucket and the key of an object in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectUrl {
    bucket: String,
    key: String,
}

/// Why a text names no object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectUrlError {
    /// Another scheme, or none.
    #[error("is not s3://BUCKET/KEY")]
    Form,
    /// A bucket's name has 3 to 63 small letters, digits, dots and hyphens.
    #[error("has no valid bucket name: 3 to 63 small letters, digits, dots and hyphens")]
    Bucket,
    /// A key has 1 to 1,024 bytes.
    #[error("has no valid key: 1 to 1,024 bytes behind the bucket's name")]
    Key,
}

impl FromStr for ObjectUrl {
    type Err = ObjectUrlError;

    /// The key is taken as it stands: no escapes, and a question mark is part of it.
    fn from_str(text: &str) -> Result<Self, ObjectUrlError> {
        let rest = text.strip_prefix("s3://").ok_or(ObjectUrlError::Form)?;
        let (bucket, key) = rest.split_once('/').ok_or(ObjectUrlError::Key)?;
        let character = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-';
        if !(3..=63).contains(&bucket.len()) || !bucket.bytes().all(character) {
            return Err(ObjectUrlError::Bucket);
        }
        if key.is_empty() || key.len() > KEY_BYTES_MAX {
            return Err(ObjectUrlError::Key);
        }
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }
}

impl fmt::Display for ObjectUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

impl ObjectUrl {
    /// The bucket's name.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The object's key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The last part of the key, for a file's name; `None` if the key ends with a slash, or that part is no name.
    pub fn file_name(&self) -> Option<&str> {
        let name = self.key.rsplit('/').next()?;
        (!matches!(name, "" | "." | "..")).then_some(name)
    }

    /// The object of the same bucket with this behind its key: an instruction file.
    pub(super) fn with_suffix(&self, suffix: &str) -> Self {
        Self { bucket: self.bucket.clone(), key: format!("{}{suffix}", self.key) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_and_key_come_apart_at_the_first_slash() {
        let url: ObjectUrl = "s3://my.bucket-1/a/b?c=%20".parse().unwrap();
        assert_eq!((url.bucket(), url.key(), url.file_name()), ("my.bucket-1", "a/b?c=%20", Some("b?c=%20")));
        assert_eq!(url.to_string(), "s3://my.bucket-1/a/b?c=%20");
        assert_eq!(url.with_suffix(".instruction").key(), "a/b?c=%20.instruction");
        for key in ["a/", "a/..", "."] {
            assert_eq!(format!("s3://bucket/{key}").parse::<ObjectUrl>().unwrap().file_name(), None, "{key}");
        }
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for (text, error) in [
            ("bucket/key", ObjectUrlError::Form),
            ("S3://bucket/key", ObjectUrlError::Form),
            ("s3://bucket", ObjectUrlError::Key),
            ("s3://bucket/", ObjectUrlError::Key),
            ("s3://b/key", ObjectUrlError::Bucket),
            ("s3://Bucket/key", ObjectUrlError::Bucket),
            ("s3:///key", ObjectUrlError::Bucket),
        ] {
            assert_eq!(text.parse::<ObjectUrl>(), Err(error), "{text}");
        }
    }
}
