//! Who asks in the golden matrix, and what policies it has: one caller of each kind, given anew for each operation.

use crate::iam::matrix::Row;
use crate::iam::permission::arn;
use crate::iam::role::{create, trust};
use crate::iam::sts::assume_role_with_web_identity::Provider;
use crate::query_answer::XmlAnswer;
use crate::scenario::{ACCOUNT, Caller, Scenario, caller};
use serde_json::{Value, json};

/// The account that has nothing to do with that of everybody else.
const OTHER_ACCOUNT: &str = "444455556666";

/// A kind of principal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Root,
    User,
    Role,
    /// A session of the role with a session policy that allows everything but the action.
    LimitedRole,
    /// GetSessionToken without a code.
    UserSession,
    /// GetSessionToken with a code of an MFA device.
    CodeSession,
    /// GetFederationToken with a session policy that allows everything.
    Federated,
    /// A session of a role by a token of an identity provider.
    Web,
    /// A user of another account, whom that account allows everything.
    Stranger,
}

/// What the identity policies of user and roles say.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policies {
    /// The action is allowed, and nothing else.
    Allowed,
    /// Everything else is allowed.
    Others,
    /// Everything is allowed, the action is denied.
    Denied,
    /// Everything is allowed; the permissions boundary allows everything but the action.
    Bounded,
    /// There are none.
    Nothing,
}

/// The order in which policies are given.
pub(crate) const PHASES: [Policies; 5] =
    [Policies::Allowed, Policies::Others, Policies::Denied, Policies::Bounded, Policies::Nothing];

/// The columns of the table, by their names there.
pub(crate) const COLUMNS: [(&str, Who, Policies); 20] = [
    ("root", Who::Root, Policies::Nothing),
    ("user", Who::User, Policies::Nothing),
    ("user allowed", Who::User, Policies::Allowed),
    ("user others", Who::User, Policies::Others),
    ("user denied", Who::User, Policies::Denied),
    ("user bounded", Who::User, Policies::Bounded),
    ("role", Who::Role, Policies::Nothing),
    ("role allowed", Who::Role, Policies::Allowed),
    ("role others", Who::Role, Policies::Others),
    ("role denied", Who::Role, Policies::Denied),
    ("role bounded", Who::Role, Policies::Bounded),
    ("role limited", Who::LimitedRole, Policies::Allowed),
    ("user session", Who::UserSession, Policies::Allowed),
    ("code session", Who::CodeSession, Policies::Allowed),
    ("code session denied", Who::CodeSession, Policies::Denied),
    ("federated", Who::Federated, Policies::Allowed),
    ("web", Who::Web, Policies::Nothing),
    ("web allowed", Who::Web, Policies::Allowed),
    ("web denied", Who::Web, Policies::Denied),
    ("other account", Who::Stranger, Policies::Nothing),
];

/// Everybody, in a service of their own.
pub(crate) struct Cast {
    provider: Provider,
    /// Makes sessions of the role.
    opener: Caller,
    role_arn: String,
    role: Caller,
    user_session: Caller,
    code_session: Caller,
    federated: Caller,
    web: Caller,
    stranger: Caller,
    token: String,
    strange_token: String,
}

/// An identity policy of these statements on everything: effect, `Action` or `NotAction`, and which.
fn policy(statements: &[(&str, &str, &str)]) -> String {
    let statement = |&(effect, element, action): &(&str, &str, &str)| -> Value {
        json!({ "Effect": effect, element: action, "Resource": "*" })
    };
    let statements: Vec<_> = statements.iter().map(statement).collect();
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

impl Cast {
    /// With an identity provider whose keys no other test publishes.
    pub(crate) async fn new(issuer: &str) -> Self {
        let provider = Provider::new(issuer).await;
        let s = &provider.s;
        for role in ["worker", "target", "victim"] {
            create(s, role).await;
        }
        let everything = policy(&[("Allow", "Action", "*")]);
        put(s, "PutUserPolicy", ("UserName", "alice"), &everything).await;
        let opener = s.service.create_user("opener", 0).await.unwrap();
        let opener = caller(opener.arn, &opener.access_key_id, opener.secret.expose());
        put(s, "PutUserPolicy", ("UserName", "opener"), &everything).await;
        let role_arn = arn("role/worker");
        let role = role_session(s, &opener, &role_arn, None).await;
        let device = s.device_of_alice().await;
        let code = device.code(s, 0);
        let user_session = s.query(&s.alice, "sts", "GetSessionToken", &[]).await.ok().credentials("");
        let code_session = s.session_with(&s.alice, &device, &code).await.ok().credentials("");
        let params = [("Name", "guest"), ("Policy", everything.as_str())];
        let federated = s.query(&s.alice, "sts", "GetFederationToken", &params).await.ok().credentials("");
        let token = provider.token(&provider.claims());
        let strange_token = provider.token(&provider.claims_with("sub", json!("s2")));
        let web = provider.ask(&token, &[]).await.ok().credentials("");
        let stranger = stranger(s, &everything).await;
        victims(s).await;
        Self {
            opener,
            role_arn,
            role,
            user_session,
            code_session,
            federated,
            web,
            stranger,
            token,
            strange_token,
            provider,
        }
    }

    pub(crate) fn s(&self) -> &Scenario {
        &self.provider.s
    }

    /// Gives user and roles these policies, in place of those that they had in the phase before.
    pub(crate) async fn give(&self, row: &Row, number: usize, policies: Policies) {
        let action = row.action();
        let only = policy(&[("Allow", "Action", &action)]);
        let others = policy(&[("Allow", "NotAction", &action)]);
        let denied = policy(&[("Allow", "Action", "*"), ("Deny", "Action", &action)]);
        let everything = policy(&[("Allow", "Action", "*")]);
        match policies {
            Policies::Allowed => self.put_all(&only).await,
            Policies::Others => self.put_all(&others).await,
            Policies::Denied => self.put_all(&denied).await,
            Policies::Bounded => {
                self.put_all(&everything).await;
                self.bound(&format!("bound-{number}"), &others).await;
            }
            Policies::Nothing => {
                self.unbound().await;
                for (operation, holder) in [
                    ("DeleteUserPolicy", ("UserName", "alice")),
                    ("DeleteRolePolicy", ("RoleName", "worker")),
                ] {
                    self.s().iam(operation, &[holder, ("PolicyName", "p")]).await.ok();
                }
                let web = [("RoleName", "web"), ("PolicyName", "p")];
                self.s().iam("DeleteRolePolicy", &web).await.ok();
            }
        }
    }

    async fn put_all(&self, document: &str) {
        put(self.s(), "PutUserPolicy", ("UserName", "alice"), document).await;
        put(self.s(), "PutRolePolicy", ("RoleName", "worker"), document).await;
        put(self.s(), "PutRolePolicy", ("RoleName", "web"), document).await;
    }

    /// A permissions boundary of user and role, by a managed policy of that name.
    async fn bound(&self, name: &str, document: &str) {
        let params = [("PolicyName", name), ("PolicyDocument", document)];
        self.s().iam("CreatePolicy", &params).await.ok();
        let boundary = arn(&format!("policy/{name}"));
        let boundary = ("PermissionsBoundary", boundary.as_str());
        self.s().iam("PutUserPermissionsBoundary", &[("UserName", "alice"), boundary]).await.ok();
        self.s().iam("PutRolePermissionsBoundary", &[("RoleName", "worker"), boundary]).await.ok();
    }

    async fn unbound(&self) {
        self.s().iam("DeleteUserPermissionsBoundary", &[("UserName", "alice")]).await.ok();
        self.s().iam("DeleteRolePermissionsBoundary", &[("RoleName", "worker")]).await.ok();
    }

    /// What one of them is answered.
    pub(crate) async fn ask(&self, who: Who, row: &Row) -> XmlAnswer {
        let limited;
        let caller = match who {
            Who::Root => &self.s().root,
            Who::User => &self.s().alice,
            Who::Role => &self.role,
            Who::LimitedRole => {
                let others = policy(&[("Allow", "NotAction", &row.action())]);
                limited = role_session(self.s(), &self.opener, &self.role_arn, Some(others.as_str())).await;
                &limited
            }
            Who::UserSession => &self.user_session,
            Who::CodeSession => &self.code_session,
            Who::Federated => &self.federated,
            Who::Web => &self.web,
            Who::Stranger => &self.stranger,
        };
        let stranger = who == Who::Stranger;
        let filled = row.parameters.iter().map(|(name, value)| (*name, self.filled(value, stranger)));
        let filled: Vec<(&str, String)> = filled.collect();
        let params: Vec<(&str, &str)> = filled.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.s().query(caller, row.service, row.operation, &params).await
    }

    /// A parameter's value. The stranger names what is there in the account of the others; they name what is not, so
    /// that an operation that is allowed leaves everybody as it was.
    fn filled(&self, value: &str, stranger: bool) -> String {
        let (name, key) = if stranger {
            ("victim", self.s().alice.access_key_id.as_str())
        } else {
            ("nobody", "AKIAAAAAAAAAAAAAAAAA")
        };
        let trust = trust();
        let document = policy(&[("Allow", "Action", "kms:ListKeys")]);
        let fillings = [
            ("{name}", name),
            ("{key}", key),
            ("{account}", ACCOUNT),
            ("{document}", &document),
            ("{trust}", &trust),
            ("{token}", &self.token),
            ("{strange token}", &self.strange_token),
        ];
        fillings.iter().fold(value.to_owned(), |text, (place, filling)| text.replace(place, filling))
    }

    /// What a stranger's call could have changed in the account of the others.
    pub(crate) async fn things(&self) -> Vec<String> {
        let none: &[(&str, &str)] = &[];
        let mut found = Vec::new();
        for (operation, params) in [
            ("GetAccountAuthorizationDetails", none),
            ("ListAccountAliases", none),
            ("ListOpenIDConnectProviders", none),
            ("ListVirtualMFADevices", none),
            ("ListAccessKeys", &[("UserName", "victim")][..]),
        ] {
            found.extend(self.s().iam(operation, params).await.ok().all(&format!("{operation}Result")));
        }
        found
    }
}

async fn put(s: &Scenario, operation: &str, holder: (&str, &str), document: &str) {
    let params = [holder, ("PolicyName", "p"), ("PolicyDocument", document)];
    s.iam(operation, &params).await.ok();
}

async fn role_session(s: &Scenario, opener: &Caller, role: &str, policy: Option<&str>) -> Caller {
    let mut params = vec![("RoleArn", role), ("RoleSessionName", "s1")];
    params.extend(policy.map(|policy| ("Policy", policy)));
    s.query(opener, "sts", "AssumeRole", &params).await.ok().credentials("")
}

/// A user of another account.
async fn stranger(s: &Scenario, everything: &str) -> Caller {
    let made = s.service.create_account(OTHER_ACCOUNT, 0).await.unwrap();
    let root = caller(String::new(), &made.access_key_id, made.secret.expose());
    let name = ("UserName", "stranger");
    s.query(&root, "iam", "CreateUser", &[name]).await.ok();
    let params = [name, ("PolicyName", "p"), ("PolicyDocument", everything)];
    s.query(&root, "iam", "PutUserPolicy", &params).await.ok();
    let key = s.query(&root, "iam", "CreateAccessKey", &[name]).await.ok();
    let (id, secret) = (key.get("AccessKey/AccessKeyId"), key.get("AccessKey/SecretAccessKey"));
    caller(String::new(), &id, secret.as_bytes())
}

/// One of everything for the stranger to name; the role is there already.
async fn victims(s: &Scenario) {
    let document = policy(&[("Allow", "Action", "kms:ListKeys")]);
    let thumbprint = "0".repeat(40);
    s.iam("CreateUser", &[("UserName", "victim")]).await.ok();
    s.iam("CreateAccessKey", &[("UserName", "victim")]).await.ok();
    put(s, "PutUserPolicy", ("UserName", "victim"), &document).await;
    s.iam("CreateGroup", &[("GroupName", "victim")]).await.ok();
    s.iam("CreatePolicy", &[("PolicyName", "victim"), ("PolicyDocument", &document)]).await.ok();
    let provider = [("Url", "https://victim.test"), ("ThumbprintList.member.1", &thumbprint)];
    s.iam("CreateOpenIDConnectProvider", &provider).await.ok();
    s.device("victim").await;
    s.iam("CreateAccountAlias", &[("AccountAlias", "victim")]).await.ok();
}
