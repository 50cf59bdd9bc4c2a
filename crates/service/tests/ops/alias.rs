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

/// Names that no alias of the account can have; `nameless` is how the prefix alone is refused.
async fn names_that_are_refused(s: &Scenario, operation: &str, input: Value, nameless: &str) {
    let with = |name: Value| {
        let mut input = input.clone();
        input["AliasName"] = name;
        s.root(operation, input)
    };
    let prefix = "Alias must start with the prefix \"alias/\". Please see \
                  https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html";
    with(json!("name")).await.refused("ValidationException", prefix);
    with(json!("Alias/name")).await.refused("ValidationException", prefix);
    with(json!("alias/")).await.refused(nameless, None);
    with(json!("alias/aws/s3")).await.refused("NotAuthorizedException", None);
    with(json!("alias/a:b")).await.refused(nameless, None);
    with(json!("alias/a b")).await.refused_with("ValidationException", "regular expression pattern");
    with(json!("")).await.refused_with("ValidationException", "greater than or equal to 1");
    with(json!(format!("alias/{}", "n".repeat(251))))
        .await
        .refused_with("ValidationException", "less than or equal to 256");
    with(Value::Null).await.refused_with("ValidationException", "Value null at 'aliasName'");
}
