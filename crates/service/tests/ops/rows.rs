//! What is asked of every operation on a key: identifiers, authorisation, key states, the record.

use crate::scenario::{ACCOUNT, Key, NO_KEY, REGION, Scenario, alias_arn, key_arn, statement};
use serde_json::{Value, json};
use std::ops::AsyncFn;

/// What an operation makes of an alias where it takes a key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Aliases {
    Taken,
    NotSupported,
    NotATarget,
}

/// An operation, and how a call to it on a key is prepared.
pub(crate) struct Operation<P> {
    name: &'static str,
    action: String,
    member: &'static str,
    aliases: Aliases,
    arn_error: &'static str,
    prepare: P,
}

impl<P: AsyncFn(&Scenario, &Key) -> Value> Operation<P> {
    /// An operation whose `KeyId` is a key id or ARN, and whose model has InvalidArnException. `prepare` makes
    /// what the call needs and gives its input.
    pub(crate) fn new(name: &'static str, prepare: P) -> Self {
        let arn_error = "InvalidArnException";
        Self {
            name,
            action: format!("kms:{name}"),
            member: "KeyId",
            aliases: Aliases::NotSupported,
            arn_error,
            prepare,
        }
    }

    /// It takes aliases as well.
    pub(crate) fn takes_aliases(self) -> Self {
        Self { aliases: Aliases::Taken, ..self }
    }

    /// It makes an alias stand for the key: another alias will not do.
    pub(crate) fn no_alias_as_target(self) -> Self {
        Self { aliases: Aliases::NotATarget, ..self }
    }

    /// Its model has no InvalidArnException.
    pub(crate) fn without_invalid_arn(self) -> Self {
        Self { arn_error: "NotFoundException", ..self }
    }

    /// It is authorised as another action.
    pub(crate) fn action(self, action: &str) -> Self {
        Self { action: action.to_owned(), ..self }
    }

    /// The key's identifier is in another member.
    pub(crate) fn member(self, member: &'static str) -> Self {
        Self { member, ..self }
    }

    /// Each form of identifier that is refused, and each that is taken.
    pub(crate) async fn identifiers(self) {
        let s = Scenario::start().await;
        let key = s.key().await;
        s.root("CreateAlias", json!({ "AliasName": "alias/known", "TargetKeyId": key.id })).await.empty();
        let input = (self.prepare)(&s, &key).await;
        let with = |identifier: Value| {
            let mut input = input.clone();
            input[self.member] = identifier;
            s.root(self.name, input)
        };
        let path = format!("{}{}", self.member[..1].to_lowercase(), &self.member[1..]);
        let broken = format!("' at '{path}' failed to satisfy constraint: Member must have length ");
        with(json!("")).await.refused_with("ValidationException", &broken);
        with(json!("k".repeat(2049))).await.refused_with("ValidationException", &broken);
        with(json!(7)).await.refused_with(
            "SerializationException",
            "A value of the wrong type, or a name that comes twice, was found at line 1",
        );
        with(json!("nope")).await.refused("NotFoundException", "Invalid keyId 'nope'");
        let missing = format!("Key '{}' does not exist", key_arn(NO_KEY));
        with(json!(NO_KEY)).await.refused("NotFoundException", &*missing);
        with(json!(key_arn(NO_KEY))).await.refused("NotFoundException", &*missing);
        let elsewhere = key.arn.replace(REGION, "eu-west-1");
        with(json!(elsewhere)).await.refused("NotFoundException", "Invalid arn eu-west-1");
        with(json!("arn:aws:kms")).await.refused(self.arn_error, "Invalid arn arn:aws:kms");
        let foreign = format!(
            "User: {} is not authorized to perform: {} on this resource because the resource does not exist in this \
             Region, no resource-based policies allow access, or a resource-based policy explicitly denies access",
            s.root.arn, self.action
        );
        let theirs = key.arn.replace(ACCOUNT, "999999999999");
        with(json!(theirs)).await.refused("AccessDeniedException", &*foreign);
        self.alias_forms(&s, &input).await;
        for form in [|key: &Key| key.id.clone(), |key: &Key| key.arn.clone()] {
            let key = s.key().await;
            let mut input = (self.prepare)(&s, &key).await;
            input[self.member] = json!(form(&key));
            s.root(self.name, input).await.succeeded();
        }
    }

    async fn alias_forms(&self, s: &Scenario, input: &Value) {
        let with = |identifier: &str| {
            let mut input = input.clone();
            input[self.member] = json!(identifier);
            s.root(self.name, input)
        };
        for known in ["alias/known".to_owned(), alias_arn("alias/known")] {
            let answer = with(&known).await;
            match self.aliases {
                Aliases::Taken => answer.succeeded(),
                Aliases::NotATarget => {
                    answer.refused("ValidationException", "Aliases must refer to keys. Not aliases");
                }
                Aliases::NotSupported => answer.refused(
                    self.arn_error,
                    "KeyId must be a key ID or key ARN; aliases are not supported for this operation.",
                ),
            }
        }
        if self.aliases == Aliases::Taken {
            let missing = format!("Alias {} is not found.", alias_arn("alias/nobody"));
            with("alias/nobody").await.refused("NotFoundException", &*missing);
            with(&alias_arn("alias/nobody")).await.refused("NotFoundException", &*missing);
        }
    }

    /// Root may by the default policy; a user only if the policy names it; a deny wins over both.
    pub(crate) async fn authorization(self) {
        let s = Scenario::start().await;
        let (action, arn) = (&self.action, &s.alice.arn);
        let key = s.key().await;
        s.root(self.name, (self.prepare)(&s, &key).await).await.succeeded();

        let key = s.key().await;
        let start = |key: &Key| {
            format!("User: {arn} is not authorized to perform: {action} on resource: {} ", key.arn)
        };
        let unnamed = format!("{}because no identity-based policy allows the {action} action", start(&key));
        s.alice(self.name, (self.prepare)(&s, &key).await).await.refused("AccessDeniedException", &*unnamed);

        let other = if action == "kms:DescribeKey" { "kms:GetPublicKey" } else { "kms:DescribeKey" };
        let key = s.key_for_alice(other).await;
        let elsewise = format!("{}because no identity-based policy allows the {action} action", start(&key));
        s.alice(self.name, (self.prepare)(&s, &key).await).await.refused("AccessDeniedException", &*elsewise);

        let key = s.key_for_alice(action).await;
        s.alice(self.name, (self.prepare)(&s, &key).await).await.succeeded();

        let key = s.key_with(&[statement("Allow", arn, "kms:*"), statement("Deny", arn, action)]).await;
        let denied = format!("{}with an explicit deny in a resource-based policy", start(&key));
        s.alice(self.name, (self.prepare)(&s, &key).await).await.refused("AccessDeniedException", &*denied);
    }

    /// The answer on a disabled key: a refusal of this name, or `""` for success.
    pub(crate) async fn when_disabled(self, name: &str) {
        let s = Scenario::start().await;
        let key = s.key().await;
        let input = (self.prepare)(&s, &key).await;
        s.root("DisableKey", json!({ "KeyId": key.id })).await.empty();
        let answer = s.root(self.name, input).await;
        if name.is_empty() {
            answer.succeeded();
        } else {
            answer.refused(name, &*format!("{} is disabled.", key.arn));
        }
    }

    /// The answer on a key that waits for its deletion: a refusal of this name, or `""` for success.
    pub(crate) async fn when_pending_deletion(self, name: &str) {
        let s = Scenario::start().await;
        let key = s.key().await;
        let input = (self.prepare)(&s, &key).await;
        s.root("ScheduleKeyDeletion", json!({ "KeyId": key.id })).await.ok();
        let answer = s.root(self.name, input).await;
        if name.is_empty() {
            answer.succeeded();
        } else {
            answer.refused(name, &*format!("{} is pending deletion.", key.arn));
        }
    }

    /// A call that uses the vault while there is none, or a sealed one.
    pub(crate) async fn without_vault(self, name: &str) {
        let s = Scenario::start().await;
        let key = s.key().await;
        let input = (self.prepare)(&s, &key).await;
        s.stand.take_away(&s.vault).await.unwrap();
        s.root(self.name, input.clone()).await.refused_with(name, "Key material cannot be used now: ");
        s.stand.connect(&s.vault, None).await.unwrap();
        s.root(self.name, input.clone()).await.refused_with(name, "Key material cannot be used now: ");
        let keyring = s.service.keyring().unwrap();
        s.stand.connect(&s.vault, Some(&keyring)).await.unwrap();
        s.root(self.name, input).await.succeeded();
    }

    /// A change: its intent is on the record before its event, and nothing is changed if it cannot be recorded.
    pub(crate) async fn change_is_recorded(self) {
        let s = Scenario::start().await;
        let key = s.key().await;
        let input = (self.prepare)(&s, &key).await;
        let (before, revision) = (s.audit_lines().len(), s.revision().await);
        s.root(self.name, input).await.succeeded();
        let lines = s.audit_lines().split_off(before);
        assert_eq!(lines.len(), 2, "{lines:#?}");
        let (intent, event) = (&lines[0], &lines[1]);
        assert_eq!((&intent["kind"], &event["kind"]), (&json!("intent"), &json!("event")));
        assert_eq!(intent["record"]["requestID"], event["record"]["requestID"]);
        assert_eq!(intent["record"]["eventName"], self.name);
        assert_eq!(intent["record"]["headRevision"], revision);
        let event = &event["record"];
        assert_eq!((&event["eventName"], &event["readOnly"]), (&json!(self.name), &json!(false)));
        assert_eq!(event["errorCode"], Value::Null);
        self.refused_unrecorded(&s).await;
    }

    /// A call that changes nothing: one event, and no answer without it.
    pub(crate) async fn call_is_recorded(self) {
        let s = Scenario::start().await;
        let key = s.key().await;
        let input = (self.prepare)(&s, &key).await;
        let before = s.audit_lines().len();
        s.root(self.name, input).await.succeeded();
        let lines = s.audit_lines().split_off(before);
        assert_eq!(lines.len(), 1, "{lines:#?}");
        let event = &lines[0]["record"];
        assert_eq!((&event["eventName"], &event["readOnly"]), (&json!(self.name), &json!(true)));
        assert_eq!((&event["errorCode"], &event["responseElements"]), (&Value::Null, &Value::Null));
        assert_eq!(event["userIdentity"]["type"], "Root");
        self.refused_unrecorded(&s).await;
    }

    async fn refused_unrecorded(&self, s: &Scenario) {
        let key = s.key().await;
        // The first message under a key reserves numbers for the next ones.
        s.blob(&key, crate::plaintext::SECRET).await;
        let input = (self.prepare)(s, &key).await;
        let revision = s.revision().await;
        s.disk.fail(true);
        let answer = s.root(self.name, input).await;
        answer.refused("KMSInternalException", "The audit record cannot be written; no request is served.");
        assert_eq!(s.revision().await, revision, "nothing is changed without a record");
    }
}

impl crate::answer::Answer {
    /// Success, with an output or without.
    #[track_caller]
    pub(crate) fn succeeded(self) {
        assert_eq!((self.status, self.error), (200, None), "{}", self.text);
    }
}

impl Scenario {
    /// The store's revision.
    pub(crate) async fn revision(&self) -> u64 {
        self.store.snapshot().await.unwrap().revision.get()
    }
}
