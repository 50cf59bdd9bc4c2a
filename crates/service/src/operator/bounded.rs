//! Answers to the operator that may be long: texts that callers chose are in them, and all that policies say. Each travels
//! in one message. In one that is too long lists and texts are shortened, the longest first, and what is left out is
//! counted: beside the list as `NAME_left_out`, in a list of texts and in a text at its end.

use serde::Serialize;
use serde_json::{Map, Value};
use std::io;

/// How many bytes of JSON an answer takes at most. The message that it travels in may have 1 MiB.
pub const ANSWER_BYTES_MAX: usize = 1_000_000;

/// How many members of an object are shown at least: more than any that is not made of a caller's pairs has.
const MEMBERS_MIN: usize = 64;

/// What is shown of a list, in items, and of a text, in bytes of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Limits {
    items: usize,
    text: usize,
}

/// What is tried first.
const WIDEST: Limits = Limits { items: 2_048, text: 8_192 };

/// With these nothing is too long: an answer has few lists in each other. No member's own name is as long.
const NARROWEST: Limits = Limits { items: 4, text: 64 };

/// An answer as JSON, with so much left out that it is not too long.
pub fn fitting(answer: &impl Serialize) -> Value {
    let whole = serde_json::to_value(answer).unwrap_or_default();
    if length(&whole) <= ANSWER_BYTES_MAX {
        return whole;
    }
    let mut limits = WIDEST;
    loop {
        let shortened = limits.shorten(&whole);
        if limits == NARROWEST || length(&shortened) <= ANSWER_BYTES_MAX {
            return shortened;
        }
        limits = limits.narrower();
    }
}

impl Limits {
    fn narrower(self) -> Self {
        Self { items: NARROWEST.items.max(self.items / 2), text: NARROWEST.text.max(self.text / 2) }
    }

    fn shorten(self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => Value::Array(self.list(items).0),
            Value::Object(members) => Value::Object(self.object(members).0),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    fn text(self, text: &str) -> String {
        let mut bytes = 0;
        let end = text.char_indices().find(|(_, character)| {
            bytes += width(*character);
            bytes > self.text
        });
        let Some((end, _)) = end else { return text.to_owned() };
        let (shown, rest) = text.split_at(end);
        format!("{shown}… ({} more characters)", rest.chars().count())
    }

    /// What says most of a list, in its order; and how many more there are, unless the list itself tells.
    fn list(self, items: &[Value]) -> (Vec<Value>, usize) {
        let mut kept: Vec<(usize, &Value)> = items.iter().enumerate().collect();
        kept.sort_by_key(|(_, item)| rank(item));
        kept.truncate(self.items);
        kept.sort_unstable_by_key(|(at, _)| *at);
        let more = items.len() - kept.len();
        let mut shown: Vec<Value> = kept.into_iter().map(|(_, item)| self.shorten(item)).collect();
        if more > 0 && items.iter().all(Value::is_string) {
            shown.push(Value::String(format!("… ({more} more)")));
            return (shown, 0);
        }
        (shown, more)
    }

    /// An object with its first members, and how many more there are.
    fn object(self, members: &Map<String, Value>) -> (Map<String, Value>, usize) {
        let mut shown = Map::new();
        let mut left_out = Vec::new();
        for (name, value) in members.iter().take(self.items.max(MEMBERS_MIN)) {
            let name = self.text(name);
            let (value, more) = match value {
                Value::Array(items) => {
                    let (items, more) = self.list(items);
                    (Value::Array(items), more)
                }
                Value::Object(inner) => {
                    let (inner, more) = self.object(inner);
                    (Value::Object(inner), more)
                }
                value => (self.shorten(value), 0),
            };
            if more > 0 {
                left_out.push((format!("{name}_left_out"), more));
            }
            shown.insert(name, value);
        }
        // Long names may have become the same.
        let more = members.len() - shown.len();
        for (name, more) in left_out {
            let before =
                shown.get(&name).and_then(Value::as_u64).and_then(|count| usize::try_from(count).ok());
            shown.insert(name, Value::from(before.unwrap_or_default() + more));
        }
        (shown, more)
    }
}

/// What says most: findings that match and conditions that do not hold; then what only conditions or constraints keep from
/// matching.
fn rank(item: &Value) -> u8 {
    let by_conditions = item["mismatches"].as_array().is_some_and(Vec::is_empty);
    let by_constraints =
        item["mismatch"].as_str().is_some_and(|why| !["Grantee", "Operation"].contains(&why));
    match (item["matched"].as_str(), item["holds"].as_bool()) {
        (Some(_), _) | (_, Some(false)) => 0,
        _ if by_conditions || by_constraints => 1,
        _ => 2,
    }
}

/// How many bytes of JSON a character takes, at most.
fn width(character: char) -> usize {
    match character {
        '"' | '\\' => 2,
        character if character < ' ' => 6,
        character => character.len_utf8(),
    }
}

/// How many bytes of JSON a value takes.
fn length(value: &Value) -> usize {
    let mut counted = Counted(0);
    serde_json::to_writer(&mut counted, value).map_or(usize::MAX, |()| counted.0)
}

/// Counts what is written.
struct Counted(usize);

impl io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn answer_that_fits_stays_as_it_is() {
        let answer = json!({ "statements": vec![json!({ "sid": "x".repeat(900) }); 1_000] });
        assert!((900_000..=ANSWER_BYTES_MAX).contains(&length(&answer)));
        assert_eq!(fitting(&answer), answer);
    }

    /// As many of everything as no answer has, in characters that JSON writes in six bytes each.
    #[test]
    fn nothing_is_too_long() {
        let long = "\u{1}".repeat(1_000);
        let texts = vec![long.clone(); 20];
        let pairs: Map<String, Value> =
            (0..200).map(|number| (format!("{number}{long}"), json!(long))).collect();
        let condition =
            json!({ "operator": long, "key": long, "wanted": texts, "actual": texts, "holds": false });
        let statement = json!({
            "statement": { "policy": { "Identity": long }, "sid": long }, "conditions": vec![condition; 5],
        });
        let decision = json!({
            "principal": long,
            "statements": vec![statement; 5],
            "warnings": texts,
            "grants": vec![json!({ "id": long }); 50],
            "changes": vec![json!({ "Add": { "conditions": vec![json!([long, long]); 5] } }); 5],
            "context": { "request": { "encryption_context": pairs, "tags": pairs }, "given": pairs },
        });
        let answer = json!({ "message": long, "decisions": vec![decision; 3] });
        assert!(length(&answer) > 10 * ANSWER_BYTES_MAX);
        let shown = fitting(&answer);
        assert!((10_000..=ANSWER_BYTES_MAX).contains(&length(&shown)), "{}", length(&shown));
        assert_eq!(shown["decisions"].as_array().unwrap().len(), 3);
        let request = &shown["decisions"][0]["context"]["request"];
        let (kept, left_out) = (request["tags"].as_object().unwrap().len(), &request["tags_left_out"]);
        assert_eq!(*left_out, json!(200 - kept));
    }

    #[test]
    fn what_matches_stays_in_its_order_and_the_rest_is_counted() {
        let mut statements = vec![json!({ "matched": null, "mismatches": ["Action"] }); 9];
        statements[2] = json!({ "matched": null, "mismatches": [] });
        statements[5] = json!({ "matched": "Account", "mismatches": [] });
        statements[8] = json!({ "matched": "Itself", "mismatches": [] });
        let answer =
            json!({ "statements": statements, "grants": statements, "grants_left_out": 7, "rule": 1 });
        let shown = NARROWEST.shorten(&answer);
        let expected = [&statements[0], &statements[2], &statements[5], &statements[8]];
        assert_eq!(shown["statements"], json!(expected));
        assert_eq!((&shown["statements_left_out"], &shown["grants_left_out"]), (&json!(5), &json!(12)));
        assert_eq!(shown["rule"], 1);
    }

    #[test]
    fn grants_and_conditions_that_stand_in_the_way_stay() {
        let of = |name: &str, usual: Value, other: Value| {
            let mut items = vec![usual; 9];
            items[8] = other.clone();
            let shown = NARROWEST.shorten(&json!({ name: items }));
            assert_eq!(shown[name][3], other, "{name}");
        };
        of("grants", json!({ "mismatch": "Operation" }), json!({ "mismatch": "Constraints" }));
        of("grants", json!({ "mismatch": "Grantee" }), json!({ "mismatch": "SourceArn" }));
        of("conditions", json!({ "holds": true }), json!({ "holds": false }));
    }

    #[test]
    fn long_texts_and_long_lists_of_texts_say_how_much_is_missing() {
        let long = format!("{}é\"{}", "a".repeat(60), "b".repeat(40));
        let texts: Vec<String> = (0..7).map(|number| number.to_string()).collect();
        let shown = NARROWEST.shorten(&json!({ "text": long, "texts": texts }));
        assert_eq!(shown["text"], format!("{}é\"… (40 more characters)", "a".repeat(60)));
        assert_eq!(shown["texts"], json!(["0", "1", "2", "3", "… (3 more)"]));
        assert_eq!(shown.get("texts_left_out"), None);
        assert_eq!(
            NARROWEST.text(&"\u{1}".repeat(64)),
            format!("{}… (54 more characters)", "\u{1}".repeat(10))
        );
    }
}
