//! Tests of documents, of each rule of the decision, and of equality with the oracle.

mod documents;
mod equals_oracle;
mod rules;

use strongroom_types::{AccountId, KeyArn, PrincipalArn};

pub(crate) const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
pub(crate) const ROOT: &str = "arn:aws:iam::111122223333:root";
pub(crate) const ALICE: &str = "arn:aws:iam::111122223333:user/alice";
pub(crate) const BOB: &str = "arn:aws:iam::111122223333:user/team/bob";
pub(crate) const OTHER_ROOT: &str = "arn:aws:iam::444455556666:root";
pub(crate) const OTHER_USER: &str = "arn:aws:iam::444455556666:user/alice";

pub(crate) fn account() -> AccountId {
    AccountId::parse("111122223333").unwrap()
}

pub(crate) fn key() -> KeyArn {
    KeyArn::parse(KEY).unwrap()
}

pub(crate) fn principal(arn: &str) -> PrincipalArn {
    PrincipalArn::parse(arn).unwrap()
}

/// A document with these statements, each given as its members without braces.
pub(crate) fn document(statements: &[&str]) -> String {
    let statements: Vec<String> = statements.iter().map(|members| format!("{{{members}}}")).collect();
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}
