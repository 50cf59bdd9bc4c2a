//! Small values in memory, under cached materials: messages a second, sealed and opened.
//!
//! `cargo run --release -p strongroom-envelope --example small_bench -- [VALUES] [BYTES]`. The AWS Encryption SDK for Python
//! 4.0.7 does 2,600 to 2,900 a second of 1 KiB in suite 0478, cached or not (reference section 12).
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};
use strongroom_envelope::keyring::RawAesKeyring;
use strongroom_envelope::materials::{CacheLimits, CachingManager, DefaultManager};
use strongroom_envelope::message::{Context, Suite};
use strongroom_envelope::{OpenOptions, SealOptions, open_bytes, open_many, seal_bytes, seal_many};

fn rate(name: &str, values: usize, work: impl Fn()) {
    let mut best = Duration::MAX;
    for _ in 0..7 {
        let start = Instant::now();
        work();
        best = best.min(start.elapsed());
    }
    println!("{name:<36} {:>10.0} messages/s", values as f64 / best.as_secs_f64());
}

fn main() {
    let arguments: Vec<usize> = std::env::args().skip(1).map(|text| text.parse().unwrap()).collect();
    let (count, bytes) =
        (arguments.first().copied().unwrap_or(10_000), arguments.get(1).copied().unwrap_or(1_024));
    let values: Vec<Vec<u8>> = (0..count).map(|i| vec![i as u8; bytes]).collect();
    let context = Context::new([("table".to_owned(), "t".to_owned())].into()).unwrap();
    let keyring = || RawAesKeyring::new("bench", "k", &[7; 32]).unwrap();
    let cached =
        CachingManager::new(DefaultManager::new(keyring()), CacheLimits::new(Duration::from_secs(600)));
    let direct = DefaultManager::new(keyring());
    for suite in [Suite::COMMITTING, Suite::COMMITTING_SIGNED] {
        let options = SealOptions { suite, ..SealOptions::new(&context) };
        println!("suite {suite}, {count} values of {bytes} bytes");
        rate("seal, one thread, not cached", count, || {
            for value in &values {
                seal_bytes(value, &direct, options).unwrap();
            }
        });
        rate("seal, one thread, cached", count, || {
            for value in &values {
                seal_bytes(value, &cached, options).unwrap();
            }
        });
        rate("seal_many, all cores, cached", count, || {
            seal_many(&values, &cached, options).unwrap();
        });
        let messages = seal_many(&values, &cached, options).unwrap();
        rate("open, one thread, cached", count, || {
            for message in &messages {
                open_bytes(message, &cached, OpenOptions::new(&context)).unwrap();
            }
        });
        rate("open_many, all cores, cached", count, || {
            let opened = open_many(&messages, &cached, OpenOptions::new(&context));
            assert!(opened.iter().all(Result::is_ok));
        });
    }
}
