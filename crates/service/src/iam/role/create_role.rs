//! CreateRole: somebody whom others can become, by its trust policy.

use crate::bootstrap::role_unique_id;
use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, listing, role, user};
use crate::ops::Plane;
use crate::state::layout::{self, IamKind};
use crate::state::{Changes, Pairs, Policies, RoleRecord, iam_arn, like};
use serde_json::json;
use strongroom_api::iam::operation::{CreateRole, CreateRoleInput, CreateRoleOutput};
use strongroom_api::query::QueryErrorCode;
use strongroom_policy::IamFacts;

/// The most roles of an account.
const ROLES_MAX: usize = 1_000;

/// The longest session of a role that does not say, in seconds.
const MAX_SESSION_S_DEFAULT: u32 = 3_600;

impl QueryBehaviour for CreateRole {
    const PLANE: Plane = Plane::Addition;

    async fn answer(call: &Call<'_>, input: &CreateRoleInput) -> Result<CreateRoleOutput, Fault> {
        authorize(call, input)?;
        let (account, name) = (call.account(), input.role_name.as_str());
        let roles = &call.snapshot.directory.roles;
        if like(roles, account, name).is_some() {
            let text = format!("Role with name {name} already exists.");
            return Err(Fault::Query(QueryErrorCode::EntityAlreadyExists, text));
        }
        if listing::own(roles, account).count() >= ROLES_MAX {
            return Err(attachments::quota("RolesPerAccount", ROLES_MAX));
        }
        let record = new_record(call, input)?;
        call.room()?;
        let mut changes = Changes::new();
        let place = || layout::iam(account, IamKind::Role, name);
        changes.absent(place()).and_then(|changes| changes.put(place(), &record)).map_err(change_fault)?;
        user::names_as_read(call, &mut changes)?;
        if let Some(boundary) = &record.boundary {
            attachments::rest_on_policy(call, &mut changes, boundary)?;
        }
        call.commit(changes).await?;
        created(call, name)
    }
}

/// Authority to create the role, and to tag it.
fn authorize(call: &Call<'_>, input: &CreateRoleInput) -> Result<(), Fault> {
    let path = input.path.as_deref().unwrap_or("/");
    let arn = iam_arn(call.account(), "role", path, &input.role_name);
    let iam = IamFacts { permissions_boundary: input.permissions_boundary.as_deref(), policy_arn: None };
    let actions = ["iam:CreateRole", "iam:TagRole"];
    attachments::authorize_creation(call, &arn, actions, input.tags.as_deref(), iam)
}

fn new_record(call: &Call<'_>, input: &CreateRoleInput) -> Result<RoleRecord, Fault> {
    let trust = role::bound_trust(call, &input.assume_role_policy_document, None)?;
    if let Some(boundary) = &input.permissions_boundary {
        attachments::attachable(call, boundary, "Scope ARN:")?;
    }
    Ok(RoleRecord {
        unique_id: role_unique_id(call.service.random_id()),
        created_ms: call.now.millis(),
        path: input.path.clone().unwrap_or_else(|| "/".to_owned()),
        description: input.description.clone().unwrap_or_default(),
        max_session_s: max_session_s(input.max_session_duration).unwrap_or(MAX_SESSION_S_DEFAULT),
        trust,
        tags: attachments::merged(&Pairs::new(), input.tags.as_deref().unwrap_or_default())?,
        boundary: input.permissions_boundary.clone(),
        policies: Policies::default(),
        unknown: serde_json::Map::new(),
    })
}

/// `MaxSessionDuration`; the model holds it between one and twelve hours.
pub(super) fn max_session_s(asked: Option<i64>) -> Option<u32> {
    asked.and_then(|seconds| u32::try_from(seconds).ok())
}

/// The role as it is in force now.
fn created(call: &Call<'_>, name: &str) -> Result<CreateRoleOutput, Fault> {
    let snapshot = call.service.snapshot();
    let made = snapshot.directory.role(call.account(), name);
    let made = made.ok_or(Fault::Internal("The role was created and is gone."))?;
    let shown = role::shown(call, made, true);
    call.note_response(
        "role",
        json!({
            "arn": shown.arn,
            "path": shown.path,
            "roleId": shown.role_id,
            "roleName": shown.role_name,
            "assumeRolePolicyDocument": shown.assume_role_policy_document,
        }),
    );
    Ok(CreateRoleOutput { role: Some(shown) })
}
