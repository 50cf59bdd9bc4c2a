//! What `strongroom simulate` says of a request that has nothing but its required parameters is what the request gets: for
//! every condition key of the table, whether it has a value, and where the table has such a request, which. What is not
//! served to other accounts is no question of theirs.

use super::table::ROWS;
use super::{Cast, REFERER, Row, SOURCE, Stage};
use crate::scenario::{caller, policy, statement};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use strongroom_service::Simulation;

/// A request, and the same as a question.
#[derive(Clone, Copy)]
struct Foretold {
    operation: &'static str,
    /// The call's input: what is required.
    input: &'static str,
    /// What the operation asks.
    actions: &'static [&'static str],
    /// Of what; `None` is nothing.
    resource: Option<&'static str>,
    /// Required parameters that are the asker's to say.
    said: &'static str,
}

const fn foretold(
    operation: &'static str,
    input: &'static str,
    actions: &'static [&'static str],
    resource: Option<&'static str>,
) -> Foretold {
    Foretold { operation, input, actions, resource, said: "{}" }
}

/// Beginnings of the condition keys that read the request and what it is about, not who calls from where.
const OF_REQUESTS: [&str; 4] = ["kms:", "aws:Request", "aws:Resource", "aws:TagKeys"];

const KEY: Option<&str> = Some("$key");
const BY_ID: &str = r#"{"KeyId":"$key"}"#;

/// Operations with condition keys of their own, and some without. Policies are asked before the key's state, so it does not
/// matter what the calls before did to the key; its alias and its ciphertext stay.
#[rustfmt::skip]
static MINIMAL: &[Foretold] = &[
    foretold("Encrypt", r#"{"KeyId":"$key","Plaintext":"AAAA"}"#, &["kms:Encrypt"], KEY),
    foretold("Encrypt", r#"{"KeyId":"$alias","Plaintext":"AAAA"}"#, &["kms:Encrypt"], Some("$alias")),
    foretold("Decrypt", r#"{"CiphertextBlob":"$blob"}"#, &["kms:Decrypt"], KEY),
    foretold("GenerateDataKey", r#"{"KeyId":"$key","NumberOfBytes":16}"#, &["kms:GenerateDataKey"], KEY),
    Foretold {
        said: r#"{"reencrypt_on_same_key":true}"#,
        ..foretold("ReEncrypt", r#"{"CiphertextBlob":"$blob","DestinationKeyId":"$key"}"#, &["kms:ReEncryptFrom", "kms:ReEncryptTo"], KEY)
    },
    foretold("DescribeKey", BY_ID, &["kms:DescribeKey"], KEY),
    foretold("DescribeKey", r#"{"KeyId":"$alias"}"#, &["kms:DescribeKey"], Some("$alias")),
    Foretold {
        said: r#"{"grant":{"operations":["Encrypt"],"grantee_principal":"$user"}}"#,
        ..foretold("CreateGrant", r#"{"KeyId":"$key","GranteePrincipal":"$user","Operations":["Encrypt"]}"#, &["kms:CreateGrant"], KEY)
    },
    foretold("CreateGrant", r#"{"KeyId":"$key","GranteePrincipal":"$user","Operations":["DescribeKey"]}"#, &["kms:CreateGrant"], KEY),
    foretold("ListGrants", BY_ID, &["kms:ListGrants"], KEY),
    foretold("RevokeGrant", r#"{"KeyId":"$key","GrantId":"0000000000000000000000000000000000000000000000000000000000000000"}"#, &["kms:RevokeGrant"], KEY),
    foretold("GetKeyPolicy", BY_ID, &["kms:GetKeyPolicy"], KEY),
    foretold("PutKeyPolicy", r#"{"KeyId":"$key","Policy":"$policy"}"#, &["kms:PutKeyPolicy"], KEY),
    foretold("EnableKeyRotation", BY_ID, &["kms:EnableKeyRotation"], KEY),
    foretold("GetKeyRotationStatus", BY_ID, &["kms:GetKeyRotationStatus"], KEY),
    Foretold {
        said: r#"{"tags":{"cost":"1"}}"#,
        ..foretold("TagResource", r#"{"KeyId":"$key","Tags":[{"TagKey":"cost","TagValue":"1"}]}"#, &["kms:TagResource"], KEY)
    },
    Foretold {
        said: r#"{"tag_keys":["project"]}"#,
        ..foretold("UntagResource", r#"{"KeyId":"$key","TagKeys":["project"]}"#, &["kms:UntagResource"], KEY)
    },
    foretold("CreateAlias", r#"{"AliasName":"$alias","TargetKeyId":"$key"}"#, &["kms:CreateAlias"], Some("$alias")),
    foretold("UpdateAlias", r#"{"AliasName":"$alias","TargetKeyId":"$key"}"#, &["kms:UpdateAlias"], Some("$alias")),
    foretold("CreateKey", "{}", &["kms:CreateKey"], None),
    foretold("GenerateRandom", r#"{"NumberOfBytes":16}"#, &["kms:GenerateRandom"], None),
    foretold("ListKeys", "{}", &["kms:ListKeys"], None),
    foretold("ListAliases", "{}", &["kms:ListAliases"], None),
    foretold("DescribeCustomKeyStores", "{}", &["kms:DescribeCustomKeyStores"], None),
    foretold("DisableKey", BY_ID, &["kms:DisableKey"], KEY),
    foretold("ScheduleKeyDeletion", BY_ID, &["kms:ScheduleKeyDeletion"], KEY),
];

impl Stage<'_> {
    /// Whether policies let the call through, whatever becomes of it then.
    async fn is_served(&self, asked: &Foretold) -> bool {
        let Foretold { operation, input, .. } = *asked;
        let row = Row { key: "", operator: "", operation, input, right: "", wrong: "", session: false };
        self.ask(&row).await.error != Some("AccessDeniedException")
    }

    /// Whether the same questions are all allowed.
    async fn is_foretold(&self, asked: &Foretold) -> bool {
        let network = json!({ "user_agent": "scenario/1", "referer": REFERER });
        let said = self.value(serde_json::from_str(asked.said).unwrap());
        let mut allowed = true;
        for action in asked.actions {
            let question = Simulation {
                principal: self.cast.s.alice.arn.clone(),
                action: (*action).to_owned(),
                resource: asked.resource.map(|text| self.text(text)),
                source_ip: Some(SOURCE),
                request: Some(json!({ "network": network, "request": said })),
                ..Simulation::default()
            };
            allowed &= self.cast.s.service.simulate(&question, 0).await.unwrap().explanation.allowed;
        }
        allowed
    }
}

/// The control: without a policy every one of these calls is denied, so that each reaches the decision.
#[tokio::test]
async fn every_condition_key_has_a_value_in_a_question_where_a_request_has_one() {
    let cast = Cast::new().await;
    let nothing = cast.stage(0).await;
    for asked in MINIMAL {
        assert!(!nothing.is_served(asked).await, "{} {}", asked.operation, asked.input);
    }
    let keys = ROWS.iter().map(|row| row.key);
    let keys: BTreeSet<&str> = keys.filter(|key| OF_REQUESTS.iter().any(|of| key.starts_with(of))).collect();
    for (number, key) in keys.into_iter().enumerate() {
        let stage = cast.stage(number + 1).await;
        stage.allow(false, &json!({ "Null": { key: "false" } })).await;
        for asked in MINIMAL {
            let foretold = stage.is_foretold(asked).await;
            assert_eq!(
                foretold,
                stage.is_served(asked).await,
                "{key} by {} {}",
                asked.operation,
                asked.input
            );
        }
    }
}

#[tokio::test]
async fn values_of_a_question_are_those_of_a_request_without_optional_parameters() {
    let cast = Cast::new().await;
    let same = |one: &str, other: &str| {
        let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        value(one) == value(other)
    };
    let mut seen = 0;
    for (number, row) in ROWS.iter().filter(|row| !row.session).enumerate() {
        let mut all = MINIMAL.iter();
        let Some(asked) = all.find(|asked| asked.operation == row.operation && same(asked.input, row.input))
        else {
            continue;
        };
        seen += 1;
        let stage = cast.stage(number).await;
        for (value, allowed) in [(row.right, true), (row.wrong, false)] {
            let wanted = stage.text(value);
            stage.allow(false, &json!({ row.operator: { row.key: wanted } })).await;
            assert_eq!(stage.is_foretold(asked).await, allowed, "{} {wanted} by {}", row.key, row.operation);
        }
    }
    assert!(seen >= 14, "{seen}");
}

/// Whose policies allow everything on both sides.
#[tokio::test]
async fn what_is_not_served_to_another_account_is_no_question_of_its_principals() {
    let cast = Cast::new().await;
    let (s, stage) = (&cast.s, cast.stage(0).await);
    let made = s.service.create_account("210987654321", 0).await.unwrap();
    let arn = "arn:aws:iam::210987654321:root".to_owned();
    let other = caller(arn, &made.access_key_id, made.secret.expose());
    let open = policy(&[statement("Allow", &other.arn, "kms:*")]);
    let key = stage.text("$key");
    s.root("PutKeyPolicy", json!({ "KeyId": key, "Policy": open })).await.empty();
    let mut refused = Vec::new();
    for asked in MINIMAL.iter().filter(|asked| asked.resource == KEY) {
        let input = stage.value(serde_json::from_str(asked.input).unwrap());
        let answer = s.call(&other, asked.operation, input).await;
        let served = answer.error != Some("AccessDeniedException");
        for action in asked.actions {
            let question = Simulation {
                principal: other.arn.clone(),
                action: (*action).to_owned(),
                resource: Some(key.clone()),
                ..Simulation::default()
            };
            let answered = s.service.simulate(&question, 0).await;
            let allowed = answered.is_ok_and(|answered| answered.explanation.allowed);
            assert_eq!(allowed, served, "{action}: {}", answer.text);
        }
        if !served {
            refused.push(asked.operation);
        }
    }
    let own = ["GetKeyPolicy", "PutKeyPolicy", "EnableKeyRotation", "TagResource", "UntagResource"];
    assert_eq!(refused, [&own[..], &["DisableKey", "ScheduleKeyDeletion"]].concat());
}
