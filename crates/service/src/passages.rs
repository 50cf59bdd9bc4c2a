//! Custom key stores on their way between two states that last. While a call connects or disconnects one, the store's record
//! says CONNECTING or DISCONNECTING and names the call's passage. Whoever dies half way, or whose second change is not made,
//! leaves such a record behind: a passage that no call of this process is on is ended here, by a start and by each round of what
//! is due. Nobody has to wait for that: to connect or disconnect such a store begins another passage.

use crate::complaints::Complaints;
use crate::fault::Fault;
use crate::ops::change_record;
use crate::recording;
use crate::service::Service;
use crate::state::{
    Changes, CommitFault, Connection, ConnectionError, KeyStoreEntry, KeyStorePlace, KeyStoreRecord,
};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use strongroom_audit::Json;
use strongroom_storage::BatchId;

/// How often the end of a passage is tried, when something else of the store's record changes at the same time: its name.
const TRIES_MAX: usize = 16;

/// What the record calls the end of a passage that its call has left.
const EVENT: &str = "SettleCustomKeyStore";

/// The passages that calls of this process are on, by their names.
#[derive(Debug, Default)]
pub(crate) struct Passages(Mutex<HashSet<String>>);

/// A passage, for as long as its call is on it.
#[derive(Debug)]
pub(crate) struct Passage<'a> {
    name: String,
    all: &'a Passages,
}

/// A state that lasts, and why it is FAILED.
pub(crate) type Lasting = (Connection, Option<ConnectionError>);

impl Passages {
    fn names(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins one under a name that no other has.
    fn begin(&self, name: String) -> Passage<'_> {
        self.names().insert(name.clone());
        Passage { name, all: self }
    }

    /// Whether the store is on a passage that no call of this process is on.
    pub(crate) fn is_left(&self, record: &KeyStoreRecord) -> bool {
        let passing = matches!(record.connection, Connection::Connecting | Connection::Disconnecting);
        passing && record.passage.as_ref().is_none_or(|name| !self.names().contains(name))
    }
}

impl Passage<'_> {
    /// The record of a store that goes on this passage.
    pub(crate) fn on_the_way(&self, record: &KeyStoreRecord, connection: Connection) -> KeyStoreRecord {
        let passage = Some(self.name.clone());
        KeyStoreRecord { connection, error: None, passage, ..record.clone() }
    }
}

impl Drop for Passage<'_> {
    fn drop(&mut self) {
        self.all.names().remove(&self.name);
    }
}

/// The change by which a passage ends.
fn arrival(store: &KeyStoreEntry, (connection, error): Lasting) -> Result<Changes, Fault> {
    let record = KeyStoreRecord { connection, error, passage: None, ..store.record.clone() };
    change_record(store, &record)
}

impl Service {
    /// Begins a passage of a store. It is known before the store's record names it.
    pub(crate) fn begin_passage(&self) -> Passage<'_> {
        self.passages().begin(const_hex::encode(self.random_id()))
    }

    /// Ends a passage in a state that lasts, unless somebody has ended it already: then what they said stands. It completes what
    /// the intent of its call is about, and rests on nothing of the caller's any more. Where it cannot be ended now, its beginning
    /// is in force all the same, and a round of what is due ends it: nobody may be told that nothing was changed.
    pub(crate) async fn end_passage(
        &self,
        place: &KeyStorePlace,
        passage: &Passage<'_>,
        state: Lasting,
    ) -> Result<(), Fault> {
        for _ in 0..TRIES_MAX {
            let snapshot = self.snapshot();
            let found = snapshot.key_store(&place.account, &place.region, &place.id);
            let Some(store) = found.filter(|store| store.record.passage.as_ref() == Some(&passage.name))
            else {
                return Ok(());
            };
            let changes = arrival(store, state)?;
            match self.committer().commit(BatchId::new(self.random_id()), changes).await {
                Err(CommitFault::Contended) => {}
                Err(_) => break,
                Ok(_) => return Ok(()),
            }
        }
        Err(Fault::Commit(CommitFault::Unknown))
    }

    /// Ends every passage that no call is on: a store that was being connected is FAILED then, one that was being disconnected
    /// DISCONNECTED. Faults are logged and tried again in the next round.
    pub(crate) async fn end_left_passages(&self, complaints: &mut Complaints) {
        let snapshot = self.snapshot();
        let left = snapshot.all_key_stores().filter(|store| self.passages().is_left(&store.record));
        let left: Vec<Arc<KeyStoreEntry>> = left.cloned().collect();
        for store in left {
            let about = format!("key store {}", store.place.id);
            match self.end_left_passage(&store).await {
                // Of two the faster one has ended it.
                Ok(()) | Err(Fault::Commit(CommitFault::Contended)) => complaints.settle(&about),
                Err(fault) => {
                    let now = self.clock().monotonic();
                    if complaints.is_news(&about, &format!("{fault:?}"), now) {
                        tracing::warn!(
                            store = %store.place.id, error = ?fault,
                            "a custom key store that was left half way cannot be settled yet"
                        );
                    }
                }
            }
        }
    }

    async fn end_left_passage(&self, store: &KeyStoreEntry) -> Result<(), Fault> {
        let state = match store.record.connection {
            Connection::Connecting => (Connection::Failed, Some(ConnectionError::InternalError)),
            _ => (Connection::Disconnected, None),
        };
        let place = &store.place;
        let details = serde_json::json!({
            "customKeyStoreId": place.id.as_str(), "connectionState": state.0.as_str(),
        });
        let record = || {
            let mut record = recording::service_event(self, EVENT, "AWS Internal", None);
            record.aws_region = place.region.as_str().into();
            record.user_identity.account_id = Some(place.account.as_str().into());
            record.recipient_account_id = place.account.as_str().into();
            record.service_event_details = Json::new(&details).ok();
            record
        };
        self.change_on_record(EVENT, None, arrival(store, state)?, record).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A record as releases before these states wrote it, but for its state.
    fn record(connection: &str) -> KeyStoreRecord {
        let record = json!({
            "created_ms": 1, "name": "hsm", "cluster": "cluster-2abcDEFghij", "trust_anchor": "", "password": "00",
            "connection": connection,
        });
        serde_json::from_value(record).unwrap()
    }

    #[test]
    fn passage_is_left_once_its_call_has_ended_and_one_without_a_name_is() {
        let passages = Passages::default();
        for state in ["DISCONNECTED", "CONNECTED", "FAILED"] {
            assert!(!passages.is_left(&record(state)), "{state}");
        }
        for state in ["CONNECTING", "DISCONNECTING"] {
            assert!(passages.is_left(&record(state)), "{state}");
        }
        let passage = passages.begin("a".to_owned());
        let passing = passage.on_the_way(&record("DISCONNECTED"), Connection::Connecting);
        assert!(!passages.is_left(&passing));
        drop(passages.begin("b".to_owned()));
        assert!(!passages.is_left(&passing), "another one's end");
        drop(passage);
        assert!(passages.is_left(&passing));
    }

    #[test]
    fn record_of_a_store_that_is_on_no_passage_is_as_it_was() {
        let text = serde_json::to_value(record("CONNECTED")).unwrap();
        assert_eq!(text.get("passage"), None, "{text}");
        let passages = Passages::default();
        let passing =
            passages.begin("a".to_owned()).on_the_way(&record("CONNECTED"), Connection::Disconnecting);
        let text = serde_json::to_value(&passing).unwrap();
        assert_eq!((&text["connection"], &text["passage"]), (&json!("DISCONNECTING"), &json!("a")));
    }
}
