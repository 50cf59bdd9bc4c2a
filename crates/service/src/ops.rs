//! Every operation that is built, once, in one table; and what an operation declares about itself.

mod alias;
mod crypto;
mod grant;
mod key_store;
mod lifecycle;
mod policy;
mod read;
mod refused;
mod rotation;
mod tag;

pub(crate) use key_store::change_record;
pub(crate) use refused::wrong_service;
pub(crate) use rotation::{next_material, reschedule};

use crate::authenticate::Authenticated;
use crate::call::Call;
use crate::fault::Fault;
use crate::line;
use crate::received::{Received, Response};
use crate::served::Kms;
use crate::service::Service;
use std::pin::Pin;
use strongroom_api::{Operation, operation as op};
use strongroom_audit::Json;
use strongroom_policy::Action;

/// Twice as many changes as the embedded store lets wait: more than are decided at a time and not yet in force.
const IN_FLIGHT_MAX: usize = 2_048;

/// Whether so many are so near to how many there may be that changes in flight, which do not see each other, could pass it
/// together. Then each has to make the next one look again.
fn is_near(count: usize, max: usize) -> bool {
    count.saturating_add(IN_FLIGHT_MAX) >= max
}

/// How an operation is treated by the record and by the last check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plane {
    /// Uses a key.
    Data,
    /// Reads state.
    Read,
    /// Changes state: intent first, then the commit, on disk before the answer. It may take authority away, in some request or
    /// under some policy: its answer waits for the rollback anchor too (`anchoring`).
    Change,
    /// The same of what surely takes authority from nobody: its answer waits for no anchor.
    Addition,
}

impl Plane {
    /// Whether it changes state.
    pub(crate) const fn changes(self) -> bool {
        matches!(self, Self::Change | Self::Addition)
    }
}

/// What an operation declares, and its own thought.
pub(crate) trait Behaviour: Operation {
    /// The IAM action, as policies name it.
    const ACTION: &'static str;
    /// The same, looked up when this is compiled: for the operations that are called most.
    const KNOWN_ACTION: Action<'static> = Action::of(Self::ACTION);
    /// How it is treated.
    const PLANE: Plane;

    /// Fills in defaults that the audit record shows.
    fn complete(_input: &mut Self::Input) {}

    /// What the record tells of a request, and of one that was refused.
    fn told(input: &Self::Input, _refused: bool) -> Option<Json> {
        Json::new(input).ok()
    }

    /// Locates, authorises, checks the state, performs. May run again if the state changed meanwhile.
    fn answer(
        call: &Call<'_>,
        input: &Self::Input,
    ) -> impl Future<Output = Result<Self::Output, Fault>> + Send;
}

pub(crate) type Serving<'a> = Pin<Box<dyn Future<Output = Response> + Send + 'a>>;

/// A row of the table.
struct Entry {
    name: &'static str,
    action: &'static str,
    plane: Plane,
    serve: for<'a> fn(&'a Service, &'a Received<'a>, &'a Authenticated) -> Serving<'a>,
}

const fn entry<O: Behaviour>() -> Entry {
    Entry {
        name: O::NAME,
        action: O::ACTION,
        plane: O::PLANE,
        serve: |service, received, caller| Box::pin(line::serve::<Kms<O>>(service, received, caller)),
    }
}

/// The operations that are built, sorted by name.
const OPERATIONS: [Entry; 41] = [
    entry::<op::CancelKeyDeletion>(),
    entry::<op::ConnectCustomKeyStore>(),
    entry::<op::CreateAlias>(),
    entry::<op::CreateCustomKeyStore>(),
    entry::<op::CreateGrant>(),
    entry::<op::CreateKey>(),
    entry::<op::Decrypt>(),
    entry::<op::DeleteAlias>(),
    entry::<op::DeleteCustomKeyStore>(),
    entry::<op::DescribeCustomKeyStores>(),
    entry::<op::DescribeKey>(),
    entry::<op::DisableKey>(),
    entry::<op::DisableKeyRotation>(),
    entry::<op::DisconnectCustomKeyStore>(),
    entry::<op::EnableKey>(),
    entry::<op::EnableKeyRotation>(),
    entry::<op::Encrypt>(),
    entry::<op::GenerateDataKey>(),
    entry::<op::GenerateDataKeyWithoutPlaintext>(),
    entry::<op::GenerateRandom>(),
    entry::<op::GetKeyLastUsage>(),
    entry::<op::GetKeyPolicy>(),
    entry::<op::GetKeyRotationStatus>(),
    entry::<op::ListAliases>(),
    entry::<op::ListGrants>(),
    entry::<op::ListKeyPolicies>(),
    entry::<op::ListKeyRotations>(),
    entry::<op::ListKeys>(),
    entry::<op::ListResourceTags>(),
    entry::<op::ListRetirableGrants>(),
    entry::<op::PutKeyPolicy>(),
    entry::<op::ReEncrypt>(),
    entry::<op::RetireGrant>(),
    entry::<op::RevokeGrant>(),
    entry::<op::RotateKeyOnDemand>(),
    entry::<op::ScheduleKeyDeletion>(),
    entry::<op::TagResource>(),
    entry::<op::UntagResource>(),
    entry::<op::UpdateAlias>(),
    entry::<op::UpdateCustomKeyStore>(),
    entry::<op::UpdateKeyDescription>(),
];

/// Names and actions of the operations that are built.
pub fn built_operations() -> impl Iterator<Item = (&'static str, &'static str)> {
    OPERATIONS.iter().map(|entry| (entry.name, entry.action))
}

/// The operations of the model that are not built and would change nothing, sorted by name.
const UNBUILT_HARMLESS: [&str; 11] = [
    "Decapsulate",
    "DeriveSharedSecret",
    "Encapsulate",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateMac",
    "GetParametersForImport",
    "GetPublicKey",
    "Sign",
    "Verify",
    "VerifyMac",
];

/// How the record treats an operation, built or not. What nobody knows may change something.
pub(crate) fn plane(name: &str) -> Plane {
    match OPERATIONS.binary_search_by(|entry| entry.name.cmp(name)) {
        Ok(found) => OPERATIONS[found].plane,
        Err(_) if UNBUILT_HARMLESS.contains(&name) => Plane::Read,
        Err(_) => Plane::Change,
    }
}

/// Whether that is the name of an operation that changes nothing.
pub(crate) fn changes_nothing(name: &str) -> bool {
    !plane(name).changes()
}

/// Serves a call to an operation of the model; one that is not built is refused, authenticated and recorded.
pub(crate) async fn serve(
    service: &Service,
    name: &str,
    received: &Received<'_>,
    caller: &Authenticated,
) -> Response {
    match OPERATIONS.binary_search_by(|entry| entry.name.cmp(name)) {
        Ok(found) => (OPERATIONS[found].serve)(service, received, caller).await,
        Err(_) => Box::pin(refused::unbuilt(service, name, received, caller)).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_takes_nothing_from_anybody_is_answered_before_its_anchor() {
        let additions = OPERATIONS.iter().filter(|entry| entry.plane == Plane::Addition);
        let wanted = [
            "CancelKeyDeletion",
            "ConnectCustomKeyStore",
            "CreateCustomKeyStore",
            "CreateGrant",
            "CreateKey",
            "EnableKey",
            "EnableKeyRotation",
            "RotateKeyOnDemand",
            "UpdateKeyDescription",
        ];
        assert_eq!(additions.map(|entry| entry.name).collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn changes_far_from_a_limit_do_not_make_each_other_look_again() {
        assert_eq!(
            [0, 47_951, 47_952, 50_000].map(|count| is_near(count, 50_000)),
            [false, false, true, true]
        );
    }

    #[test]
    fn operations_that_are_not_built_are_known_by_what_they_would_do() {
        let is_built = |name: &str| built_operations().any(|(built, _)| built == name);
        let unbuilt = op::NAMES.into_iter().filter(|name| !is_built(name));
        let (harmless, changing): (Vec<&str>, Vec<&str>) = unbuilt.partition(|name| changes_nothing(name));
        assert_eq!(harmless, UNBUILT_HARMLESS);
        let wanted =
            ["DeleteImportedKeyMaterial", "ImportKeyMaterial", "ReplicateKey", "UpdatePrimaryRegion"];
        assert_eq!(changing, wanted);
    }
}
