//! The principals of the matrix, and the evidence that each is judged by.

use crate::operations::On;
use std::sync::Arc;
use strongroom_policy::{
    Caller, Context, Decision, Document, DocumentKind, Evidence, Grant, GrantOperation, IdentityPolicy,
    Question, Resolver, Resource, decide, decide_retire_grant, decide_trust,
};
use strongroom_types::{AccountId, AliasArn, KeyArn, PrincipalArn, UniqueId};

/// The account of the key and the role.
const OWN: &str = "111122223333";
const OTHER: &str = "444455556666";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const ALIAS: &str = "arn:aws:kms:us-east-1:111122223333:alias/app";
const ROLE: &str = "arn:aws:iam::111122223333:role/target";
const USER_ID: &str = "AIDACKCEVSQ6C2EXAMPLE";
const ROLE_ID: &str = "AROADBQP57FF2AEXAMPLE";

/// A kind of caller, and how policies name it.
pub(crate) struct Principal {
    pub(crate) name: &'static str,
    caller: Caller,
    /// Itself, as a policy names it.
    itself: &'static str,
    /// What it was made from; itself again where there is no such thing.
    issuer: &'static str,
    account: &'static str,
}

pub(crate) fn principals() -> Vec<Principal> {
    let account = |text: &str| AccountId::parse(text).unwrap();
    let (own, other) = (OWN, OTHER);
    let id = |text: &str| UniqueId::parse(text).unwrap();
    let root = "arn:aws:iam::111122223333:root";
    let user = "arn:aws:iam::111122223333:user/alice";
    let principal =
        |name, caller, itself, issuer, account| Principal { name, caller, itself, issuer, account };
    vec![
        principal("root", Caller::root(account(own)), root, root, own),
        principal("user", Caller::user(account(own), "alice", id(USER_ID)), user, user, own),
        principal(
            "role session",
            Caller::role_session(account(own), "ops/admin", id(ROLE_ID), "s"),
            "arn:aws:sts::111122223333:assumed-role/admin/s",
            "arn:aws:iam::111122223333:role/ops/admin",
            own,
        ),
        // The session of a token's holder is one of the role: policies and grants do not tell them apart but by
        // condition keys.
        principal(
            "web identity session",
            Caller::role_session(account(own), "web", id(ROLE_ID), "token-holder"),
            "arn:aws:sts::111122223333:assumed-role/web/token-holder",
            "arn:aws:iam::111122223333:role/web",
            own,
        ),
        principal(
            "federated user",
            Caller::federated_user(account(own), "fed", Some(id(USER_ID))),
            "arn:aws:sts::111122223333:federated-user/fed",
            user,
            own,
        ),
        principal(
            "other root",
            Caller::root(account(other)),
            "arn:aws:iam::444455556666:root",
            "arn:aws:iam::444455556666:root",
            other,
        ),
        principal(
            "other user",
            Caller::user(account(other), "alice", id("AIDAOTHEREXAMPLE")),
            "arn:aws:iam::444455556666:user/alice",
            "arn:aws:iam::444455556666:user/alice",
            other,
        ),
        principal(
            "other session",
            Caller::role_session(account(other), "ops/admin", id("AROAOTHEREXAMPLE"), "s"),
            "arn:aws:sts::444455556666:assumed-role/admin/s",
            "arn:aws:iam::444455556666:role/ops/admin",
            other,
        ),
    ]
}

/// The users and roles of both accounts.
struct Directory;

impl Resolver for Directory {
    fn unique_id(&self, arn: &PrincipalArn) -> Option<UniqueId> {
        let id = match (arn, arn.account().as_str()) {
            (PrincipalArn::User(..), "111122223333") => USER_ID,
            (PrincipalArn::User(..), _) => "AIDAOTHEREXAMPLE",
            (_, "111122223333") => ROLE_ID,
            _ => "AROAOTHEREXAMPLE",
        };
        UniqueId::parse(id).ok()
    }

    fn knows(&self, _: &UniqueId) -> bool {
        true
    }
}

/// What a column of the matrix has: whom the policy of the key (or the role) allows, and what the caller has.
pub(crate) struct Column {
    pub(crate) name: &'static str,
    /// Whom the resource's policy allows.
    allows: Allows,
    identity: bool,
    /// An identity policy, or the resource's, that denies.
    denied_by: Option<DocumentKind>,
    /// A boundary, or session policies, that allow nothing.
    limited_by: Option<Limit>,
    grant: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Allows {
    Nobody,
    Itself,
    Issuer,
    Everybody,
    Account,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Limit {
    Boundary,
    Session,
}

/// The columns, in their order.
pub(crate) fn columns() -> Vec<Column> {
    let column = |name, allows, identity| Column {
        name,
        allows,
        identity,
        denied_by: None,
        limited_by: None,
        grant: false,
    };
    let denied =
        |name, kind| Column { denied_by: Some(kind), grant: true, ..column(name, Allows::Itself, true) };
    let limited = |name, allows, limit| Column { limited_by: Some(limit), ..column(name, allows, true) };
    let granted = |name| Column { grant: true, ..column(name, Allows::Nobody, false) };
    vec![
        column("nothing", Allows::Nobody, false),
        column("identity", Allows::Nobody, true),
        column("account", Allows::Account, false),
        column("account+identity", Allows::Account, true),
        column("itself", Allows::Itself, false),
        column("itself+identity", Allows::Itself, true),
        column("issuer", Allows::Issuer, false),
        column("everybody", Allows::Everybody, false),
        granted("grant"),
        Column { limited_by: Some(Limit::Boundary), ..granted("grant-boundary") },
        denied("all-resource deny", DocumentKind::KeyPolicy),
        denied("all-identity deny", DocumentKind::Identity),
        limited("itself-boundary", Allows::Itself, Limit::Boundary),
        limited("account-boundary", Allows::Account, Limit::Boundary),
        limited("account-session", Allows::Account, Limit::Session),
    ]
}

impl Column {
    /// Decides one cell.
    pub(crate) fn decide(&self, who: &Principal, action: &str, on: On) -> Decision {
        let key_arn = KeyArn::parse(KEY).unwrap();
        let alias_arn = AliasArn::parse(ALIAS).unwrap();
        let own = format!("arn:aws:iam::{}:user/alice", who.account);
        let resource = match on {
            On::Grantable | On::Key | On::Grant | On::GrantOfOther => Resource::Key(&key_arn),
            On::Alias => Resource::Alias(&alias_arn),
            On::Nothing => Resource::None,
            On::Own => Resource::Other(&own),
            On::Role => Resource::Other(ROLE),
        };
        let context = Context::default();
        let question = Question { caller: &who.caller, action: action.into(), resource, context: &context };
        let (key, trust) = (
            self.resource_policy(who, DocumentKind::KeyPolicy),
            self.resource_policy(who, DocumentKind::TrustPolicy),
        );
        let identity = self.identity_policies();
        let nothing = Arc::new(identity_document("Allow", "s3:None"));
        let session = [nothing.clone()];
        let grant = self.grant_to(who, action);
        let grants: Vec<&Grant> = grant.iter().filter(|_| self.grant).collect();
        let on_key = matches!(resource, Resource::Key(_));
        let evidence = Evidence {
            key_policy: on_key.then_some(&key),
            identity: &identity,
            boundary: (self.limited_by == Some(Limit::Boundary)).then_some(&*nothing),
            session: (self.limited_by == Some(Limit::Session)).then_some(&session[..]),
            grants: if on_key { &grants } else { &[] },
        };
        match on {
            On::Role => decide_trust(&question, &PrincipalArn::parse(ROLE).unwrap(), &trust, &evidence),
            On::Grant => decide_retire_grant(&question, &evidence, &self.retirable(who, OWN)),
            On::GrantOfOther => decide_retire_grant(&question, &evidence, &self.retirable(who, OTHER)),
            _ => decide(&question, &evidence),
        }
    }

    fn resource_policy(&self, who: &Principal, kind: DocumentKind) -> Document {
        let allowed = match self.allows {
            Allows::Nobody => "arn:aws:iam::999999999999:root",
            Allows::Itself => who.itself,
            Allows::Issuer => who.issuer,
            Allows::Everybody => "*",
            Allows::Account => who.account,
        };
        let action = if kind == DocumentKind::KeyPolicy { r#""kms:*","Resource":"*""# } else { r#""sts:*""# };
        let statement = |effect: &str, who: &str| {
            format!(r#"{{"Effect":"{effect}","Principal":{{"AWS":"{who}"}},"Action":{action}}}"#)
        };
        let mut statements = vec![statement("Allow", allowed)];
        if self.denied_by == Some(DocumentKind::KeyPolicy) {
            statements.push(statement("Deny", "*"));
        }
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
        Document::parse(kind, &text, &Directory).unwrap()
    }

    fn identity_policies(&self) -> Vec<IdentityPolicy> {
        let policy = |effect: &str| IdentityPolicy {
            name: effect.into(),
            document: Arc::new(identity_document(effect, "*")),
        };
        let allow = self.identity.then(|| policy("Allow"));
        let deny = (self.denied_by == Some(DocumentKind::Identity)).then(|| policy("Deny"));
        allow.into_iter().chain(deny).collect()
    }

    /// A grant of the action to the caller, where a grant can list it.
    fn grant_to(&self, who: &Principal, action: &str) -> Option<Grant> {
        let operation = GrantOperation::of_action(action)?;
        let grantee = who.caller.index_keys().first().cloned()?;
        let operations = [operation].into_iter().collect();
        Some(Grant {
            id: "g".into(),
            grantee,
            retiring: None,
            issuer: AccountId::parse(OWN).unwrap(),
            operations,
            constraints: None,
            source_arn: None,
        })
    }

    /// The grant that is to be retired: in the columns with a grant the caller is its retiring principal, else
    /// somebody else is.
    fn retirable(&self, who: &Principal, issuer: &str) -> Grant {
        let stranger = Caller::root(AccountId::parse("999999999999").unwrap());
        let retiring = if self.grant { &who.caller } else { &stranger };
        Grant {
            id: "g".into(),
            grantee: stranger.index_keys()[0].clone(),
            retiring: retiring.index_keys().first().cloned(),
            issuer: AccountId::parse(issuer).unwrap(),
            operations: [GrantOperation::Decrypt].into_iter().collect(),
            constraints: None,
            source_arn: None,
        }
    }
}

fn identity_document(effect: &str, action: &str) -> Document {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"{effect}","Action":"{action}","Resource":"*"}}]}}"#
    );
    Document::parse(DocumentKind::Identity, &text, &Directory).unwrap()
}
