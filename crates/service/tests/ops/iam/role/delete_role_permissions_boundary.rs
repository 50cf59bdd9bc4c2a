//! DeleteRolePermissionsBoundary.

use crate::iam::role::{ROLE, with_role};

#[tokio::test]
async fn boundary_is_taken_away() {
    ROLE.delete_boundary(&with_role().await).await;
}
