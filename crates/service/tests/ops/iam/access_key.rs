//! Operations on access keys.

mod create_access_key;
mod delete_access_key;
mod get_access_key_last_used;
mod list_access_keys;
mod update_access_key;

use crate::scenario::{Caller, Scenario, caller};

impl Scenario {
    /// A new access key of alice, and who signs with it.
    async fn second_key_of_alice(&self) -> Caller {
        let made = self.iam("CreateAccessKey", &[("UserName", "alice")]).await.ok();
        let secret = made.get("SecretAccessKey");
        caller(self.alice.arn.clone(), &made.get("AccessKeyId"), secret.as_bytes())
    }

    /// Who somebody is to STS.
    async fn identity(&self, caller: &Caller) -> crate::query_answer::XmlAnswer {
        self.query(caller, "sts", "GetCallerIdentity", &[]).await
    }
}
