//! Hostile forms, read as the inputs of IAM and STS operations with every kind of member.
//!
//! Input: a letter that picks the operation, `a` the first, then the body.

#![no_main]

use libfuzzer_sys::fuzz_target;
use strongroom_api::iam::operation::{
    CreateOpenIDConnectProvider, CreatePolicyVersion, CreateRole, CreateUser, GetAccountAuthorizationDetails,
    GetAccountSummary, ListPolicies, SimulateCustomPolicy, SimulatePrincipalPolicy, TagUser, UntagUser,
    UpdateAccessKey,
};
use strongroom_api::query::{Form, QueryErrorCode, QueryOperation, error_body};
use strongroom_api::sts::operation::{
    AssumeRole, AssumeRoleWithWebIdentity, GetFederationToken, GetSessionToken,
};

const READERS: [fn(&Form); 16] = [
    read::<CreateUser>,
    read::<CreateRole>,
    read::<CreatePolicyVersion>,
    read::<CreateOpenIDConnectProvider>,
    read::<TagUser>,
    read::<UntagUser>,
    read::<UpdateAccessKey>,
    read::<ListPolicies>,
    read::<GetAccountSummary>,
    read::<GetAccountAuthorizationDetails>,
    read::<SimulateCustomPolicy>,
    read::<SimulatePrincipalPolicy>,
    read::<AssumeRole>,
    read::<AssumeRoleWithWebIdentity>,
    read::<GetFederationToken>,
    read::<GetSessionToken>,
];

fn read<O: QueryOperation>(form: &Form) {
    let action = O::SERVICE.action(form).map(str::to_owned);
    let text = match O::decode(form) {
        Ok(input) => {
            assert!(serde_json::to_vec(&input).is_ok(), "an input that no audit record can hold");
            action.unwrap_or_default()
        }
        Err(refusal) => refusal.text(),
    };
    writes_xml::<O>(&text);
}

/// Nothing that a caller wrote leaves an element or reaches a reader as a character that XML does not have.
fn writes_xml<O: QueryOperation>(text: &str) {
    let body = error_body(O::SERVICE, QueryErrorCode::ValidationError, text, "request");
    let body = std::str::from_utf8(&body).expect("XML that is not UTF-8");
    assert_eq!(body.matches('<').count(), 12, "an element that nobody wrote");
    assert!(body.chars().all(|c| c >= ' ' || "\t\n".contains(c)), "a control character");
}

fuzz_target!(|data: &[u8]| {
    let Some((letter, body)) = data.split_first() else { return };
    let Ok(form) = Form::parse(body) else { return };
    if let Some(value) = form.get("Action") {
        writes_xml::<CreateUser>(value);
    }
    READERS[usize::from(letter.wrapping_sub(b'a')) % READERS.len()](&form);
});
