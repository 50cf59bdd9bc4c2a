//! GetUserPolicy.

use super::BOB;

#[tokio::test]
async fn document_is_given_as_it_was_put() {
    BOB.get_policy(&super::start().await).await;
}
