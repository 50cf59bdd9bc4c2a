//! Explanations about as many grants, statements and values as there can be: what says most is in the answer, the rest is
//! counted, and it travels in one message.

use crate::grant::grant;
use crate::scenario::{Key, Scenario, statement};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use strongroom_service::{ANSWER_BYTES_MAX, Simulation, fitting};

fn of_alice(s: &Scenario, action: &str, key: &Key) -> Simulation {
    Simulation {
        principal: s.alice.arn.clone(),
        action: action.to_owned(),
        resource: Some(key.arn.clone()),
        ..Simulation::default()
    }
}

#[tokio::test]
async fn of_many_grants_those_are_listed_that_say_most_and_all_decide() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let mut listing = Vec::new();
    for at in 0..60 {
        grant(&s, &key, &["Encrypt"], json!({ "Name": format!("n{at}") })).await;
        if at % 20 == 0 {
            let equals = json!({ "purpose": format!("p{at}") });
            let more = json!({ "Constraints": { "EncryptionContextEquals": equals } });
            listing.push(grant(&s, &key, &["GenerateDataKey"], more).await.id);
        }
    }
    for (purpose, found) in [("p0", Some(0)), ("p20", Some(1)), ("p40", Some(2)), ("other", None)] {
        let encryption_context = BTreeMap::from([("purpose".to_owned(), purpose.to_owned())]);
        let asked = Simulation { encryption_context, ..of_alice(&s, "kms:GenerateDataKey", &key) };
        let answer = serde_json::to_value(s.service.simulate(&asked, 0).await.unwrap()).unwrap();
        let found: Option<&String> = found.and_then(|at: usize| listing.get(at));
        assert_eq!((&answer["allowed"], &answer["grant"]), (&json!(found.is_some()), &json!(found)));
        let shown = answer["grants"].as_array().unwrap();
        assert_eq!((shown.len(), &answer["grants_left_out"]), (50, &json!(13)), "{purpose}");
        for id in &listing {
            let row = shown.iter().find(|row| row["id"] == **id).unwrap();
            let matched = if Some(id) == found { json!("Itself") } else { Value::Null };
            assert_eq!(row["matched"], matched, "{purpose}");
        }
    }
    let few = s.key().await;
    grant(&s, &few, &["Encrypt"], json!({})).await;
    let answer = s.service.simulate(&of_alice(&s, "kms:GenerateDataKey", &few), 0).await.unwrap();
    assert_eq!((answer.explanation.grants.len(), answer.grants_left_out), (1, 0));
}

#[tokio::test]
async fn long_values_against_many_statements_are_answered() {
    let s = Scenario::start().await;
    let mut reading = statement("Allow", &s.alice.arn, "kms:Encrypt");
    reading["Condition"] = json!({ "ForAnyValue:StringEquals": { "kms:EncryptionContextKeys": "none" } });
    let mut matching = statement("Deny", &s.alice.arn, "kms:Encrypt");
    matching["Sid"] = json!("Matching");
    let mut statements = vec![reading; 150];
    statements.push(matching);
    let key = s.key_with(&statements).await;
    let name = |number: usize| (format!("{number}{}", "\"".repeat(300)), "v".repeat(9_000));
    let asked =
        Simulation { encryption_context: (0..200).map(name).collect(), ..of_alice(&s, "kms:Encrypt", &key) };
    let answer = s.service.simulate(&asked, 0).await.unwrap();
    let whole = serde_json::to_value(&answer).unwrap();
    assert!(whole.to_string().len() > 2 * ANSWER_BYTES_MAX);
    let actual = whole["statements"][1]["conditions"][0]["actual"].as_array().unwrap();
    assert_eq!((actual.len(), &actual[50]), (51, &json!("… (150 more)")));
    assert!(actual.iter().all(|value| value.as_str().unwrap().chars().count() < 300), "{}", actual[0]);
    let shown = fitting(&answer);
    assert!(shown.to_string().len() <= ANSWER_BYTES_MAX);
    for name in ["allowed", "rule", "determining", "changes", "principal", "action", "resource"] {
        assert_eq!(shown[name], whole[name], "{name}");
    }
    let findings = shown["statements"].as_array().unwrap();
    let left_out = shown["statements_left_out"].as_u64().unwrap_or_default();
    assert_eq!(findings.len() as u64 + left_out, 152);
    assert_eq!(findings.last().unwrap()["statement"]["sid"], "Matching");
}

#[tokio::test]
async fn caps_do_not_touch_an_ordinary_answer() {
    let s = Scenario::start().await;
    let key = s.key_for_alice("kms:Encrypt").await;
    let answer = s.service.simulate(&of_alice(&s, "kms:Encrypt", &key), 0).await.unwrap();
    assert_eq!(fitting(&answer), serde_json::to_value(&answer).unwrap());
}
