//! GenerateDataKey beside sinks of the audit log that are dead or slow: no answer may wait for one.

use crate::load::{self, Measured};
use crate::machine::{self, Cores};
use crate::one_key::{create_key, measure};
use crate::report;
use crate::service::{Service, Settings};
use anyhow::Result;
use serde_json::json;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

/// How long the slow sink takes for a batch.
const SLOW: Duration = Duration::from_secs(2);

/// A service with one sink or none.
struct Row {
    name: &'static str,
    service: Service,
    key: String,
    measured: Vec<Measured>,
}

/// Measures and prints.
pub(crate) fn run(binary: &Path, rounds: usize, seconds: u64) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let cores = Cores::part()?;
    // Whoever connects is never answered.
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let kinds = [
        ("no sink", None),
        ("nobody listens", Some(nobody()?)),
        ("never answers", Some(silent.local_addr()?)),
        ("two seconds a batch", Some(slow()?)),
    ];
    let mut rows = Vec::new();
    for (number, (name, sink)) in kinds.into_iter().enumerate() {
        let place = folder.path().join(format!("service-{number}"));
        std::fs::create_dir(&place)?;
        let settings = sink.map_or_else(Settings::default, with_sink);
        let service = cores.on_server_core(|| Service::start_with(binary, &place, &settings))?;
        let key = create_key(&service, &json!({}))?;
        rows.push(Row { name, service, key, measured: Vec::new() });
    }
    for round in 0..rounds {
        let mut order: Vec<&mut Row> = rows.iter_mut().collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for row in order {
            row.measured.push(measure(&row.service, &row.key, seconds)?);
        }
    }
    print(&cores, rounds, seconds, &rows);
    Ok(())
}

fn with_sink(address: SocketAddr) -> Settings {
    Settings::default().options(&["--audit-sink", &format!("otlp+http://{address}")])
}

/// An address at which connections are refused.
fn nobody() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

/// A collector that takes every batch, and its time.
fn slow() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A connection that breaks is the courier's to open again.
            std::thread::spawn(move || take_slowly(&stream));
        }
    });
    Ok(address)
}

fn take_slowly(stream: &TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        io::copy(&mut reader.by_ref().take(length), &mut io::sink())?;
        std::thread::sleep(SLOW);
        let mut writer = stream;
        writer
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")?;
    }
}

fn print(cores: &Cores, rounds: usize, seconds: u64, rows: &[Row]) {
    println!("machine: {}; {}", machine::description(), cores.text());
    println!(
        "GenerateDataKey over plain HTTP, {} kept connections, beside one OpenTelemetry sink or none; {rounds} rounds \
         of {seconds} s, taking turns; p99 is beside that of no sink in the same round: median [lowest-highest]",
        load::CONNECTIONS
    );
    println!("{:<24} {:>9} {:>8} {:>8} {:>8}  {:<18}", "sink", "req/s", "CPU us", "p50 ms", "p99 ms", "p99");
    let Some(first) = rows.first() else { return };
    for row in rows {
        let median = |value: fn(&Measured) -> f64| report::median(row.measured.iter().map(value));
        let beside = row.measured.iter().zip(&first.measured).map(|(ours, none)| ours.p99_ms / none.p99_ms);
        println!(
            "{:<24} {:>9.0} {:>8.1} {:>8.2} {:>8.2}  {:<18}",
            row.name,
            median(|m| m.requests_per_second),
            median(|m| m.cpu_us),
            median(|m| m.p50_ms),
            median(|m| m.p99_ms),
            report::spread(beside)
        );
    }
}
