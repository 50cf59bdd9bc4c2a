//! GetLoginProfile.

use super::there_is_no_login_profile;

#[tokio::test]
async fn nobody_has_one() {
    there_is_no_login_profile("GetLoginProfile").await;
}
