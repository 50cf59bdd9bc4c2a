//! What users, groups and roles have in common: inline policies, attached managed policies, and of users and roles also
//! permissions boundaries and tags. An operation authorises its caller, finds the entry, and calls one function here.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::iam::holder::{Holder, Principal};
use crate::iam::listing::{Asked, Listed, listed};
use crate::state::layout::{self, IamKind};
use crate::state::{Changes, Nobody, Pairs, Policies};
use strongroom_api::NoOutput;
use strongroom_api::iam::shape::{AttachedPolicy, Tag, TagOutput};
use strongroom_api::query::QueryErrorCode as E;
use strongroom_policy::{Document, DocumentKind, IamFacts, RequestFacts};
use strongroom_types::PARTITION;

/// The most managed policies attached to one user, group or role.
const ATTACHED_MAX: usize = 10;

/// The most tags of anything of IAM.
const TAGS_MAX: usize = 50;

/// The change of a record, resting on it as it was read.
pub(super) fn change<H: Holder>(holder: &H, edit: impl FnOnce(&mut H::Record)) -> Result<Changes, Fault> {
    let mut record = holder.record().clone();
    edit(&mut record);
    let place = || layout::iam(holder.account(), H::KIND, holder.name());
    let mut changes = Changes::new();
    changes.unchanged(place(), holder.revision()).map_err(change_fault)?;
    changes.put(place(), &record).map_err(change_fault)?;
    Ok(changes)
}

/// Makes a change that answers with nothing.
async fn commit(call: &Call<'_>, changes: Changes) -> Result<NoOutput, Fault> {
    call.commit(changes).await?;
    Ok(NoOutput)
}

/// Put…Policy: an inline policy, new or in place of the one of that name.
pub(super) async fn put_inline<H: Holder>(
    call: &Call<'_>,
    holder: &H,
    name: &str,
    text: &str,
) -> Result<NoOutput, Fault> {
    check_document(text)?;
    let others = H::policies(holder.record()).inline.iter().filter(|(other, _)| *other != name);
    let characters = characters(text) + others.map(|(_, text)| characters(text)).sum::<usize>();
    if characters > H::INLINE_CHARS_MAX {
        return Err(limit(format!(
            "Maximum policy size of {} bytes exceeded for {} {}",
            H::INLINE_CHARS_MAX,
            H::WORD,
            holder.name()
        )));
    }
    call.room()?;
    let changes = change(holder, |record| {
        H::policies_mut(record).inline.insert(name.to_owned(), text.to_owned());
    })?;
    commit(call, changes).await
}

/// Get…Policy: the document of an inline policy.
pub(super) fn inline<'a, H: Holder>(holder: &'a H, name: &str) -> Result<&'a String, Fault> {
    H::policies(holder.record()).inline.get(name).ok_or_else(|| no_inline::<H>(name))
}

/// Delete…Policy: takes an inline policy away.
pub(super) async fn delete_inline<H: Holder>(
    call: &Call<'_>,
    holder: &H,
    name: &str,
) -> Result<NoOutput, Fault> {
    inline(holder, name)?;
    let changes = change(holder, |record| {
        H::policies_mut(record).inline.remove(name);
    })?;
    commit(call, changes).await
}

/// List…Policies: the names of inline policies.
pub(super) fn list_inline<H: Holder>(
    call: &Call<'_>,
    holder: &H,
    operation: &str,
    marker: Option<&String>,
    max_items: Option<i64>,
) -> Result<Listed<String>, Fault> {
    let asked = Asked { request: &[operation, holder.name()], marker, max_items };
    let names = H::policies(holder.record()).inline.keys();
    listed(call, &asked, names.map(|name| (name.clone(), name.clone())))
}

/// Attach…Policy: one that is attached already is no error.
pub(super) async fn attach<H: Holder>(call: &Call<'_>, holder: &H, arn: &str) -> Result<NoOutput, Fault> {
    attachable(call, arn, "Policy")?;
    let attached = &H::policies(holder.record()).attached;
    if attached.contains(arn) {
        return Ok(NoOutput);
    }
    if attached.len() >= ATTACHED_MAX {
        return Err(quota(&format!("PoliciesPer{}", H::TITLE), ATTACHED_MAX));
    }
    call.room()?;
    let mut changes = change(holder, |record| {
        H::policies_mut(record).attached.insert(arn.to_owned());
    })?;
    rest_on_policy(call, &mut changes, arn)?;
    commit(call, changes).await
}

/// Detach…Policy.
pub(super) async fn detach<H: Holder>(call: &Call<'_>, holder: &H, arn: &str) -> Result<NoOutput, Fault> {
    if !H::policies(holder.record()).attached.contains(arn) {
        return Err(Fault::Query(E::NoSuchEntity, format!("Policy {arn} was not found.")));
    }
    let changes = change(holder, |record| {
        H::policies_mut(record).attached.remove(arn);
    })?;
    commit(call, changes).await
}

/// ListAttached…Policies, by the path of the policies.
pub(super) fn list_attached<H: Holder>(
    call: &Call<'_>,
    holder: &H,
    operation: &str,
    path_prefix: Option<&String>,
    marker: Option<&String>,
    max_items: Option<i64>,
) -> Result<Listed<AttachedPolicy>, Fault> {
    let prefix = path_prefix.map_or("/", String::as_str);
    let asked = Asked { request: &[operation, holder.name(), prefix], marker, max_items };
    let arns = H::policies(holder.record()).attached.iter();
    let shown = arns.filter(|arn| path(arn).starts_with(prefix)).map(|arn| (arn.clone(), attached(arn)));
    listed(call, &asked, shown)
}

/// Put…PermissionsBoundary.
pub(super) async fn put_boundary<P: Principal>(
    call: &Call<'_>,
    holder: &P,
    arn: &str,
) -> Result<NoOutput, Fault> {
    attachable(call, arn, "Scope ARN:")?;
    // Not held back on a full disk: a boundary takes authority away.
    let mut changes = change(holder, |record| *P::boundary_mut(record) = Some(arn.to_owned()))?;
    rest_on_policy(call, &mut changes, arn)?;
    commit(call, changes).await
}

/// Delete…PermissionsBoundary: without one it is no error.
pub(super) async fn delete_boundary<P: Principal>(call: &Call<'_>, holder: &P) -> Result<NoOutput, Fault> {
    let changes = change(holder, |record| *P::boundary_mut(record) = None)?;
    commit(call, changes).await
}

/// Tag…: adds tags, or changes their values.
pub(super) async fn tag<P: Principal>(call: &Call<'_>, holder: &P, given: &[Tag]) -> Result<NoOutput, Fault> {
    let tags = merged(P::tags(holder.record()), given)?;
    call.room()?;
    let changes = change(holder, |record| *P::tags_mut(record) = tags)?;
    commit(call, changes).await
}

/// Untag…: those that are not there are no error.
pub(super) async fn untag<P: Principal>(
    call: &Call<'_>,
    holder: &P,
    keys: &[String],
) -> Result<NoOutput, Fault> {
    let mut tags = P::tags(holder.record()).clone();
    tags.retain(|known, _| !keys.iter().any(|key| same_key(known, key)));
    if tags.len() == P::tags(holder.record()).len() {
        return Ok(NoOutput);
    }
    let changes = change(holder, |record| *P::tags_mut(record) = tags)?;
    commit(call, changes).await
}

/// List…Tags.
pub(super) fn list_tags<P: Principal>(
    call: &Call<'_>,
    holder: &P,
    operation: &str,
    marker: Option<&String>,
    max_items: Option<i64>,
) -> Result<Listed<TagOutput>, Fault> {
    let asked = Asked { request: &[operation, holder.name()], marker, max_items };
    let tags = P::tags(holder.record()).iter();
    listed(call, &asked, tags.map(|(key, value)| (key.clone(), shown_tag((key, value)))))
}

/// Tags as answers show them; absent if there are none.
pub(super) fn shown_tags(tags: &Pairs) -> Option<Vec<TagOutput>> {
    (!tags.is_empty()).then(|| tags.iter().map(shown_tag).collect())
}

fn shown_tag((key, value): (&String, &String)) -> TagOutput {
    TagOutput { key: Some(key.clone()), value: Some(value.clone()) }
}

/// The tags of a request as condition keys read them.
pub(super) fn pairs(given: &[Tag]) -> Pairs {
    given.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect()
}

/// Tags with others added, or put in their places. Keys that differ in case only are the same.
pub(super) fn merged(tags: &Pairs, given: &[Tag]) -> Result<Pairs, Fault> {
    let mut tags = tags.clone();
    for (index, tag) in given.iter().enumerate() {
        if given.iter().take(index).any(|earlier| same_key(&earlier.key, &tag.key)) {
            let text = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
            return Err(Fault::Query(E::InvalidInput, text.to_owned()));
        }
        if tag.key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) {
            let text = "System tags cannot be added/updated by requester.";
            return Err(Fault::Query(E::InvalidInput, text.to_owned()));
        }
        tags.retain(|known, _| !same_key(known, &tag.key));
        tags.insert(tag.key.clone(), tag.value.clone());
    }
    if tags.len() > TAGS_MAX {
        return Err(limit("The number of tags has reached the maximum limit.".to_owned()));
    }
    Ok(tags)
}

fn same_key(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// Authority to make something of IAM, and to tag it if it is made with tags. `actions` are those two.
pub(super) fn authorize_creation(
    call: &Call<'_>,
    arn: &str,
    actions: [&'static str; 2],
    tags: Option<&[Tag]>,
    iam: IamFacts<'_>,
) -> Result<(), Fault> {
    let [create, tag] = actions;
    let tags = tags.map(pairs);
    let facts = RequestFacts { tags: tags.as_ref(), ..RequestFacts::default() };
    call.authorize_resource(arn, create, RequestFacts { iam, ..facts }, None)?;
    if tags.as_ref().is_some_and(|tags| !tags.is_empty()) {
        call.authorize_resource(arn, tag, facts, None)?;
    }
    Ok(())
}

/// Checks a document that identities get.
pub(super) fn check_document(text: &str) -> Result<(), Fault> {
    let document = Document::parse(DocumentKind::Identity, text, &Nobody)
        .map_err(|error| Fault::Policy(error.to_string()))?;
    for warning in document.warnings(None) {
        tracing::info!(warning, "an identity policy says what can never apply");
    }
    Ok(())
}

/// Characters of a document without white space, as quotas count them.
pub(super) fn characters(text: &str) -> usize {
    text.chars().filter(|character| !character.is_whitespace()).count()
}

/// A managed policy of the caller's account or of AWS. `named` is what texts call it: `Policy`, or `Scope ARN:` for
/// boundaries.
pub(super) fn attachable(call: &Call<'_>, arn: &str, named: &str) -> Result<(), Fault> {
    if !arn.starts_with("arn:") {
        return Err(Fault::Query(E::InvalidInput, format!("ARN {arn} is not valid.")));
    }
    let reachable = belongs(call.account().as_str(), arn) || belongs("aws", arn);
    if reachable && call.snapshot.directory.in_force(arn).is_some() {
        return Ok(());
    }
    Err(Fault::Query(E::NoSuchEntity, format!("{named} {arn} does not exist or is not attachable.")))
}

fn belongs(account: &str, arn: &str) -> bool {
    arn.starts_with(&format!("arn:{PARTITION}:iam::{account}:policy/"))
}

/// Makes a change rest on a managed policy that it names; AWS's own do not change.
pub(super) fn rest_on_policy(call: &Call<'_>, changes: &mut Changes, arn: &str) -> Result<(), Fault> {
    if let Some(policy) = call.snapshot.directory.policy(arn) {
        let place = layout::iam(call.account(), IamKind::Policy, &policy.name);
        changes.unchanged(place, policy.revision).map_err(change_fault)?;
    }
    Ok(())
}

/// A managed policy as lists of attachments show it.
pub(super) fn attached(arn: &str) -> AttachedPolicy {
    let name = arn.rsplit('/').next().unwrap_or_default();
    AttachedPolicy { policy_arn: Some(arn.to_owned()), policy_name: Some(name.to_owned()) }
}

/// The path in the ARN of a managed policy: `/team/` in `arn:aws:iam::111122223333:policy/team/p`.
fn path(arn: &str) -> &str {
    let resource = arn.splitn(6, ':').nth(5).and_then(|resource| resource.strip_prefix("policy"));
    let resource = resource.unwrap_or_default();
    resource.rfind('/').and_then(|end| resource.get(..=end)).unwrap_or_default()
}

/// A quota of AWS by its name is used up.
pub(super) fn quota(name: &str, max: usize) -> Fault {
    limit(format!("Cannot exceed quota for {name}: {max}"))
}

fn limit(text: String) -> Fault {
    Fault::Query(E::LimitExceeded, text)
}

/// A user, group or role that still has something is not deleted.
pub(super) fn without_policies(policies: &Policies) -> Result<(), Fault> {
    if !policies.attached.is_empty() {
        return Err(conflict("must detach all policies first"));
    }
    if !policies.inline.is_empty() {
        return Err(conflict("must delete policies first"));
    }
    Ok(())
}

/// What stands in the way of a deletion.
pub(super) fn conflict(what: &str) -> Fault {
    Fault::Query(E::DeleteConflict, format!("Cannot delete entity, {what}."))
}

fn no_inline<H: Holder>(name: &str) -> Fault {
    Fault::Query(E::NoSuchEntity, format!("The {} policy with name {name} cannot be found.", H::WORD))
}
