//! `strongroom open`: sealed messages back into documents, with one `Decrypt` each; a part of one, or nothing but
//! the verdict.

use crate::commands::open_s3::{self, OpenFromS3};
use crate::envelope_tool::{
    CHECKED, ContextOrder, Done, EXIT_CODES, Failure, Given, Job, KeyArgs, Keys, Naming, Once, PolicyArgs,
    S3OpenArgs, Shown, context, detached_manager, finish, hex, input, object_policy, output, plan, range,
    run_together, shown, source,
};
use serde_json::{Map, Value, json};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use strongroom_envelope::materials::MaterialsManager;
use strongroom_envelope::message::Header;
use strongroom_envelope::s3_store::ObjectUrl;
use strongroom_envelope::{OpenOptions, Opened, OpenedRange, Output, open_range, open_with};

/// Open sealed messages: KMS unwraps their data keys, everything else happens here.
#[derive(clap::Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Args {
    #[command(flatten)]
    policy: PolicyArgs,
    /// Write to a pipe before the signature, or all of an object in S3, was verified
    #[arg(long)]
    release_unverified: bool,
    /// A pair of the message. One that the message stores must have this value; one that it does not store is supplied
    #[arg(long, value_name = "K=V")]
    encryption_context: Vec<String>,
    /// Open what the AWS Encryption SDK for JavaScript bound to an encryption context in its locale's order, with a raw AES
    /// key: every order of up to six pairs is tried
    #[arg(long)]
    allow_locale_sorted_context: bool,
    /// The output, a folder for several files [default: FILE without .sealed; standard output if FILE is -]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// Open what is in folders too, if it ends in .sealed
    #[arg(short, long)]
    recursive: bool,
    /// Replace the output if it exists
    #[arg(long)]
    force: bool,
    /// Verify everything and write nothing
    #[arg(long, conflicts_with_all = ["output", "force", "range"])]
    check: bool,
    /// Only these bytes of the document, from FROM up to but not including TO, each of them verified, e.g. 0..4096,
    /// 1G..2G, 100.. [output default: standard output]
    #[arg(long, value_name = "FROM..TO", conflicts_with = "recursive")]
    range: Option<String>,
    /// Say nothing but errors
    #[arg(short, long)]
    quiet: bool,
    /// Print one JSON object a file, a line each
    #[arg(long)]
    json: bool,
    /// The sealed messages, or - for standard input; or s3://BUCKET/KEY, an object of an S3 Encryption Client
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    keys: KeyArgs,
    #[command(flatten, next_help_heading = "Objects in S3")]
    s3: S3OpenArgs,
}

/// Opens; the exit code says how it went.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    Ok(open_files(args).unwrap_or_else(|failure| finish(Err(failure))))
}

fn open_files(args: &Args) -> Result<ExitCode, Failure> {
    if let Some(url) = source(&args.files)? {
        return open_s3::run(&from_s3(args, url)?);
    }
    args.s3.refuse_for_files()?;
    let expected = context(&args.encryption_context)?;
    let (policy, limits) = (args.policy.policy()?, args.policy.limits());
    let order = if args.allow_locale_sorted_context { ContextOrder::Any } else { ContextOrder::Canonical };
    let keys = Keys::for_opening(&args.keys, order)?;
    let range = args.range.as_deref().map(range).transpose()?;
    if range.is_some() && args.files.len() > 1 {
        return Err(Failure::Usage("--range is for one file".into()));
    }
    // A part must not get the name of the whole.
    let named = if range.is_some() {
        args.output.as_deref().or(Some(Path::new("-")))
    } else {
        args.output.as_deref()
    };
    let given = Given { files: &args.files, recursive: args.recursive, output: named };
    let plan = plan(&given, if args.check { Naming::Itself } else { Naming::Open })?;
    let made = Once::new();
    let shown = Shown { quiet: args.quiet, json: args.json };
    Ok(run_together(&plan, shown, if args.check { CHECKED } else { "opened" }, |job, progress| {
        let release_unverified = args.release_unverified;
        let options =
            OpenOptions { policy, limits, release_unverified, progress, ..OpenOptions::new(&expected) };
        let input = input(&job.input)?;
        let output = if args.check { Output::Nothing } else { output(job, args.force)? };
        let shared = made.get(|| keys.manager())?;
        let own = detached_manager(&job.input, &*shared, options)?;
        let manager: &dyn MaterialsManager = match &own {
            Some(own) => own,
            None => &*shared,
        };
        match range {
            Some(range) => Ok(part(job, &open_range(input, output, manager, range, options)?)),
            None => Ok(whole(args.check, job, &open_with(input, output, manager, options)?)),
        }
    }))
}

fn from_s3(args: &Args, url: ObjectUrl) -> Result<OpenFromS3<'_>, Failure> {
    if args.recursive || args.allow_locale_sorted_context {
        return Err(Failure::Usage(
            "--recursive and --allow-locale-sorted-context are for files, not for objects in S3".into(),
        ));
    }
    args.policy.refuse_for_objects()?;
    Ok(OpenFromS3 {
        url,
        output: args.output.as_deref(),
        key_id: args.keys.only_kms_key()?,
        policy: object_policy(args.policy.policy()?),
        release_unverified: args.release_unverified,
        encryption_context: &args.encryption_context,
        force: args.force,
        check: args.check,
        range: args.range.as_deref().map(range).transpose()?,
        shown: Shown { quiet: args.quiet, json: args.json },
        s3: &args.s3,
    })
}

fn whole(checked: bool, job: &Job, opened: &Opened) -> Done {
    let (from, to) = (shown(&job.input, "standard input"), shown(&job.output, "standard output"));
    let bytes = opened.plaintext_bytes;
    let line = if checked {
        format!("{from}: whole and authentic ({bytes} bytes); nothing was written")
    } else {
        format!("opened {from} into {to} ({bytes} bytes)")
    };
    Done { bytes, line, facts: facts(&opened.header), notice: None }
}

fn part(job: &Job, opened: &OpenedRange) -> Done {
    let (from, to) = (shown(&job.input, "standard input"), shown(&job.output, "standard output"));
    let Range { start, end } = opened.range;
    let document_bytes = opened.document_bytes;
    let line = format!("opened bytes {start} to {end} of {from} ({document_bytes} bytes) into {to}");
    let mut facts = facts(&opened.header);
    facts.insert("range".into(), json!([start, end]));
    facts.insert("document_bytes".into(), json!(document_bytes));
    Done { bytes: end - start, line, facts, notice: None }
}

/// What JSON says of a header that was verified.
fn facts(header: &Header) -> Map<String, Value> {
    Map::from_iter([
        ("message_id".to_owned(), json!(hex(header.message_id()))),
        ("encryption_context".to_owned(), json!(header.context().pairs())),
    ])
}
