//! `strongroom audit sinks`: how the sinks of the audit log are.

use crate::commands::operate::{self, Service};
use crate::terminal::say_line;
use anyhow::Result;
use serde_json::Value;
use std::process::ExitCode;
use strongroom_control::OperatorRequest;

/// Show where the audit log is delivered to, what each sink lacks, and why
#[derive(clap::Args)]
pub(crate) struct Sinks {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    service: Service,
}

/// Asks the service how they are.
pub(crate) fn sinks(args: Sinks) -> Result<ExitCode> {
    let answer = operate::ask(args.service, &OperatorRequest::AuditSinks)?;
    if args.json {
        return operate::show(&answer);
    }
    for line in lines(&answer) {
        say_line(&line)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// One line for each sink, and its error below it.
fn lines(answer: &Value) -> Vec<String> {
    let empty = Vec::new();
    let sinks = answer["Sinks"].as_array().unwrap_or(&empty);
    let mut lines = Vec::new();
    if sinks.is_empty() {
        lines.push("no sinks of the audit log are known".to_owned());
    } else if answer["CourierRuns"] != true {
        lines.push("the courier does not run: what follows is the last that was heard".to_owned());
    }
    for sink in sinks {
        let text = |name: &str| sink[name].as_str().unwrap_or_default();
        let number = |name: &str| sink[name].as_u64().unwrap_or_default();
        let state = match (sink["error"].is_null(), number("lag_records")) {
            (false, _) => "failing",
            (true, 0) => "up to date",
            (true, _) => "delivering",
        };
        let required = if sink["required"] == true { ", required" } else { "" };
        lines.push(format!(
            "{}: {state}{required}; next record {}, lacks {} records ({} bytes); {}",
            text("name"),
            number("next"),
            number("lag_records"),
            number("lag_bytes"),
            text("url"),
        ));
        for (name, what) in [
            ("rejected", "records that it took and rejected"),
            ("unreadable", "torn lines passed over"),
            ("missed", "times records were gone"),
        ] {
            if number(name) > 0 {
                lines.push(format!("  {}: {what}", number(name)));
            }
        }
        if let Some(error) = sink["error"].as_str() {
            lines.push(format!("  {error}"));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_sink_has_a_line_and_what_fails_its_reason() {
        let sink = |name: &str, error: Option<&str>, lag: u64| {
            json!({ "name": name, "url": "unix:///a", "required": name == "b", "error": error, "next": 7,
                    "lag_records": lag, "lag_bytes": lag * 10, "rejected": lag + 1, "unreadable": 0, "missed": lag })
        };
        let sinks = [sink("a", None, 0), sink("b", Some("no connection: refused"), 2)];
        let said = lines(&json!({ "Sinks": sinks, "CourierRuns": true }));
        assert_eq!(
            said,
            [
                "a: up to date; next record 7, lacks 0 records (0 bytes); unix:///a",
                "  1: records that it took and rejected",
                "b: failing, required; next record 7, lacks 2 records (20 bytes); unix:///a",
                "  3: records that it took and rejected",
                "  2: times records were gone",
                "  no connection: refused",
            ]
        );
    }

    #[test]
    fn without_sinks_or_a_courier_that_is_said() {
        assert!(lines(&json!({ "Sinks": [], "CourierRuns": false }))[0].contains("no sinks"));
        let stopped = json!({ "Sinks": [{ "name": "a" }], "CourierRuns": false });
        assert!(lines(&stopped)[0].contains("does not run"));
    }
}
