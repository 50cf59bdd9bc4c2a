//! `strongroom seal`: documents into sealed messages, with one `GenerateDataKey` each.

use crate::commands::seal_s3::{self, SealToS3};
use crate::envelope_tool::{
    DetachedKey, Done, EXIT_CODES, Failure, Given, Job, KeyArgs, Keys, Naming, Once, Plan, S3SealArgs, Shown,
    SuiteArgs, comma_warning, context, destination, finish, hex, input, make_folder_of, object_policy, plan,
    run_together, sealed_output, shown, sidecar_of,
};
use crate::terminal::complain;
use serde_json::{Map, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use strongroom_envelope::materials::MaterialsManager;
use strongroom_envelope::message::MessageId;
use strongroom_envelope::s3_store::ObjectUrl;
use strongroom_envelope::{
    EnvelopeError, Input, Output, ResumableOptions, SealOptions, StagedFile, forget_sealed, is_sealed,
    seal_resumable, seal_with,
};

/// Seal documents: encrypt them here under fresh data keys that KMS wraps.
#[derive(clap::Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Args {
    #[command(flatten)]
    suite: SuiteArgs,
    /// A pair to bind to the message, any number of times; it is stored in the clear and must be right to open it. A comma is
    /// a part of the value
    #[arg(long, value_name = "K=V")]
    encryption_context: Vec<String>,
    /// The output, a folder for several files [default: FILE.sealed; standard output if FILE is -]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// Seal what is in folders too, but for what ends in .sealed already
    #[arg(short, long)]
    recursive: bool,
    /// Replace the output if it exists
    #[arg(long)]
    force: bool,
    /// Keep what is sealed in OUT.partial and OUT.resume, so that the same command goes on after an interruption
    #[arg(long)]
    resumable: bool,
    /// Throw away what an earlier run with --resumable did
    #[arg(long, requires = "resumable")]
    restart: bool,
    /// Compare all that an earlier run with --resumable did with the file, not only its end
    #[arg(long, requires = "resumable")]
    verify: bool,
    /// Keep who can open the message in OUT.recipients beside it, so that `rewrap` never has to touch the message. Without
    /// that file nobody opens it
    #[arg(long, conflicts_with_all = ["force", "resumable", "required_encryption_context"])]
    detached_recipients: bool,
    /// Say nothing but errors
    #[arg(short, long)]
    quiet: bool,
    /// Print one JSON object a file, a line each
    #[arg(long)]
    json: bool,
    /// The documents, or - for standard input; one document and s3://BUCKET/KEY seal into an object
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    keys: KeyArgs,
    #[command(flatten, next_help_heading = "Objects in S3")]
    s3: S3SealArgs,
}

impl Args {
    /// `--force` does not go with `--detached-recipients`: between the two files that it replaced, neither old nor new
    /// message would open. So it is not what helps against a file that exists.
    fn as_it_can_be_helped(&self, failure: Failure) -> Failure {
        match failure {
            Failure::Envelope(EnvelopeError::OutputExists(path)) if self.detached_recipients => {
                let path = shown(&path, "-");
                Failure::Io(format!(
                    "{path} exists already; --detached-recipients replaces nothing: take it away first"
                ))
            }
            other => other,
        }
    }
}

/// Seals; the exit code says how it went.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    Ok(seal_files(args).unwrap_or_else(|failure| finish(Err(failure))))
}

fn seal_files(args: &Args) -> Result<ExitCode, Failure> {
    if let Some(warning) = comma_warning(&args.encryption_context).filter(|_| !args.quiet) {
        complain(&warning);
    }
    if let Some((file, url)) = destination(&args.files, args.output.as_deref())? {
        return seal_s3::run(&to_s3(args, file, url)?);
    }
    args.s3.refuse_for_files()?;
    let context = context(&args.encryption_context)?;
    let (suite, policy) = args.suite.suite()?;
    let keys = Keys::for_sealing(&args.keys)?;
    let given = Given { files: &args.files, recursive: args.recursive, output: args.output.as_deref() };
    let mut plan = plan(&given, Naming::Seal)?;
    let terms = format!("{} {suite}", keys.named());
    let keeps_state = args.resumable && plan.several && !args.force;
    if keeps_state {
        let seal = SealOptions { suite, ..SealOptions::new(&context) };
        plan.pass_over(|job| is_sealed(&job.input, &job.output, seal, &terms));
    }
    let (made, ended_well) = (Once::new(), AtomicUsize::new(0));
    let shown = Shown { quiet: args.quiet, json: args.json };
    let exit_code = run_together(&plan, shown, "sealed", |job, progress| {
        let encrypted_data_keys_max = args.suite.policy.limits().encrypted_data_keys_max;
        let options =
            SealOptions { suite, policy, encrypted_data_keys_max, progress, ..SealOptions::new(&context) };
        if args.resumable {
            let manager = made.get(|| keys.manager())?;
            let options = ResumableOptions {
                seal: options,
                terms: &terms,
                force: args.force,
                restart: args.restart,
                verify: args.verify,
                keeps_state,
            };
            let done = go_on(job, &*manager, options)?;
            ended_well.fetch_add(1, Ordering::Relaxed);
            return Ok(done);
        }
        let files = || -> Result<_, Failure> { Ok((input(&job.input)?, sealed_output(job, args.force)?)) };
        let (input, output) = files().map_err(|failure| args.as_it_can_be_helped(failure))?;
        let manager = made.get(|| keys.manager())?;
        if args.detached_recipients {
            let sealed = seal_detached(job, input, output, &*manager, options);
            return sealed.map_err(|failure| args.as_it_can_be_helped(failure));
        }
        let sealed = seal_with(input, output, &*manager, options)?;
        Ok(done(job, sealed.plaintext_bytes, &sealed.message_id))
    });
    if keeps_state && plan.failures.is_empty() && ended_well.into_inner() == plan.jobs.len() {
        forget(&plan);
    }
    Ok(exit_code)
}

/// Takes away the states of a run that has sealed all that it was to seal, now that nothing goes on with it. Failures are said
/// and do not count: the messages are whole.
fn forget(plan: &Plan) {
    for job in plan.jobs.iter().chain(&plan.finished) {
        if let Err(error) = forget_sealed(&job.output) {
            complain(&format!("strongroom: {}: {error}", shown(&job.output, "-")));
        }
    }
}

fn to_s3<'a>(args: &'a Args, file: &'a Path, url: ObjectUrl) -> Result<SealToS3<'a>, Failure> {
    if args.recursive || args.resumable || args.detached_recipients {
        return Err(Failure::Usage(
            "--recursive, --resumable and --detached-recipients are for files, not for objects in S3".into(),
        ));
    }
    args.suite.refuse_for_objects()?;
    Ok(SealToS3 {
        file,
        url,
        key_id: args.keys.only_kms_key()?,
        policy: object_policy(args.suite.policy.policy()?),
        encryption_context: &args.encryption_context,
        force: args.force,
        shown: Shown { quiet: args.quiet, json: args.json },
        s3: &args.s3,
    })
}

/// The small message gets its name right before the large one: whoever looks, or ends this process, finds none or both, or
/// in the moment between the two the small one, which is no use alone. The large one is never found without it.
fn seal_detached(
    job: &Job,
    input: Input,
    output: Output,
    manager: &dyn MaterialsManager,
    options: SealOptions<'_>,
) -> Result<Done, Failure> {
    let Output::Staged(output) = output else {
        return Err(Failure::Usage(
            "--detached-recipients needs a file beside which they lie: give -o".into(),
        ));
    };
    let (own, small) = (DetachedKey::random()?, StagedFile::new(&sidecar_of(&job.output))?);
    let output = output.preceded_by(small, &own.sealed(manager, options)?)?;
    let sealed = seal_with(input, Output::Staged(output), &own.manager()?, options)?;
    Ok(done(job, sealed.plaintext_bytes, &sealed.message_id))
}

fn go_on(job: &Job, manager: &dyn MaterialsManager, options: ResumableOptions<'_>) -> Result<Done, Failure> {
    if [&job.input, &job.output].into_iter().any(|path| path.as_os_str() == "-") {
        return Err(Failure::Usage(
            "--resumable needs files at both ends: a pipe cannot be read again".into(),
        ));
    }
    let _held = make_folder_of(job)?;
    let sealed = seal_resumable(&job.input, &job.output, manager, options)?;
    let mut done = done(job, sealed.plaintext_bytes, &sealed.message_id);
    if sealed.resumed_at > 0 {
        done.line.push_str(&format!("; {} bytes of it earlier", sealed.resumed_at));
        done.facts.insert("resumed_at".into(), json!(sealed.resumed_at));
    }
    Ok(done)
}

fn done(job: &Job, bytes: u64, message_id: &MessageId) -> Done {
    let (from, to) = (shown(&job.input, "standard input"), shown(&job.output, "standard output"));
    let line = format!("sealed {from} ({bytes} bytes) into {to}");
    let facts = Map::from_iter([("message_id".to_owned(), json!(hex(message_id)))]);
    Done { bytes, line, facts, notice: None }
}
