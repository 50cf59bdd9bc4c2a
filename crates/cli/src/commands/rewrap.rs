//! `strongroom rewrap`: other keys for sealed messages. By default a message is sealed anew under a fresh data key, in
//! one pass; with `--header-only` its body stays.

use crate::commands::rewrap_s3::{self, RewrapInS3, S3RewrapArgs};
use crate::envelope_tool::{
    Done, EXIT_CODES, Failure, Given, Job, Naming, Once, PolicyArgs, RewrapKeyArgs, RewrapKeyrings,
    RewrapMarks, Shown, context, finish, held, hex, input, lost_recipient, object_policy, plan,
    rewrapped_instead, run_together, shown, source,
};
use serde_json::{Map, Value, json};
use std::cell::Cell;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use strongroom_envelope::keyring::DataKeySource as _;
use strongroom_envelope::materials::DefaultManager;
use strongroom_envelope::message::{EncryptedDataKey, Header, HeaderLimits};
use strongroom_envelope::s3_store::ObjectUrl;
use strongroom_envelope::{EnvelopeError, OpenOptions, Output, read_header, reseal, resign, rewrap_header};

/// Change the KMS keys of sealed messages. Each is opened and sealed anew under a fresh data key, in one pass, and takes
/// its place when it is whole; mode, owner and times stay.
#[derive(clap::Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Args {
    /// A pair that must be in the message; pairs that it does not store have to be given
    #[arg(long, value_name = "K=V")]
    encryption_context: Vec<String>,
    /// Write the header only and keep body and data key. In messages of version 2, whoever holds the old and the new
    /// header can then forge this message
    #[arg(long)]
    header_only: bool,
    /// Rewrap signed messages too: the new signature is yours, the old one's key is gone. Whoever trusted the old message
    /// trusts you from then on
    #[arg(long, conflicts_with = "header_only")]
    resign: bool,
    #[command(flatten)]
    policy: PolicyArgs,
    /// With --header-only, once more after the first time
    #[arg(long, requires = "header_only")]
    force: bool,
    /// Rewrap what is in folders too, if it ends in .sealed
    #[arg(short, long)]
    recursive: bool,
    /// Say nothing but errors
    #[arg(short, long)]
    quiet: bool,
    /// Print one JSON object a file, a line each
    #[arg(long)]
    json: bool,
    /// The sealed messages; or s3://BUCKET/KEY, an object that was sealed with --instruction-file
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    keys: RewrapKeyArgs,
    #[command(flatten, next_help_heading = "Objects in S3")]
    s3: S3RewrapArgs,
}

/// Rewraps; the exit code says how it went.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    Ok(rewrap_files(args).unwrap_or_else(|failure| finish(Err(failure))))
}

/// Only the key of an object changes, and there is one.
fn in_s3(args: &Args, url: ObjectUrl) -> Result<RewrapInS3<'_>, Failure> {
    let (key_id, old_key_id) = args.keys.of_object()?;
    if args.header_only || args.resign || args.recursive {
        return Err(Failure::Usage(
            "--header-only, --resign and --recursive are for files, not for objects in S3".into(),
        ));
    }
    args.policy.refuse_for_objects()?;
    Ok(RewrapInS3 {
        url,
        key_id,
        old_key_id,
        encryption_context: &args.encryption_context,
        policy: object_policy(args.policy.policy()?),
        shown: Shown { quiet: args.quiet, json: args.json },
        s3: &args.s3,
    })
}

fn rewrap_files(args: &Args) -> Result<ExitCode, Failure> {
    if let Some(url) = source(&args.files)? {
        return rewrap_s3::run(&in_s3(args, url)?);
    }
    args.s3.refuse_for_files()?;
    let expected = context(&args.encryption_context)?;
    let (policy, limits) = (args.policy.policy()?, args.policy.limits());
    let keys = args.keys.read()?;
    if args.header_only && args.keys.change().is_none() {
        return Err(Failure::Usage(
            "nothing to change: give --key-id, --add-key-id, --remove-key-id, or another key".into(),
        ));
    }
    let plan = plan(&Given { files: &args.files, recursive: args.recursive, output: None }, Naming::Itself)?;
    let shown = Shown { quiet: args.quiet, json: args.json };
    let (made, told) = (Once::new(), AtomicBool::new(false));
    Ok(run_together(&plan, shown, "rewrapped", |job, progress| {
        let subject = subject(job, args.resign, limits)?;
        let keyrings = made.get(|| keys.keyrings())?;
        let work = Work { args, keyrings: &keyrings, told: &told };
        let options = OpenOptions { policy, limits, progress, ..OpenOptions::new(&expected) };
        if args.header_only { work.header_only(&subject, options) } else { work.anew(&subject, options) }
    }))
}

/// What is rewrapped: the message, or the small one beside it that has its recipients.
struct Subject {
    job: Job,
    /// Opened before anything was read of it.
    file: File,
    header: Header,
}

impl Subject {
    /// In its place, if it is still there then.
    fn replacing(&self) -> Result<Output, Failure> {
        Ok(Output::replacing(&self.file, &self.job.input)?)
    }
}

/// Before any key is asked. Signed messages are refused here already, unless they may be signed anew.
fn subject(job: &Job, may_sign: bool, limits: HeaderLimits) -> Result<Subject, Failure> {
    let is_pipe = || fs::metadata(&job.input).is_ok_and(|found| !found.is_file());
    if job.input.as_os_str() == "-" || is_pipe() {
        return Err(EnvelopeError::NeedsFile("rewrapping").into());
    }
    let file = held(&job.input)?;
    let header = read_header(input(&job.input)?, limits)?;
    let (path, file, header) = match rewrapped_instead(&job.input, &header, limits)? {
        Some(instead) => instead,
        None => (job.input.clone(), file, header),
    };
    if header.suite().signs() && !may_sign {
        return Err(EnvelopeError::RewrapOfSigned.into());
    }
    Ok(Subject { job: Job { input: path.clone(), output: path, make_folder: false }, file, header })
}

/// One file's work.
struct Work<'a> {
    args: &'a Args,
    keyrings: &'a RewrapKeyrings,
    /// Whether it was said that recipients may have kept something.
    told: &'a AtomicBool,
}

impl Work<'_> {
    fn anew(&self, subject: &Subject, options: OpenOptions<'_>) -> Result<Done, Failure> {
        let Subject { job, header, .. } = subject;
        let keys = self.args.keys.change().keys(header.encrypted_data_keys())?;
        let new = DefaultManager::new(self.keyrings.wrapping(keys));
        let output = subject.replacing()?;
        let again = if header.suite().signs() { resign } else { reseal };
        let resealed = again(input(&job.input)?, output, &self.keyrings.opening(), &new, options)?;
        let facts = [("old_message_id", resealed.old.message_id()), ("message_id", &resealed.message_id)];
        let facts = facts.map(|(name, id)| (name.to_owned(), json!(hex(id))));
        let file = shown(&job.input, "standard input");
        let line = format!("rewrapped {file} ({} bytes) under a new data key", resealed.plaintext_bytes);
        let notice = self.may_have_kept(job, &resealed.old, options.limits);
        Ok(Done { bytes: resealed.plaintext_bytes, line, facts: Map::from_iter(facts), notice })
    }

    /// What is said once of all files, when the key of a recipient does not open the new message.
    fn may_have_kept(&self, job: &Job, old: &Header, limits: HeaderLimits) -> Option<String> {
        let now = header_now(job, limits)?;
        let lost = lost_recipient(old.encrypted_data_keys(), now.encrypted_data_keys());
        let silent = !lost || self.args.quiet || self.told.swap(true, Ordering::Relaxed);
        (!silent).then(|| MAY_HAVE_KEPT.to_owned())
    }

    /// What is said of a file as soon as its header is a new one: the price, and what somebody may have kept.
    fn notice(&self, job: &Job, old: &Header, limits: HeaderLimits) -> Option<String> {
        let has_price = old.suite().message_version() == 2 && !self.args.quiet;
        let price = has_price.then(|| format!("{}: {PRICE}", shown(&job.input, "standard input")));
        let kept = self.may_have_kept(job, old, limits);
        price.into_iter().chain(kept).reduce(|price, kept| format!("{price}\nstrongroom: {kept}"))
    }

    /// Sets the mark; says whether it is a new one. One that another set since the look is a second time: a copy of the
    /// message, beside this one or in another run.
    fn mark(&self, marks: &RewrapMarks, old: &Header) -> Result<bool, EnvelopeError> {
        let set = match marks.set(old.message_id()) {
            Ok(false) if !self.args.force => Err(io::ErrorKind::AlreadyExists.into()),
            other => other,
        };
        match set {
            Err(source) if !self.args.force => Err(EnvelopeError::Io { action: MARKING, source }),
            other => Ok(other.unwrap_or(false)),
        }
    }

    fn header_only(&self, subject: &Subject, options: OpenOptions<'_>) -> Result<Done, Failure> {
        let Subject { job, header, .. } = subject;
        let change = self.args.keys.change();
        let kept = change.kept(header.encrypted_data_keys())?;
        let new = self.keyrings.wrapping(change.wrapped_anew().cloned().collect());
        let adds = change.wrapped_anew().next().is_some() || self.keyrings.names_others();
        let output = subject.replacing()?;
        // In version 1 the header has an IV of its own, and any number of them is sound.
        let marks = Some(RewrapMarks::of_user()).filter(|_| header.suite().message_version() == 2);
        if let Some(marks) = marks.as_ref().filter(|_| !self.args.force) {
            marks.check(header.message_id())?;
        }
        let marked = Cell::new(false);
        let rewrapped = rewrap_header(
            input(&job.input)?,
            output,
            &self.keyrings.opening(),
            &|old, data_key, request| {
                let mut list = kept.clone();
                if adds {
                    let wrapped = new.wrap(data_key, request)?;
                    let names = |entry: &EncryptedDataKey| (entry.provider.clone(), entry.info.clone());
                    list.retain(|kept| !wrapped.iter().any(|anew| names(anew) == names(kept)));
                    list.extend(wrapped);
                }
                if let Some(marks) = &marks {
                    marked.set(self.mark(marks, old)?);
                }
                Ok(list)
            },
            options,
        );
        let rewrapped = rewrapped.inspect_err(|_| {
            if let Some(marks) =
                marks.as_ref().filter(|_| marked.get() && is_unchanged(job, header, options.limits))
            {
                marks.take_back(header.message_id());
            }
        });
        let rewrapped = rewrapped.map_err(|error| match error {
            EnvelopeError::Io { action: MARKING, source }
                if source.kind() == io::ErrorKind::AlreadyExists =>
            {
                RewrapMarks::once_more()
            }
            other => other.into(),
        })?;
        (options.progress)(rewrapped.message_bytes);
        let file = shown(&job.input, "standard input");
        let notice = self.notice(job, &rewrapped.old, options.limits);
        let line = format!("rewrapped the header of {file}; the data key is the same");
        let facts = Map::from_iter([
            ("message_id".to_owned(), json!(hex(rewrapped.old.message_id()))),
            ("header_only".to_owned(), Value::Bool(true)),
        ]);
        Ok(Done { bytes: rewrapped.message_bytes, line, facts, notice })
    }
}

/// Whether the file still has the header that it had: then no second tag came out, and the next time is the first.
fn is_unchanged(job: &Job, header: &Header, limits: HeaderLimits) -> bool {
    header_now(job, limits).is_some_and(|now| {
        now.message_id() == header.message_id() && now.encrypted_data_keys() == header.encrypted_data_keys()
    })
}

fn header_now(job: &Job, limits: HeaderLimits) -> Option<Header> {
    read_header(input(&job.input).ok()?, limits).ok()
}

/// What a mark that cannot be set kept from being done.
const MARKING: &str = "note that the header was rewrapped";

/// What `--header-only` costs in version 2, where the header's tag has no IV of its own.
const PRICE: &str = "who holds the old and the new header can forge this message from now on, without any key; \
    rewrap without --header-only makes a new one";

/// Of messages that somebody was a recipient of: no new header takes away what he has.
const MAY_HAVE_KEPT: &str = "who could open a message before and is no recipient of it any more may have kept its data key, \
    or what is in it";
