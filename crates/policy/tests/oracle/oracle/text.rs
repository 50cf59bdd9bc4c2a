//! Texts: recursive wildcards, policy variables, dates and networks, parsed anew each time they are needed.

use super::context::Present;

/// One character of a pattern: itself, or a wildcard.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    Char(char),
    /// A character that a variable stands for.
    Value(char),
    Any,
    Single,
}

/// Whether a text fits a pattern, by trying everything.
pub(crate) fn fits(pattern: &[Piece], text: &[char]) -> bool {
    match pattern.first() {
        None => text.is_empty(),
        Some(Piece::Any) => {
            let rest = &pattern[1..];
            (0..=text.len()).any(|skip| fits(rest, &text[skip..]))
        }
        Some(Piece::Single) => !text.is_empty() && fits(&pattern[1..], &text[1..]),
        Some(Piece::Char(wanted) | Piece::Value(wanted)) => {
            text.first() == Some(wanted) && fits(&pattern[1..], &text[1..])
        }
    }
}

/// A pattern of a policy without variables: `*` and `?` are wildcards.
pub(crate) fn plain(text: &str) -> Vec<Piece> {
    let piece = |c| match c {
        '*' => Piece::Any,
        '?' => Piece::Single,
        other => Piece::Char(other),
    };
    text.chars().map(piece).collect()
}

/// A text of a policy with its variables replaced. `None` when a variable has no value and no default.
///
/// What a variable stands for is text, never a wildcard; so are `${*}`, `${?}` and `${$}`. In a document of
/// version 2008 nothing is a variable.
pub(crate) fn expand(text: &str, variables: bool, present: &Present) -> Option<Vec<Piece>> {
    if !variables {
        return Some(plain(text));
    }
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        pieces.extend(plain(&rest[..at]));
        let end = at + rest[at..].find('}')?;
        let inside = &rest[at + 2..end];
        let value = match inside {
            "*" | "?" | "$" => inside.to_owned(),
            _ => variable(inside, present)?,
        };
        pieces.extend(value.chars().map(Piece::Value));
        rest = &rest[end + 1..];
    }
    pieces.extend(plain(rest));
    Some(pieces)
}

/// The value of `key` or of `key, 'default'`. A key with many values cannot be a variable.
fn variable(inside: &str, present: &Present) -> Option<String> {
    let (key, default) = match inside.split_once(',') {
        Some((key, default)) => {
            (key.trim(), default.trim().strip_prefix('\'').and_then(|d| d.strip_suffix('\'')))
        }
        None => (inside.trim(), None),
    };
    match present.single(key) {
        Some(value) => Some(value),
        None => default.map(str::to_owned),
    }
}

/// `true` or `false` in any case.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// A decimal number.
pub(crate) fn number(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let shape = unsigned.chars().all(|c| c.is_ascii_digit() || c == '.')
        && unsigned.starts_with(|c: char| c.is_ascii_digit());
    if shape { text.parse().ok() } else { None }
}

/// A date in milliseconds since 1970: a W3C form of ISO 8601, or seconds since 1970.
pub(crate) fn date(text: &str) -> Option<i64> {
    if text.chars().all(|c| c.is_ascii_digit()) && text.len() != 4 {
        return text.parse::<i64>().ok().and_then(|s| s.checked_mul(1000));
    }
    let (day, time) = match text.split_once('T') {
        Some((day, time)) => (day, Some(time)),
        None => (text, None),
    };
    let mut numbers = day.split('-').map(digits);
    let year = numbers.next()??;
    let month = numbers.next().unwrap_or(Some(1))?;
    let dom = numbers.next().unwrap_or(Some(1))?;
    if numbers.next().is_some() || !(1..=12).contains(&month) || dom < 1 || dom > days_of(year, month) {
        return None;
    }
    let days = days_before_year(year) + (1..month).map(|m| days_of(year, m)).sum::<i64>() + dom - 1;
    let ms = match time {
        None => 0,
        Some(time) => time_ms(time)?,
    };
    Some((days - days_before_year(1970)) * 86_400_000 + ms)
}

fn digits(text: &str) -> Option<i64> {
    (!text.is_empty() && text.chars().all(|c| c.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fff`, then `Z` or an offset `+hh:mm`; in milliseconds of the day.
fn time_ms(text: &str) -> Option<i64> {
    let at = text.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = text.split_at(at);
    let offset = match zone {
        "Z" | "z" => 0,
        _ => {
            let (hours, minutes) = zone[1..].split_once(':')?;
            let minutes = digits(hours)? * 60 + digits(minutes)?;
            if zone.starts_with('-') { -minutes } else { minutes }
        }
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let fraction = digits(&format!("{fraction}000")[..3])?;
    let mut parts = clock.split(':').map(digits);
    let (hours, minutes) = (parts.next()??, parts.next()??);
    let seconds = parts.next().unwrap_or(Some(0))?;
    if parts.next().is_some() || hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    Some(((hours * 60 + minutes - offset) * 60 + seconds) * 1000 + fraction)
}

fn leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from year 0 to the first day of the year.
fn days_before_year(year: i64) -> i64 {
    let before = year - 1;
    365 * year + before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400)
}

/// An address as bits: 32 or 128 of them.
pub(crate) fn address(text: &str) -> Option<Vec<bool>> {
    let bytes = match text.parse::<std::net::IpAddr>().ok()? {
        std::net::IpAddr::V4(four) => four.octets().to_vec(),
        std::net::IpAddr::V6(six) => six.octets().to_vec(),
    };
    Some(bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1)).collect())
}

/// The leading bits that an address of the network has, and how many bits an address has in all.
pub(crate) fn network(text: &str) -> Option<(Vec<bool>, usize)> {
    let (start, length) = match text.split_once('/') {
        Some((start, length)) => (address(start)?, Some(digits(length)?)),
        None => (address(text)?, None),
    };
    let all = start.len();
    let length = length.map_or(Some(all), |length| usize::try_from(length).ok())?;
    (length <= all).then(|| (start[..length].to_vec(), all))
}

/// The bytes of a base64 text, with its padding.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let body = text.trim_end_matches('=');
    if text.len() - body.len() > 2 {
        return None;
    }
    let mut bits = Vec::new();
    for c in body.chars() {
        let value = ALPHABET.find(c)?;
        bits.extend((0..6).rev().map(|bit| value >> bit & 1 == 1));
    }
    let whole = bits.len() / 8 * 8;
    if bits[whole..].contains(&true) {
        return None;
    }
    Some(
        bits[..whole]
            .chunks(8)
            .map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | u8::from(*bit)))
            .collect(),
    )
}
