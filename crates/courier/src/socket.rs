//! A Unix socket of this machine: lines as they are in the log, each with its newline. The receiver has taken them when
//! it closes the connection after we have closed our half.

use crate::connection::write_and_close;
use crate::dialler::Dialler;
use crate::sink::{Batch, Sink, SinkError, Taken};
use std::sync::Arc;
use tokio::net::UnixStream;

/// The sink.
pub(crate) struct SocketSink {
    /// Who connects: this process may make no such socket.
    pub(crate) dialler: Arc<Dialler>,
    /// Its place in the list.
    pub(crate) index: usize,
}

impl Sink for SocketSink {
    async fn deliver(&mut self, batch: &Batch) -> Result<Taken, SinkError> {
        let (dialler, index) = (self.dialler.clone(), self.index);
        let dialled = tokio::task::spawn_blocking(move || dialler.dial(index)).await;
        let stream = dialled.map_err(|e| SinkError::Inside(e.to_string()))?.map_err(SinkError::Connect)?;
        let stream = UnixStream::from_std(stream).map_err(|e| SinkError::Connect(e.to_string()))?;
        write_and_close(stream, lines(batch).as_bytes()).await?;
        Ok(Taken::default())
    }
}

/// One line each.
fn lines(batch: &Batch) -> String {
    let mut text = String::new();
    for line in batch.lines() {
        text.push_str(line.text());
        text.push('\n');
    }
    text
}
