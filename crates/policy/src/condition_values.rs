//! Every condition key that a request has a value for, read as decisions read them: what STS's
//! DecodeAuthorizationMessage shows as the context of a denial.

use crate::condition::key::{ConditionKey, Reads, Row, TABLE};
use crate::request::{Place, Request, Subject};
use crate::{Context, Question, Resource};
use serde::Serialize;
use strongroom_types::PrincipalArn;

/// A condition key and what the request holds for it: at least one value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConditionValue {
    /// The key, with the tag or pair in its name.
    pub key: String,
    /// The values as texts.
    pub values: Vec<String>,
}

/// Every condition key that a question has a value for, in the order of the table of keys.
pub fn condition_values(question: &Question<'_>) -> Vec<ConditionValue> {
    let Question { caller, action, resource, context } = *question;
    read(&Request::new(Subject::Caller(caller), action, resource, context))
}

/// The same of whoever holds a token of an identity provider, as [`crate::decide_web_identity`] is asked.
pub fn web_identity_values(
    provider: &str,
    action: &str,
    role: &PrincipalArn,
    context: &Context<'_>,
) -> Vec<ConditionValue> {
    let text = role.to_string();
    read(&Request::new(Subject::WebIdentity(provider), action.into(), Resource::Other(&text), context))
}

fn read(request: &Request<'_>) -> Vec<ConditionValue> {
    let names = TABLE.iter().flat_map(|row| names(row, request.context)).chain(claims(request.context));
    let value = |key: String| {
        let found = request.read(&ConditionKey::parse(&key).ok()?, Place::Identity);
        Some(ConditionValue { key, values: found.into_texts()? })
    };
    names.filter_map(value).collect()
}

/// The names of a row's keys: one, or one for each tag, pair or register.
fn names(row: &Row, context: &Context<'_>) -> Vec<String> {
    let request = &context.request;
    let numbered = |registers: Option<&[(u8, &str)]>| -> Vec<String> {
        let registers = registers.unwrap_or_default().iter();
        registers.map(|(number, _)| format!("{}{number}", row.name)).collect()
    };
    let pairs = match row.reads {
        Reads::PrincipalTag => context.session.principal_tags,
        Reads::ResourceTag => context.resource_tags,
        Reads::RequestTag => request.tags,
        Reads::EncryptionContext => request.encryption_context,
        Reads::AttestedPcr => return numbered(request.attestation.map(|attested| attested.pcrs)),
        Reads::AttestedTpmPcr => {
            return numbered(request.attestation.map(|attested| attested.nitro_tpm_pcrs));
        }
        _ => return vec![row.name.to_owned()],
    };
    let parts = pairs.into_iter().flat_map(|pairs| pairs.keys());
    parts.map(|part| format!("{}{part}", row.name)).collect()
}

/// The names of a token's claims, as condition keys name them.
fn claims(context: &Context<'_>) -> Vec<String> {
    let Some(token) = context.session.web_identity else { return Vec::new() };
    let others = token.claims.iter().map(|(name, _)| *name);
    ["aud", "sub"].into_iter().chain(others).map(|name| format!("{}:{name}", token.issuer)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Action, AttestationFacts, Caller, KeyFacts, RequestFacts, SessionFacts, WebIdentity};
    use strongroom_types::{AccountId, KeyArn};

    fn values<'a>(found: &'a [ConditionValue], key: &str) -> Option<Vec<&'a str>> {
        let of = found.iter().find(|value| value.key == key)?;
        Some(of.values.iter().map(String::as_str).collect())
    }

    #[test]
    fn keys_that_have_a_value_are_read_and_others_left_out() {
        let caller = Caller::root(AccountId::parse("111122223333").unwrap());
        let arn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        let arn = KeyArn::parse(arn).unwrap();
        let pairs = [("app".to_owned(), "a".to_owned()), ("env".to_owned(), "b".to_owned())].into();
        let key = KeyFacts { spec: "SYMMETRIC_DEFAULT", ..KeyFacts::default() };
        let request = RequestFacts { encryption_context: Some(&pairs), ..RequestFacts::default() };
        let context = Context { key: Some(key), resource_tags: Some(&pairs), request, ..Context::default() };
        let resource = Resource::Key(&arn);
        let ask = |action| {
            condition_values(&Question {
                caller: &caller,
                action: Action::of(action),
                resource,
                context: &context,
            })
        };
        let found = ask("kms:Encrypt");
        assert_eq!(values(&found, "aws:PrincipalAccount"), Some(vec!["111122223333"]));
        assert_eq!(values(&found, "aws:SecureTransport"), Some(vec!["false"]));
        assert_eq!(values(&found, "aws:ResourceTag/env"), Some(vec!["b"]));
        assert_eq!(values(&found, "kms:KeySpec"), Some(vec!["SYMMETRIC_DEFAULT"]));
        assert_eq!(values(&found, "kms:EncryptionContext:app"), Some(vec!["a"]));
        assert_eq!(values(&found, "kms:EncryptionContextKeys"), Some(vec!["app", "env"]));
        assert_eq!(values(&found, "aws:username"), None);
        let found = ask("kms:DescribeKey");
        assert_eq!(values(&found, "kms:EncryptionContext:app"), None, "not a key of that action");
    }

    #[test]
    fn each_tag_and_each_register_has_a_key_of_its_own() {
        let caller = Caller::root(AccountId::parse("111122223333").unwrap());
        let tags = [("team".to_owned(), "a".to_owned())].into();
        let attestation =
            AttestationFacts { image_sha384: None, pcrs: &[(1, "aa")], nitro_tpm_pcrs: &[(7, "bb")] };
        let request =
            RequestFacts { tags: Some(&tags), attestation: Some(attestation), ..RequestFacts::default() };
        let session = SessionFacts { principal_tags: Some(&tags), ..SessionFacts::default() };
        let context = Context { request, session, ..Context::default() };
        let ask = |action| {
            let question = Question {
                caller: &caller,
                action: Action::of(action),
                resource: Resource::None,
                context: &context,
            };
            condition_values(&question)
        };
        let found = ask("kms:TagResource");
        assert_eq!(values(&found, "aws:RequestTag/team"), Some(vec!["a"]));
        assert_eq!(values(&found, "aws:PrincipalTag/team"), Some(vec!["a"]));
        let found = ask("kms:Decrypt");
        assert_eq!(values(&found, "kms:RecipientAttestation:PCR1"), Some(vec!["aa"]));
        assert_eq!(values(&found, "kms:RecipientAttestation:NitroTPMPCR7"), Some(vec!["bb"]));
    }

    #[test]
    fn claims_of_a_token_are_read() {
        let claims: &[(&str, &[&str])] = &[("amr", &["mfa", "pwd"])];
        let token = WebIdentity { issuer: "idp.example/x", audience: "app", subject: "s1", claims };
        let session = SessionFacts { web_identity: Some(token), ..SessionFacts::default() };
        let context = Context { session, ..Context::default() };
        let role = PrincipalArn::parse("arn:aws:iam::111122223333:role/r").unwrap();
        let found = web_identity_values("p", "sts:AssumeRoleWithWebIdentity", &role, &context);
        assert_eq!(values(&found, "idp.example/x:aud"), Some(vec!["app"]));
        assert_eq!(values(&found, "idp.example/x:sub"), Some(vec!["s1"]));
        assert_eq!(values(&found, "idp.example/x:amr"), Some(vec!["mfa", "pwd"]));
        assert_eq!(values(&found, "aws:ResourceAccount"), Some(vec!["111122223333"]));
        assert_eq!(values(&found, "aws:PrincipalArn"), None);
    }
}
