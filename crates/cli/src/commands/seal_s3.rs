//! `strongroom seal FILE s3://BUCKET/KEY`: a document into an object, in the format of the S3 Encryption Clients.

use crate::envelope_tool::{Done, Failure, Job, Plan, S3SealArgs, Shown, context, input, run_all, shown};
use serde_json::{Map, json};
use std::path::Path;
use std::process::ExitCode;
use strongroom_envelope::s3::{CommitmentPolicy, Placement};
use strongroom_envelope::s3_store::{ObjectUrl, SealObject, Session, seal_object};

/// The exit code of a program that Ctrl-C ended, as shells have it.
const INTERRUPTED: i32 = 130;

/// What the command line asks for.
pub(crate) struct SealToS3<'a> {
    pub(crate) file: &'a Path,
    pub(crate) url: ObjectUrl,
    pub(crate) key_id: Option<&'a str>,
    pub(crate) encryption_context: &'a [String],
    pub(crate) force: bool,
    pub(crate) shown: Shown,
    pub(crate) policy: CommitmentPolicy,
    pub(crate) s3: &'a S3SealArgs,
}

/// Seals; the exit code says how it went.
pub(crate) fn run(asked: &SealToS3<'_>) -> Result<ExitCode, Failure> {
    let context = context(asked.encryption_context)?.pairs().clone();
    let both = asked.s3.both();
    let mut plan = Plan::default();
    let job = Job { input: asked.file.to_owned(), output: asked.url.to_string().into(), make_folder: false };
    plan.jobs.push(job);
    Ok(run_all(&plan, asked.shown, "sealed", |job, progress| {
        let document = input(&job.input)?;
        let session = Session::from_environment()?;
        session.take_back_on_interrupt(|| std::process::exit(INTERRUPTED))?;
        let key = both.sealing_key(&session, asked.key_id)?;
        let options = SealObject {
            url: &asked.url,
            key: &key,
            context: &context,
            policy: asked.policy,
            placement: if asked.s3.instruction_file() {
                Placement::InstructionFile
            } else {
                Placement::Object
            },
            instruction_suffix: both.suffix(),
            replace: asked.force,
            progress,
        };
        let sealed = seal_object(&session, document, options)?;
        let (from, to, bytes) = (shown(&job.input, "standard input"), &asked.url, sealed.plaintext_bytes);
        let format = sealed.format.name();
        let line = format!("sealed {from} ({bytes} bytes) into {to}, format {format}");
        let facts = Map::from_iter([("format".to_owned(), json!(format))]);
        Ok(Done { bytes, line, facts, notice: None })
    }))
}
