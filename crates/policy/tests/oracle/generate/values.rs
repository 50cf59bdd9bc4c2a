//! Random networks, dates and base64: those of the request, and near misses of them.

use super::rng::Rng;
use crate::oracle::iso;
use serde_json::{Value, json};
use std::net::IpAddr;

/// The network of an address or of one that differs from it in one bit, often of just the length that decides.
pub(crate) fn network(rng: &mut Rng, actual: Option<&str>) -> String {
    let Some(ip) = actual.and_then(|ip| ip.parse::<IpAddr>().ok()).filter(|_| rng.chance(75)) else {
        return rng.word(&[
            "10.0.0.0/8",
            "192.0.2.0/24",
            "2001:db8::/32",
            "0.0.0.0/0",
            "::/0",
            "203.0.113.254/31",
        ]);
    };
    let bits = if ip.is_ipv4() { 32 } else { 128 };
    let bit = rng.below(bits);
    let flipped = match ip {
        IpAddr::V4(four) => IpAddr::from((u32::from(four) ^ 1 << bit).to_be_bytes()),
        IpAddr::V6(six) => IpAddr::from((u128::from(six) ^ 1 << bit).to_be_bytes()),
    };
    match rng.below(6) {
        0 => ip.to_string(),
        1 => format!("{ip}/{}", rng.below(bits + 1)),
        2 => flipped.to_string(),
        3 => format!("{flipped}/{}", rng.below(bits + 1)),
        // Without the bit, and with it.
        4 => format!("{flipped}/{}", bits - 1 - bit),
        _ => format!("{flipped}/{}", bits - bit),
    }
}

/// The date of the request, one a second away, or another; in each form that dates have.
pub(crate) fn date(rng: &mut Rng, actual: Option<&str>, now: u64) -> Value {
    let near = now + [0, 1, 2, 40_000][rng.below(4)] - 1;
    match (actual, rng.below(6)) {
        (Some(actual), 0..=2) if actual.len() == 20 && actual.ends_with('Z') => json!(actual),
        (Some(actual), 0..=2) if actual.parse::<u64>().is_ok_and(|seconds| seconds > 10_000) => json!(actual),
        (_, 3) => json!(near),
        (_, 4) => json!(near.to_string()),
        (_, 5) => json!(rng.word(&[
            "2026-11-20",
            "2026-11",
            "2026",
            "2026-11-20T10:00Z",
            "2026-11-20T10:00:00.5+02:00"
        ])),
        _ => json!(iso(near)),
    }
}

/// Base64 with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = (0..3).fold(0_u32, |word, i| word << 8 | u32::from(chunk.get(i).copied().unwrap_or(0)));
        for i in 0..4 {
            let digit = char::from(ALPHABET[(word >> (18 - 6 * i) & 63) as usize]);
            text.push(if i <= chunk.len() { digit } else { '=' });
        }
    }
    text
}
