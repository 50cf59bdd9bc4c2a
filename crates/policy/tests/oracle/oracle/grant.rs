//! Grants: whether one lets a request (contract sections 4.10, 6.1 and 6.10).

use super::Verdict;
use super::principal::{self, Named};
use crate::case::{Case, GrantData, NewGrant, Pairs, Who};
use crate::tally::Tally;
use std::collections::BTreeSet;

/// Whether the grant lets the request, and how it means the caller.
pub(crate) fn lets(grant: &GrantData, case: &Case, tally: &mut Tally) -> Option<Named> {
    let (form, named) = principal::aws(&grant.grantee, case);
    tally.count("grantee", &format!("{form} {}", named.is_some()));
    let named = named?;
    let operation = case.action.strip_prefix("kms:")?;
    let listed = grant.operations.iter().any(|listed| listed == operation);
    tally.count("grant", &format!("operation listed {listed}"));
    if !listed {
        return None;
    }
    let met = match operation {
        "RetireGrant" => true,
        "DescribeKey" => source(grant, case),
        "CreateGrant" => {
            source(grant, case) && case.facts.request.grant.as_ref().is_some_and(|new| no_wider(new, grant))
        }
        _ => source(grant, case) && pairs(grant, case),
    };
    let constraint = match (&grant.equals, &grant.subset, &grant.source_arn) {
        (Some(_), _, _) => "equals",
        (_, Some(_), _) => "subset",
        (_, _, Some(_)) => "source ARN only",
        _ => "without",
    };
    let how = match operation {
        "CreateGrant" | "RetireGrant" | "DescribeKey" => operation,
        _ => "other",
    };
    tally.count("grant", &format!("constraint {constraint}, {how} {met}"));
    met.then_some(named)
}

fn source(grant: &GrantData, case: &Case) -> bool {
    match &grant.source_arn {
        None => true,
        Some(wanted) => case.facts.source_arn.as_ref() == Some(wanted),
    }
}

fn pairs(grant: &GrantData, case: &Case) -> bool {
    let empty = Pairs::new();
    let found = case.facts.request.encryption_context.as_ref().unwrap_or(&empty);
    let equals = grant.equals.as_ref().is_none_or(|wanted| wanted == found);
    equals && grant.subset.as_ref().is_none_or(|wanted| contains(found, wanted))
}

fn contains(whole: &Pairs, part: &Pairs) -> bool {
    part.iter().all(|(key, value)| whole.get(key) == Some(value))
}

/// Whether a grant made under this one is of equal or less authority.
fn no_wider(new: &NewGrant, under: &GrantData) -> bool {
    let operations = new.operations.iter().all(|operation| under.operations.contains(operation));
    let source = under.source_arn.is_none() || under.source_arn == new.source_arn;
    let constraints = match (&under.equals, &under.subset) {
        (Some(wanted), _) => new.equals.as_ref() == Some(wanted),
        (None, Some(wanted)) => {
            new.equals.as_ref().or(new.subset.as_ref()).is_some_and(|new| contains(new, wanted))
        }
        (None, None) => true,
    };
    operations && source && constraints
}

/// Whether the caller may retire a grant (contract section 4.11), when nothing denies it: the retiring principal; the
/// grantee, if the grant lists RetireGrant or it is the retiring principal too; the account that issued the grant, be
/// the key its own or not. Whom the grant means by account only needs `kms:RetireGrant` in an identity policy of that
/// account. Boundary and session policies limit everybody (step 6 of section 6.1) but whom a grant of their own account's
/// key names (section 6.2: the exception is for the same account).
pub(crate) fn retire(
    grant: &GrantData,
    case: &Case,
    identity: bool,
    limits: BTreeSet<&'static str>,
    tally: &mut Tally,
) -> Verdict {
    let means = |principal: &str| principal::aws(principal, case).1;
    let mut ways: Vec<Named> = grant.retiring.iter().filter_map(|retiring| means(retiring)).collect();
    if grant.operations.iter().any(|operation| operation == "RetireGrant") {
        ways.extend(means(&grant.grantee));
    }
    let issuing = issuing(grant, case, tally);
    let excepted = !super::other_account(case);
    let open = |how: &Named| match how {
        Named::Itself => excepted || limits.is_empty(),
        Named::Issuer | Named::Everybody => limits.is_empty(),
        Named::Account => limits.is_empty() && identity,
    };
    let mut by = BTreeSet::new();
    if ways.iter().any(open) {
        by.insert("retire");
    }
    if issuing.iter().any(open) {
        by.insert(if super::other_account(case) {
            "retire: issued on another's key"
        } else {
            "retire: issued"
        });
    }
    if !by.is_empty() {
        return Verdict::Allowed(by);
    }
    ways.extend(issuing);
    if ways.is_empty() {
        return Verdict::Denied(BTreeSet::from(["no resource policy allows"]));
    }
    let mut reasons = limits;
    if ways.contains(&Named::Account) && !identity {
        reasons.insert("no identity policy allows");
    }
    Verdict::Denied(reasons)
}

/// How the account that issued the grant means the caller.
fn issuing(grant: &GrantData, case: &Case, tally: &mut Tally) -> Option<Named> {
    let key_account = case.on.text().split(':').nth(4).unwrap_or_default();
    let account = grant.issuer.as_deref().unwrap_or(key_account);
    let (callers, keys) = (account == case.caller.account(), account == key_account);
    tally.count("retired grant", &format!("issued by the caller's account {callers}, by the key's {keys}"));
    let how = if matches!(case.caller, Who::Root { .. }) { Named::Itself } else { Named::Account };
    callers.then_some(how)
}
