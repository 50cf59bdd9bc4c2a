//! The service's explanations as text. They come as JSON (`strongroom_policy::Explanation` and what is around it) and
//! are read leniently: what a newer service adds is left out.

#[cfg(test)]
mod tests;

use serde_json::Value;
use std::fmt::Write as _;

/// What the rules mean, by their number (KMS contract, sections 6.1 and 6.2: R1 to R12).
const RULES: [&str; 12] = [
    "a statement denies explicitly, and nothing overrides that",
    "the policy of the key or role allows the caller itself",
    "a grant to the caller itself allows",
    "the policy of the key or role allows the caller's role, or everybody",
    "the policy of the key or role leaves it to the account, and identity policies allow",
    "a grant to the caller's role or account allows",
    "both accounts allow",
    "identity policies allow",
    "no policy of the key or role, and no grant, allows",
    "it is left to identity policies, and none allows",
    "the permissions boundary does not allow",
    "no session policy allows",
];

/// A denial.
pub(crate) fn denial(answer: &Value) -> String {
    let mut out = String::new();
    let text = |name: &str| text(answer, name);
    line(&mut out, 0, &format!("Request   {}", text("request_id")));
    line(&mut out, 0, &format!("Denied    {}, {}", text("time"), text("operation")));
    line(&mut out, 0, &format!("Told      {}: {}", text("error"), text("message")));
    if let Some(why) = answer["unasked"].as_str() {
        line(&mut out, 0, &format!("Reason    no policy was asked: {why}"));
    }
    for one in items(&answer["decisions"]) {
        out.push('\n');
        out.push_str(&decision(one));
    }
    out
}

/// One decision.
pub(crate) fn decision(answer: &Value) -> String {
    let mut out = String::new();
    let allowed = answer["allowed"].as_bool() == Some(true);
    let text = |name: &str| text(answer, name);
    line(&mut out, 0, &format!("Question  may {}", text("principal")));
    line(&mut out, 0, &format!("          do {}", text("action")));
    line(&mut out, 0, &format!("          on {}", text("resource")));
    let mut facts = Vec::new();
    flatten(&answer["context"], String::new(), &mut facts);
    for (at, (name, value)) in facts.iter().enumerate() {
        line(&mut out, 0, &format!("{}{name} = {value}", if at == 0 { "With      " } else { "          " }));
    }
    line(&mut out, 0, &format!("Answer    {}", if allowed { "ALLOWED" } else { "DENIED" }));
    let number = answer["rule_number"].as_u64().unwrap_or_default();
    let meaning = usize::try_from(number).ok().and_then(|number| RULES.get(number.checked_sub(1)?));
    let meaning = meaning.copied().unwrap_or_default();
    line(&mut out, 0, &format!("Rule      R{number} {}: {meaning}", text("rule")));
    for statement in items(&answer["determining"]) {
        line(&mut out, 0, &format!("          by {}", statement_name(statement)));
    }
    if let Some(grant) = answer["grant"].as_str() {
        line(&mut out, 0, &format!("          by grant {grant}"));
    }
    for other in items(&answer["not_asked"]).iter().filter_map(Value::as_str) {
        line(&mut out, 0, &format!("Not asked {}", printable(other)));
    }
    section(&mut out, "Statements", items(&answer["statements"]), statement);
    left_out(&mut out, 1, answer, &["statements_left_out"]);
    section(&mut out, "Grants", items(&answer["grants"]), grant);
    left_out(&mut out, 1, answer, &["grants_left_out"]);
    if let Some(grant) = answer["retirement"]["grant"].as_str() {
        let title = format!("Who may retire grant {}", printable(grant));
        section(&mut out, &title, items(&answer["retirement"]["retirers"]), retirer);
    }
    section(&mut out, "Never applies", items(&answer["warnings"]), |out, warning| {
        line(out, 1, warning.as_str().unwrap_or_default());
    });
    section(&mut out, "Smallest change that would allow it", items(&answer["changes"]), change);
    left_out(&mut out, 1, answer, &["changes_left_out"]);
    for other in items(&answer["also_asked"]) {
        let _ = write!(out, "\nThe same request also asks\n{}", decision(other));
    }
    out
}

/// Everybody.
pub(crate) fn who_can(answer: &Value) -> String {
    let mut out = String::new();
    line(&mut out, 0, &format!("Who can {} with {}", text(answer, "action"), text(answer, "key")));
    line(&mut out, 0, &format!("Asked with {}", text(answer, "asked_with")));
    for (title, allowed) in [("Allowed", true), ("Denied", false)] {
        let of = items(&answer["principals"]).iter().filter(|row| row["allowed"].as_bool() == Some(allowed));
        let rows: Vec<&Value> = of.collect();
        if !rows.is_empty() {
            line(&mut out, 0, &format!("\n{title}"));
        }
        for row in rows {
            line(&mut out, 1, &principal(row));
        }
    }
    let mut more = String::new();
    left_out(&mut more, 0, answer, &["left_out", "principals_left_out"]);
    if !more.is_empty() {
        let _ = write!(out, "\n{more}");
    }
    section(&mut out, "Grants to others", items(&answer["other_grantees"]), |out, other| {
        line(out, 1, &format!("{}  by grant {}", text(other, "principal"), text(other, "grant")));
    });
    left_out(&mut out, 1, answer, &["other_grantees_left_out"]);
    section(
        &mut out,
        "Named by the key policy, and not decided on",
        items(&answer["other_principals"]),
        |out, other| {
            line(
                out,
                1,
                &format!("{}  by {}", text(other, "principal"), statement_name(&other["statement"])),
            );
        },
    );
    left_out(&mut out, 1, answer, &["other_principals_left_out"]);
    out
}

fn principal(row: &Value) -> String {
    let mut said = format!(
        "{}  R{} {}",
        text(row, "principal"),
        row["rule_number"].as_u64().unwrap_or_default(),
        text(row, "rule")
    );
    for statement in items(&row["by"]) {
        let _ = write!(said, ", {}", statement_name(statement));
    }
    if let Some(grant) = row["grant"].as_str() {
        let _ = write!(said, ", grant {grant}");
    }
    let unmet = items(&row["unmet_conditions"]).iter().filter_map(Value::as_str);
    let unmet: Vec<String> = unmet.map(printable).collect();
    if !unmet.is_empty() {
        let _ = write!(said, "; depends on {}", unmet.join(", "));
    }
    said
}

fn section(out: &mut String, title: &str, all: &[Value], each: impl Fn(&mut String, &Value)) {
    if all.is_empty() {
        return;
    }
    line(out, 0, &format!("\n{title}"));
    for one in all {
        each(out, one);
    }
}

/// How many more there are than an answer has room for, by all of these counts.
fn left_out(out: &mut String, depth: usize, answer: &Value, counts: &[&str]) {
    let more: u64 = counts.iter().filter_map(|count| answer[*count].as_u64()).sum();
    if more > 0 {
        line(out, depth, &format!("{more} more are left out"));
    }
}

fn statement(out: &mut String, finding: &Value) {
    let verdict = match finding["matched"].as_str() {
        Some(how) => format!("matches ({})", words(how)),
        None => "does not match".to_owned(),
    };
    let name = statement_name(&finding["statement"]);
    line(out, 1, &format!("{} {name}: {verdict}", text(finding, "effect")));
    for element in items(&finding["mismatches"]).iter().filter_map(Value::as_str) {
        let why = match element {
            "NoAction" => "there is no Action, so that it never applies".to_owned(),
            "NoResource" => "there is no Resource, so that it never applies".to_owned(),
            element => format!("{element} is another"),
        };
        line(out, 2, &why);
    }
    for condition in items(&finding["conditions"]) {
        let holds = if condition["holds"].as_bool() == Some(true) { "holds" } else { "DOES NOT HOLD" };
        let actual = match &condition["actual"] {
            Value::Array(values) => list(values),
            _ => "nothing".to_owned(),
        };
        let (operator, key) = (text(condition, "operator"), text(condition, "key"));
        let wanted = list(items(&condition["wanted"]));
        line(out, 2, &format!("{operator} {key}: wanted {wanted}, the request has {actual}: {holds}"));
    }
    left_out(out, 2, finding, &["conditions_left_out"]);
}

fn grant(out: &mut String, finding: &Value) {
    let verdict = match (finding["matched"].as_str(), finding["mismatch"].as_str()) {
        (Some(how), _) => format!("matches ({})", words(how)),
        (None, Some("Grantee")) => "is for somebody else".to_owned(),
        (None, Some("Operation")) => "does not list the operation".to_owned(),
        (None, Some("Constraints")) => "the encryption context does not satisfy its constraints".to_owned(),
        (None, Some("SourceArn")) => "aws:SourceArn is another".to_owned(),
        (None, Some("Widening")) => "the new grant would give more than it gives".to_owned(),
        (None, other) => other.unwrap_or_default().to_owned(),
    };
    line(out, 1, &format!("{}: {verdict}", text(finding, "id")));
}

/// Somebody who may retire a grant, and whether the caller is it.
fn retirer(out: &mut String, finding: &Value) {
    let what = match finding["kind"].as_str() {
        Some("RetiringPrincipal") => "its retiring principal",
        Some("Grantee") => "its grantee",
        Some("IssuingAccount") => "the account that issued it",
        other => other.unwrap_or_default(),
    };
    let verdict = match (finding["may"].as_bool(), finding["matched"].as_str()) {
        (Some(false), _) => "may not, because the grant does not list RetireGrant".to_owned(),
        (_, Some("Account")) => "means the caller by its account, if an identity policy allows".to_owned(),
        (_, Some(how)) => format!("means the caller ({})", words(how)),
        (_, None) => "is not the caller".to_owned(),
    };
    line(out, 1, &format!("{what} {}: {verdict}", text(finding, "principal")));
}

fn change(out: &mut String, change: &Value) {
    if let Some(brought) = change.get("Bring") {
        let (how, values) = (text(brought, "how"), pairs(&brought["values"]));
        line(out, 1, &format!("{how}, so that {values}"));
    }
    if let Some(removed) = change.get("Remove") {
        line(out, 1, &format!("take {} out", statement_name(removed)));
    }
    if let Some(added) = change.get("Add") {
        let to = policy_name(&added["to"]);
        let whom = added["principal"].as_str().map(|arn| format!(" to {arn}")).unwrap_or_default();
        let (action, resource) = (text(added, "action"), text(added, "resource"));
        let conditions = pairs(&added["conditions"]);
        let conditions = if conditions.is_empty() { conditions } else { format!(" if {conditions}") };
        line(out, 1, &format!("in {to}, allow{whom} {action} on {resource}{conditions}"));
    }
    if let Some(anew) = change.get("Regrant") {
        let (id, arn) = (text(anew, "grant"), text(anew, "retiring"));
        line(out, 1, &format!("make the grant {id} anew, with {arn} as its retiring principal"));
    }
}

/// Pairs of condition keys and values: `KEY is VALUE and KEY is VALUE`.
fn pairs(pairs: &Value) -> String {
    let part = |pair: &Value, at: usize| pair[at].as_str().map(printable).unwrap_or_default();
    let each = items(pairs).iter().map(|pair| format!("{} is {}", part(pair, 0), part(pair, 1)));
    each.collect::<Vec<_>>().join(" and ")
}

/// `the key policy, statement 1 (Sid)`: counted from 1, as people do.
fn statement_name(name: &Value) -> String {
    let number = name["index"].as_u64().unwrap_or_default() + 1;
    let sid = name["sid"].as_str().map(|sid| format!(" ({sid})")).unwrap_or_default();
    format!("{}, statement {number}{sid}", policy_name(&name["policy"]))
}

fn policy_name(name: &Value) -> String {
    match name {
        Value::String(name) if name == "KeyPolicy" => "the key policy".to_owned(),
        Value::String(name) if name == "TrustPolicy" => "the trust policy".to_owned(),
        Value::String(name) if name == "Boundary" => "the permissions boundary".to_owned(),
        Value::Object(_) => match (name["Identity"].as_str(), name["Session"].as_u64()) {
            (Some(policy), _) => format!("identity policy {policy}"),
            (None, Some(place)) => format!("session policy {}", place + 1),
            (None, None) => "a policy".to_owned(),
        },
        _ => "a policy".to_owned(),
    }
}

/// How a principal element means the caller.
fn words(how: &str) -> &str {
    match how {
        "Itself" => "the caller itself",
        "Issuer" => "the caller's role or user",
        "Anyone" => "everybody",
        "Account" => "the caller's account",
        other => other,
    }
}

/// Members and members of members: `request.encryption_context.purpose`.
fn flatten(value: &Value, name: String, facts: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                let name = if name.is_empty() { member.clone() } else { format!("{name}.{member}") };
                flatten(value, name, facts);
            }
        }
        Value::Null => {}
        Value::String(text) => facts.push((name, printable(text))),
        value => facts.push((name, value.to_string())),
    }
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn list(values: &[Value]) -> String {
    let texts: Vec<String> = values.iter().map(|value| printable(&value.to_string())).collect();
    if texts.is_empty() { "no value".to_owned() } else { texts.join(" or ") }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().map(printable).unwrap_or_default()
}

/// Texts are a caller's: none may steer the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn line(out: &mut String, depth: usize, text: &str) {
    let _ = writeln!(out, "{:width$}{text}", "", width = depth * 2);
}
