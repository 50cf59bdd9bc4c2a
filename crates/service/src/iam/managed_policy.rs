//! A managed policy as it is read and shown, whoever made it.

use crate::iam::policy_usage::Usage;
use crate::iam::{attachments, time};
use crate::state::{AwsManaged, ManagedPolicyEntry, Pairs};
use std::sync::Arc;
use strongroom_api::iam::shape::{Policy, PolicyVersion};

/// The number of the only version of a policy of AWS.
const AWS_VERSION: u32 = 1;

/// A managed policy.
pub(super) enum Managed {
    /// One of the account.
    Own(Arc<ManagedPolicyEntry>),
    /// One of AWS.
    Aws(&'static AwsManaged),
}

impl Managed {
    pub(super) fn arn(&self) -> &str {
        match self {
            Self::Own(policy) => policy.arn(),
            Self::Aws(policy) => policy.arn,
        }
    }

    /// The tags; those of AWS have none.
    pub(super) fn tags(&self) -> Pairs {
        match self {
            Self::Own(policy) => policy.record.tags.clone(),
            Self::Aws(_) => Pairs::new(),
        }
    }

    /// The policy as answers show it; lists leave description and tags out.
    pub(super) fn shown(&self, usage: Usage, in_full: bool) -> Policy {
        let rest = Policy {
            arn: Some(self.arn().to_owned()),
            attachment_count: Some(usage.attachments),
            is_attachable: Some(true),
            permissions_boundary_usage_count: Some(usage.boundaries),
            ..Policy::default()
        };
        match self {
            Self::Own(policy) => {
                let record = &policy.record;
                let description = Some(&record.description).filter(|text| in_full && !text.is_empty());
                Policy {
                    create_date: Some(time(record.created_ms)),
                    default_version_id: Some(version_id(record.default_version)),
                    description: description.cloned(),
                    path: Some(record.path.clone()),
                    policy_id: Some(record.unique_id.clone()),
                    policy_name: Some(policy.name.clone()),
                    tags: attachments::shown_tags(&record.tags).filter(|_| in_full),
                    update_date: Some(time(record.updated_ms)),
                    ..rest
                }
            }
            Self::Aws(policy) => Policy {
                create_date: Some(time(AwsManaged::CREATED_MS)),
                default_version_id: Some(version_id(AWS_VERSION)),
                path: Some("/".to_owned()),
                policy_id: Some(policy.unique_id.to_owned()),
                policy_name: Some(policy.name.to_owned()),
                update_date: Some(time(AwsManaged::CREATED_MS)),
                ..rest
            },
        }
    }

    /// The versions by number, the newest first. Only GetPolicyVersion and the account's details show documents.
    pub(super) fn versions(&self, with_documents: bool) -> Vec<(u32, PolicyVersion)> {
        match self {
            Self::Own(policy) => {
                let versions = policy.record.versions.iter().rev();
                let shown = versions.map(|(number, version)| {
                    let in_force = *number == policy.record.default_version;
                    (*number, shown_version(*number, &version.text, version.created_ms, in_force))
                });
                shown.map(|shown| without_document(shown, with_documents)).collect()
            }
            Self::Aws(policy) => {
                let shown = shown_version(AWS_VERSION, policy.text, AwsManaged::CREATED_MS, true);
                vec![without_document((AWS_VERSION, shown), with_documents)]
            }
        }
    }
}

/// `v3`.
pub(super) fn version_id(number: u32) -> String {
    format!("v{number}")
}

fn shown_version(number: u32, text: &str, created_ms: u64, in_force: bool) -> PolicyVersion {
    PolicyVersion {
        create_date: Some(time(created_ms)),
        document: Some(text.to_owned()),
        is_default_version: Some(in_force),
        version_id: Some(version_id(number)),
    }
}

fn without_document((number, mut version): (u32, PolicyVersion), keep: bool) -> (u32, PolicyVersion) {
    version.document = version.document.filter(|_| keep);
    (number, version)
}
