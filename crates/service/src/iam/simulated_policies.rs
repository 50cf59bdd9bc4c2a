//! The policies of a simulation: those that somebody has, those that the request gives, and where their statements stand.

use crate::fault::Fault;
use crate::iam::simulation::invalid;
use crate::state::{AwsManaged, Directory, GroupEntry, Policies, RoleEntry, UserEntry};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::sync::Arc;
use strongroom_api::iam::shape::{Position, Statement};
use strongroom_policy::{Caller, Document, DocumentKind, IdentityPolicy};

/// One policy, and how answers name it.
#[derive(Debug)]
pub(super) struct Source {
    /// `SourcePolicyId`.
    id: String,
    /// `SourcePolicyType`.
    kind: &'static str,
    document: Arc<Document>,
    /// Where each statement begins and ends.
    places: Vec<(Position, Position)>,
}

impl Source {
    /// One that somebody has.
    fn stored(id: &str, kind: &'static str, text: &str, document: &Arc<Document>) -> Self {
        Self { id: id.to_owned(), kind, document: document.clone(), places: places(text) }
    }

    /// One that the request gives.
    pub(super) fn of_request(
        id: String,
        kind: &'static str,
        (text, document_kind): (&str, DocumentKind),
        directory: &Directory,
    ) -> Result<Self, Fault> {
        let document = Document::parse(document_kind, text, directory)
            .map_err(|error| invalid(format!("The policy {id} is not valid: {error}")))?;
        Ok(Self { id, kind, document: Arc::new(document), places: places(text) })
    }

    /// Every policy of a list of the request, `LIST.1` and so on.
    pub(super) fn of_list(
        list: &str,
        texts: Option<&Vec<String>>,
        directory: &Directory,
    ) -> Result<Vec<Self>, Fault> {
        let one = |(at, text): (usize, &String)| {
            Self::of_request(
                format!("{list}.{}", at + 1),
                "none",
                (text.as_str(), DocumentKind::Identity),
                directory,
            )
        };
        texts.into_iter().flatten().enumerate().map(one).collect()
    }

    pub(super) fn document(&self) -> &Arc<Document> {
        &self.document
    }

    /// A statement as answers name it.
    pub(super) fn statement(&self, index: usize) -> Statement {
        let (start, end) = self.places.get(index).cloned().unzip();
        Statement {
            end_position: end,
            source_policy_id: Some(self.id.clone()),
            source_policy_type: Some(self.kind.to_owned()),
            start_position: start,
        }
    }
}

/// The policies of a user and of its groups.
pub(super) fn of_user(directory: &Directory, user: &UserEntry) -> Vec<Source> {
    let mut sources = of_holder(directory, "user", &user.inline, &user.record.policies);
    let groups = user.record.groups.iter().filter_map(|name| directory.group(user.account(), name));
    sources.extend(groups.flat_map(|group| of_group(directory, group)));
    sources
}

/// The policies of a group.
pub(super) fn of_group(directory: &Directory, group: &GroupEntry) -> Vec<Source> {
    of_holder(directory, "group", &group.inline, &group.record.policies)
}

/// The policies of a role.
pub(super) fn of_role(directory: &Directory, role: &RoleEntry) -> Vec<Source> {
    of_holder(directory, "role", &role.inline, &role.record.policies)
}

fn of_holder(
    directory: &Directory,
    kind: &'static str,
    inline: &[IdentityPolicy],
    policies: &Policies,
) -> Vec<Source> {
    // Compiled in the order of their names.
    let own = policies.inline.iter().zip(inline);
    let own = own.map(|((name, text), policy)| Source::stored(name, kind, text, &policy.document));
    own.chain(policies.attached.iter().filter_map(|arn| managed(directory, arn))).collect()
}

/// The permissions boundary that somebody has. One that cannot be found allows nothing.
pub(super) fn boundary_of(directory: &Directory, caller: &Caller) -> Option<Source> {
    let policy = directory.boundary(caller)?;
    let found = managed(directory, &policy.name);
    Some(found.unwrap_or_else(|| Source::stored(&policy.name, "none", "", &policy.document)))
}

/// The version in force of a managed policy.
fn managed(directory: &Directory, arn: &str) -> Option<Source> {
    let policy = directory.in_force(arn)?;
    let name = arn.rsplit('/').next().unwrap_or(arn);
    if let Some(aws) = AwsManaged::find(arn) {
        return Some(Source::stored(name, "aws-managed", aws.text, &policy.document));
    }
    let record = &directory.policy(arn)?.record;
    let version = record.versions.get(&record.default_version)?;
    Some(Source::stored(name, "user-managed", &version.text, &policy.document))
}

/// Where the statements of a document begin, and where the character after each stands.
fn places(text: &str) -> Vec<(Position, Position)> {
    #[derive(Deserialize)]
    struct Head<'a> {
        #[serde(rename = "Statement", borrow)]
        statement: &'a RawValue,
    }
    let Ok(Head { statement }) = serde_json::from_str::<Head<'_>>(text) else { return Vec::new() };
    let each = serde_json::from_str::<Vec<&RawValue>>(statement.get());
    let mut reader = Reader { text, at: 0, line: 1, column: 1 };
    let place = |statement: &RawValue| {
        let statement = statement.get();
        // It is a part of the text: its place is how far its first byte lies from that of the text.
        let start = statement.as_ptr().addr().saturating_sub(text.as_ptr().addr());
        (reader.position(start), reader.position(start.saturating_add(statement.len())))
    };
    each.unwrap_or_else(|_| vec![statement]).into_iter().map(place).collect()
}

/// Reads on in a text and counts. Lines and columns begin with 1.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    line: i64,
    column: i64,
}

impl Reader<'_> {
    /// The position of a byte that is not before the last one asked for.
    fn position(&mut self, at: usize) -> Position {
        for letter in self.text.get(self.at..at).unwrap_or_default().chars() {
            (self.line, self.column) =
                if letter == '\n' { (self.line + 1, 1) } else { (self.line, self.column + 1) };
        }
        self.at = at;
        Position { line: Some(self.line), column: Some(self.column) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Line and column of beginning and end, for each statement.
    fn found(text: &str) -> Vec<[i64; 4]> {
        let numbers = |(start, end): (Position, Position)| {
            [start.line, start.column, end.line, end.column].map(Option::unwrap)
        };
        places(text).into_iter().map(numbers).collect()
    }

    #[test]
    fn statements_are_placed_by_line_and_column() {
        let two =
            "{\"Version\":\"2012-10-17\",\n  \"Statement\": [\n    {\"Sid\":\"é\"},{\n\"Sid\":\"b\"\n}\n]}";
        assert_eq!(found(two), [[3, 5, 3, 16], [3, 17, 5, 2]]);
        assert_eq!(found(r#"{"Statement":{"Effect":"Allow"}}"#), [[1, 14, 1, 32]]);
        assert_eq!(found(r#"{"Statement":[ {} , {}]}"#), [[1, 16, 1, 18], [1, 21, 1, 23]]);
    }

    #[test]
    fn text_without_statements_has_no_places() {
        for text in ["", "{}", "[]", "{\"Statement\":"] {
            assert!(places(text).is_empty(), "{text}");
        }
    }
}
