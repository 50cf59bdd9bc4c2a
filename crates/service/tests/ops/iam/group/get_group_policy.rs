//! GetGroupPolicy.

use super::DEVELOPERS;

#[tokio::test]
async fn document_is_given_as_it_was_put() {
    DEVELOPERS.get_policy(&super::start().await).await;
}
