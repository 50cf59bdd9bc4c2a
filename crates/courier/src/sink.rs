//! A batch, what may go wrong with it, and the kinds of sinks.

use crate::export::ExportSink;
use crate::line::Line;
use crate::otlp::OtlpSink;
use crate::socket::SocketSink;
use crate::syslog::SyslogSink;
use crate::webhook::WebhookSink;
use std::time::Duration;

/// `413 Content Too Large`.
const TOO_LARGE: u16 = 413;

/// Lines that are handed over together: at least one, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    lines: Vec<Line>,
    first: u64,
    last: u64,
}

impl Batch {
    /// `None` without lines.
    pub(crate) fn new(lines: Vec<Line>) -> Option<Self> {
        let (first, last) = (lines.first()?.number, lines.last()?.number);
        Some(Self { lines, first, last })
    }

    pub(crate) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The number of the first line.
    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    /// The number of the last line.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }
}

/// Why a sink has not taken a batch, as far as is known. Texts are for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SinkError {
    #[error("no connection: {0}")]
    Connect(String),
    #[error("TLS: {0}")]
    Tls(String),
    #[error("the receiver refused the client certificate: TLS alert {0}")]
    ClientCertificate(String),
    #[error("the receiver wants a client certificate (client_cert and client_key): TLS alert {0}")]
    NoClientCertificate(String),
    #[error("the connection broke: {0}")]
    Broken(String),
    #[error("it did not close the connection, so nobody knows whether it has read everything")]
    NotClosed,
    #[error("it did not take the batch within {} s", .0.as_secs())]
    TooSlow(Duration),
    #[error("HTTP: {0}")]
    Http(String),
    #[error("it answered with status {status}{text}")]
    Status {
        status: u16,
        /// Empty, or what it said behind a colon.
        text: String,
        /// How long it wants to be left alone.
        retry_after: Option<Duration>,
    },
    #[error("{name}: {text}")]
    Object { name: String, text: String },
    #[error("{0}")]
    Inside(String),
}

impl SinkError {
    /// How long the sink asked to be left alone.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether the batch has more bytes than the sink takes at once.
    pub(crate) fn is_too_large(&self) -> bool {
        matches!(self, Self::Status { status: TOO_LARGE, .. })
    }
}

/// What became of a batch that a sink took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    /// So many records of it the sink says it does not keep: they are not sent again. It may say any number.
    pub(crate) rejected: u64,
}

/// Somebody who takes records.
pub(crate) trait Sink: Send + 'static {
    /// Hands a batch over; returns when the sink has it. After an error it may have all, a part or none of it.
    fn deliver(&mut self, batch: &Batch) -> impl Future<Output = Result<Taken, SinkError>> + Send;

    /// How long that may take.
    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    /// Whether a batch that is tried again must be the same: then it takes the place of what the first try left.
    fn repeats(&self) -> bool {
        false
    }
}

/// Each kind of sink.
pub(crate) enum AnySink {
    Syslog(SyslogSink),
    Otlp(OtlpSink),
    Webhook(WebhookSink),
    Socket(SocketSink),
    Export(Box<ExportSink>),
}

impl Sink for AnySink {
    async fn deliver(&mut self, batch: &Batch) -> Result<Taken, SinkError> {
        match self {
            Self::Syslog(sink) => sink.deliver(batch).await,
            Self::Otlp(sink) => sink.deliver(batch).await,
            Self::Webhook(sink) => sink.deliver(batch).await,
            Self::Socket(sink) => sink.deliver(batch).await,
            Self::Export(sink) => sink.deliver(batch).await,
        }
    }

    fn deadline(&self) -> Duration {
        match self {
            Self::Export(_) => Duration::from_secs(120),
            _ => Duration::from_secs(30),
        }
    }

    fn repeats(&self) -> bool {
        matches!(self, Self::Export(_))
    }
}
