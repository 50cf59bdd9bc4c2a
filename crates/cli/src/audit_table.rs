//! Audit records for a human: one line each. What callers chose is shown without its control characters.

use strongroom_audit::LineView;

/// Widths of the columns but the last.
const WIDTHS: [usize; 5] = [20, 24, 22, 44, 50];

/// The names of the columns.
pub(crate) fn head() -> String {
    joined(["TIME", "OPERATION", "OUTCOME", "PRINCIPAL", "KEY"], "REQUEST")
}

/// A record's line, with its end.
pub(crate) fn row(line: &LineView<'_>) -> String {
    let record = &line.record;
    let outcome = if record.error_code.is_empty() { "ok" } else { &*record.error_code };
    let principal = short(principal(line));
    let keys: Vec<&str> = record.resources.iter().map(|resource| short(&resource.arn)).collect();
    let keys = if keys.is_empty() { "-".to_owned() } else { keys.join(",") };
    let columns = [&*record.event_time, &*record.event_name, outcome, principal, keys.as_str()];
    joined(columns, &record.request_id) + "\n"
}

/// A session tells more than its role.
fn principal<'l>(line: &'l LineView<'_>) -> &'l str {
    let identity = &line.record.user_identity;
    if identity.arn.is_empty() { line.record.principal() } else { &identity.arn }
}

/// An ARN without what every ARN of its kind has: `111122223333:user/alice`, `us-east-1:111122223333:key/1234...`.
fn short(text: &str) -> &str {
    let beginnings = ["arn:aws:iam::", "arn:aws:sts::", "arn:aws:kms:"];
    beginnings.iter().find_map(|beginning| text.strip_prefix(beginning)).unwrap_or(text)
}

fn joined(columns: [&str; 5], last: &str) -> String {
    let mut line = String::new();
    for (column, width) in columns.into_iter().zip(WIDTHS) {
        line.push_str(&format!("{:<width$}  ", clean(column)));
    }
    line + &clean(last)
}

fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_shows_who_did_what_and_no_control_characters() {
        let line = r#"{"sequence":1,"kind":"event","record":{"eventTime":"2026-01-02T03:04:05Z","eventName":"De\u001bcrypt",
            "errorCode":"AccessDenied","requestID":"r-1","userIdentity":{"arn":"arn:aws:iam::111122223333:user/alice"},
            "resources":[{"ARN":"arn:aws:kms:us-east-1:111122223333:key/1"}]}}"#;
        let row = row(&LineView::parse(line.as_bytes()).unwrap());
        let columns: Vec<&str> = row.split_whitespace().collect();
        let expected = [
            "2026-01-02T03:04:05Z",
            "De\u{fffd}crypt",
            "AccessDenied",
            "111122223333:user/alice",
            "us-east-1:111122223333:key/1",
            "r-1",
        ];
        assert_eq!(columns, expected);
        assert_eq!(head().split_whitespace().count(), expected.len());
    }

    #[test]
    fn act_of_the_operator_has_its_actor_and_no_key() {
        let line = r#"{"sequence":1,"kind":"event","record":{"eventTime":"t","eventName":"n","requestID":"r",
            "userIdentity":{"invokedBy":"operator (uid 7)"}}}"#;
        let row = row(&LineView::parse(line.as_bytes()).unwrap());
        assert!(row.contains("operator (uid 7)") && row.contains(" ok ") && row.contains(" - "), "{row}");
    }
}
