//! The benchmarks: `cargo xtask bench`. Everything that is compared takes turns in one run, and what is printed
//! are ratios of medians (docs/benchmarks.md says how to read them).

mod admin;
mod bare;
mod cpu;
mod envelope;
mod flood;
mod load;
mod machine;
mod policies;
mod report;
mod requests;
mod service;
mod wire;
mod workload;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::path::PathBuf;

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
    /// MiB of the file that is sealed and opened, e.g. 10240
    #[arg(long, global = true, default_value_t = 1024)]
    mib: u64,
    /// The binary under test
    #[arg(long, global = true, default_value = "target/release/strongroom")]
    binary: PathBuf,
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
    /// Seal and open beside the AWS Encryption SDKs, age, rage, openssl, cp and a loop of the cipher alone
    Envelope(envelope::Settings),
    /// The yardstick itself, started by `requests`
    #[command(hide = true)]
    BareServer(bare::Settings),
    /// The yardstick itself, started by `envelope`
    #[command(hide = true)]
    GcmLoop(envelope::gcm_loop::Settings),
}

fn main() -> Result<()> {
    let Arguments { part, rounds, seconds, mib, binary } = Arguments::parse();
    match part {
        Some(Part::BareServer(settings)) => bare::serve(&settings),
        Some(Part::Requests) => requests::run(&binary, rounds, seconds),
        Some(Part::Policies) => policies::run(&binary, rounds, seconds),
        Some(Part::Flood) => flood::run(&binary, rounds, seconds),
        Some(Part::Envelope(settings)) => envelope::run(&settings, &binary, rounds, mib),
        Some(Part::GcmLoop(settings)) => envelope::gcm_loop::run(&settings),
        None => {
            requests::run(&binary, rounds, seconds)?;
            policies::run(&binary, rounds, seconds)?;
            flood::run(&binary, rounds, seconds)?;
            envelope::run(&envelope::Settings::default(), &binary, rounds, mib)
        }
    }
}
