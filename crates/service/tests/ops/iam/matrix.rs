//! The golden authorisation matrix of IAM and STS: operation x principal with its policies -> decision, in `matrix.tsv`.
//!
//! Each cell is a signed request through the whole service. The table was written from AWS's rules (its head names them)
//! and is never written by this test. An operation that is served and has no row fails.

use crate::iam::matrix_cast::{COLUMNS, Cast, PHASES, Who};
use crate::query_answer::XmlAnswer;
use std::collections::BTreeSet;
use strongroom_service::built_queries;

const TABLE: &str = include_str!("matrix.tsv");

/// Columns before those of decisions: service, operation, parameters.
const DECISIONS_FROM: usize = 3;

/// What the other account's user may is about its own account alone, whatever it names.
const OTHER_ACCOUNT: &str = "other account";

/// A line of the table.
pub(crate) struct Row {
    pub(crate) service: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) parameters: Vec<(&'static str, &'static str)>,
    cells: Vec<&'static str>,
}

impl Row {
    /// The action as policies name it.
    pub(crate) fn action(&self) -> String {
        format!("{}:{}", self.service, self.operation)
    }

    /// What is wrong with an answer in a column, if something is.
    fn complaint(&self, column: usize, answer: &XmlAnswer) -> Option<String> {
        let (wanted, found) = (self.cells[column], decision(answer));
        let (name, ..) = COLUMNS[column];
        let text = || format!("{}, {name}: {found}, not {wanted}: {}", self.action(), answer.text);
        (wanted != found).then(text)
    }
}

fn lines() -> impl Iterator<Item = Vec<&'static str>> {
    TABLE.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
}

fn rows() -> Vec<Row> {
    lines().skip(1).map(|line| row(&line)).collect()
}

fn row(line: &[&'static str]) -> Row {
    let (head, cells) = line.split_at(DECISIONS_FROM);
    let named = head[2].split('&').filter(|parameter| !parameter.is_empty());
    Row {
        service: head[0],
        operation: head[1],
        parameters: named.map(|parameter| parameter.split_once('=').unwrap()).collect(),
        cells: cells.to_vec(),
    }
}

/// What an answer says of the decision. Whatever comes after it, an unknown name for instance, was allowed.
fn decision(answer: &XmlAnswer) -> &'static str {
    if answer.status == 200 {
        return "allow";
    }
    match answer.get("Error/Code").as_str() {
        "InvalidClientTokenId" => "token",
        // Not a decision: the token is meant to be good.
        "InvalidIdentityToken" => "no token",
        "AccessDenied" => denial(&answer.get("Error/Message")),
        _ => "allow",
    }
}

fn denial(message: &str) -> &'static str {
    let texts = [
        ("with an explicit deny in an identity-based policy", "explicit"),
        ("because no identity-based policy allows", "identity"),
        ("because no permissions boundary allows", "boundary"),
        ("because no session policy allows", "session"),
        ("with session credentials", "closed"),
        ("Roles may not be assumed by root accounts.", "root"),
    ];
    texts.iter().find(|(text, _)| message.contains(text)).map_or("deny", |(_, word)| *word)
}

#[test]
fn every_operation_of_iam_and_sts_has_a_row() {
    let listed: BTreeSet<_> = rows().iter().map(|row| (row.service, row.operation)).collect();
    assert_eq!(listed, built_queries().collect());
}

#[test]
fn table_has_the_columns() {
    let names: Vec<_> = COLUMNS.iter().map(|(name, ..)| *name).collect();
    assert_eq!(lines().next().unwrap()[DECISIONS_FROM..], names);
    for row in rows() {
        assert_eq!(row.cells.len(), names.len(), "{}", row.action());
    }
}

#[tokio::test]
async fn every_cell_is_what_the_rules_say() {
    let (cast, rows) = (Cast::new("matrix").await, rows());
    let mut complaints = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        for policies in PHASES {
            cast.give(row, number, policies).await;
            for (column, (_, who, given)) in COLUMNS.iter().enumerate() {
                if *given == policies && *who != Who::Stranger {
                    complaints.extend(row.complaint(column, &cast.ask(*who, row).await));
                }
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[tokio::test]
async fn other_account_decides_about_itself_alone() {
    let (cast, rows) = (Cast::new("matrix-stranger").await, rows());
    let column = COLUMNS.iter().position(|(name, ..)| *name == OTHER_ACCOUNT).unwrap();
    let before = cast.things().await;
    let mut complaints = Vec::new();
    for row in &rows {
        complaints.extend(row.complaint(column, &cast.ask(Who::Stranger, row).await));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert_eq!(cast.things().await, before);
    // The control: the same call by the account's own root is seen.
    cast.s().iam("DeleteGroup", &[("GroupName", "victim")]).await.ok();
    assert_ne!(cast.things().await, before);
}
