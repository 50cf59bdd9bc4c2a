//! Operations on aliases, and what Create-, Update- and DeleteAlias have in common.

mod create_alias;
mod delete_alias;
mod list_aliases;
mod update_alias;

use crate::scenario::{Scenario, alias_arn};
use serde_json::{Value, json};

/// Aliases have no policy: a user whom a key policy lets do everything is still denied on the alias.
async fn denied_on_alias(s: &Scenario, operation: &str, input: Value) {
    let alias = alias_arn(input["AliasName"].as_str().unwrap());
    let text = format!(
        "User: {} is not authorized to perform: kms:{operation} on resource: {alias} because no identity-based policy \
         allows the kms:{operation} action",
        s.alice.arn
    );
    s.alice(operation, input).await.refused("AccessDeniedException", &*text);
}

/// Names that no alias of the account has: who may change or delete them is told so, others are denied.
async fn names_that_no_alias_has(s: &Scenario, operation: &str, input: Value) {
    for name in ["name", "Alias/name", "alias/", "alias/aws/s3", "alias/a:b", "alias/nobody"] {
        let mut input = input.clone();
        input["AliasName"] = json!(name);
        let text = format!("Alias {} is not found.", alias_arn(name));
        s.root(operation, input.clone()).await.refused("NotFoundException", &*text);
        denied_on_alias(s, operation, input).await;
    }
}

/// Names that the model refuses.
async fn names_that_are_refused(s: &Scenario, operation: &str, input: Value) {
    let with = |name: Value| {
        let mut input = input.clone();
        input["AliasName"] = name;
        s.root(operation, input)
    };
    with(json!("alias/a b")).await.refused_with("ValidationException", "regular expression pattern");
    with(json!("")).await.refused_with("ValidationException", "greater than or equal to 1");
    with(json!(format!("alias/{}", "n".repeat(251))))
        .await
        .refused_with("ValidationException", "less than or equal to 256");
    with(Value::Null).await.refused_with("ValidationException", "Value null at 'aliasName'");
}
