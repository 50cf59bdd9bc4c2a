//! Every built operation has its test file, where its behaviour has its own.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use strongroom_service::{built_operations, built_queries};

/// Folders that hold no operations of KMS.
const ELSEWHERE: [&str; 5] = ["iam", "operator", "crowd", "condition_keys", "histories"];

/// `<family>/<operation>` of every file two levels below a folder. The operations of IAM and STS lie deeper.
fn operations_below(folder: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let families = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found = BTreeSet::new();
    let elsewhere = |path: &Path| ELSEWHERE.iter().any(|name| path.ends_with(format!("tests/ops/{name}")));
    for family in families.filter(|path| path.is_dir() && !elsewhere(path)) {
        for file in fs::read_dir(&family).unwrap().map(|entry| entry.unwrap().path()) {
            let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
            found.insert(format!("{}/{}", name(&family), name(&file)));
        }
    }
    found
}

fn snake_case(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

#[test]
fn every_operation_has_a_test_file() {
    let tests = operations_below("tests/ops");
    assert_eq!(tests, operations_below("src/ops"));
    let named: BTreeSet<_> = tests.iter().map(|path| path.rsplit('/').next().unwrap().to_owned()).collect();
    let built: BTreeSet<_> = built_operations().map(|(name, _)| snake_case(name)).collect();
    assert_eq!(named, built);
    assert_eq!(tests.len(), 41);
}

#[test]
fn every_test_file_is_compiled() {
    let modules = concat!(
        include_str!("main.rs"),
        include_str!("alias.rs"),
        include_str!("grant.rs"),
        include_str!("key_store.rs")
    );
    for path in operations_below("tests/ops") {
        let declared = format!("mod {};", path.rsplit('/').next().unwrap());
        assert!(modules.contains(&declared), "{path}");
    }
}

#[test]
fn every_operation_is_authorised_as_an_action_of_its_own_name() {
    for (name, action) in built_operations() {
        let wanted = if name == "ReEncrypt" { "kms:ReEncryptFrom".to_owned() } else { format!("kms:{name}") };
        assert_eq!(action, wanted);
    }
}

#[test]
fn every_query_has_a_test_file() {
    let tests = operations_below("tests/ops/iam");
    assert_eq!(tests, operations_below("src/iam"));
    let named: BTreeSet<_> =
        tests.iter().map(|path| path.rsplit('/').next().unwrap().replace('_', "")).collect();
    let built: BTreeSet<_> = built_queries().map(|(_, name)| name.to_lowercase()).collect();
    assert_eq!(named, built);
}

#[test]
fn every_test_file_of_a_query_is_compiled() {
    let families = include_str!("iam.rs");
    for path in operations_below("tests/ops/iam") {
        let (family, operation) = path.split_once('/').unwrap();
        assert!(families.contains(&format!("mod {family};")), "{path}");
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/ops/iam/{family}.rs"));
        let declared = fs::read_to_string(file).unwrap();
        assert!(declared.contains(&format!("mod {operation};")), "{path}");
    }
}
