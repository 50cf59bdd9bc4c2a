//! What is accepted and can never apply, as it is told.

use super::{KEY, World, document, identity, key};
use crate::{Document, DocumentKind};

/// The warnings of a key policy of one statement for everybody, with these members beside.
fn warned(members: &str) -> Vec<String> {
    let key = key();
    let members = if members.contains("Principal\":{") { members.to_owned() } else { anybody(members) };
    let text = document(&[&format!(r#""Sid":"s",{members}"#)]);
    Document::parse(DocumentKind::KeyPolicy, &text, &World).unwrap().warnings(Some(&key))
}

fn anybody(members: &str) -> String {
    format!(r#""Effect":"Allow","Principal":"*",{members}"#)
}

/// No warning, or the one that goes on so.
fn expected(end: &str) -> Vec<String> {
    Some(end)
        .filter(|end| !end.is_empty())
        .map(|end| format!("Statement 0 ('s') {end}"))
        .into_iter()
        .collect()
}

#[test]
fn warnings_name_what_can_never_apply() {
    let other = "arn:aws:kms:eu-west-1:111122223333:key/00000000-12ab-34cd-56ef-1234567890ab";
    let other = format!(r#""Action":"*","Resource":"{other}""#);
    let others = format!("names other resources than its own key {KEY} and never applies.");
    for (members, end) in [
        (r#""Action":"*","Resource":"*""#, ""),
        (r#""Action":"*","Resource":"arn:*:key/${aws:userid}""#, ""),
        (r#""Resource":"*""#, "has no Action and never applies."),
        (r#""Action":"*""#, "has no Resource and never applies."),
        (&other, &others),
        (
            r#""Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"*","Resource":"*""#,
            "names the service s3.amazonaws.com, which never calls here.",
        ),
        (
            r#""Effect":"Allow","Principal":{"Federated":"x"},"Action":"*","Resource":"*""#,
            "names the identity provider x, which never calls KMS.",
        ),
        (
            r#""Action":"*","Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"alice"}}"#,
            "compares aws:PrincipalArn with values that are no ARNs and never match.",
        ),
    ] {
        assert_eq!(warned(members), expected(end), "{members}");
    }
}

#[test]
fn warnings_name_condition_keys_that_are_never_there() {
    for (key, why) in [
        ("kms:EncryptionAlgorithm", ""),
        ("aws:UserAgent", ""),
        ("idp.example.com:aud", ""),
        ("kms:PolicyName", "which none of its actions has."),
        ("iam:PolicyARN", "which none of its actions has."),
        ("iam:PassedToService", "which no request here has."),
        ("aws:PrincipalOrgID", "which no request here has."),
        ("kms:ViaService", "which no request here has."),
        ("aws:SourceVpce", "which no request here has."),
        ("kms:RecipientAttestation:PCR3", "which no request here has."),
        ("aws:ResourceTag/x", "which exists in IAM policies only."),
    ] {
        let condition = format!(r#""Condition":{{"StringEquals":{{"{key}":"x"}}}}"#);
        let members = format!(r#""Action":"kms:Decrypt","Resource":"*",{condition}"#);
        let end = if why.is_empty() { String::new() } else { format!("uses the condition key {key}, {why}") };
        assert_eq!(warned(&members), expected(&end), "{key}");
    }
}

#[test]
fn warnings_of_identity_policies_know_the_actions_of_iam() {
    let warnings = |action: &str, key: &str| {
        let statement = format!(
            r#"{{"Effect":"Deny","Action":"{action}","Resource":"*","Condition":{{"StringEquals":{{"{key}":"x"}}}}}}"#
        );
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
        Document::parse(DocumentKind::Identity, &text, &World).unwrap().warnings(None)
    };
    for (action, key) in [
        ("iam:AttachGroupPolicy", "iam:PolicyARN"),
        ("iam:*", "iam:PermissionsBoundary"),
        ("iam:CreateUser", "iam:PermissionsBoundary"),
        ("iam:TagUser", "iam:ResourceTag/x"),
    ] {
        assert_eq!(warnings(action, key), Vec::<String>::new(), "{action} {key}");
    }
    for (action, key) in [
        ("iam:AttachGroupPolicy", "iam:PermissionsBoundary"),
        ("iam:CreateUser", "iam:PolicyARN"),
        ("kms:*", "iam:PolicyARN"),
    ] {
        let expected = format!("Statement 0 uses the condition key {key}, which none of its actions has.");
        assert_eq!(warnings(action, key), [expected], "{action} {key}");
    }
    let never = "Statement 0 uses the condition key iam:AWSServiceName, which no request here has.";
    assert_eq!(warnings("iam:*", "iam:AWSServiceName"), [never]);
}

#[test]
fn warnings_name_actions_that_nobody_asks_for() {
    for (element, action, named) in [
        ("Action", "kms:Decrypt", ""),
        ("Action", "KMS:decrypt", ""),
        ("Action", "kms:*Encr?pt*", ""),
        ("Action", "*", ""),
        ("Action", "kms:Decrpyt", "kms:decrpyt"),
        ("NotAction", "kms:ScheduleKeyDeltion", "kms:schedulekeydeltion"),
        ("Action", "kms:ReEncrypt", "kms:reencrypt"),
        ("Action", "s3:Get*", "s3:get*"),
    ] {
        let whole = format!("names the action {named}, which nobody asks for on a key.");
        let end = if named.is_empty() { "" } else { whole.as_str() };
        let members = format!(r#""{element}":["kms:Encrypt","{action}"],"Resource":"*""#);
        assert_eq!(warned(&members), expected(end), "{members}");
    }
    let of = |kind: DocumentKind, members: &str| {
        Document::parse(kind, &document(&[members]), &World).unwrap().warnings(None)
    };
    for action in ["s3:GetObject", "iam:Get*", "sts:AssumeRole", "kms:ReEncrypt*", "*:*", "k*:Nothing"] {
        let members = format!(r#""Effect":"Deny","Action":"{action}","Resource":"*""#);
        assert_eq!(of(DocumentKind::Identity, &members), [""; 0], "{action}");
    }
    for action in ["kms:decryp", "iam:deletuser", "sts:assume?role"] {
        let members = format!(r#""Effect":"Deny","Action":"{action}","Resource":"*""#);
        let expected = format!("Statement 0 names the action {action}, which no request here asks for.");
        for kind in [DocumentKind::Identity, DocumentKind::Session] {
            assert_eq!(of(kind, &members), [expected.as_str()], "{action}");
        }
        let trust = format!(r#""Effect":"Allow","Principal":"*","Action":["sts:AssumeRole","{action}"]"#);
        let expected = format!("Statement 0 names the action {action}, which nobody asks for on a role.");
        assert_eq!(of(DocumentKind::TrustPolicy, &trust), [expected], "{action}");
    }
}

#[test]
fn warnings_name_aliases_that_stand_for_keys() {
    let of = |action: &str, resource: &str| {
        let members = format!(r#""Effect":"Allow","Action":"{action}","Resource":["*","{resource}"]"#);
        identity(&[&members]).warnings(None)
    };
    let alias = "arn:aws:kms:us-east-1:111122223333:alias/app";
    for (action, resource) in [
        ("kms:Decrypt", KEY),
        ("kms:CreateAlias", alias),
        ("kms:*", alias),
        ("s3:*", alias),
        ("lambda:*", "arn:aws:lambda:us-east-1:111122223333:alias/app"),
    ] {
        assert_eq!(of(action, resource), [""; 0], "{action} {resource}");
    }
    for (resource, shown) in [
        (alias, alias),
        ("arn:aws:kms:*:alias/*", "arn:aws:kms:*:alias/*"),
        ("arn:aws:kms:*:*:alias/${aws:username}", "arn:aws:kms:*:*:alias/"),
    ] {
        let expected = format!(
            "Statement 0 names the alias {shown}, which none of its actions acts on: kms:ResourceAliases means its key."
        );
        assert_eq!(of("kms:Decrypt", resource), [expected], "{resource}");
    }
}
