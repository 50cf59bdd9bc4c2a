//! CreateGrant: gives a principal some operations on a key, in force when it is acknowledged.

use super::{bind, rest_on_key};
use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane, is_near};
use crate::selector::Forms;
use crate::state::layout::{self, IamKind};
use crate::state::{Changes, Directory, GrantEntry, GrantRecord, KeyEntry, PrincipalName};
use crate::usable::States;
use std::collections::BTreeSet;
use std::sync::Arc;
use strongroom_api::operation::{CreateGrant, CreateGrantInput, CreateGrantOutput};
use strongroom_api::shape::GrantConstraints;
use strongroom_policy::{
    BoundPrincipal, Constraints, GrantFacts, GrantOperation, GrantOperations, RequestFacts,
};
use strongroom_types::{EncryptionContext, GrantId, KeySpec, PrincipalArn};

/// The most grants on one key (reference kms-contract.md, 4.13).
const GRANTS_MAX: usize = 50_000;

/// The most pairs of a constraint (4.10).
const PAIRS_MAX: usize = 8;

/// The most characters of a value in a constraint (4.10).
const VALUE_CHARS_MAX: usize = 384;

impl Behaviour for CreateGrant {
    const ACTION: &'static str = "kms:CreateGrant";
    const PLANE: Plane = Plane::Addition;

    async fn answer(call: &Call<'_>, input: &CreateGrantInput) -> Result<CreateGrantOutput, Fault> {
        call.grant_tokens(input.grant_tokens.as_ref()).await?;
        let wanted = Wanted::of(input)?;
        let located = call.locate_anywhere(&input.key_id, Forms::IdOrArn, Self::ACTION)?;
        let authorized = call.authorize_request(located, Self::ACTION, wanted.facts())?;
        let under = authorized.grant().cloned();
        let key = authorized.usable(States::EnabledOrUnavailable)?;
        let key = key.key();
        wanted.fits(key)?;
        let named = wanted.named(&call.snapshot.directory)?;
        let record = wanted.record(&named, call);
        let known = same(key, &named.grantee.0, &record);
        if known.is_none() {
            within_limit(key.arn_text(), key.grants.len(), GRANTS_MAX)?;
            call.room()?;
        }
        call.dry_run(input.dry_run)?;
        let made = || GrantId::from_random(call.service.parts().random.id32());
        let id = known.clone().unwrap_or_else(made);
        // Before the grant: there must be none whose token nobody got.
        let token = super::token(call, &key.arn, &id).await?;
        if known.is_none() {
            let mut changes = addition(key, &id, &record)?;
            rest_on_parent(&mut changes, key, under.as_deref())?;
            for principal in named.principals() {
                rest_on_principal(&mut changes, &call.snapshot.directory, principal)?;
            }
            call.commit(changes).await?;
        }
        call.note_response("grantId", id.as_str());
        call.note_response("keyId", key.arn_text());
        Ok(CreateGrantOutput { grant_id: Some(id.to_string()), grant_token: Some(token) })
    }
}

/// A principal as a request names it.
#[derive(Clone, Copy)]
enum Given<'a> {
    Principal(&'a str),
    Service(&'a str),
}

impl<'a> Given<'a> {
    fn principal(self) -> Option<&'a str> {
        match self {
            Self::Principal(arn) => Some(arn),
            Self::Service(_) => None,
        }
    }

    fn service(self) -> Option<&'a str> {
        match self {
            Self::Principal(_) => None,
            Self::Service(name) => Some(name),
        }
    }
}

/// The grant that is asked for: what the request alone decides.
struct Wanted<'a> {
    name: &'a str,
    grantee: Given<'a>,
    retiring: Option<Given<'a>>,
    operations: GrantOperations,
    constraints: Option<Constraints>,
    source_arn: Option<&'a str>,
}

/// The principals of a grant, bound to whom they stand for.
struct Named {
    grantee: (BoundPrincipal, PrincipalName),
    retiring: Option<(BoundPrincipal, PrincipalName)>,
}

impl Named {
    fn principals(&self) -> impl Iterator<Item = &BoundPrincipal> {
        [&self.grantee].into_iter().chain(self.retiring.as_ref()).map(|(bound, _)| bound)
    }
}

impl<'a> Wanted<'a> {
    fn of(input: &'a CreateGrantInput) -> Result<Self, Fault> {
        let grantee = one_of(
            input.grantee_principal.as_deref(),
            input.grantee_service_principal.as_deref(),
            "GranteePrincipal and GranteeServicePrincipal",
        )?;
        let retiring = one_of(
            input.retiring_principal.as_deref(),
            input.retiring_service_principal.as_deref(),
            "RetiringPrincipal and RetiringServicePrincipal",
        )?;
        let grantee = grantee.ok_or_else(|| {
            invalid("Exactly one of GranteePrincipal and GranteeServicePrincipal must be specified.")
        })?;
        let operations: GrantOperations =
            input.operations.iter().filter_map(|name| GrantOperation::parse(name)).collect();
        if input.operations.is_empty() {
            return Err(invalid("Operations must name at least one operation."));
        }
        let given = input.constraints.as_ref();
        let source_arn = given.and_then(|given| given.source_arn.as_deref());
        if grantee.service().is_some() && (source_arn.is_none() || retiring.is_none()) {
            return Err(invalid(
                "A grant for a service principal must have a SourceArn constraint and a retiring principal.",
            ));
        }
        let constraints = constraints(given)?;
        let name = input.name.as_deref().unwrap_or_default();
        Ok(Self { name, grantee, retiring, operations, constraints, source_arn })
    }

    /// What condition keys read, and what a grant made under another is held against.
    fn facts(&self) -> RequestFacts<'_> {
        let grant = GrantFacts {
            operations: self.operations,
            constraints: self.constraints.as_ref(),
            source_arn: self.source_arn,
            grantee_principal: self.grantee.principal(),
            retiring_principal: self.retiring.and_then(Given::principal),
            grantee_service_principal: self.grantee.service(),
            retiring_service_principal: self.retiring.and_then(Given::service),
        };
        RequestFacts {
            encryption_context: self.constraints.as_ref().map(Constraints::pairs),
            grant: Some(grant),
            grant_is_for_aws_resource: Some(false),
            ..RequestFacts::default()
        }
    }

    /// The operations are possible with the key. Those of symmetric keys all take an encryption context, or are not
    /// constrained: every constraint is possible with every set of them.
    fn fits(&self, key: &KeyEntry) -> Result<(), Fault> {
        let spec = key.record.spec;
        match self.operations.iter().find(|operation| !is_possible(spec, *operation)) {
            Some(operation) => Err(invalid(format!(
                "The operation {} is not supported by KMS keys with KeySpec {spec}.",
                operation.as_str()
            ))),
            None => Ok(()),
        }
    }

    fn named(&self, directory: &Directory) -> Result<Named, Fault> {
        let retiring = self.retiring.map(|given| existing(directory, given)).transpose()?;
        Ok(Named { grantee: existing(directory, self.grantee)?, retiring })
    }

    fn record(&self, named: &Named, call: &Call<'_>) -> GrantRecord {
        let pairs = self.constraints.as_ref().map(|constraints| constraints.pairs().clone());
        let (context_equals, context_subset) = match self.constraints {
            Some(Constraints::Equals(_)) => (pairs, None),
            Some(Constraints::Subset(_)) => (None, pairs),
            None => (None, None),
        };
        GrantRecord {
            name: self.name.to_owned(),
            operations: self.operations.iter().map(|one| one.as_str().to_owned()).collect(),
            grantee: named.grantee.1.clone(),
            retiring: named.retiring.as_ref().map(|(_, name)| name.clone()),
            context_equals,
            context_subset,
            source_arn: self.source_arn.map(str::to_owned),
            issuer: call.account().to_string(),
            created_ms: call.now.millis(),
            unknown: serde_json::Map::new(),
        }
    }
}

fn invalid(text: impl Into<String>) -> Fault {
    Fault::Invalid(text.into())
}

/// At most one of the two members that name a principal.
fn one_of<'a>(
    principal: Option<&'a str>,
    service: Option<&'a str>,
    members: &str,
) -> Result<Option<Given<'a>>, Fault> {
    match (principal, service) {
        (Some(_), Some(_)) => Err(invalid(format!("{members} cannot both be specified."))),
        (Some(arn), None) => Ok(Some(Given::Principal(arn))),
        (None, service) => Ok(service.map(Given::Service)),
    }
}

/// The constraint on the encryption context. A subset of no pairs constrains nothing.
fn constraints(given: Option<&GrantConstraints>) -> Result<Option<Constraints>, Fault> {
    let Some(given) = given else { return Ok(None) };
    let constraints = match (&given.encryption_context_equals, &given.encryption_context_subset) {
        (Some(_), Some(_)) => {
            let text = "EncryptionContextEquals and EncryptionContextSubset cannot both be specified.";
            return Err(invalid(text));
        }
        (Some(equals), None) => Constraints::Equals(equals.0.clone()),
        (None, Some(subset)) if !subset.0.is_empty() => Constraints::Subset(subset.0.clone()),
        (None, _) => return Ok(None),
    };
    let pairs = constraints.pairs();
    if pairs.len() > PAIRS_MAX {
        return Err(invalid(format!("A grant constraint can have at most {PAIRS_MAX} pairs.")));
    }
    if pairs.values().any(|value| value.chars().count() > VALUE_CHARS_MAX) {
        let text = format!("A value in a grant constraint can have at most {VALUE_CHARS_MAX} characters.");
        return Err(invalid(text));
    }
    // No encryption context that is served is longer, so that none could meet it.
    EncryptionContext::check(pairs).map_err(|error| invalid(error.to_string()))?;
    // AWS's texts disagree on whether case matters in keys (section 10): such constraints could mean either.
    let keys: BTreeSet<String> = pairs.keys().map(|key| key.to_lowercase()).collect();
    if keys.len() < pairs.len() {
        return Err(invalid("The keys of a grant constraint cannot differ by case only."));
    }
    Ok(Some(constraints))
}

/// Which operations a grant on a key of that spec may list.
fn is_possible(spec: KeySpec, operation: GrantOperation) -> bool {
    use GrantOperation as G;
    match spec {
        KeySpec::SymmetricDefault => matches!(
            operation,
            G::Decrypt
                | G::Encrypt
                | G::GenerateDataKey
                | G::GenerateDataKeyWithoutPlaintext
                | G::GenerateDataKeyPair
                | G::GenerateDataKeyPairWithoutPlaintext
                | G::ReEncryptFrom
                | G::ReEncryptTo
                | G::CreateGrant
                | G::DescribeKey
                | G::RetireGrant
        ),
    }
}

/// The principal, which must exist, and the unique id that stays the same when its name is used again.
fn existing(directory: &Directory, given: Given<'_>) -> Result<(BoundPrincipal, PrincipalName), Fault> {
    match given {
        Given::Service(name) => Ok((
            BoundPrincipal::Service(name.into()),
            PrincipalName { name: name.to_owned(), unique_id: None },
        )),
        Given::Principal(text) => {
            let bound = bind(directory, text)?.ok_or_else(|| Fault::InvalidPrincipal(text.to_owned()))?;
            let arn = PrincipalArn::parse(text).map_err(|_| Fault::InvalidArn(text.to_owned()))?;
            let unique_id = directory.unique_id(&arn).map(|id| id.to_string());
            Ok((bound, PrincipalName { name: text.to_owned(), unique_id }))
        }
    }
}

/// The grant that an earlier call with the same name and the same of everything else made.
fn same(key: &KeyEntry, grantee: &BoundPrincipal, record: &GrantRecord) -> Option<GrantId> {
    let equal = |known: &GrantRecord| {
        (&known.name, &known.operations, &known.grantee, &known.retiring)
            == (&record.name, &record.operations, &record.grantee, &record.retiring)
            && (&known.context_equals, &known.context_subset, &known.source_arn, &known.issuer)
                == (&record.context_equals, &record.context_subset, &record.source_arn, &record.issuer)
    };
    if record.name.is_empty() {
        return None;
    }
    let found = key.grants.of(grantee).find(|entry: &&Arc<GrantEntry>| equal(&entry.record));
    found.map(|entry| entry.id.clone())
}

/// Refuses one more grant on a key that has as many as it may.
fn within_limit(key: &str, grants: usize, max: usize) -> Result<(), Fault> {
    if grants < max {
        return Ok(());
    }
    Err(Fault::Limit(format!("The limit of {max} grants for {key} has been reached.")))
}

fn addition(key: &KeyEntry, id: &GrantId, record: &GrantRecord) -> Result<Changes, Fault> {
    let mut changes = Changes::new();
    rest_on_key(&mut changes, key)?;
    if !record.name.is_empty() || is_near(key.grants.len(), GRANTS_MAX) {
        // The key's record is written anew as it is: of two calls of one name at once, or of two at the limit, one has to
        // look again.
        changes.put(layout::key(&key.arn), &key.record).map_err(change_fault)?;
    }
    changes.absent(layout::grant(&key.arn, id)).map_err(change_fault)?;
    changes.put(layout::grant(&key.arn, id), record).map_err(change_fault)?;
    Ok(changes)
}

/// What was allowed by a grant rests on that grant: nothing grows under one that is retired.
fn rest_on_parent(changes: &mut Changes, key: &KeyEntry, parent: Option<&str>) -> Result<(), Fault> {
    let Some(id) = parent else { return Ok(()) };
    let grant = super::find(key, &super::grant_id(id)?)?;
    changes.unchanged(layout::grant(&key.arn, &grant.id), grant.revision).map_err(change_fault)?;
    Ok(())
}

/// A grant is for somebody who is there.
fn rest_on_principal(
    changes: &mut Changes,
    directory: &Directory,
    principal: &BoundPrincipal,
) -> Result<(), Fault> {
    let place = match principal {
        BoundPrincipal::User(id) => directory
            .user_with(id)
            .map(|user| (layout::iam(user.account(), IamKind::User, &user.name), user.revision)),
        BoundPrincipal::Role(id) | BoundPrincipal::Session { role: id, .. } => directory
            .role_with(id)
            .map(|role| (layout::iam(&role.account, IamKind::Role, &role.name), role.revision)),
        BoundPrincipal::Account(_) | BoundPrincipal::FederatedUser(..) | BoundPrincipal::Service(_) => None,
    };
    if let Some((place, revision)) = place {
        changes.unchanged(place, revision).map_err(change_fault)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_grant_more_than_a_key_may_have_is_refused() {
        let refused = |grants| match within_limit("arn:k", grants, GRANTS_MAX) {
            Ok(()) => None,
            Err(Fault::Limit(text)) => Some(text),
            Err(other) => panic!("{other:?}"),
        };
        assert_eq!((refused(0), refused(49_999)), (None, None));
        let text = "The limit of 50000 grants for arn:k has been reached.";
        assert_eq!(refused(50_000).as_deref(), Some(text));
        assert_eq!(refused(50_001).as_deref(), Some(text));
    }
}
