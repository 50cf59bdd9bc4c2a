//! CreateUser: somebody who may do nothing yet.

use crate::bootstrap::user_unique_id;
use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, listing, user};
use crate::ops::Plane;
use crate::state::layout::{self, IamKind};
use crate::state::{Changes, Pairs, UserRecord, iam_arn};
use serde_json::json;
use strongroom_api::iam::operation::{CreateUser, CreateUserInput, CreateUserOutput};
use strongroom_policy::IamFacts;

/// The most users of an account.
const USERS_MAX: usize = 5_000;

impl QueryBehaviour for CreateUser {
    const PLANE: Plane = Plane::Addition;

    async fn answer(call: &Call<'_>, input: &CreateUserInput) -> Result<CreateUserOutput, Fault> {
        authorize(call, input)?;
        let (account, name) = (call.account(), input.user_name.as_str());
        user::free(call, name, None)?;
        if listing::own(&call.snapshot.directory.users, account).count() >= USERS_MAX {
            return Err(attachments::quota("UsersPerAccount", USERS_MAX));
        }
        let record = record(call, input)?;
        call.room()?;
        let mut changes = Changes::new();
        let place = || layout::iam(account, IamKind::User, name);
        changes.absent(place()).and_then(|changes| changes.put(place(), &record)).map_err(change_fault)?;
        user::names_as_read(call, &mut changes)?;
        if let Some(boundary) = &record.boundary {
            attachments::rest_on_policy(call, &mut changes, boundary)?;
        }
        call.commit(changes).await?;
        created(call, name)
    }
}

/// Authority to create the user, and to tag it.
fn authorize(call: &Call<'_>, input: &CreateUserInput) -> Result<(), Fault> {
    let path = input.path.as_deref().unwrap_or("/");
    let arn = iam_arn(call.account(), "user", path, &input.user_name);
    let iam = IamFacts { permissions_boundary: input.permissions_boundary.as_deref(), policy_arn: None };
    let actions = ["iam:CreateUser", "iam:TagUser"];
    attachments::authorize_creation(call, &arn, actions, input.tags.as_deref(), iam)
}

fn record(call: &Call<'_>, input: &CreateUserInput) -> Result<UserRecord, Fault> {
    if let Some(boundary) = &input.permissions_boundary {
        attachments::attachable(call, boundary, "Scope ARN:")?;
    }
    let mut record = UserRecord::new(user_unique_id(call.service.random_id()), call.now.millis());
    record.path = input.path.clone().unwrap_or(record.path);
    record.tags = attachments::merged(&Pairs::new(), input.tags.as_deref().unwrap_or_default())?;
    record.boundary = input.permissions_boundary.clone();
    Ok(record)
}

/// The user as it is in force now.
fn created(call: &Call<'_>, name: &str) -> Result<CreateUserOutput, Fault> {
    let snapshot = call.service.snapshot();
    let made = snapshot.directory.user(call.account(), name);
    let made = made.ok_or(Fault::Internal("The user was created and is gone."))?;
    let shown = user::shown(made, true);
    call.note_response(
        "user",
        json!({ "arn": shown.arn, "path": shown.path, "userId": shown.user_id, "userName": shown.user_name }),
    );
    Ok(CreateUserOutput { user: Some(shown) })
}
