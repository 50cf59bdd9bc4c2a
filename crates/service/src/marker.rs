//! Page markers: opaque, and good only for the request that they continue.
//!
//! `Base64url(tag 16 || last)`, tag = the first sixteen bytes of HMAC-SHA256 over what the request asked for and
//! the last item shown, under a key that the vault derives.

use crate::fault::Fault;
use aws_lc_rs::{constant_time, hmac};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use strongroom_types::SecretBytes;

/// Bytes of the tag.
const TAG_BYTES: usize = 16;

/// The key of page markers.
pub(crate) struct MarkerKey(hmac::Key);

impl MarkerKey {
    pub(crate) fn new(secret: &SecretBytes) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.expose()))
    }

    /// A key in place of the vault's while that is sealed; no marker is made or read then.
    pub(crate) fn of_nobody(random: [[u8; 16]; 2]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, random.as_flattened()))
    }

    fn tag(&self, request: &[&str], last: &str) -> [u8; TAG_BYTES] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in request.iter().chain([&last]) {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        let mut tag = [0; TAG_BYTES];
        for (to, from) in tag.iter_mut().zip(context.sign().as_ref()) {
            *to = *from;
        }
        tag
    }

    /// A marker that continues after `last`. `request` is everything the pages depend on.
    pub(crate) fn make(&self, request: &[&str], last: &str) -> String {
        let mut bytes = self.tag(request, last).to_vec();
        bytes.extend_from_slice(last.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The item after which a marker continues.
    pub(crate) fn read(&self, request: &[&str], marker: &str) -> Result<String, Fault> {
        let bytes = URL_SAFE_NO_PAD.decode(marker).map_err(|_| Fault::InvalidMarker)?;
        let (tag, last) = bytes.split_at_checked(TAG_BYTES).ok_or(Fault::InvalidMarker)?;
        let last = std::str::from_utf8(last).map_err(|_| Fault::InvalidMarker)?;
        constant_time::verify_slices_are_equal(&self.tag(request, last), tag)
            .map_err(|_| Fault::InvalidMarker)?;
        Ok(last.to_owned())
    }
}

/// One page: at most `limit` items, and the marker's item if there are more.
pub(crate) fn page<T>(items: impl Iterator<Item = T>, limit: usize, last: impl Fn(&T) -> String) -> Page<T> {
    let mut items: Vec<T> = items.take(limit + 1).collect();
    let more = items.len() > limit;
    items.truncate(limit);
    let continues = if more { items.last().map(last) } else { None };
    Page { items, continues }
}

/// Items of one page, and after which item the next one starts.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) continues: Option<String>,
}

/// The page size: what was asked for, within what the operation allows.
pub(crate) fn limit(asked: Option<i64>, default: usize, max: usize) -> usize {
    asked.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(default).min(max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marker_is_bound_to_its_request() {
        let key = MarkerKey::new(&SecretBytes::new(vec![7; 32]));
        let marker = key.make(&["ListKeys", "1"], "last");
        assert_eq!(key.read(&["ListKeys", "1"], &marker).unwrap(), "last");
        assert!(key.read(&["ListKeys", "2"], &marker).is_err());
        assert!(key.read(&["ListKeys1", ""], &marker).is_err());
        for bad in ["", "!", "AAAA", &marker[1..]] {
            assert!(key.read(&["ListKeys", "1"], bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn page_says_whether_there_is_more() {
        let page = |limit| super::page([1, 2, 3].into_iter(), limit, i32::to_string);
        assert_eq!(page(2).continues.as_deref(), Some("2"));
        assert_eq!(page(3).continues, None);
        assert_eq!(page(3).items, [1, 2, 3]);
    }
}
