//! Forms to inputs and outputs to XML, with the operations of the models.

use super::{Form, QueryErrorCode, QueryOperation, QueryRefusal, QueryService, answer, error_body};
use crate::iam::operation as iam;
use crate::iam::shape::{AccessKey, PolicyVersion, TagOutput, User, VirtualMFADevice};
use crate::sts::operation as sts;
use crate::sts::shape::Credentials;
use crate::{NoOutput, SensitiveBlob, SensitiveText, Time};
use proptest::prelude::*;
use strongroom_types::{SecretBytes, Timestamp};

fn decode<O: QueryOperation>(text: &str) -> Result<O::Input, QueryRefusal> {
    O::decode(&Form::parse(text.as_bytes())?)
}

fn refusal<O: QueryOperation>(text: &str) -> QueryRefusal {
    match decode::<O>(text) {
        Ok(_) => panic!("accepted: {text}"),
        Err(refusal) => refusal,
    }
}

fn malformed<O: QueryOperation>(text: &str) -> String {
    match refusal::<O>(text) {
        QueryRefusal::MalformedInput(text) => text,
        other => panic!("{text}: {other:?}"),
    }
}

fn invalid<O: QueryOperation>(text: &str) -> String {
    match refusal::<O>(text) {
        QueryRefusal::Validation(text) => text,
        other => panic!("{text}: {other:?}"),
    }
}

fn xml<O: QueryOperation>(output: &O::Output) -> String {
    let text = String::from_utf8(answer::<O>(output, "r-1").to_vec()).unwrap();
    assert!(well_formed(&text), "{text}");
    text
}

/// Whether every element is closed in its order, every `&` begins a reference that XML has, and every character
/// is one that XML can carry.
fn well_formed(text: &str) -> bool {
    let mut open = Vec::new();
    let mut rest = text.trim_end();
    while let Some((before, tag)) = rest.split_once('<') {
        if open.is_empty() && (!before.is_empty() || rest.len() != text.trim_end().len())
            || !text_fits(before)
        {
            return false;
        }
        let Some((tag, after)) = tag.split_once('>') else { return false };
        match tag.strip_prefix('/') {
            Some(name) if open.pop() != Some(name) => return false,
            Some(_) => {}
            None => open.push(tag.split(' ').next().unwrap_or_default()),
        }
        rest = after;
    }
    open.is_empty() && rest.is_empty()
}

fn text_fits(text: &str) -> bool {
    let references = ["amp;", "lt;", "gt;", "quot;", "apos;", "#13;"];
    let carried = |c: char| c >= ' ' && c != '\u{fffe}' && c != '\u{ffff}' || c == '\t' || c == '\n';
    !text.contains('>')
        && text.chars().all(carried)
        && text
            .split('&')
            .skip(1)
            .all(|after| references.iter().any(|reference| after.starts_with(reference)))
}

/// The text as a reader of XML sees it.
fn unescaped(text: &str) -> String {
    let names =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#13;", "\r"), ("&amp;", "&")];
    names.iter().fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}

#[test]
fn structures_in_lists_are_read_in_order() {
    let tags: String =
        (1..=11).rev().map(|i| format!("&Tags.member.{i}.Key=k{i}&Tags.member.{i}.Value=v+{i}")).collect();
    let input = decode::<iam::CreateUser>(&format!("Action=CreateUser&UserName=ana{tags}")).unwrap();
    assert_eq!(input.user_name, "ana");
    let keys: Vec<&str> = input.tags.as_ref().unwrap().iter().map(|tag| tag.key.as_str()).collect();
    assert_eq!(keys, ["k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9", "k10", "k11"]);
    assert_eq!(input.tags.unwrap()[10].value, "v 11");
}

#[test]
fn lists_in_structures_in_lists() {
    let text = "PolicyInputList.member.1={}&ActionNames.member.1=kms:Decrypt&ContextEntries.member.1.ContextKeyName=aws:x\
                &ContextEntries.member.1.ContextKeyValues.member.1=x&ContextEntries.member.1.ContextKeyValues.member.2=y";
    let input = decode::<iam::SimulateCustomPolicy>(text).unwrap();
    assert_eq!(input.context_entries.unwrap()[0].context_key_values.as_deref().unwrap(), ["x", "y"]);
}

#[test]
fn empty_list_and_no_list() {
    assert_eq!(decode::<iam::CreateUser>("UserName=a&Tags=").unwrap().tags.unwrap().len(), 0);
    assert!(decode::<iam::CreateUser>("UserName=a").unwrap().tags.is_none());
    assert!(decode::<iam::UntagUser>("UserName=a&TagKeys=").unwrap().tag_keys.is_empty());
}

#[test]
fn list_that_is_not_numbered_from_one() {
    for keys in [
        "TagKeys.member.2=a",
        "TagKeys.member.0=a",
        "TagKeys.member.1=a&TagKeys.member.3=b",
        "TagKeys.member.01=a",
        "TagKeys.member.%2B1=a",
        "TagKeys.member.=a",
        "TagKeys.member=a",
        "TagKeys.1=a",
        "TagKeys=a",
        "TagKeys=&TagKeys.member.1=a",
        "TagKeys.member.1=a&TagKeys.member.99999999999999999999=b",
    ] {
        let text = malformed::<iam::UntagUser>(&format!("UserName=a&{keys}"));
        assert_eq!(
            text, "The parameter TagKeys must be a list whose members are numbered 1, 2, 3.",
            "{keys}"
        );
    }
}

#[test]
fn text_where_a_structure_belongs_and_the_other_way_round() {
    assert_eq!(
        malformed::<iam::TagUser>("UserName=a&Tags.member.1=x"),
        "The parameter Tags.member.1 must be a structure."
    );
    assert_eq!(
        malformed::<iam::TagUser>("UserName=a&Tags.member.1="),
        "The parameter Tags.member.1 is missing."
    );
    assert_eq!(malformed::<iam::GetUser>("UserName.member.1=a"), "The parameter UserName must be a text.");
    assert_eq!(
        malformed::<iam::UntagUser>("UserName=a&TagKeys.member.1.Key=a"),
        "The parameter TagKeys.member.1 must be a text."
    );
}

#[test]
fn numbers_and_booleans() {
    let role = |rest: &str| format!("RoleArn=arn:aws:iam::111122223333:role/r&RoleSessionName=ab{rest}");
    assert_eq!(decode::<sts::AssumeRole>(&role("&DurationSeconds=900")).unwrap().duration_seconds, Some(900));
    for bad in ["", "%2B900", "900.0", "1e3", "+900", "0x900", "99999999999999999999"] {
        let text = malformed::<sts::AssumeRole>(&role(&format!("&DurationSeconds={bad}")));
        assert_eq!(text, "The parameter DurationSeconds must be an integer.", "{bad}");
    }
    let version = "PolicyArn=arn:aws:iam::111122223333:policy/p&PolicyDocument={}&SetAsDefault=";
    assert_eq!(
        decode::<iam::CreatePolicyVersion>(&format!("{version}true")).unwrap().set_as_default,
        Some(true)
    );
    for bad in ["True", "1", "yes", ""] {
        let text = malformed::<iam::CreatePolicyVersion>(&format!("{version}{bad}"));
        assert_eq!(text, "The parameter SetAsDefault must be true or false.");
    }
}

#[test]
fn violations_are_worded_without_values() {
    assert_eq!(
        invalid::<iam::CreateUser>("UserName=a+b"),
        "1 validation error detected: Value at 'userName' failed to satisfy constraint: Member must satisfy \
         regular expression pattern: [\\w+=,.@-]+"
    );
    assert_eq!(
        invalid::<iam::CreateUser>(""),
        "1 validation error detected: Value at 'userName' failed to satisfy constraint: Member must not be null"
    );
    let text =
        invalid::<iam::TagUser>("UserName=a&Tags.member.1.Key=k&Tags.member.1.Value=v&Tags.member.2.Key=*");
    assert!(text.starts_with("2 validation errors detected: Value at 'tags.2.member.key' failed"), "{text}");
    assert!(
        text.contains("Value at 'tags.2.member.value' failed to satisfy constraint: Member must not be null")
    );
    let text = invalid::<iam::UpdateAccessKey>("AccessKeyId=AKIAIOSFODNN7EXAMPLE&Status=Odd");
    assert!(
        text.contains(
            "at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active"
        )
    );
    assert!(!text.contains("Odd"));
    let text = invalid::<sts::GetSessionToken>("DurationSeconds=899");
    assert!(text.ends_with("Value at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"));
}

#[test]
fn secrets_are_neither_recorded_nor_shown() {
    let text =
        "RoleArn=arn:aws:iam::111122223333:role/r&RoleSessionName=ab&WebIdentityToken=c2VjcmV0&Policy=p";
    let input = decode::<sts::AssumeRoleWithWebIdentity>(text).unwrap();
    assert_eq!(input.web_identity_token.expose(), "c2VjcmV0");
    let recorded = serde_json::to_string(&input).unwrap();
    assert_eq!(
        recorded,
        r#"{"policy":"p","roleArn":"arn:aws:iam::111122223333:role/r","roleSessionName":"ab"}"#
    );
    assert!(!format!("{input:?}").contains("c2VjcmV0"));
    let input = decode::<sts::GetSessionToken>("TokenCode=123456&SerialNumber=arn:aws:iam::1:mfa/a").unwrap();
    assert_eq!(serde_json::to_string(&input).unwrap(), r#"{"serialNumber":"arn:aws:iam::1:mfa/a"}"#);
    assert!(!format!("{input:?}").contains("123456"));
    let credentials = Credentials {
        secret_access_key: Some(SensitiveText::new("c2VjcmV0".to_owned())),
        session_token: Some(SensitiveText::new("dG9rZW4".to_owned())),
        ..Credentials::default()
    };
    let shown = format!("{credentials:?}");
    assert!(!shown.contains("c2VjcmV0") && !shown.contains("dG9rZW4"), "{shown}");
    let refusal =
        refusal::<sts::AssumeRoleWithWebIdentity>("WebIdentityToken=c2V&WebIdentityToken.x=c2VjcmV0");
    assert!(!format!("{refusal:?}").contains("c2V"), "{refusal:?}");
}

#[test]
fn answer_without_output() {
    assert_eq!(
        xml::<iam::DeleteUser>(&NoOutput),
        "<DeleteUserResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ResponseMetadata>\
         <RequestId>r-1</RequestId></ResponseMetadata></DeleteUserResponse>\n"
    );
}

#[test]
fn answer_with_times_lists_and_booleans() {
    let user = User {
        arn: Some("arn:aws:iam::111122223333:user/ana".to_owned()),
        create_date: Some(Time(Timestamp::from_millis(1_795_633_200_999))),
        tags: Some(vec![TagOutput { key: Some("a".to_owned()), value: Some(String::new()) }]),
        ..User::default()
    };
    let output = iam::ListUsersOutput { users: Some(vec![user]), is_truncated: Some(false), marker: None };
    assert_eq!(
        xml::<iam::ListUsers>(&output),
        "<ListUsersResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListUsersResult>\
         <IsTruncated>false</IsTruncated><Users><member><Arn>arn:aws:iam::111122223333:user/ana</Arn>\
         <CreateDate>2026-11-25T19:00:00Z</CreateDate><Tags><member><Key>a</Key><Value></Value></member></Tags>\
         </member></Users></ListUsersResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata>\
         </ListUsersResponse>\n"
    );
}

#[test]
fn answer_with_a_map_and_a_secret() {
    let output = iam::GetAccountSummaryOutput { summary_map: Some([("Users".to_owned(), 2)].into()) };
    let text = xml::<iam::GetAccountSummary>(&output);
    assert!(
        text.contains("<SummaryMap><entry><key>Users</key><value>2</value></entry></SummaryMap>"),
        "{text}"
    );
    let key = AccessKey {
        secret_access_key: Some(SensitiveText::new("a/b+c&".to_owned())),
        ..AccessKey::default()
    };
    let text = xml::<iam::CreateAccessKey>(&iam::CreateAccessKeyOutput { access_key: Some(key) });
    assert!(text.contains("<SecretAccessKey>a/b+c&amp;</SecretAccessKey>"), "{text}");
}

#[test]
fn seed_of_a_device_is_base64_in_its_answer_and_its_codes_are_nowhere() {
    let seed = SensitiveBlob(SecretBytes::new(b"MZXW6YTB".to_vec()));
    let device = VirtualMFADevice { base32_string_seed: Some(seed), ..VirtualMFADevice::default() };
    assert!(!format!("{device:?}").contains("MZXW6YTB"));
    let output = iam::CreateVirtualMFADeviceOutput { virtual_mfa_device: Some(device) };
    let text = xml::<iam::CreateVirtualMFADevice>(&output);
    assert!(text.contains("<Base32StringSeed>TVpYVzZZVEI=</Base32StringSeed>"), "{text}");
    let form =
        "UserName=a&SerialNumber=arn:aws:iam::1:mfa/a&AuthenticationCode1=123456&AuthenticationCode2=234567";
    let input = decode::<iam::EnableMFADevice>(form).unwrap();
    let recorded = serde_json::to_string(&input).unwrap();
    assert_eq!(recorded, r#"{"serialNumber":"arn:aws:iam::1:mfa/a","userName":"a"}"#);
    let shown = format!("{input:?}");
    assert!(!shown.contains("123456") && !shown.contains("234567"), "{shown}");
    let refused = invalid::<iam::EnableMFADevice>(&form.replace("123456", "12345x"));
    assert!(refused.contains("authenticationCode1") && !refused.contains("12345x"), "{refused}");
}

#[test]
fn policy_documents_are_percent_encoded() {
    let version =
        PolicyVersion { document: Some("{\"a\": \"\u{e9}-._~\"}".to_owned()), ..PolicyVersion::default() };
    let text = xml::<iam::GetPolicyVersion>(&iam::GetPolicyVersionOutput { policy_version: Some(version) });
    assert!(text.contains("<Document>%7B%22a%22%3A%20%22%C3%A9-._~%22%7D</Document>"), "{text}");
}

#[test]
fn error_bodies() {
    let body =
        |service, code, text| String::from_utf8(error_body(service, code, text, "r-1").to_vec()).unwrap();
    let text =
        body(QueryService::Iam, QueryErrorCode::NoSuchEntity, "The user with name <a> cannot be found.\u{0}");
    assert!(well_formed(&text), "{text}");
    assert_eq!(
        text,
        "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type>\
         <Code>NoSuchEntity</Code><Message>The user with name &lt;a&gt; cannot be found.\u{fffd}</Message></Error>\
         <RequestId>r-1</RequestId></ErrorResponse>\n"
    );
    let text = body(QueryService::Sts, QueryErrorCode::ServiceFailure, "");
    assert!(
        text.contains("xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"")
            && text.contains("<Type>Receiver</Type>")
    );
}

#[test]
fn statuses_are_those_of_the_models() {
    use QueryErrorCode as E;
    for (code, name, status) in [
        (E::NoSuchEntity, "NoSuchEntity", 404),
        (E::EntityAlreadyExists, "EntityAlreadyExists", 409),
        (E::ExpiredTokenException, "ExpiredTokenException", 400),
        (E::ExpiredToken, "ExpiredToken", 403),
        (E::AccessDenied, "AccessDenied", 403),
        (E::ValidationError, "ValidationError", 400),
        (E::ServiceFailure, "ServiceFailure", 500),
    ] {
        assert_eq!((code.name(), code.status()), (name, status));
    }
    assert!(iam::CreateUser::ERRORS.contains(&E::EntityAlreadyExists));
    assert_eq!((iam::NAMES.len(), sts::NAMES.len()), (100, 11));
}

#[test]
fn action_and_version() {
    let action = |text: &str| {
        let form = Form::parse(text.as_bytes()).unwrap();
        QueryService::Iam.action(&form).map(str::to_owned).map_err(|refusal| (refusal.code(), refusal.text()))
    };
    assert_eq!(action("Version=2010-05-08&Action=GetUser").unwrap(), "GetUser");
    for text in ["", "Version=2010-05-08", "Version=2010-05-08&Action="] {
        assert_eq!(action(text).unwrap_err().0, QueryErrorCode::MissingAction);
    }
    for (text, says) in [
        ("Action=GetUser", "Could not find operation GetUser for version "),
        ("Action=GetUser&Version=2011-06-15", "Could not find operation GetUser for version 2011-06-15"),
        ("Action=GetUser&Version=<>", "Could not find operation GetUser for version "),
        ("Action=Get%0aUser&Version=2010-05-08", "Could not find operation  for version 2010-05-08"),
    ] {
        assert_eq!(action(text).unwrap_err(), (QueryErrorCode::InvalidAction, says.to_owned()));
    }
    assert_eq!(QueryService::from_signing_name("sts"), Some(QueryService::Sts));
    assert_eq!(QueryService::from_signing_name("kms"), None);
}

proptest! {
    #[test]
    fn decode_never_panics(text in "((Tags|TagKeys|UserName|MaxItems|ContextEntries)(\\.(member|1|2|Key|Value)){0,4}=[a-z0-9%+]{0,6}&){0,8}") {
        let _ = decode::<iam::TagUser>(&text).and_then(|_| decode::<iam::UntagUser>(&text));
        let _ = decode::<iam::SimulateCustomPolicy>(&text).and_then(|_| decode::<sts::AssumeRole>(&text));
    }

    #[test]
    fn any_text_gives_well_formed_xml(text in any::<String>()) {
        let output = iam::ListAccountAliasesOutput { account_aliases: Some(vec![text.clone()]), ..Default::default() };
        let written = xml::<iam::ListAccountAliases>(&output);
        let (_, after) = written.split_once("<member>").unwrap();
        let read = unescaped(after.split_once("</member>").unwrap().0);
        let carried = |c: char| c >= ' ' && c != '\u{fffe}' && c != '\u{ffff}' || "\t\n\r".contains(c);
        let wanted: String = text.chars().map(|c| if carried(c) { c } else { '\u{fffd}' }).collect();
        prop_assert_eq!(read, wanted);
    }
}
