//! Ten thousand values of 1 KiB under cached materials, beside the AWS Encryption SDK for Python with its cache.

use super::Way;
use super::encryption_sdks::{PYTHON, PYTHON_SCRIPT, python};
use crate::report;
use anyhow::{Context as _, Result, bail};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use strongroom_envelope::keyring::RawAesKeyring;
use strongroom_envelope::materials::{CacheLimits, CachingManager, DefaultManager};
use strongroom_envelope::message::Context;
use strongroom_envelope::{
    OpenOptions, SealOptions, default_threads, open_bytes, open_many, seal_bytes, seal_many,
};

const COUNT: usize = 10_000;
const BYTES: usize = 1024;
/// We are at least so many times as fast as Python.
const TIMES_PYTHON_MIN: f64 = 20.0;

type Cached = CachingManager<DefaultManager<RawAesKeyring>>;

/// Values a second, round by round.
#[derive(Default)]
struct Rates {
    seal: Vec<f64>,
    open: Vec<f64>,
    seal_many: Vec<f64>,
    open_many: Vec<f64>,
    python_seal: Vec<f64>,
    python_open: Vec<f64>,
}

/// Measures in turns and prints.
pub(crate) fn compare(rounds: usize) -> Result<()> {
    println!("\n{COUNT} values of {BYTES} bytes, raw AES key, suite 0478, cached materials; values a second");
    let absent = python().err();
    if let Some(why) = &absent {
        println!("NOT COMPARED: ESDK Python: {why:#}");
    }
    let context = Context::new([("purpose".to_owned(), "bench".to_owned())].into())?;
    let values: Vec<Vec<u8>> = (0..COUNT).map(|index| vec![index as u8; BYTES]).collect();
    let mut rates = Rates::default();
    for _ in 0..rounds {
        ours(&values, &context, &mut rates)?;
        if absent.is_none() {
            theirs(&mut rates)?;
        }
    }
    print(&rates);
    Ok(())
}

/// A fresh cache, so that each round pays for its data key.
fn manager() -> Result<Cached> {
    let keyring = RawAesKeyring::new("bench", "bench", &[7; 32])?;
    Ok(CachingManager::new(DefaultManager::new(keyring), CacheLimits::new(Duration::from_secs(3600))))
}

fn ours(values: &[Vec<u8>], context: &Context, rates: &mut Rates) -> Result<()> {
    let (sealing, opening) = (SealOptions::new(context), OpenOptions::new(context));
    let alone = manager()?;
    let start = Instant::now();
    let sealed =
        values.iter().map(|value| seal_bytes(value, &alone, sealing)).collect::<Result<Vec<_>, _>>()?;
    rates.seal.push(per_second(start));
    let start = Instant::now();
    for (message, value) in sealed.iter().zip(values) {
        if *open_bytes(message, &alone, opening)?.plaintext != *value {
            bail!("a value did not come back");
        }
    }
    rates.open.push(per_second(start));
    let together = manager()?;
    let start = Instant::now();
    let sealed = seal_many(values, &together, sealing)?;
    rates.seal_many.push(per_second(start));
    let start = Instant::now();
    let opened = open_many(&sealed, &together, opening);
    rates.open_many.push(per_second(start));
    for (opened, value) in opened.into_iter().zip(values) {
        if *opened?.plaintext != *value {
            bail!("a value did not come back");
        }
    }
    Ok(())
}

fn per_second(start: Instant) -> f64 {
    COUNT as f64 / start.elapsed().as_secs_f64()
}

fn theirs(rates: &mut Rates) -> Result<()> {
    let mut command = Command::new(PYTHON);
    command.args([PYTHON_SCRIPT, "small", &COUNT.to_string(), &BYTES.to_string()]);
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("{command:?}: {}", output.status);
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let (seal, open) = text.trim().split_once(' ').context("two times")?;
    rates.python_seal.push(COUNT as f64 / seal.parse::<f64>()?);
    rates.python_open.push(COUNT as f64 / open.parse::<f64>()?);
    Ok(())
}

fn print(rates: &Rates) {
    let all_cores = |way: Way| format!("{}, {} threads", way.name(), default_threads());
    let (seal_many, open_many) = (all_cores(Way::Seal), all_cores(Way::Open));
    let rows = [
        ("seal, one thread", &rates.seal, &rates.python_seal),
        (seal_many.as_str(), &rates.seal_many, &rates.python_seal),
        ("open, one thread", &rates.open, &rates.python_open),
        (open_many.as_str(), &rates.open_many, &rates.python_open),
    ];
    for (name, ours, theirs) in rows {
        let (rate, python) = (report::median(ours.iter().copied()), report::median(theirs.iter().copied()));
        if theirs.is_empty() {
            println!("{name:<20} {rate:>9.0}");
            continue;
        }
        let times = report::median(ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs));
        let met = if times >= TIMES_PYTHON_MIN { "met" } else { "NOT MET" };
        println!(
            "{name:<20} {rate:>9.0}, Python {python:>7.0}; target: at least 20 times Python: {times:.1}, {met}"
        );
    }
}
