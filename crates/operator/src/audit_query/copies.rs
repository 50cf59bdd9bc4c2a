//! One call across accounts is one line of the log; CloudTrail gives each account its own copy. These are the copies that
//! an export writes for the owners of the resources.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use strongroom_audit::LineView;

/// The accounts that get a copy beside the caller's.
pub(super) fn other_accounts(line: &LineView<'_>) -> BTreeSet<String> {
    let record = &line.record;
    let owners = record.resources.iter().map(|resource| resource.account_id.to_string());
    owners.filter(|owner| !owner.is_empty() && *owner != record.recipient_account_id).collect()
}

/// The owner's copy of a record: the caller is told of as somebody of another account, the copy has an id of its own, and
/// `sharedEventID` joins the two. `None` if the record is no JSON object.
pub(super) fn copy_for(owner: &str, record: &str) -> Option<String> {
    let mut copy: Value = serde_json::from_str(record).ok()?;
    let members = copy.as_object_mut()?;
    let caller = members.get("userIdentity").cloned().unwrap_or_default();
    members.insert(
        "userIdentity".to_owned(),
        json!({
            "type": "AWSAccount",
            "principalId": caller.get("principalId"),
            "accountId": caller.get("accountId"),
        }),
    );
    let event_id = members.get("eventID")?.as_str()?;
    let copied = copied_id(event_id, owner);
    members.insert("eventID".to_owned(), copied.into());
    members.insert("recipientAccountId".to_owned(), owner.into());
    serde_json::to_string(&copy).ok()
}

/// The same id for the same copy in every export: the digits of the UUID that name no version, moved by the owner's.
fn copied_id(event_id: &str, owner: &str) -> String {
    let mut owner = owner.bytes().filter(u8::is_ascii_digit).map(|byte| u32::from(byte - b'0')).cycle();
    let digits = event_id.chars().enumerate().map(|(at, digit)| match digit.to_digit(16) {
        // The version and the variant stay.
        Some(value) if at != 14 && at != 19 => {
            char::from_digit((value + 1 + owner.next().unwrap_or(0)) % 16, 16).unwrap_or(digit)
        }
        _ => digit,
    });
    digits.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"sequence":1,"kind":"event","record":{"userIdentity":{"type":"IAMUser","principalId":"AIDA1",
        "arn":"arn:aws:iam::111122223333:user/a","accountId":"111122223333","accessKeyId":"AKIA1"},
        "eventID":"0b1c2d3e-4f50-4161-8273-8495a6b7c8d9","sharedEventID":"s","recipientAccountId":"111122223333",
        "resources":[{"accountId":"444455556666","ARN":"k"},{"accountId":"111122223333","ARN":"k"}]}}"#;

    #[test]
    fn owner_of_the_key_gets_a_copy_that_tells_less_of_the_caller() {
        let view = LineView::parse(LINE.as_bytes()).unwrap();
        assert_eq!(other_accounts(&view).into_iter().collect::<Vec<_>>(), ["444455556666"]);
        let record = strongroom_audit::record_text(LINE.as_bytes()).unwrap();
        let copy: Value = serde_json::from_str(&copy_for("444455556666", record).unwrap()).unwrap();
        let who = json!({"type": "AWSAccount", "principalId": "AIDA1", "accountId": "111122223333"});
        assert_eq!((&copy["userIdentity"], &copy["recipientAccountId"]), (&who, &json!("444455556666")));
        assert_eq!(copy["sharedEventID"], "s");
    }

    #[test]
    fn copy_has_an_id_of_its_own_which_is_a_uuid_of_the_same_version() {
        let id = "0b1c2d3e-4f50-4161-8273-8495a6b7c8d9";
        let copied = copied_id(id, "444455556666");
        assert_ne!(copied, id);
        assert_ne!(copied, copied_id(id, "777788889999"));
        assert_eq!(copied, copied_id(id, "444455556666"));
        assert_eq!((copied.len(), &copied[14..15], &copied[19..20]), (36, "4", "8"));
    }
}
