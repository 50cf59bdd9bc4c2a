//! DeleteUserPermissionsBoundary.

use super::BOB;

#[tokio::test]
async fn boundary_that_is_deleted_is_gone() {
    BOB.delete_boundary(&super::start().await).await;
}
