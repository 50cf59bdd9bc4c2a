//! Who calls: in two accounts one of every kind of credentials and of every source of rights. Each has a key that
//! nobody else here may use. Beside them bystanders, whose rights change all the time.

use super::question::Question;
use crate::query_answer::XmlAnswer;
use crate::scenario::{ACCOUNT, Caller, Key, Scenario, caller, policy_of, statement};
use serde_json::{Value, json};

/// The second account.
const OTHER: &str = "210987654321";

/// The name of the first ciphertext of each member.
pub(super) const BEGINNING: &str = "beginning";

/// What the owner of a key may do with it.
const USES: [&str; 3] = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"];

/// A caller and its key.
pub(super) struct Member {
    pub(super) caller: Caller,
    pub(super) account: &'static str,
    pub(super) key: Key,
    /// A ciphertext under the key.
    pub(super) blob: Value,
}

/// Somebody without rights at first, the user's name, and the root of its account.
pub(super) struct Bystander {
    pub(super) member: Member,
    pub(super) name: String,
    pub(super) root: Caller,
}

/// Everybody.
pub(super) struct Cast {
    pub(super) members: Vec<Member>,
    pub(super) bystanders: Vec<Bystander>,
}

impl Cast {
    /// Makes two accounts with all their members, and so many bystanders.
    pub(super) async fn assemble(s: &Scenario, bystanders: usize) -> Self {
        let made = s.service.create_account(OTHER, 0).await.unwrap();
        let arn = format!("arn:aws:iam::{OTHER}:root");
        let other = caller(arn, &made.access_key_id, made.secret.expose());
        let accounts =
            [Account { s, id: ACCOUNT, root: s.root.clone() }, Account { s, id: OTHER, root: other }];
        let mut cast = Self { members: Vec::new(), bystanders: Vec::new() };
        for account in &accounts {
            cast.members.extend(account.members().await);
        }
        for number in 0..bystanders {
            let account = &accounts[number % accounts.len()];
            cast.bystanders.push(account.bystander(format!("bystander-{number}")).await);
        }
        cast
    }
}

/// An identity policy of one statement.
pub(super) fn allow(action: &str, resource: &str) -> String {
    allow_all(&json!(action), resource)
}

fn allow_all(actions: &Value, resource: &str) -> String {
    let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": resource });
    json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
}

struct Account<'a> {
    s: &'a Scenario,
    id: &'static str,
    root: Caller,
}

impl Account<'_> {
    async fn members(&self) -> Vec<Member> {
        vec![
            self.named_by_the_key().await,
            self.with_an_identity_policy().await,
            self.in_a_group().await,
            self.with_a_grant().await,
            self.session_of_a_role().await,
            self.session_of_a_user().await,
            self.federated_user().await,
        ]
    }

    async fn named_by_the_key(&self) -> Member {
        let caller = self.user("named").await;
        let key = self.key(&uses(&caller.arn)).await;
        self.member(caller, key).await
    }

    async fn with_an_identity_policy(&self) -> Member {
        let (caller, key) = (self.user("attached").await, self.key(&[]).await);
        let document = allow_all(&json!(USES), &key.arn);
        let params = [("UserName", "attached"), ("PolicyName", "p"), ("PolicyDocument", &*document)];
        self.iam("PutUserPolicy", &params).await;
        self.member(caller, key).await
    }

    async fn in_a_group(&self) -> Member {
        let (caller, key) = (self.user("grouped").await, self.key(&[]).await);
        let document = allow_all(&json!(USES), &key.arn);
        self.iam("CreateGroup", &[("GroupName", "group")]).await;
        let params = [("GroupName", "group"), ("PolicyName", "p"), ("PolicyDocument", &*document)];
        self.iam("PutGroupPolicy", &params).await;
        self.iam("AddUserToGroup", &[("GroupName", "group"), ("UserName", "grouped")]).await;
        self.member(caller, key).await
    }

    async fn with_a_grant(&self) -> Member {
        let (caller, key) = (self.user("granted").await, self.key(&[]).await);
        let operations = ["Encrypt", "Decrypt", "GenerateDataKey"];
        let input = json!({ "KeyId": key.arn, "GranteePrincipal": caller.arn, "Operations": operations });
        self.s.call(&self.root, "CreateGrant", input).await.succeeded();
        self.member(caller, key).await
    }

    async fn session_of_a_role(&self) -> Member {
        let (user, key) = (self.user("assumes").await, self.key(&[]).await);
        let trusts =
            json!({ "Effect": "Allow", "Principal": { "AWS": user.arn }, "Action": "sts:AssumeRole" });
        let trust = json!({ "Version": "2012-10-17", "Statement": trusts }).to_string();
        let params = [("RoleName", "role"), ("AssumeRolePolicyDocument", &*trust)];
        let role = self.iam("CreateRole", &params).await.get("Role/Arn");
        let document = allow_all(&json!(USES), &key.arn);
        let params = [("RoleName", "role"), ("PolicyName", "p"), ("PolicyDocument", &*document)];
        self.iam("PutRolePolicy", &params).await;
        let params = [("RoleArn", &*role), ("RoleSessionName", "s1")];
        let made = self.s.query(&user, "sts", "AssumeRole", &params).await.ok();
        self.member(made.credentials(&made.get("AssumedRoleUser/Arn")), key).await
    }

    async fn session_of_a_user(&self) -> Member {
        let user = self.user("temporary").await;
        let key = self.key(&uses(&user.arn)).await;
        let made = self.s.query(&user, "sts", "GetSessionToken", &[]).await.ok();
        self.member(made.credentials(&user.arn), key).await
    }

    async fn federated_user(&self) -> Member {
        let user = self.user("federates").await;
        let document = allow("sts:GetFederationToken", "*");
        let params = [("UserName", "federates"), ("PolicyName", "p"), ("PolicyDocument", &*document)];
        self.iam("PutUserPolicy", &params).await;
        let made = self.s.query(&user, "sts", "GetFederationToken", &[("Name", "guest")]).await.ok();
        let arn = made.get("FederatedUser/Arn");
        let key = self.key(&uses(&arn)).await;
        self.member(made.credentials(&arn), key).await
    }

    async fn bystander(&self, name: String) -> Bystander {
        let (caller, key) = (self.user(&name).await, self.key(&[]).await);
        let member = Member { caller, account: self.id, key, blob: Value::Null };
        Bystander { member, name, root: self.root.clone() }
    }

    /// A member, once it has encrypted something: its rights are in force.
    async fn member(&self, caller: Caller, key: Key) -> Member {
        let mut member = Member { caller, account: self.id, key, blob: Value::Null };
        let question = Question::encrypt(&member, BEGINNING);
        member.blob = self.s.send(&question.signed(self.s)).await.ok()["CiphertextBlob"].take();
        member
    }

    async fn user(&self, name: &str) -> Caller {
        let made = self.s.service.create_user_in(Some(self.id), name, 0).await.unwrap();
        caller(made.arn, &made.access_key_id, made.secret.expose())
    }

    /// A key whose policy leaves it to the account, and has these statements.
    async fn key(&self, statements: &[Value]) -> Key {
        let input = json!({ "Policy": policy_of(self.id, statements) });
        let made = self.s.call(&self.root, "CreateKey", input).await.ok();
        let text = |name: &str| made["KeyMetadata"][name].as_str().unwrap().to_owned();
        Key { id: text("KeyId"), arn: text("Arn") }
    }

    async fn iam(&self, action: &str, params: &[(&str, &str)]) -> XmlAnswer {
        self.s.query(&self.root, "iam", action, params).await.ok()
    }
}

fn uses(arn: &str) -> [Value; 3] {
    USES.map(|action| statement("Allow", arn, action))
}
