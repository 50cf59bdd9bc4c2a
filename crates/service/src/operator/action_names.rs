//! The actions that can be asked about: those that serving asks, in any case, as policies name them. Of another name nobody
//! would be allowed anything, for that reason alone.

use super::OperatorError;
use crate::iam;
use strongroom_policy::KmsAction;

/// Actions of STS that are no operations.
const BESIDE_OPERATIONS: [&str; 2] = ["sts:SetSourceIdentity", "sts:TagSession"];

/// How many names are suggested, and how long a name is for which any are looked for.
const NEAR_MAX: usize = 3;
const NEAR_BYTES_MAX: usize = 100;

/// The action of a name, as AWS spells it.
pub(super) fn known_action(text: &str) -> Result<String, OperatorError> {
    if let Some(action) = known().into_iter().find(|action| action.eq_ignore_ascii_case(text)) {
        return Ok(action);
    }
    let wrong = |text: String| Err(OperatorError::Question(text));
    if text.eq_ignore_ascii_case("kms:ReEncrypt") {
        return wrong("re-encrypting is two actions: kms:ReEncryptFrom and kms:ReEncryptTo".to_owned());
    }
    let service = text.split_once(':').filter(|(_, name)| !name.is_empty()).map(|(service, _)| service);
    match service.map(str::to_ascii_uppercase) {
        Some(service) if ["KMS", "IAM", "STS"].contains(&&*service) => {
            wrong(format!("{service} has no action {text} here{}", suggested(text)))
        }
        _ => wrong(format!("{text} is no action; one is written like kms:Decrypt")),
    }
}

/// Every action that anything is asked for.
fn known() -> Vec<String> {
    let of_kms = KmsAction::ALL.iter().map(|action| action.as_str().to_owned());
    let of_queries = iam::built_queries().map(|(service, name)| format!("{service}:{name}"));
    of_kms.chain(of_queries).chain(BESIDE_OPERATIONS.map(str::to_owned)).collect()
}

/// The names that may have been meant.
fn suggested(text: &str) -> String {
    if text.len() > NEAR_BYTES_MAX {
        return String::new();
    }
    let text = text.to_ascii_lowercase();
    let far = (text.len() / 6).max(2);
    let near = known().into_iter().map(|action| (distance(&action.to_ascii_lowercase(), &text), action));
    let mut near: Vec<_> = near.filter(|(changes, _)| *changes <= far).collect();
    near.sort();
    let names: Vec<String> = near.into_iter().take(NEAR_MAX).map(|(_, action)| action).collect();
    if names.is_empty() { String::new() } else { format!("; is {} meant?", names.join(" or ")) }
}

/// How many characters have to be changed, added or taken out to make one text of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    // To the beginnings of the other text, from the beginning of the one that was read so far.
    let mut changes: Vec<usize> = (0..=other.len()).collect();
    for (read, character) in one.chars().enumerate() {
        let mut before = changes[0];
        changes[0] = read + 1;
        for (at, wanted) in other.iter().enumerate() {
            let changed = before + usize::from(character != *wanted);
            before = changes[at + 1];
            changes[at + 1] = changed.min(before + 1).min(changes[at] + 1);
        }
    }
    changes[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_named_in_any_case_as_in_policies() {
        for (text, action) in [
            ("kms:Decrypt", "kms:Decrypt"),
            ("KMS:decrypt", "kms:Decrypt"),
            ("sts:assumerole", "sts:AssumeRole"),
            ("iam:getuser", "iam:GetUser"),
            ("sts:tagsession", "sts:TagSession"),
            ("sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithWebIdentity"),
        ] {
            assert_eq!(known_action(text).unwrap(), action, "{text}");
        }
    }

    #[test]
    fn other_names_are_refused_with_those_that_may_be_meant() {
        for (text, said) in [
            ("iam:GetUsr", "IAM has no action iam:GetUsr here; is iam:GetUser meant?"),
            ("sts:AsumeRole", "STS has no action sts:AsumeRole here; is sts:AssumeRole meant?"),
            ("kms:Decript", "KMS has no action kms:Decript here; is kms:Decrypt meant?"),
            ("kms:Crypt", "KMS has no action kms:Crypt here; is kms:Decrypt or kms:Encrypt meant?"),
            ("iam:PassRole", "IAM has no action iam:PassRole here"),
            ("iam:LaunchRockets", "IAM has no action iam:LaunchRockets here"),
            ("kms:*", "KMS has no action kms:* here"),
            ("kms:", "kms: is no action; one is written like kms:Decrypt"),
            ("s3:GetObject", "s3:GetObject is no action; one is written like kms:Decrypt"),
            ("Decrypt", "Decrypt is no action; one is written like kms:Decrypt"),
            ("", " is no action; one is written like kms:Decrypt"),
            ("kms:reencrypt", "re-encrypting is two actions: kms:ReEncryptFrom and kms:ReEncryptTo"),
        ] {
            assert_eq!(known_action(text).unwrap_err().to_string(), said);
        }
        let long = format!("iam:{}", "GetUser".repeat(100_000));
        assert!(known_action(&long).unwrap_err().to_string().ends_with("GetUser here"));
    }

    #[test]
    fn distance_counts_changes() {
        for (one, other, changes) in [
            ("", "", 0),
            ("abc", "abc", 0),
            ("abc", "", 3),
            ("", "ab", 2),
            ("abc", "axcd", 2),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(one, other), changes, "{one} {other}");
        }
    }
}
