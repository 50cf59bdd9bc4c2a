//! Values of database columns: sealed, opened and sealed anew for their place (docs/databases.md has what each way protects).
//!
//! A [`Column`] is one column of one table, of one tenant where there are several. Its values share data keys within the
//! limits that it is given, or are bound to their rows by the encryption context, with a data key for each.
//!
//! ```
//! use std::time::Duration;
//! use strongroom_envelope::column::{Binding, Column};
//! use strongroom_envelope::keyring::RawAesKeyring;
//! use strongroom_envelope::materials::CacheLimits;
//!
//! // With KMS: KmsKeyring::for_sealing("alias/notes")?
//! let keyring = RawAesKeyring::new("example", "2026", &[7; 32])?;
//! let limits = CacheLimits::new(Duration::from_secs(600));
//! let bodies = Column::new(Binding::new("notes", "body").of_tenant("acme"), keyring, limits.clone())?;
//!
//! let sealed = bodies.seal("7", b"meet at noon")?; // bytes for a `bytea` or BLOB column
//! assert_eq!(bodies.open("7", &sealed)?.as_slice(), b"meet at noon");
//! assert!(bodies.open("8", &sealed).is_err(), "it belongs to row 7");
//!
//! // A new key for old rows.
//! let keyring = RawAesKeyring::new("example", "2027", &[8; 32])?;
//! let renewed = Column::new(Binding::new("notes", "body").of_tenant("acme"), keyring, limits)?;
//! let resealed = bodies.reseal("7", &sealed, &renewed)?;
//! assert_eq!(renewed.open("7", &resealed)?.as_slice(), b"meet at noon");
//! # Ok::<(), strongroom_envelope::EnvelopeError>(())
//! ```

mod binding;

#[cfg(test)]
mod tests;

pub use binding::Binding;

use crate::error::EnvelopeError;
use crate::keyring::{DataKeySource, KeyringError};
use crate::many::{self, in_runs};
use crate::materials::{CacheLimits, CachingManager, DefaultManager, MaterialsManager, RequiredContext};
use crate::message::{Context, Header, HeaderLimits};
use crate::small::{open_bytes, seal_bytes};
use crate::stream::{OpenOptions, SealOptions, default_threads};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{Arc, OnceLock};
use zeroize::Zeroizing;

/// So many values are worked on at once where each takes a call: most of the time is waiting for the answer.
const CALLS_AT_ONCE: usize = 8;

/// A row's key, and the value in that row, sealed or not.
pub type RowValue<'a> = (&'a str, &'a [u8]);

type Cache = CachingManager<DefaultManager<Box<dyn DataKeySource + Send + Sync>>>;

/// A column whose values are sealed. A sealed value is a whole message of the AWS Encryption SDK's format.
pub struct Column {
    binding: Binding,
    /// Without a row.
    context: Context,
    manager: Box<dyn MaterialsManager + Send + Sync>,
    header_limits: HeaderLimits,
    /// The one that the manager asks; none where no two values share a data key.
    cache: Option<Arc<Cache>>,
}

impl Column {
    /// With the keyring's keys. The limits say how long and how far a data key is used; with the row in the context there is
    /// none to share, and they do not count. Fails if the binding's texts are longer than an encryption context may be.
    pub fn new(
        binding: Binding,
        keyring: impl DataKeySource + Send + Sync + 'static,
        limits: CacheLimits,
    ) -> Result<Self, EnvelopeError> {
        let (context, required) = (binding.context()?, binding.required());
        let header_limits = HeaderLimits::default();
        let keyring: Box<dyn DataKeySource + Send + Sync> = Box::new(keyring);
        let direct = DefaultManager::new(keyring);
        if binding.row_is_in_context() {
            let manager = Box::new(RequiredContext::new(direct, required));
            return Ok(Self { binding, context, manager, header_limits, cache: None });
        }
        let cache = Arc::new(CachingManager::new(direct, limits));
        let manager = Box::new(RequiredContext::new(Arc::clone(&cache), required));
        Ok(Self { binding, context, manager, header_limits, cache: Some(cache) })
    }

    /// What is accepted of the header of a value that is opened, in place of the usual limits.
    #[must_use]
    pub fn with_header_limits(mut self, limits: HeaderLimits) -> Self {
        self.header_limits = limits;
        self
    }

    /// Wipes the data keys that are kept. For a program that becomes idle: otherwise they go with the next new one.
    pub fn forget(&self) {
        if let Some(cache) = &self.cache {
            cache.clear();
        }
    }

    /// Seals the value of a row.
    pub fn seal(&self, row: &str, value: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
        let context = self.context_of(row)?;
        let packed = self.binding.pack(row, value)?;
        seal_bytes(&packed, &*self.manager, SealOptions::new(&context))
    }

    /// Opens the value of a row. One of another row is refused, by [`EnvelopeError::OtherRow`] or, with the row in the
    /// context, as the keyring refuses another context.
    pub fn open(&self, row: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        let context = self.context_of(row)?;
        let options = OpenOptions { limits: self.header_limits, ..OpenOptions::new(&context) };
        let opened = open_bytes(sealed, &*self.manager, options)?;
        self.binding.unpack(row, opened.plaintext)
    }

    /// Opens the value of a row and seals it for the same row of another column: the same one with another key, or bound
    /// in another way. [`is_sealed_with`] says of which values that was done.
    pub fn reseal(&self, row: &str, sealed: &[u8], to: &Self) -> Result<Vec<u8>, EnvelopeError> {
        to.seal(row, &self.open(row, sealed)?)
    }

    /// Seals many values over all cores; the results are in the order of the values. What the keyring refuses for one it
    /// refuses for all: the first failure ends it.
    pub fn seal_many(&self, values: &[RowValue<'_>]) -> Result<Vec<Vec<u8>>, EnvelopeError> {
        if self.binding.row_is_in_context() {
            return in_runs(values, CALLS_AT_ONCE, |run| {
                run.iter().map(|(row, value)| self.seal(row, value)).collect()
            });
        }
        let packed = values.iter().map(|(row, value)| self.binding.pack(row, value));
        let packed = packed.collect::<Result<Vec<_>, EnvelopeError>>()?;
        many::seal_many(&packed, &*self.manager, SealOptions::new(&self.context))
    }

    /// Opens many values over all cores: one result for each, in their order. Each data key is asked for once, and nothing
    /// any more when KMS could not be reached: the values that are left have that error too.
    pub fn open_many(&self, values: &[RowValue<'_>]) -> Vec<Result<Zeroizing<Vec<u8>>, EnvelopeError>> {
        if self.binding.row_is_in_context() {
            return each(values, CALLS_AT_ONCE, &Reach::default(), |row, sealed| self.open(row, sealed));
        }
        let reach = Reach::default();
        let first = first_of_each_data_key(values);
        if first.len() > 1 {
            // Several threads would ask for the same data key at once. A failure comes again with its value.
            drop(each(&first, CALLS_AT_ONCE, &reach, |row, sealed| self.open(row, sealed).map(drop)));
        }
        each(values, default_threads(), &reach, |row, sealed| self.open(row, sealed))
    }

    /// [`reseal`](Self::reseal) for many values: one result for each, in their order.
    pub fn reseal_many(&self, values: &[RowValue<'_>], to: &Self) -> Vec<Result<Vec<u8>, EnvelopeError>> {
        let opened = self.open_many(values);
        let good = values.iter().zip(&opened);
        let good = good.filter_map(|((row, _), opened)| Some((*row, opened.as_ref().ok()?.as_slice())));
        let mut sealed = to.seal_each(&good.collect::<Vec<_>>()).into_iter();
        let outcome = |opened: Result<Zeroizing<Vec<u8>>, EnvelopeError>| {
            // Every value that was opened has its result: only a thread that was lost leaves one out.
            opened.and_then(|_| sealed.next().unwrap_or(Err(EnvelopeError::WorkerLost)))
        };
        opened.into_iter().map(outcome).collect()
    }

    /// Seals values, each with its own reason where it fails.
    fn seal_each(&self, values: &[RowValue<'_>]) -> Vec<Result<Vec<u8>, EnvelopeError>> {
        if !self.binding.row_is_in_context()
            && let Ok(sealed) = self.seal_many(values)
        {
            return sealed.into_iter().map(Ok).collect();
        }
        each(values, CALLS_AT_ONCE, &Reach::default(), |row, value| self.seal(row, value))
    }

    fn context_of(&self, row: &str) -> Result<Cow<'_, Context>, EnvelopeError> {
        if self.binding.row_is_in_context() {
            return Ok(Cow::Owned(self.binding.context_with(row)?));
        }
        Ok(Cow::Borrowed(&self.context))
    }
}

/// Whether every data key of a sealed value is wrapped by that KMS key (its ARN or id: no value names an alias). Read from
/// the header without any key, so it is a hint for resealing and proves nothing.
pub fn is_sealed_with(sealed: &[u8], key: &str) -> Result<bool, EnvelopeError> {
    let header = Header::parse(sealed, any_number_of_keys())?;
    let names = |info: &[u8]| info == key.as_bytes() || info.ends_with(format!(":key/{key}").as_bytes());
    Ok(header.encrypted_data_keys().iter().all(|entry| names(&entry.info)))
}

/// For a header that is only looked at: none of its data keys is tried, and what opens the value has limits of its own.
fn any_number_of_keys() -> HeaderLimits {
    HeaderLimits { encrypted_data_keys_max: u16::MAX, ..HeaderLimits::default() }
}

/// Whether KMS was reached: an attempt takes seconds to fail, and one that failed is enough for all values.
#[derive(Default)]
struct Reach(OnceLock<(&'static str, String)>);

impl Reach {
    /// Does `work`, unless an earlier one did not reach KMS: then that error again.
    fn attempt<T>(&self, work: impl FnOnce() -> Result<T, EnvelopeError>) -> Result<T, EnvelopeError> {
        if let Some(&(operation, ref cause)) = self.0.get() {
            return Err(KeyringError::Unreachable { operation, cause: cause.clone() }.into());
        }
        let result = work();
        if let Err(EnvelopeError::Keyring(KeyringError::Unreachable { operation, cause })) = &result {
            // Of several that fail at once the first counts.
            let _ = self.0.set((*operation, cause.clone()));
        }
        result
    }
}

/// Does `work` on each value, on so many threads: one result for each, in their order.
fn each<T: Send>(
    values: &[RowValue<'_>],
    threads: usize,
    reach: &Reach,
    work: impl Fn(&str, &[u8]) -> Result<T, EnvelopeError> + Sync,
) -> Vec<Result<T, EnvelopeError>> {
    in_runs(values, threads, |run| {
        let one = |(row, value): &RowValue<'_>| reach.attempt(|| work(row, value));
        Ok(run.iter().map(one).collect::<Vec<Result<T, EnvelopeError>>>())
    })
    .unwrap_or_else(|_| values.iter().map(|_| Err(EnvelopeError::WorkerLost)).collect())
}

/// The first value of each data key, by the wrapped keys in the headers; values that are no messages are left out.
fn first_of_each_data_key<'a>(values: &[RowValue<'a>]) -> Vec<RowValue<'a>> {
    let mut seen = HashSet::new();
    let is_first = |(_, sealed): &RowValue<'a>| {
        Header::parse(sealed, any_number_of_keys()).is_ok_and(|header| {
            let blobs = header.encrypted_data_keys().iter().map(|entry| entry.blob.clone());
            seen.insert(blobs.collect::<Vec<_>>())
        })
    };
    values.iter().copied().filter(is_first).collect()
}
