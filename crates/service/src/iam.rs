//! Operations of IAM and STS: every one that is built, once, in one table each.

use crate::authenticate::Authenticated;
use crate::call::Call;
use crate::fault::Fault;
use crate::figures::OperationNumber;
use crate::line;
use crate::ops::{Plane, Serving};
use crate::received::{Received, Response};
use crate::served::Query;
use crate::service::Service;
use strongroom_api::Time;
use strongroom_api::iam::shape::AttachedPermissionsBoundary;
use strongroom_api::query::{QueryErrorCode, QueryOperation, QueryService};
use strongroom_api::sts::operation::AssumeRoleWithWebIdentity;
use strongroom_types::Timestamp;

mod access_key;
mod account;
mod attachments;
mod context_entries;
mod decoded_message;
mod group;
mod holder;
mod issue;
mod listing;
mod managed_policy;
mod mfa_device;
mod policy;
mod policy_usage;
mod provider;
mod role;
mod second_factor;
mod session_limits;
mod session_tags;
mod simulated_case;
mod simulated_policies;
mod simulation;
mod sts;
mod user;

pub(crate) use sts::{Assumed, assume, authorized, closed_to_session, role_arn};

/// What an operation declares, and its own thought.
pub(crate) trait QueryBehaviour: QueryOperation {
    /// How it is treated.
    const PLANE: Plane;
    /// Whether its answer has the credentials of a new session.
    const MAKES_SESSION: bool = false;

    /// Authorises, performs. May run again if the state changed meanwhile.
    fn answer(
        call: &Call<'_>,
        input: &Self::Input,
    ) -> impl Future<Output = Result<Self::Output, Fault>> + Send;
}

/// A row of a table.
pub(crate) struct Entry {
    name: &'static str,
    number: OperationNumber,
    plane: Plane,
    serve: for<'a> fn(&'a Service, &'a Received<'a>, &'a Authenticated) -> Serving<'a>,
}

impl Entry {
    /// Serves a call.
    pub(crate) async fn serve(
        &self,
        service: &Service,
        received: &Received<'_>,
        caller: &Authenticated,
    ) -> Response {
        (self.serve)(service, received, caller).await.of(self.number)
    }
}

const fn entry<O: QueryBehaviour>() -> Entry {
    Entry {
        name: O::NAME,
        number: OperationNumber::query(O::SERVICE, O::NAME),
        plane: O::PLANE,
        serve: |service, received, caller| Box::pin(line::serve::<Query<O>>(service, received, caller)),
    }
}

/// The operations of IAM, a table each family.
const IAM: [&[Entry]; 9] = [
    access_key::TABLE,
    account::TABLE,
    group::TABLE,
    mfa_device::TABLE,
    policy::TABLE,
    provider::TABLE,
    role::TABLE,
    simulation::TABLE,
    user::TABLE,
];

/// The operations of STS.
const STS: [&[Entry]; 1] = [sts::TABLE];

/// The operation of that name, if it is built.
pub(crate) fn find(api: QueryService, name: &str) -> Option<&'static Entry> {
    let tables: &[&'static [Entry]] = match api {
        QueryService::Iam => &IAM,
        QueryService::Sts => &STS,
    };
    tables.iter().copied().flatten().find(|entry| entry.name == name)
}

/// How the record treats an action that was refused before any operation had it. Of one that is not built the name tells.
pub(crate) fn plane(api: QueryService, action: &str) -> Plane {
    let reads = || ["Generate", "Get", "List", "Simulate"].iter().any(|verb| action.starts_with(verb));
    match find(api, action) {
        Some(entry) => entry.plane,
        None if api == QueryService::Sts || reads() => Plane::Read,
        None => Plane::Change,
    }
}

/// Names of the operations of IAM and STS that are built, with their service.
pub fn built_queries() -> impl Iterator<Item = (&'static str, &'static str)> {
    let named = |service, tables: &'static [&'static [Entry]]| {
        tables.iter().copied().flatten().map(move |entry| (service, entry.name))
    };
    let unsigned = [("sts", AssumeRoleWithWebIdentity::NAME)];
    named("iam", &IAM).chain(named("sts", &STS)).chain(unsigned)
}

/// There is nothing of that name.
fn no_such(kind: &str, name: &str) -> Fault {
    Fault::Query(QueryErrorCode::NoSuchEntity, format!("The {kind} with name {name} cannot be found."))
}

/// A time as answers show it.
fn time(millis: u64) -> Time {
    Time(Timestamp::from_millis(millis))
}

/// A permissions boundary as answers show it.
fn boundary(arn: &str) -> AttachedPermissionsBoundary {
    AttachedPermissionsBoundary {
        permissions_boundary_arn: Some(arn.to_owned()),
        permissions_boundary_type: Some("PermissionsBoundaryPolicy".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_makes_something_new_is_answered_before_its_anchor() {
        let all = IAM.iter().chain(&STS).copied().flatten();
        let mut additions: Vec<&str> =
            all.filter(|entry| entry.plane == Plane::Addition).map(|entry| entry.name).collect();
        additions.sort_unstable();
        let wanted = [
            "CreateAccessKey",
            "CreateGroup",
            "CreateOpenIDConnectProvider",
            "CreatePolicy",
            "CreateRole",
            "CreateUser",
            "CreateVirtualMFADevice",
        ];
        assert_eq!(additions, wanted);
    }
}
