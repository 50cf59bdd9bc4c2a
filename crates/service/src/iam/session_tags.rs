//! Session tags: those of the request, and those that a calling session hands on.

use super::sts::invalid_parameter;
use crate::fault::Fault;
use crate::session::Claims;
use crate::state::Pairs;
use std::collections::BTreeSet;
use strongroom_api::sts::shape::Tag;

/// The tags of a session that is to be made.
#[derive(Default)]
pub(super) struct SessionTags {
    /// Everything that the session is tagged with.
    pub(super) all: Pairs,
    /// The keys that go on to the next session.
    pub(super) transitive: BTreeSet<String>,
}

impl SessionTags {
    /// Reads and checks them. Tag keys do not tell upper from lower case.
    pub(super) fn read(
        tags: Option<&Vec<Tag>>,
        transitive: Option<&Vec<String>>,
        calling: Option<&Claims>,
    ) -> Result<Self, Fault> {
        let mut read = Self::default();
        for Tag { key, value } in tags.into_iter().flatten() {
            if key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
                return Err(invalid_parameter("Tag keys beginning with aws: are reserved for system use."));
            }
            if read.key_like(key).is_some() {
                return Err(invalid_parameter(
                    "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
                ));
            }
            read.all.insert(key.clone(), value.clone());
        }
        for key in transitive.into_iter().flatten() {
            let Some(known) = read.key_like(key).cloned() else {
                return Err(invalid_parameter(
                    "The specified transitive tag key must be included in the requested tags.",
                ));
            };
            read.transitive.insert(known);
        }
        read.inherit(calling)?;
        Ok(read)
    }

    fn inherit(&mut self, calling: Option<&Claims>) -> Result<(), Fault> {
        let Some(calling) = calling else { return Ok(()) };
        for (key, value) in calling.tags.iter().filter(|(key, _)| calling.transitive.contains(*key)) {
            if self.key_like(key).is_some() {
                return Err(invalid_parameter(
                    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag \
                     key from the calling session.",
                ));
            }
            self.all.insert(key.clone(), value.clone());
            self.transitive.insert(key.clone());
        }
        Ok(())
    }

    fn key_like(&self, key: &str) -> Option<&String> {
        self.all.keys().find(|known| known.eq_ignore_ascii_case(key))
    }

    /// The tags as facts of a request; absent without any.
    pub(super) fn facts(&self) -> Option<&Pairs> {
        (!self.all.is_empty()).then_some(&self.all)
    }

    /// The keys that go on, as facts of a request.
    pub(super) fn transitive_keys(&self) -> Vec<&str> {
        self.transitive.iter().map(String::as_str).collect()
    }
}
