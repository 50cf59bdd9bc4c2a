//! CreateGroup.

use crate::iam::permission::{arn, permission};
use crate::scenario::Scenario;

#[tokio::test]
async fn group_is_shown_as_it_was_made() {
    let s = Scenario::start().await;
    let made = s.iam("CreateGroup", &[("GroupName", "g"), ("Path", "/team/")]).await.ok();
    assert_eq!((made.get("Group/Arn"), made.get("Group/Path")), (arn("group/team/g"), "/team/".to_owned()));
    assert!(made.get("Group/GroupId").starts_with("AGPA"));
    assert_eq!(s.last_record()["responseElements"]["group"]["groupName"], "g");
    let shown = s.iam("GetGroup", &[("GroupName", "g")]).await.ok();
    assert_eq!(shown.get("Group"), made.get("Group"));
}

#[tokio::test]
async fn name_that_is_taken_in_any_case_is_refused() {
    let s = super::start().await;
    for name in ["developers", "Developers"] {
        let text = format!("Group with name {name} already exists.");
        s.iam("CreateGroup", &[("GroupName", name)]).await.refused("EntityAlreadyExists", &text);
    }
    // A user's name is none of a group.
    s.iam("CreateGroup", &[("GroupName", "alice")]).await.ok();
}

#[tokio::test]
async fn needs_permission() {
    let s = Scenario::start().await;
    permission(&s, "CreateGroup", &arn("group/g"), &[("GroupName", "g")]).await;
}
