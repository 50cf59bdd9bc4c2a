//! `strongroom status`: how the service is, once as JSON or every second for people and programs.

use crate::commands::operate::{self, Service};
use crate::terminal::{complain, say, say_line};
use crate::watching::{Interval, Moment, line, screen};
use anyhow::Result;
use serde_json::Value;
use std::io::{IsTerminal, stdout};
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, Instant};
use strongroom_control::OperatorRequest;
use strongroom_types::{Clock, SystemClock};

const SECOND: Duration = Duration::from_secs(1);

/// Print how the running service is, as JSON.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    service: Service,
    /// Every second, what happens: a screen on a terminal, a line elsewhere
    #[arg(long)]
    watch: bool,
    /// With --watch: every second a line of JSON
    #[arg(long, requires = "watch")]
    json: bool,
    /// With --watch: end after so many
    #[arg(long, value_name = "N", requires = "watch")]
    count: Option<u64>,
}

/// Looks once, or until nobody reads any more.
pub(crate) fn run(args: Args) -> Result<ExitCode> {
    if !args.watch {
        return operate::status(args.service);
    }
    let on_screen = !args.json && stdout().is_terminal();
    let mut ticket = None;
    let mut before = look(&args.service, &mut ticket)?;
    let mut left = args.count.unwrap_or(u64::MAX);
    while left > 0 {
        sleep(SECOND);
        let now = match look(&args.service, &mut ticket) {
            Ok(now) => now,
            Err(error) => {
                // It may be starting again.
                complain(&format!("strongroom: {}", crate::told(&error)));
                continue;
            }
        };
        let at = SystemClock.now().seconds();
        let interval = Interval::between(&before.1, &now.1, now.0.duration_since(before.0), at);
        if args.json {
            say_line(&serde_json::to_string(&interval)?)?;
        } else if on_screen {
            say(&screen(&interval))?;
        } else {
            say_line(&line(&interval))?;
        }
        before = now;
        left -= 1;
    }
    Ok(ExitCode::SUCCESS)
}

/// The figures now. The ticket says which watch this belongs to: its beginning alone is put on the record.
fn look(service: &Service, ticket: &mut Option<u64>) -> Result<(Instant, Moment)> {
    let figures = operate::ask(service.clone(), &OperatorRequest::Figures { ticket: *ticket })?;
    *ticket = figures.get("ticket").and_then(Value::as_u64);
    Ok((Instant::now(), Moment::read(&figures)))
}
