//! What condition keys read, owned: kept beside a denial as it was, or written by hand for a simulation.
//!
//! [`OwnedContext::of`] copies a [`Context`], [`OwnedContext::with`] lends one again: what is decided upon the one is
//! decided upon the other. In JSON every member may be left out; unknown ones are refused.

mod facts;
mod request;

use crate::condition::value::date_ms;
use crate::{Context, Given, Pairs};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use strongroom_types::Timestamp;

pub use facts::{OwnedKey, OwnedNetwork, OwnedSession, OwnedVia, OwnedWebIdentity};
pub use request::{OwnedAssumeRole, OwnedAttestation, OwnedGrant, OwnedIam, OwnedRequest};

/// A time, in JSON as `2026-11-25T03:00:00Z`. Read in every form that a date condition takes, numbers of seconds
/// among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(pub Timestamp);

impl Time {
    /// Reads a time; `None` if it is none, or before 1970.
    pub fn parse(text: &str) -> Option<Self> {
        let ms = u64::try_from(date_ms(text)?).ok()?;
        Some(Self(Timestamp::from_millis(ms)))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let time = i64::try_from(self.0.millis()).ok();
        let time = time.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
        match time {
            Some(time) => serializer.collect_str(&time),
            None => Err(serde::ser::Error::custom("a time beyond the calendar")),
        }
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom(format!("{text} is not a time")))
    }
}

/// A [`Context`], owned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OwnedContext {
    /// The caller's session and how it was made.
    pub session: OwnedSession,
    /// Where the request came from.
    pub network: OwnedNetwork,
    /// The time the decision is made for.
    pub now: Option<Time>,
    /// `aws:RequestedRegion`.
    pub region: Option<String>,
    /// The service that forwards the request.
    pub via: OwnedVia,
    /// The key that is acted on.
    pub key: Option<OwnedKey>,
    /// `aws:ResourceTag/…`.
    pub resource_tags: Option<Pairs>,
    /// The request's own parameters.
    pub request: OwnedRequest,
    /// Values of condition keys, by their names in lower case, in place of all that.
    pub given: Given,
}

impl OwnedContext {
    /// Copies everything.
    pub fn of(context: &Context<'_>) -> Self {
        Self {
            session: OwnedSession::of(&context.session),
            network: OwnedNetwork::of(&context.network),
            now: Some(Time(context.now)),
            region: text(context.region),
            via: OwnedVia::of(&context.via),
            key: context.key.as_ref().map(OwnedKey::of),
            resource_tags: context.resource_tags.cloned(),
            request: OwnedRequest::of(&context.request),
            given: context.given.cloned().unwrap_or_default(),
        }
    }

    /// Lends everything.
    pub fn with<T>(&self, read: impl FnOnce(&Context<'_>) -> T) -> T {
        self.session.with(|session| {
            self.via.with(|via| {
                self.request.with(|request| {
                    read(&Context {
                        session,
                        network: self.network.lent(),
                        now: self.now.map(|now| now.0).unwrap_or_default(),
                        region: self.region.as_deref(),
                        via,
                        key: self.key.as_ref().map(OwnedKey::lent),
                        resource_tags: self.resource_tags.as_ref(),
                        request,
                        given: Some(&self.given).filter(|given| !given.is_empty()),
                    })
                })
            })
        })
    }

    /// Roughly how many bytes of the caller's choosing it holds.
    pub fn bytes(&self) -> usize {
        let request = &self.request;
        let all =
            [&self.session.principal_tags, &self.resource_tags, &request.encryption_context, &request.tags];
        let pairs = all.into_iter().flatten().flatten().map(|(key, value)| key.len() + value.len());
        let texts = [&self.network.user_agent, &self.network.referer].into_iter().flatten().map(String::len);
        let keys = request.tag_keys.iter().map(String::len);
        let token = self.session.web_identity.as_ref().map(OwnedWebIdentity::bytes);
        let given = self.given.iter().flat_map(|(key, values)| values.iter().chain([key])).map(String::len);
        pairs.chain(texts).chain(keys).chain(token).chain(given).sum()
    }
}

fn text(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn lent(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}
