//! `strongroom open s3://BUCKET/KEY`: an object of an S3 Encryption Client back into a document; a part of one, or
//! nothing but the verdict.

use crate::envelope_tool::{
    Done, Failure, Job, Plan, S3OpenArgs, Shown, context, output, run_metered, shown,
};
use serde_json::{Map, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use strongroom_envelope::s3::{CommitmentPolicy, PlaintextRange};
use strongroom_envelope::s3_store::{
    ObjectUrl, OpenObject, OpenedObject, Session, open_object, open_object_range,
};
use strongroom_envelope::{DocumentRange, Output};

/// What the command line asks for.
pub(crate) struct OpenFromS3<'a> {
    pub(crate) url: ObjectUrl,
    pub(crate) output: Option<&'a Path>,
    pub(crate) key_id: Option<&'a str>,
    pub(crate) encryption_context: &'a [String],
    pub(crate) force: bool,
    pub(crate) check: bool,
    pub(crate) range: Option<DocumentRange>,
    pub(crate) shown: Shown,
    pub(crate) policy: CommitmentPolicy,
    pub(crate) release_unverified: bool,
    pub(crate) s3: &'a S3OpenArgs,
}

/// Opens; the exit code says how it went.
pub(crate) fn run(asked: &OpenFromS3<'_>) -> Result<ExitCode, Failure> {
    let context = context(asked.encryption_context)?.pairs().clone();
    let (reading, range) = (asked.s3.reading(asked.policy), range(asked)?);
    let mut plan = Plan::default();
    plan.jobs.push(Job {
        input: asked.url.to_string().into(),
        output: output_name(asked)?,
        make_folder: false,
    });
    Ok(run_metered(&plan, asked.shown, if asked.check { "checked" } else { "opened" }, |job, meter| {
        let output = if asked.check { Output::Nothing } else { output(job, asked.force)? };
        let session = Session::from_environment()?;
        let key = asked.s3.both().opening_key(&session, asked.key_id)?;
        let options = OpenObject {
            url: &asked.url,
            key: &key,
            context: &context,
            reading,
            instruction_suffix: asked.s3.both().suffix(),
            release_unverified: asked.release_unverified,
            total: &|bytes| meter.total(bytes),
            progress: &|bytes| meter.add(bytes),
        };
        let opened = match range {
            Some(range) => open_object_range(&session, output, range, options)?,
            None => open_object(&session, output, options)?,
        };
        Ok(done(asked, job, &opened))
    }))
}

/// The range, if it was asked for in so many words: nothing authenticates a part of an object.
fn range(asked: &OpenFromS3<'_>) -> Result<Option<PlaintextRange>, Failure> {
    let Some(DocumentRange { from, to }) = asked.range else { return Ok(None) };
    if !asked.s3.unauthenticated() {
        return Err(Failure::Usage(
            "a part of an S3 object cannot be authenticated: --unauthenticated reads it all the same; sealed messages \
             have ranges that can"
                .into(),
        ));
    }
    let range = PlaintextRange::new(from, to.unwrap_or(u64::MAX));
    range.map(Some).ok_or_else(|| Failure::Usage("--range is empty".into()))
}

/// `-o`; for a part, standard output; else the last part of the object's key, in the current folder.
fn output_name(asked: &OpenFromS3<'_>) -> Result<PathBuf, Failure> {
    let url = &asked.url;
    match (asked.output, asked.range) {
        _ if asked.check => Ok(url.to_string().into()),
        (Some(path), _) => Ok(path.to_owned()),
        (None, Some(_)) => Ok("-".into()),
        (None, None) => match url.file_name().filter(|name| *name != "-") {
            Some(name) => Ok(name.into()),
            None => Err(Failure::Usage(format!("{url} has no name for a file: give -o"))),
        },
    }
}

fn done(asked: &OpenFromS3<'_>, job: &Job, opened: &OpenedObject) -> Done {
    let (from, to, bytes) = (&asked.url, shown(&job.output, "standard output"), opened.plaintext_bytes);
    let line = match asked.range {
        _ if asked.check => format!("{from}: whole and authentic ({bytes} bytes); nothing was written"),
        Some(_) => format!("opened {bytes} bytes of {from} into {to}, not authenticated"),
        None => format!("opened {from} into {to} ({bytes} bytes)"),
    };
    let facts = Map::from_iter([
        ("format".to_owned(), json!(opened.envelope.format.name())),
        ("wrap".to_owned(), json!(opened.envelope.wrap.name())),
        ("authenticated".to_owned(), json!(asked.range.is_none())),
    ]);
    Done { bytes, line, facts, notice: None }
}
