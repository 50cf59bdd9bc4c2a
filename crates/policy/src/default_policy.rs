//! The text of the policy that a key gets when none is given.

use strongroom_types::{AccountId, PrincipalArn};

/// The default key policy as GetKeyPolicy shows it, in the Jackson layout of AWS (contract section 4.9).
pub fn default_policy_text(account: &AccountId) -> String {
    let root = PrincipalArn::Root(account.clone());
    format!(
        r#"{{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {{
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : "{root}"
    }},
    "Action" : "kms:*",
    "Resource" : "*"
  }} ]
}}"#
    )
}
