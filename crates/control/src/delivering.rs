//! The messages about sinks and witnesses of the audit log: supervisor to courier, between courier and front, and between
//! courier and the supervisor's dialler, which opens Unix sockets for a process that may make none.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A place that audit records are delivered to, as the operator configured it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SinkSetting {
    /// What it is called: 1 to 64 of `a-z A-Z 0-9 . _ -`. Its cursor has this name, so it outlives a change of the URL.
    pub name: String,
    /// Where it is, and of which kind (docs/sinks.md). Holds no secret.
    pub url: String,
    /// Whether records that it has not taken may not be deleted.
    #[serde(default)]
    pub required: bool,
    /// The file of a webhook's secret, absolute.
    #[serde(default)]
    pub secret_file: Option<PathBuf>,
    /// The file of a bucket's credentials, absolute.
    #[serde(default)]
    pub credentials_file: Option<PathBuf>,
    /// The authorities to trust for it, PEM, absolute; the system's roots without it.
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// Our own certificate chain for it, PEM, absolute, leaf first; with `client_key`.
    #[serde(default)]
    pub client_cert: Option<PathBuf>,
    /// The private key of `client_cert`, PEM, absolute.
    #[serde(default)]
    pub client_key: Option<PathBuf>,
    /// A bucket's service, `https://host:port`; that of AWS without it.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// A bucket's Region.
    #[serde(default)]
    pub region: Option<String>,
    /// The most records of one batch.
    #[serde(default)]
    pub batch_records: Option<u32>,
    /// How long a record waits at most for others to be delivered with, in milliseconds.
    #[serde(default)]
    pub batch_ms: Option<u64>,
}

impl SinkSetting {
    /// The path of a sink that is a Unix socket.
    pub fn socket(&self) -> Option<PathBuf> {
        self.url.strip_prefix("unix://").map(PathBuf::from)
    }

    /// The path of a sink that is a folder.
    pub fn folder(&self) -> Option<PathBuf> {
        self.url.strip_prefix("file://").map(PathBuf::from)
    }
}

/// Supervisor to courier.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToCourier {
    /// The first message. Descriptor: the courier's end of a channel to the dialler.
    Start(StartCourier),
    /// A front was started. Descriptor: the courier's end of a channel to it.
    Front,
    /// Deliver what is there, once, and end.
    Shutdown,
}

/// A witness of the audit log's checkpoints that is asked over https (C2SP tlog-witness), as the operator configured it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WitnessSetting {
    /// The prefix of its endpoints; `/add-checkpoint` comes behind it.
    pub url: String,
    /// Its public key: `name+id+base64`.
    pub key: String,
    /// The authorities to trust for it, PEM, absolute; the system's roots without it.
    #[serde(default)]
    pub ca: Option<PathBuf>,
}

/// Front to courier.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForCourier {
    /// A witness is to be asked.
    AskWitness {
        /// Pairs the answer with the question.
        id: u64,
        /// The witness's place in the list: the front names no address.
        witness: usize,
        /// What is posted.
        body: String,
    },
    /// Spans of sampled requests are to be sent.
    Spans {
        /// OTLP in JSON, one request each.
        lines: Vec<String>,
    },
}

/// Courier to front.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromCourier {
    /// How the sinks are.
    Sinks(SinkNews),
    /// What came of a question to a witness.
    Witness {
        /// The id of the question.
        id: u64,
        /// What it said.
        said: WitnessSaid,
    },
}

/// A witness's answer. It comes from the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WitnessSaid {
    /// Signature lines.
    Signed(String),
    /// It has seen so many records, not as many as it was told.
    Seen(u64),
    /// It refused, or was not reached; the text is for the operator.
    Failed(String),
}

/// Everything the courier needs to know.
#[derive(Debug, Serialize, Deserialize)]
pub struct StartCourier {
    /// The data directory; the courier reads `audit/` below it and writes `courier/`.
    pub data_dir: PathBuf,
    /// The operator's list.
    pub sinks: Vec<SinkSetting>,
    /// The witnesses that are asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub witnesses: Vec<WitnessSetting>,
    /// Where spans of sampled requests go, if they go to a collector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_collector: Option<Box<SinkSetting>>,
    /// Test switch: leave the confinement off.
    pub unconfined: bool,
}

/// Courier to dialler: a connection to the Unix socket of a sink is needed.
#[derive(Debug, Serialize, Deserialize)]
pub struct Dial {
    /// Pairs the answer with the request.
    pub id: u64,
    /// The sink's place in the list: the courier names no path.
    pub sink: usize,
}

/// Dialler to courier. Descriptor: the connection, unless there is an error.
#[derive(Debug, Serialize, Deserialize)]
pub struct Dialled {
    /// The id of the request.
    pub id: u64,
    /// Why there is none.
    pub error: Option<String>,
}

/// How all sinks are, in the order of the list, and what became of spans.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SinkNews {
    /// Each of them.
    pub sinks: Vec<SinkState>,
    /// The spans that the collector does not have.
    #[serde(default)]
    pub lost_spans: LostSpans,
}

/// Spans that the collector does not have, since the courier was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostSpans {
    /// It took their batch and said that it rejects them.
    pub rejected: u64,
    /// It did not take their batch, or too many waited for it.
    pub undelivered: u64,
}

/// How one sink is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SinkState {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// Whether records that it has not taken may not be deleted.
    pub required: bool,
    /// Why the last try failed, if it did.
    pub error: Option<String>,
    /// The number of the next record that it gets; 0 before the first.
    pub next: u64,
    /// The number in the name of the segment in which that record is, or will be; 0 before the first. It needs none of
    /// the segments before.
    pub segment: u64,
    /// Records delivered since the courier was started.
    pub delivered: u64,
    /// Records, since the courier was started, that it took and said that it does not keep.
    #[serde(default)]
    pub rejected: u64,
    /// Records that it lacks.
    pub lag_records: u64,
    /// Their bytes in the log.
    pub lag_bytes: u64,
    /// For how long it has lacked any, in milliseconds; 0 when it lacks none.
    pub behind_ms: u64,
    /// Lines of the log, since the courier was started, that are no records: torn ones.
    pub unreadable: u64,
    /// How often, since the courier was started, segments were gone that it had not taken.
    pub missed: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_socket_and_a_folder_have_paths() {
        let of = |url: &str| {
            let setting = SinkSetting { url: url.to_owned(), ..SinkSetting::default() };
            (setting.socket(), setting.folder())
        };
        assert_eq!(of("unix:///run/log.sock"), (Some(PathBuf::from("/run/log.sock")), None));
        assert_eq!(of("file:///var/export"), (None, Some(PathBuf::from("/var/export"))));
        assert_eq!(of("https://unix://x"), (None, None));
    }
}
