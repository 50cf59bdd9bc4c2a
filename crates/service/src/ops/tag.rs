//! Operations on tags.

mod list_resource_tags;
mod tag_resource;
mod untag_resource;

use crate::fault::Fault;
use std::collections::BTreeMap;
use strongroom_api::shape::Tag;

/// The most tags of a key.
const TAGS_MAX: usize = 50;

/// Adds tags to those that are there; a key that comes twice in one request is refused.
pub(super) fn merge(
    mut tags: BTreeMap<String, String>,
    given: &[Tag],
) -> Result<BTreeMap<String, String>, Fault> {
    let mut seen = std::collections::BTreeSet::new();
    for tag in given {
        check_key(&tag.tag_key)?;
        if !seen.insert(&tag.tag_key) {
            return Err(Fault::Tags("Duplicate tag keys"));
        }
        tags.insert(tag.tag_key.clone(), tag.tag_value.clone());
    }
    if tags.len() > TAGS_MAX { Err(Fault::Tags("Too many tags")) } else { Ok(tags) }
}

/// The tags of a request as condition keys read them.
pub(super) fn pairs(given: &[Tag]) -> BTreeMap<String, String> {
    given.iter().map(|tag| (tag.tag_key.clone(), tag.tag_value.clone())).collect()
}

/// The prefix `aws:` is reserved, in any case.
fn check_key(key: &str) -> Result<(), Fault> {
    let reserved = key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"));
    if reserved { Err(Fault::Tags("Tags beginning with aws: are reserved")) } else { Ok(()) }
}
