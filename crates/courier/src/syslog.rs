//! Syslog: messages of RFC 5424 in frames that count octets (RFC 5425, RFC 6587), over TLS, or over TCP to this machine.
//!
//! Syslog has no answer. A batch is a connection of its own, and counts as taken when the receiver has closed it in
//! order after we have closed our half.

use crate::connection::{Way, write_and_close};
use crate::line::Line;
use crate::sink::{Batch, Sink, SinkError, Taken};

/// Facility 13, log audit (RFC 5424, table 1).
const FACILITY: u8 = 13;

const WARNING: u8 = 4;
const NOTICE: u8 = 5;
const INFORMATIONAL: u8 = 6;

/// The longest HOSTNAME, in bytes.
const HOST_BYTES_MAX: usize = 255;

/// The sink.
pub(crate) struct SyslogSink {
    pub(crate) way: Way,
    /// This machine's name, as messages carry it.
    pub(crate) host: String,
}

impl Sink for SyslogSink {
    async fn deliver(&mut self, batch: &Batch) -> Result<Taken, SinkError> {
        let frames = frames(batch, &self.host);
        write_and_close(self.way.connect().await?, frames.as_bytes()).await?;
        Ok(Taken::default())
    }
}

/// Each message as `LENGTH SP MESSAGE`.
fn frames(batch: &Batch, host: &str) -> String {
    let mut text = String::new();
    for line in batch.lines() {
        let message = message(line, host);
        text.push_str(&message.len().to_string());
        text.push(' ');
        text.push_str(&message);
    }
    text
}

/// `<PRI>1 TIMESTAMP HOSTNAME strongroom - KIND - LINE`. The line is JSON and has the record's number; it is not marked
/// as UTF-8 by a byte order mark, at which readers of JSON stumble (MSG-ANY).
fn message(line: &Line, host: &str) -> String {
    let facts = line.facts();
    let severity = match (line.kind.as_str(), &facts.error_code) {
        ("gap", _) => WARNING,
        (_, Some(_)) => NOTICE,
        _ => INFORMATIONAL,
    };
    let time = facts.at().map_or_else(|| "-".to_owned(), |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    let priority = FACILITY * 8 + severity;
    format!("<{priority}>1 {time} {host} strongroom - {} - {}", line.kind, line.text())
}

/// A machine's name as HOSTNAME may be: printable ASCII without spaces, or `-`.
pub(crate) fn host_name(found: &str) -> String {
    let name: String = found.trim().chars().filter(char::is_ascii_graphic).take(HOST_BYTES_MAX).collect();
    if name.is_empty() { "-".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::tests::{event, of};

    #[test]
    fn message_known_answer() {
        let line = event(7);
        let wanted = format!("<110>1 2026-11-25T16:03:10Z host strongroom - event - {}", line.text());
        assert_eq!(message(&line, "host"), wanted);
        let batch = Batch::new(vec![line.clone(), line]).unwrap();
        let framed = format!("{} {wanted}", wanted.len());
        assert_eq!(frames(&batch, "host"), format!("{framed}{framed}"));
    }

    #[test]
    fn failures_and_gaps_are_more_severe_and_other_lines_have_no_time() {
        let failed = of("event", 1, "{\"errorCode\":\"AccessDenied\",\"eventTime\":\"nonsense\"}");
        assert!(message(&failed, "-").starts_with("<109>1 - - strongroom - event - {"));
        let gap = of("gap", 2, "{\"reason\":\"the last line was torn\",\"from\":2}");
        assert!(message(&gap, "-").starts_with("<108>1 - - strongroom - gap - {"));
        let intent = of("intent", 3, "{\"eventName\":\"CreateKey\"}");
        assert!(message(&intent, "-").starts_with("<110>1 - - strongroom - intent - {"));
    }

    #[test]
    fn lengths_are_of_octets() {
        let line = of("event", 1, "{\"eventName\":\"\u{e9}\u{20ac}\"}");
        let frames = frames(&Batch::new(vec![line]).unwrap(), "-");
        let (length, message) = frames.split_once(' ').unwrap();
        assert_eq!(length.parse::<usize>().unwrap(), message.len());
        assert!(message.chars().count() < message.len());
    }

    #[test]
    fn host_names_are_plain() {
        assert_eq!(host_name("kms-1.example\n"), "kms-1.example");
        assert_eq!(host_name(" a b\u{e9}\r\n"), "ab");
        assert_eq!(host_name("\n"), "-");
        assert_eq!(host_name(&"x".repeat(300)).len(), HOST_BYTES_MAX);
    }
}
