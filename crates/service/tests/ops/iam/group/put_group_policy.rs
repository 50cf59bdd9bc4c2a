//! PutGroupPolicy.

use super::DEVELOPERS;

#[tokio::test]
async fn policy_that_is_put_is_checked_and_counted() {
    DEVELOPERS.put_policy(&super::start().await).await;
}
