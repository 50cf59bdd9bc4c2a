//! `strongroom column`: a filter for the values of a database column, one data key for many of them. Lines come from the
//! database's client and go back to it; docs/databases.md has what this protects, and examples/databases the SQL.

use crate::envelope_tool::{Binding, EXIT_CODES, Failure, Line, finish, hex, opening_key, sealing_key};
use crate::terminal::{SayError, complain, say};
use clap::builder::NonEmptyStringValueParser;
use std::io::{self, BufRead as _};
use std::process::ExitCode;
use std::time::Duration;
use strongroom_envelope::keyring::KmsKeyring;
use strongroom_envelope::materials::{
    CacheLimits, CachingManager, DefaultManager, MaterialsManager, RequiredContext,
};
use strongroom_envelope::message::{Header, HeaderLimits};
use strongroom_envelope::{EnvelopeError, OpenOptions, SealOptions, open_bytes, seal_bytes, seal_many};

/// So many lines are worked on at a time.
const BATCH_LINES: usize = 1_024;
/// A cached data key is used for so long.
const CACHE_TIME: Duration = Duration::from_secs(600);

/// Seal and open the values of a database column: lines of ROW, a tab and the value in hex, from standard input to standard
/// output.
#[derive(clap::Subcommand)]
pub(crate) enum Column {
    /// Values into sealed values
    #[command(after_help = EXIT_CODES)]
    Seal(Args),
    /// Sealed values into values
    #[command(after_help = EXIT_CODES)]
    Open(Args),
    /// Sealed values under another key: lines of ROW, old and new sealed value; those that have the key already are left out
    #[command(after_help = EXIT_CODES)]
    Reseal(Args),
}

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The table, bound to each value
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    table: String,
    /// The column, bound to each value
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    column: String,
    /// Whose values they are, bound to each of them
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    tenant: Option<String>,
    /// Bind the row by the encryption context: a call to KMS for each value, and a line in its audit log. Without it the row
    /// is sealed with the value and compared here
    #[arg(long)]
    bind_row: bool,
    /// The KMS key: to seal with (else STRONGROOM_KEY_ID, or key_id in strongroom.toml); of `open`, the only one to open with
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    key_id: Option<String>,
}

/// Filters; the exit code is the worst of all lines.
pub(crate) fn run(column: &Column) -> anyhow::Result<ExitCode> {
    let done = match column {
        Column::Seal(args) => seal(args),
        Column::Open(args) => open(args),
        Column::Reseal(args) => reseal(args),
    };
    Ok(done.unwrap_or_else(|failure| finish(Err(failure))))
}

impl Args {
    fn binding(&self) -> Binding {
        Binding::new(&self.table, &self.column, self.tenant.as_deref(), self.bind_row)
    }
}

/// Materials for the values of a column. Bound to a row, no two values could share a data key.
fn manager(binding: &Binding, keyring: KmsKeyring) -> Box<dyn MaterialsManager + Sync> {
    let direct = DefaultManager::new(keyring);
    if binding.strict {
        return Box::new(RequiredContext::new(direct, binding.required()));
    }
    let cached = CachingManager::new(direct, CacheLimits::new(CACHE_TIME));
    Box::new(RequiredContext::new(cached, binding.required()))
}

fn seal(args: &Args) -> Result<ExitCode, Failure> {
    let binding = args.binding();
    let manager = manager(&binding, KmsKeyring::for_sealing(&sealing_key(args.key_id.as_deref())?)?);
    each_batch(|lines| {
        let sealed = seal_lines(&binding, &*manager, lines)?;
        Ok(lines.iter().zip(sealed).map(|(line, value)| Ok(line.with(&value))).collect())
    })
}

/// What KMS refuses for one value it refuses for all: the first failure ends it.
fn seal_lines(
    binding: &Binding,
    manager: &(dyn MaterialsManager + Sync),
    lines: &[Line],
) -> Result<Vec<Vec<u8>>, Failure> {
    if binding.strict {
        let one = |line: &Line| -> Result<Vec<u8>, Failure> {
            let context = binding.context(&line.row)?;
            Ok(seal_bytes(&binding.pack(&line.row, &line.value)?, manager, SealOptions::new(&context))?)
        };
        return lines.iter().map(one).collect();
    }
    let context = binding.context("")?;
    let packed = lines.iter().map(|line| binding.pack(&line.row, &line.value));
    let packed = packed.collect::<Result<Vec<_>, Failure>>()?;
    Ok(seal_many(&packed, manager, SealOptions::new(&context))?)
}

fn open(args: &Args) -> Result<ExitCode, Failure> {
    let binding = args.binding();
    let manager = manager(&binding, KmsKeyring::for_opening(opening_key(args.key_id.as_deref())?)?);
    each_batch(|lines| {
        let one = |line: &Line| open_line(&binding, &*manager, line, |value| line.with(value));
        Ok(lines.iter().map(one).collect())
    })
}

/// Opens one value and gives it to `then`.
fn open_line<T>(
    binding: &Binding,
    manager: &dyn MaterialsManager,
    line: &Line,
    then: impl FnOnce(&[u8]) -> T,
) -> Result<T, Failure> {
    let context = binding.context(&line.row)?;
    let opened = open_bytes(&line.value, manager, OpenOptions::new(&context))?;
    let value = binding.unpack(&line.row, &opened.plaintext);
    value.map(then).ok_or_else(|| EnvelopeError::ContextMismatch("row".to_owned()).into())
}

fn reseal(args: &Args) -> Result<ExitCode, Failure> {
    let binding = args.binding();
    let key = sealing_key(args.key_id.as_deref())?;
    let old = manager(&binding, KmsKeyring::for_opening(opening_key(None)?)?);
    let new = manager(&binding, KmsKeyring::for_sealing(&key)?);
    each_batch(|lines| {
        let one = |line: &Line| -> Result<String, Failure> {
            if is_for(&line.value, &key)? {
                return Ok(String::new());
            }
            let opened = open_line(&binding, &*old, line, |value| binding.pack(&line.row, value))??;
            let context = binding.context(&line.row)?;
            let sealed = seal_bytes(&opened, &*new, SealOptions::new(&context))?;
            Ok(format!("{}\t{}\t{}\n", line.row, hex(&line.value), hex(&sealed)))
        };
        Ok(lines.iter().map(one).collect())
    })
}

/// Whether a value names that key, by ARN or id, in its header; read without any key.
fn is_for(value: &[u8], key: &str) -> Result<bool, Failure> {
    let header = Header::parse(value, HeaderLimits::default())?;
    let names = |info: &[u8]| info == key.as_bytes() || info.ends_with(format!(":key/{key}").as_bytes());
    Ok(header.encrypted_data_keys().iter().all(|entry| names(&entry.info)))
}

/// What became of each line of a batch, in their order: what is printed, or why not.
type Outcomes = Vec<Result<String, Failure>>;

/// Reads lines in batches and prints what `work` makes of them. A line that fails is named and left out; the exit code is
/// that of the worst. A reader of the output who has gone ends it.
fn each_batch(mut work: impl FnMut(&[Line]) -> Result<Outcomes, Failure>) -> Result<ExitCode, Failure> {
    let mut input = io::stdin().lock().lines();
    let (mut number, mut worst) = (0, 0);
    loop {
        let mut lines = Vec::new();
        for text in input.by_ref().take(BATCH_LINES) {
            number += 1;
            let text = text.map_err(|source| EnvelopeError::Io { action: "read standard input", source })?;
            lines.push(Line::parse(number, &text)?);
        }
        if lines.is_empty() {
            return Ok(ExitCode::from(worst));
        }
        let mut out = String::new();
        for (line, outcome) in lines.iter().zip(work(&lines)?) {
            match outcome {
                Ok(text) => out.push_str(&text),
                Err(failure) => {
                    worst = failure.code().max(worst);
                    complain(&format!(
                        "strongroom: line {}, row {:?}: {}",
                        line.number,
                        line.row,
                        failure.text()
                    ));
                }
            }
        }
        match say(&out) {
            Ok(()) => {}
            Err(SayError::ReaderGone) => return Ok(ExitCode::from(worst)),
            Err(SayError::Io(source)) => {
                return Err(EnvelopeError::Io { action: "write to standard output", source }.into());
            }
        }
    }
}
