//! The golden authorisation matrix: principal kind x operation x evidence -> decision, in `matrix.tsv`.
//!
//! `UPDATE=1 cargo test -p strongroom-policy --test matrix` writes the file again; its difference is to be read. An
//! operation of the service model that the table of operations lacks fails.

#![allow(clippy::unwrap_used, reason = "a test: what is not as it should be ends it")]

mod evidence;
mod operations;

use evidence::{columns, principals};
use operations::{OPERATIONS, On};
use std::collections::BTreeSet;
use strongroom_policy::{Decision, GrantOperation};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/matrix/matrix.tsv");
const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../model/kms-2014-11-01.json");

/// `allow R5` or `deny R9`; `deny R9 foreign` when the caller does not learn why.
fn cell(decision: &Decision) -> String {
    let number = decision.rule().number();
    match decision {
        Decision::Allowed(_) => format!("allow R{number}"),
        Decision::Denied(denial) if denial.foreign => format!("deny R{number} foreign"),
        Decision::Denied(_) => format!("deny R{number}"),
    }
}

fn on_text(on: On) -> &'static str {
    match on {
        On::Grantable | On::Key => "key",
        On::Alias => "alias",
        On::Nothing => "*",
        On::Own => "own",
        On::Grant => "grant",
        On::GrantOfOther => "other's grant",
        On::Role => "role",
    }
}

fn matrix() -> String {
    let columns = columns();
    let names: Vec<_> = columns.iter().map(|column| column.name).collect();
    let mut text = format!("operation\taction\ton\tprincipal\t{}\n", names.join("\t"));
    for (operation, actions) in OPERATIONS {
        for (action, on) in *actions {
            for who in principals() {
                let other = who.name.starts_with("other");
                // Everything but a key, a grant and a role is the caller's own.
                if other && matches!(on, On::Alias | On::Nothing | On::Own) {
                    continue;
                }
                let cells: Vec<_> =
                    columns.iter().map(|column| cell(&column.decide(&who, action, *on))).collect();
                let on = on_text(*on);
                text.push_str(&format!("{operation}\t{action}\t{on}\t{}\t{}\n", who.name, cells.join("\t")));
            }
        }
    }
    text
}

#[test]
fn matrix_is_as_it_was() {
    let now = matrix();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(FILE, &now).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(FILE).unwrap();
    for (line, (now, kept)) in now.lines().zip(kept.lines()).enumerate() {
        assert_eq!(now, kept, "line {}", line + 1);
    }
    assert_eq!(now.lines().count(), kept.lines().count());
}

#[test]
fn every_operation_of_the_model_has_rows() {
    let model: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(MODEL).unwrap()).unwrap();
    let operations: BTreeSet<&str> =
        model["operations"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(operations.len(), 56);
    let listed: BTreeSet<&str> =
        OPERATIONS.iter().map(|(name, _)| *name).filter(|name| !name.starts_with('(')).collect();
    assert_eq!(operations, listed);
    let kept = std::fs::read_to_string(FILE).unwrap();
    for (operation, actions) in OPERATIONS {
        for (action, _) in *actions {
            assert!(
                kept.lines().any(|line| line.starts_with(&format!("{operation}\t{action}\t"))),
                "{operation} {action}"
            );
        }
    }
}

#[test]
fn grantable_actions_are_those_of_the_table() {
    let table = OPERATIONS.iter().flat_map(|(_, actions)| *actions);
    let grantable =
        table.filter(|(_, on)| matches!(on, On::Grantable | On::Grant)).map(|(action, _)| *action);
    let engine = GrantOperation::ALL.iter().map(|operation| format!("kms:{}", operation.as_str()));
    assert_eq!(grantable.map(str::to_owned).collect::<BTreeSet<_>>(), engine.collect());
}
