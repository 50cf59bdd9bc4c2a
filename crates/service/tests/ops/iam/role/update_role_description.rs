//! UpdateRoleDescription.

use crate::iam::permission::{arn, permission};
use crate::iam::role::with_role;
use serde_json::json;

const ACTION: &str = "UpdateRoleDescription";

#[tokio::test]
async fn description_is_replaced_and_the_role_is_answered() {
    let s = with_role().await;
    s.iam("UpdateRole", &[("RoleName", "reader"), ("MaxSessionDuration", "7200")]).await.ok();
    let update =
        async |text: &'static str| s.iam(ACTION, &[("RoleName", "reader"), ("Description", text)]).await;
    let answer = update("reads").await.ok();
    let record = s.last_record();
    assert_eq!((&record["eventName"], &record["readOnly"]), (&json!(ACTION), &json!(false)));
    let shown = s.iam("GetRole", &[("RoleName", "reader")]).await.ok();
    for answer in [&answer, &shown] {
        assert_eq!(
            (answer.get("Role/Arn"), answer.get("Role/Description")),
            (arn("role/reader"), "reads".to_owned())
        );
        assert_eq!(answer.get("Role/MaxSessionDuration"), "7200", "the rest stays");
    }
    let answer = update("").await.ok();
    assert!(answer.all("Role/Description").is_empty());
    s.iam(ACTION, &[("RoleName", "reader")]).await.refused("ValidationError", "'description'");
}

#[tokio::test]
async fn permission_is_needed() {
    let s = with_role().await;
    let params = [("RoleName", "reader"), ("Description", "reads")];
    permission(&s, ACTION, &arn("role/reader"), &params).await;
    let unknown = "The role with name none cannot be found.";
    s.iam(ACTION, &[("RoleName", "none"), params[1]]).await.refused("NoSuchEntity", unknown);
}
