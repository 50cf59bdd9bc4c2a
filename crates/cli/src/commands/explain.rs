//! `strongroom explain`, `simulate` and `who-can`: who may do what, and why.

use crate::arguments::{key_name, pair, time_asked};
use crate::commands::operate::{self, Service};
use crate::explanation;
use crate::terminal::say;
use anyhow::{Context, Result};
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use strongroom_control::OperatorRequest;

/// Say why a request was denied: what was asked, every statement considered, and what would allow it
#[derive(clap::Args)]
pub(crate) struct Explain {
    /// The request's id: x-amzn-RequestId of the answer, requestID on the audit record
    request_id: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    service: Service,
}

/// Say whether a request would be allowed now, and why
#[derive(clap::Args)]
pub(crate) struct Simulate {
    /// The ARN of a user, a role, a session of a role, or a root; of sts:AssumeRoleWithWebIdentity, of an identity provider
    #[arg(long, value_name = "ARN")]
    principal: String,
    /// The action, such as kms:Decrypt
    #[arg(long)]
    action: String,
    /// A key id, key ARN, alias name or alias ARN, or the ARN of something of IAM; none for actions that are asked of `*`
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// The grant that is to be retired, of kms:RetireGrant
    #[arg(long, value_name = "ID")]
    grant: Option<String>,
    /// A pair of the encryption context; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    context: Vec<(String, String)>,
    /// When, such as 2026-01-02T03:00:00Z, 2026-01-02, or how long ago, 12h [default: now]
    #[arg(long, value_name = "TIME", value_parser = time_asked)]
    at: Option<String>,
    /// The caller's address
    #[arg(long, value_name = "IP")]
    source_ip: Option<IpAddr>,
    /// A JSON file with everything else that conditions read, in the shape of "context" in the JSON answer
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    service: Service,
}

/// List who may do something with a key, and who may not
#[derive(clap::Args)]
pub(crate) struct WhoCan {
    /// The action, such as kms:Decrypt
    action: String,
    /// A key id, key ARN, alias name or alias ARN
    #[arg(value_parser = key_name)]
    key: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    service: Service,
}

/// Explains a denial.
pub(crate) fn explain(args: Explain) -> Result<ExitCode> {
    let answer = operate::ask(args.service, &OperatorRequest::Explain { request_id: args.request_id })?;
    if args.json {
        return operate::show(&answer);
    }
    say(&explanation::denial(&answer))?;
    Ok(ExitCode::SUCCESS)
}

/// Answers a hypothetical question.
pub(crate) fn simulate(args: Simulate) -> Result<ExitCode> {
    let request = args.request.as_deref().map(|path| -> Result<serde_json::Value> {
        let text = std::fs::read(path).with_context(|| path.display().to_string())?;
        serde_json::from_slice(&text).with_context(|| path.display().to_string())
    });
    let request = OperatorRequest::Simulate {
        principal: args.principal,
        action: args.action,
        resource: args.key,
        grant: args.grant,
        encryption_context: args.context.into_iter().collect(),
        at: args.at,
        source_ip: args.source_ip,
        request: request.transpose()?,
    };
    let answer = operate::ask(args.service, &request)?;
    if args.json {
        return operate::show(&answer);
    }
    say(&explanation::decision(&answer))?;
    Ok(ExitCode::SUCCESS)
}

/// Lists who may.
pub(crate) fn who_can(args: WhoCan) -> Result<ExitCode> {
    let request = OperatorRequest::WhoCan { action: args.action, key: args.key };
    let answer = operate::ask(args.service, &request)?;
    if args.json {
        return operate::show(&answer);
    }
    say(&explanation::who_can(&answer))?;
    Ok(ExitCode::SUCCESS)
}
