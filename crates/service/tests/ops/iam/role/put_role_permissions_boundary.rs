//! PutRolePermissionsBoundary.

use crate::iam::role::{ROLE, with_role};

#[tokio::test]
async fn boundary_is_replaced() {
    ROLE.put_boundary(&with_role().await).await;
}
