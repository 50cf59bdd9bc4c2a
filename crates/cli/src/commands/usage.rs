//! `strongroom usage`: what a key is used for, whether it may go, and which keys nobody uses.

use crate::arguments::{key_name, time};
use crate::commands::audit::{RecordOf, now, of_key};
use crate::commands::operate::show;
use crate::terminal::say;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::process::ExitCode;
use strongroom_audit::{Usage, Use};
use strongroom_control::OperatorRequest;
use strongroom_operator::{AuditReader, Deletion, KeyFacts, deletion};

/// Say what a key was used for and what would break without it, or list the keys that nobody uses
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A key id, key ARN, alias name or alias ARN
    #[arg(required_unless_present = "unused_days", value_parser = key_name)]
    key: Option<String>,
    /// Count uses from when on: 2026-01-02, 2026-01-02T03:04:05Z, or how long ago, such as 90d [default: all]
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<u64>,
    /// List the keys that were not used for so many days, and are at least as old
    #[arg(long, value_name = "DAYS", conflicts_with_all = ["key", "since", "files"])]
    unused_days: Option<u32>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    record: RecordOf,
}

/// Tells of one key, or of those that nobody uses.
pub(crate) fn run(args: Args) -> Result<ExitCode> {
    match (args.key, args.unused_days) {
        (_, Some(days)) => unused(&args.record, days, args.json),
        (Some(key), None) => of(&args.record, key, args.since, args.json),
        // The parser asks for one of them.
        (None, None) => Ok(ExitCode::FAILURE),
    }
}

fn of(record: &RecordOf, key: String, since: Option<u64>, as_json: bool) -> Result<ExitCode> {
    let mut reader: AuditReader = record.clone().reader()?;
    let usage = reader.usage(&of_key(key.clone(), since))?;
    let facts: Option<KeyFacts> = if reader.reads_files() {
        None
    } else {
        let answer = record.ask(&OperatorRequest::KeyUsage { key: key.clone() })?;
        Some(serde_json::from_value(answer).context("the service's answer cannot be read")?)
    };
    let deletion = deletion(&usage, facts.as_ref(), now()?);
    if as_json {
        return show(&json!({ "usage": usage, "key": facts, "deletion": deletion }));
    }
    say(&told(&key, &usage, facts.as_ref(), &deletion))?;
    Ok(ExitCode::SUCCESS)
}

fn unused(record: &RecordOf, days: u32, as_json: bool) -> Result<ExitCode> {
    let answer = record.ask(&OperatorRequest::KeysUnused { days })?;
    if as_json {
        return show(&answer);
    }
    let text = |value: &Value, name: &str| value[name].as_str().unwrap_or("never").to_owned();
    let mut lines = format!("{:<22}{:<22}{:<18}KEY\n", "LAST USE", "CREATED", "STATE");
    for key in answer["keys"].as_array().into_iter().flatten() {
        let (last, created, state) = (text(key, "last_use"), text(key, "created"), text(key, "state"));
        lines += &format!("{last:<22}{created:<22}{state:<18}{}\n", text(key, "key"));
    }
    if let Some(left_out) = answer["left_out"].as_u64().filter(|left_out| *left_out > 0) {
        lines += &format!("and {left_out} more\n");
    }
    say(&lines)?;
    Ok(ExitCode::SUCCESS)
}

/// For a human.
fn told(key: &str, usage: &Usage, facts: Option<&KeyFacts>, deletion: &Deletion) -> String {
    let mut text = match facts {
        Some(facts) => {
            format!("Key       {}\nState     {}\nCreated   {}\n", facts.key, facts.state, facts.created)
        }
        None => format!("Key       {key}\n"),
    };
    let one = |one: &Option<Use>| match one {
        Some(one) => format!("{}  {}  {}  request {}", one.at, one.operation, one.principal, one.request_id),
        None => "none on the record".to_owned(),
    };
    text += &format!(
        "First use {}\nLast use  {}\nUses      {}\n",
        one(&usage.first),
        one(&usage.last),
        usage.count
    );
    let listed = usage.by.iter().map(|(principal, operations)| (principal.as_str(), operations));
    let others = (!usage.others.is_empty()).then_some(("others", &usage.others));
    for (principal, operations) in listed.chain(others) {
        text += &format!("  {principal}\n");
        for (operation, count) in operations {
            text += &format!("    {operation:<38}{:>10}  last {}\n", count.count, count.last);
        }
    }
    text += &format!("\nSafe to delete?  {}\n", deletion.verdict.text());
    for what in &deletion.breaks {
        text += &format!("  - {what}\n");
    }
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_operator::Verdict;

    #[test]
    fn told_ends_with_the_verdict_and_its_reasons() {
        let deletion =
            Deletion { verdict: Verdict::LookFirst, breaks: vec!["alias/a\u{1b} leads to it".to_owned()] };
        let text = told("k", &Usage::default(), None, &deletion);
        assert!(text.starts_with("Key       k\nFirst use none on the record\n"), "{text}");
        assert!(text.ends_with("but something hangs on it\n  - alias/a\u{fffd} leads to it\n"), "{text}");
    }
}
