//! What is asked of the policies of users, groups and roles alike.

use crate::iam::pages::pages;
use crate::iam::permission::{allow, arn, permission};
use crate::query_answer::{XmlAnswer, document};
use crate::scenario::Scenario;
use serde_json::json;

/// A managed policy of AWS.
pub(crate) const MANAGED: &str = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";

/// Another one.
pub(crate) const OTHER_MANAGED: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// A kind of holder of policies, and the name of one that is there.
#[derive(Clone, Copy)]
pub(crate) struct Holder {
    /// `User`.
    pub(crate) title: &'static str,
    /// `user`.
    pub(crate) word: &'static str,
    pub(crate) name: &'static str,
    /// The most characters of inline policies.
    pub(crate) inline_max: usize,
}

impl Holder {
    /// What a call about the holder is answered.
    pub(crate) async fn call(&self, s: &Scenario, action: &str, params: &[(&str, &str)]) -> XmlAnswer {
        let name = self.name_parameter();
        let mut all = vec![(name.as_str(), self.name)];
        all.extend_from_slice(params);
        s.iam(action, &all).await
    }

    /// `UserName`.
    fn name_parameter(&self) -> String {
        format!("{}Name", self.title)
    }

    /// A holder that is not there is found by nobody; who may not ask is denied.
    async fn asked(&self, s: &Scenario, action: &str, params: &[(&str, &str)]) {
        let name = self.name_parameter();
        let with = |holder: &'static str| {
            let mut all = vec![(name.as_str(), holder)];
            all.extend_from_slice(params);
            all
        };
        let unknown = format!("The {} with name nobody cannot be found.", self.word);
        s.iam(action, &with("nobody")).await.refused("NoSuchEntity", &unknown);
        let resource = arn(&format!("{}/{}", self.word, self.name));
        permission(s, action, &resource, &with(self.name)).await;
    }

    async fn put(&self, s: &Scenario, policy: &str, text: &str) -> XmlAnswer {
        let params = [("PolicyName", policy), ("PolicyDocument", text)];
        self.call(s, &format!("Put{}Policy", self.title), &params).await
    }

    /// Put…Policy.
    pub(crate) async fn put_policy(self, s: &Scenario) {
        let action = format!("Put{}Policy", self.title);
        let text = allow(json!("kms:ListKeys"), "*");
        self.asked(s, &action, &[("PolicyName", "p"), ("PolicyDocument", &text)]).await;
        let malformed = [
            "{",
            "[]",
            r#"{"Version":"2012-10-17"}"#,
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#,
        ];
        for text in malformed {
            self.put(s, "bad", text).await.refused("MalformedPolicyDocument", "");
        }
        let key = "arn:aws:kms:us-east-1:111122223333:key/";
        let long = |more: usize| allow(json!("kms:Decrypt"), &format!("{key}{}", "k".repeat(more)));
        let room = self.inline_max - long(0).len();
        let refused = format!("Maximum policy size of {} bytes exceeded", self.inline_max);
        self.put(s, "q", &long(room)).await.refused("LimitExceeded", &refused);
        self.call(s, &format!("Delete{}Policy", self.title), &[("PolicyName", "p")]).await.ok();
        let spaced = format!("{}{}", " ".repeat(500), long(room));
        self.put(s, "q", &spaced).await.ok();
        self.put(s, "q", &long(room)).await.ok();
        self.put(s, "q", &long(room + 1)).await.refused("LimitExceeded", &refused);
    }

    /// Get…Policy.
    pub(crate) async fn get_policy(self, s: &Scenario) {
        let action = format!("Get{}Policy", self.title);
        let text = format!(" {} ", allow(json!("kms:ListKeys"), "*"));
        self.put(s, "p", &text).await.ok();
        let answer = self.call(s, &action, &[("PolicyName", "p")]).await.ok();
        assert_eq!(document(&answer.get("PolicyDocument")), text);
        assert_eq!(answer.get(&self.name_parameter()), self.name);
        let unknown = format!("The {} policy with name P cannot be found.", self.word);
        self.call(s, &action, &[("PolicyName", "P")]).await.refused("NoSuchEntity", &unknown);
        self.asked(s, &action, &[("PolicyName", "p")]).await;
    }

    /// Delete…Policy.
    pub(crate) async fn delete_policy(self, s: &Scenario) {
        let action = format!("Delete{}Policy", self.title);
        self.put(s, "p", &allow(json!("kms:ListKeys"), "*")).await.ok();
        self.asked(s, &action, &[("PolicyName", "p")]).await;
        let unknown = format!("The {} policy with name p cannot be found.", self.word);
        self.call(s, &action, &[("PolicyName", "p")]).await.refused("NoSuchEntity", &unknown);
    }

    /// List…Policies.
    pub(crate) async fn list_policies(self, s: &Scenario) {
        let action = format!("List{}Policies", self.title);
        for policy in ["b", "a", "c"] {
            self.put(s, policy, &allow(json!("kms:ListKeys"), "*")).await.ok();
        }
        let names = self.call(s, &action, &[]).await.ok().all("PolicyNames/member");
        assert_eq!(names, ["a", "b", "c"]);
        pages(s, &action, &[(&self.name_parameter(), self.name)], "PolicyNames/member", 3).await;
        self.asked(s, &action, &[]).await;
    }

    async fn attach(&self, s: &Scenario, policy: &str) -> XmlAnswer {
        self.call(s, &format!("Attach{}Policy", self.title), &[("PolicyArn", policy)]).await
    }

    /// Attach…Policy.
    pub(crate) async fn attach_policy(self, s: &Scenario) {
        self.attach(s, MANAGED).await.ok();
        self.attach(s, MANAGED).await.ok();
        let list = format!("ListAttached{}Policies", self.title);
        let listed = self.call(s, &list, &[]).await.ok();
        assert_eq!(listed.all("PolicyArn"), [MANAGED]);
        assert_eq!(listed.get("PolicyName"), "IAMReadOnlyAccess");
        for unknown in [
            arn("policy/none").as_str(),
            "arn:aws:iam::999999999999:policy/none",
            "arn:aws:iam::aws:policy/None",
        ] {
            let text = format!("Policy {unknown} does not exist or is not attachable.");
            self.attach(s, unknown).await.refused("NoSuchEntity", &text);
        }
        self.attach(s, "this is no ARN at all").await.refused("InvalidInput", "is not valid.");
        self.asked(s, &format!("Attach{}Policy", self.title), &[("PolicyArn", OTHER_MANAGED)]).await;
    }

    /// Detach…Policy.
    pub(crate) async fn detach_policy(self, s: &Scenario) {
        let action = format!("Detach{}Policy", self.title);
        self.attach(s, MANAGED).await.ok();
        self.asked(s, &action, &[("PolicyArn", MANAGED)]).await;
        let unknown = format!("Policy {MANAGED} was not found.");
        self.call(s, &action, &[("PolicyArn", MANAGED)]).await.refused("NoSuchEntity", &unknown);
    }

    /// ListAttached…Policies.
    pub(crate) async fn list_attached_policies(self, s: &Scenario) {
        let action = format!("ListAttached{}Policies", self.title);
        for policy in [MANAGED, OTHER_MANAGED, "arn:aws:iam::aws:policy/IAMFullAccess"] {
            self.attach(s, policy).await.ok();
        }
        pages(s, &action, &[(&self.name_parameter(), self.name)], "AttachedPolicies/member", 3).await;
        let none = self.call(s, &action, &[("PathPrefix", "/team/")]).await.ok();
        assert!(none.all("AttachedPolicies/member").is_empty());
        self.asked(s, &action, &[]).await;
    }

    /// Put…PermissionsBoundary.
    pub(crate) async fn put_boundary(self, s: &Scenario) {
        let action = format!("Put{}PermissionsBoundary", self.title);
        self.call(s, &action, &[("PermissionsBoundary", OTHER_MANAGED)]).await.ok();
        self.call(s, &action, &[("PermissionsBoundary", MANAGED)]).await.ok();
        let shown = self.call(s, &format!("Get{}", self.title), &[]).await.ok();
        assert_eq!(shown.get("PermissionsBoundary/PermissionsBoundaryArn"), MANAGED);
        let unknown = arn("policy/none");
        let text = format!("Scope ARN: {unknown} does not exist or is not attachable.");
        self.call(s, &action, &[("PermissionsBoundary", &unknown)]).await.refused("NoSuchEntity", &text);
        self.asked(s, &action, &[("PermissionsBoundary", MANAGED)]).await;
    }

    /// Delete…PermissionsBoundary.
    pub(crate) async fn delete_boundary(self, s: &Scenario) {
        let put = format!("Put{}PermissionsBoundary", self.title);
        self.call(s, &put, &[("PermissionsBoundary", MANAGED)]).await.ok();
        self.asked(s, &format!("Delete{}PermissionsBoundary", self.title), &[]).await;
        let shown = self.call(s, &format!("Get{}", self.title), &[]).await.ok();
        assert!(shown.all("PermissionsBoundary").is_empty());
    }

    /// Tag….
    pub(crate) async fn tag(self, s: &Scenario) {
        let action = format!("Tag{}", self.title);
        let one = |key: &'static str, value: &'static str| {
            [("Tags.member.1.Key", key), ("Tags.member.1.Value", value)]
        };
        self.call(s, &action, &one("team", "red")).await.ok();
        self.call(s, &action, &one("Team", "blue")).await.ok();
        let listed = self.call(s, &format!("List{}Tags", self.title), &[]).await.ok();
        assert_eq!((listed.all("Key"), listed.get("Value")), (vec!["Team".to_owned()], "blue".to_owned()));
        let twice = [
            ("Tags.member.1.Key", "a"),
            ("Tags.member.1.Value", ""),
            ("Tags.member.2.Key", "A"),
            ("Tags.member.2.Value", ""),
        ];
        self.call(s, &action, &twice).await.refused("InvalidInput", "Duplicate tag keys found.");
        self.call(s, &action, &one("AWS:x", "")).await.refused("InvalidInput", "System tags");
        self.asked(s, &action, &one("a", "b")).await;
    }

    /// At most fifty tags.
    pub(crate) async fn too_many_tags(self, s: &Scenario) {
        let action = format!("Tag{}", self.title);
        let tags = |from: usize, to: usize| {
            let pair = |(at, n): (usize, usize)| {
                let name = |part: &str| format!("Tags.member.{}.{part}", at + 1);
                [(name("Key"), format!("k{n}")), (name("Value"), "v".to_owned())]
            };
            (from..to).enumerate().flat_map(pair).collect::<Vec<_>>()
        };
        let fifty = tags(0, 50);
        let fifty: Vec<_> = fifty.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.call(s, &action, &fifty).await.ok();
        let more = [("Tags.member.1.Key", "more"), ("Tags.member.1.Value", "")];
        self.call(s, &action, &more).await.refused("LimitExceeded", "maximum limit");
        self.call(s, &action, &[("Tags.member.1.Key", "K0"), ("Tags.member.1.Value", "")]).await.ok();
    }

    /// Untag….
    pub(crate) async fn untag(self, s: &Scenario) {
        let tags = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")];
        self.call(s, &format!("Tag{}", self.title), &tags).await.ok();
        let action = format!("Untag{}", self.title);
        self.asked(s, &action, &[("TagKeys.member.1", "TEAM"), ("TagKeys.member.2", "none")]).await;
        let listed = self.call(s, &format!("List{}Tags", self.title), &[]).await.ok();
        assert!(listed.all("Key").is_empty());
    }

    /// List…Tags.
    pub(crate) async fn list_tags(self, s: &Scenario) {
        let action = format!("List{}Tags", self.title);
        for key in ["b", "c", "a"] {
            let tags = [("Tags.member.1.Key", key), ("Tags.member.1.Value", "")];
            self.call(s, &format!("Tag{}", self.title), &tags).await.ok();
        }
        assert_eq!(self.call(s, &action, &[]).await.ok().all("Key"), ["a", "b", "c"]);
        pages(s, &action, &[(&self.name_parameter(), self.name)], "Tags/member", 3).await;
        self.asked(s, &action, &[]).await;
    }
}
