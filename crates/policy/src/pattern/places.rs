//! Where runs of characters and `?` stand in a text, looked for at 64 places at a time: trying them place by place would
//! take the product of both lengths, which whoever writes the policy and sends the text can make billions.

use super::{Token, step};
use std::collections::BTreeMap;

/// The places of a word.
const WORD: usize = 64;

/// Of one part of a character: the places of the text where it stands, one bit each.
type Set = Vec<u64>;

/// A text, by what stands where. Characters are taken apart, so that few sets do for all of Unicode.
pub(super) struct Places {
    sets: BTreeMap<(u32, u32), Set>,
    length: usize,
}

impl Places {
    pub(super) fn of(text: &str) -> Self {
        let length = text.chars().count();
        let mut sets: BTreeMap<(u32, u32), Set> = BTreeMap::new();
        for (place, letter) in text.chars().enumerate() {
            for part in parts(letter) {
                let set = sets.entry(part).or_insert_with(|| vec![0; length.div_ceil(WORD)]);
                set[place / WORD] |= 1 << (place % WORD);
            }
        }
        Self { sets, length }
    }

    /// The first place from `from` on where the run stands.
    pub(super) fn find(&self, run: &[Token], from: usize) -> Option<usize> {
        let last = self.length.checked_sub(run.len())?;
        let wanted = self.wanted(run)?;
        (from / WORD..=last / WORD).find_map(|word| {
            let mut open = u64::MAX;
            if word == from / WORD {
                open <<= from % WORD;
            }
            for (offset, set) in &wanted {
                step();
                open &= window(set, word * WORD + offset);
                if open == 0 {
                    return None;
                }
            }
            let place = word * WORD + open.trailing_zeros() as usize;
            (place <= last).then_some(place)
        })
    }

    /// The sets that a place has to be in, each with how far after it. `None` when a character of the run is nowhere.
    fn wanted(&self, run: &[Token]) -> Option<Vec<(usize, &Set)>> {
        let mut wanted = Vec::new();
        for (offset, token) in run.iter().enumerate() {
            let Token::Char(letter) = token else { continue };
            for part in parts(*letter) {
                wanted.push((offset, self.sets.get(&part)?));
            }
        }
        Some(wanted)
    }
}

/// Seven bits of the character's number each, with which seven they are.
fn parts(letter: char) -> [(u32, u32); 3] {
    let number = u32::from(letter);
    [(0, number & 0x7f), (1, (number >> 7) & 0x7f), (2, number >> 14)]
}

/// The 64 places from `place` on.
fn window(set: &[u64], place: usize) -> u64 {
    let (word, shift) = (place / WORD, place % WORD);
    let at = |word: usize| set.get(word).copied().unwrap_or_default();
    let low = at(word) >> shift;
    if shift == 0 { low } else { low | (at(word + 1) << (WORD - shift)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_differ_in_one_part_are_told_apart() {
        // In the lowest seven bits, the next seven, and in those above: the lowest of them and a high one.
        for other in ['b', 'á', '\u{4061}', '\u{40061}'] {
            let places = Places::of(&format!("aa{other}a"));
            assert_eq!(places.find(&[Token::Char(other)], 0), Some(2), "{other:?}");
            assert_eq!(places.find(&[Token::Char('a')], 2), Some(3), "{other:?}");
            assert_eq!(Places::of("aaa").find(&[Token::Char(other)], 0), None, "{other:?}");
            let only = Places::of(&format!("{other}b{other}"));
            assert_eq!(only.find(&[Token::Char('a')], 0), None, "{other:?}");
        }
    }
}
