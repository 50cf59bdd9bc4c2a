//! UpdateRole.

use crate::iam::permission::{arn, permission};
use crate::iam::role::with_role;

#[tokio::test]
async fn what_is_not_given_stays() {
    let s = with_role().await;
    let update = async |name: &'static str, value: &'static str| {
        s.iam("UpdateRole", &[("RoleName", "reader"), (name, value)]).await
    };
    update("Description", "reads").await.ok();
    update("MaxSessionDuration", "7200").await.ok();
    let shown = s.iam("GetRole", &[("RoleName", "reader")]).await.ok();
    assert_eq!(
        (shown.get("Description"), shown.get("MaxSessionDuration")),
        ("reads".to_owned(), "7200".to_owned())
    );
    update("MaxSessionDuration", "60").await.refused("ValidationError", "'maxSessionDuration'");
}

#[tokio::test]
async fn permission_is_needed() {
    let s = with_role().await;
    permission(&s, "UpdateRole", &arn("role/reader"), &[("RoleName", "reader")]).await;
    let unknown = "The role with name none cannot be found.";
    s.iam("UpdateRole", &[("RoleName", "none")]).await.refused("NoSuchEntity", unknown);
}
