//! GenerateDataKey and Decrypt beside the bare server, over plain HTTP and TLS.

use crate::bare::Bare;
use crate::cpu::ProcessTree;
use crate::load::{self, CONNECTIONS, Measured};
use crate::machine::{self, Cores};
use crate::report;
use crate::service::Service;
use crate::wire::{self, Target};
use crate::workload::{Call, KEYS, PRINCIPALS, REQUESTS, Workload};
use anyhow::Result;
use std::path::{Path, PathBuf};
use tokio_rustls::TlsConnector;

const CALLS: [Call; 2] = [Call::GenerateDataKey, Call::Decrypt];

/// One comparison: what was measured in each round, the service's and the bare server's.
struct Row {
    call: Call,
    over: &'static str,
    service: Vec<Measured>,
    bare: Vec<Measured>,
}

/// Everything that runs during the rounds.
struct Bench {
    service: Service,
    workload: Workload,
    bare: Vec<Bare>,
    tls: TlsConnector,
}

/// Measures and prints.
pub(crate) fn run(binary: &Path, rounds: usize, seconds: u64) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (cores, bench) = prepare(binary, folder.path())?;
    let mut rows: Vec<Row> = Vec::new();
    for call in CALLS {
        for over in ["plain", "TLS"] {
            rows.push(Row { call, over, service: Vec::new(), bare: Vec::new() });
        }
    }
    for round in 0..rounds {
        for row in &mut rows {
            bench.measure(row, round % 2 == 0, seconds)?;
        }
    }
    print(&cores, rounds, seconds, &rows, bench.service.audit_bytes()?);
    Ok(())
}

fn prepare(binary: &Path, folder: &Path) -> Result<(Cores, Bench)> {
    let cores = Cores::part()?;
    let service = cores.on_server_core(|| Service::start(binary, folder))?;
    let workload = Workload::prepare(&service)?;
    let (certificate, key) = certificate(folder)?;
    let start = |bytes| cores.on_server_core(|| Bare::start(bytes, &certificate, &key));
    let bare = workload.answer_bytes.into_iter().map(start).collect::<Result<Vec<_>>>()?;
    let tls = wire::connector(&[&service.ca(), &certificate])?;
    Ok((cores, Bench { service, workload, bare, tls }))
}

/// A certificate for the bare servers.
fn certificate(folder: &Path) -> Result<(PathBuf, PathBuf)> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])?;
    let (certificate, key) = (folder.join("bare.pem"), folder.join("bare.key"));
    std::fs::write(&certificate, made.cert.pem())?;
    std::fs::write(&key, made.signing_key.serialize_pem())?;
    Ok((certificate, key))
}

impl Bench {
    /// One round of a row: both servers, one after the other.
    fn measure(&self, row: &mut Row, service_first: bool, seconds: u64) -> Result<()> {
        let bare = &self.bare[usize::from(row.call == Call::Decrypt)];
        let target = |plain, tls| match row.over {
            "TLS" => Target { address: tls, tls: Some(self.tls.clone()) },
            _ => Target { address: plain, tls: None },
        };
        let ours = target(self.service.plain, self.service.tls);
        let theirs = target(bare.plain, bare.tls);
        let service = || {
            let pool = self.workload.requests(row.call, &ours)?;
            load::measure(&ours, pool, &ProcessTree::new(self.service.pid()), seconds)
        };
        let yardstick = || {
            let pool = self.workload.requests(row.call, &theirs)?;
            load::measure(&theirs, pool, &ProcessTree::new(bare.pid()), seconds)
        };
        let (service, bare) = if service_first {
            (service()?, yardstick()?)
        } else {
            let bare = yardstick()?;
            (service()?, bare)
        };
        row.service.push(service);
        row.bare.push(bare);
        Ok(())
    }
}

fn print(cores: &Cores, rounds: usize, seconds: u64, rows: &[Row], audit_bytes: u64) {
    println!("machine: {}; {}", machine::description(), cores.text());
    println!(
        "load: {CONNECTIONS} kept connections, {KEYS} keys, {PRINCIPALS} principals, {REQUESTS} different signed \
         requests with a context each, headers of boto3 1.44; {rounds} rounds of {seconds} s, taking turns"
    );
    println!(
        "service: release binary with supervisor, confined front, vault process, SigV4, key policies of three \
         statements, audit `kernel` (written before each reply, synced within 20 ms; {} MB were written)",
        audit_bytes / 1_000_000
    );
    println!(
        "CPU is that of all the server's processes; ratio is the median of the rounds' ratios [lowest-highest]"
    );
    let title = ["", "", "req/s", "CPU us", "p50 ms", "p99 ms"];
    println!(
        "{:<24} {:<8} {:>9} {:>8} {:>8} {:>8}",
        title[0], title[1], title[2], title[3], title[4], title[5]
    );
    for row in rows {
        let name = format!("{}, {}", row.call.name(), row.over);
        for (server, rounds) in [("service", &row.service), ("bare", &row.bare)] {
            let median = |value: fn(&Measured) -> f64| report::median(rounds.iter().map(value));
            println!(
                "{name:<24} {server:<8} {:>9.0} {:>8.1} {:>8.2} {:>8.2}",
                median(|m| m.requests_per_second),
                median(|m| m.cpu_us),
                median(|m| m.p50_ms),
                median(|m| m.p99_ms)
            );
        }
        let ratios = row.service.iter().zip(&row.bare).map(|(ours, bare)| ours.cpu_us / bare.cpu_us);
        println!("{name:<24} ratio of CPU: {}", report::spread(ratios));
    }
}
