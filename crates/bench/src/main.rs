//! The benchmarks: `cargo xtask bench`. Everything that is compared takes turns in one run, and what is printed
//! are ratios of medians (docs/benchmarks.md says how to read them).

mod admin;
mod bare;
mod boundary;
mod cpu;
mod envelope;
mod flood;
mod hsm;
mod load;
mod machine;
mod one_key;
mod policies;
mod provable;
mod record;
mod report;
mod requests;
mod service;
mod sinks;
mod timing;
mod wire;
mod workload;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Benchmarks of the release binary beside bare servers and other tools.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    part: Option<Part>,
    /// Rounds of which the medians are printed
    #[arg(long, global = true, default_value_t = 5)]
    rounds: usize,
    /// Seconds of each measurement of a server, after one second of warming up
    #[arg(long, global = true, default_value_t = 3)]
    seconds: u64,
    /// MiB of the file that is sealed and opened, one run after the other
    #[arg(long, global = true, value_delimiter = ',', default_values_t = [1024_u64, 10240])]
    mib: Vec<u64>,
    /// The binary under test
    #[arg(long, global = true, default_value = "target/release/strongroom")]
    binary: PathBuf,
    /// Build the tool to compare with that takes long to compile, the crate aws-esdk
    #[arg(long, global = true)]
    build_peers: bool,
}

/// One part of the benchmarks; without it all of them run.
#[derive(Subcommand)]
enum Part {
    /// GenerateDataKey and Decrypt beside a bare hyper server
    Requests,
    /// GenerateDataKey under long policies and many grants, beside the default policy
    Policies,
    /// What one account notices of another one that calls far beyond its quota
    Flood,
    /// Seal and open beside the AWS Encryption SDKs, age, rage, openssl, cp, a plain copy and the cipher alone
    Envelope(envelope::Settings),
    /// What the threads of the audit log take of a GenerateDataKey: writing, syncing, hashing
    Audit,
    /// GenerateDataKey beside sinks of the audit log that are dead or slow
    Sinks,
    /// Starting, verifying and querying a large audit record; no part of a run of all
    Record {
        /// How many records
        #[arg(long, default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1..))]
        records: u64,
    },
    /// What a call to the vault costs beyond its work: in this process, over the lanes, one at a time and many
    Boundary,
    /// What a PKCS#11 token (SoftHSM) costs: starting, deriving, keys that never leave it
    Hsm,
    /// Whether comparisons of tags, tokens and signatures tell by their time where a wrong byte stands
    Timing {
        /// Calls of each subject
        #[arg(long, default_value_t = 1_000_000)]
        samples: usize,
    },
    /// The yardstick itself, started by `requests`
    #[command(hide = true)]
    BareServer(bare::Settings),
    /// The vault of `boundary`
    #[command(hide = true)]
    VaultProcess,
    /// The yardstick itself, started by `envelope`
    #[command(hide = true)]
    GcmLoop(envelope::gcm_loop::Settings),
}

fn main() -> Result<ExitCode> {
    let Arguments { part, rounds, seconds, mib, binary, build_peers } = Arguments::parse();
    match part {
        Some(Part::BareServer(settings)) => bare::serve(&settings),
        Some(Part::VaultProcess) => return boundary::vault_process(),
        Some(Part::Requests) => requests::run(&binary, rounds, seconds),
        Some(Part::Policies) => policies::run(&binary, rounds, seconds),
        Some(Part::Flood) => flood::run(&binary, rounds, seconds),
        Some(Part::Envelope(settings)) => envelope::run(&settings, build_peers, &binary, rounds, &mib),
        Some(Part::GcmLoop(settings)) => envelope::gcm_loop::run(&settings),
        Some(Part::Audit) => provable::run(&binary, rounds, seconds),
        Some(Part::Sinks) => sinks::run(&binary, rounds, seconds),
        Some(Part::Record { records }) => record::run(records),
        Some(Part::Boundary) => boundary::run(rounds, seconds),
        Some(Part::Hsm) => hsm::run(&binary, rounds, seconds),
        Some(Part::Timing { samples }) => timing::run(samples),
        None => all(&binary, rounds, seconds, &mib, build_peers),
    }?;
    Ok(ExitCode::SUCCESS)
}

fn all(binary: &Path, rounds: usize, seconds: u64, mib: &[u64], build_peers: bool) -> Result<()> {
    requests::run(binary, rounds, seconds)?;
    policies::run(binary, rounds, seconds)?;
    flood::run(binary, rounds, seconds)?;
    provable::run(binary, rounds, seconds)?;
    sinks::run(binary, rounds, seconds)?;
    boundary::run(rounds, seconds)?;
    hsm::run(binary, rounds, seconds)?;
    envelope::run(&envelope::Settings::default(), build_peers, binary, rounds, mib)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_are_built_for_a_run_of_all_and_for_one_of_the_part() {
        let builds = |words: &[&str]| Arguments::try_parse_from(words).unwrap().build_peers;
        assert!(builds(&["bench", "--build-peers"]));
        assert!(builds(&["bench", "envelope", "--build-peers"]));
        assert!(!builds(&["bench", "envelope"]) && !builds(&["bench"]));
    }
}
