//! `strongroom column`: a filter for the values of a database column, one data key for many of them. Lines come from the
//! database's client and go back to it; docs/databases.md has what this protects, and examples/databases the SQL.

use crate::envelope_tool::{
    EXIT_CODES, Failure, HeaderArgs, Line, OldKeyArgs, finish, hex, opening_key, sealing_key,
};
use crate::terminal::{SayError, complain, say};
use clap::builder::NonEmptyStringValueParser;
use std::io::{self, BufRead as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use strongroom_envelope::EnvelopeError;
use strongroom_envelope::column::{Binding, Column as Values, RowValue, is_sealed_with};
use strongroom_envelope::keyring::{DataKeySource, KmsClient, KmsKeyring, MultiKeyring};
use strongroom_envelope::materials::CacheLimits;
use zeroize::Zeroizing;

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
    Open(OpenArgs),
    /// Sealed values under another key: lines of ROW, old and new sealed value; those that have the key already are left out
    #[command(after_help = EXIT_CODES)]
    Reseal(Box<ResealArgs>),
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

#[derive(clap::Args)]
pub(crate) struct OpenArgs {
    #[command(flatten)]
    place: Args,
    /// Take a multi-Region key (mrk-...) for the same in every Region
    #[arg(long)]
    multi_region: bool,
    #[command(flatten)]
    header: HeaderArgs,
}

#[derive(clap::Args)]
pub(crate) struct ResealArgs {
    #[command(flatten)]
    place: Args,
    #[command(flatten)]
    header: HeaderArgs,
    #[command(flatten)]
    old: OldKeyArgs,
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
    /// The column, under the keyring's keys.
    fn values(&self, keyring: impl DataKeySource + Send + Sync + 'static) -> Result<Values, Failure> {
        let mut binding = Binding::new(&self.table, &self.column);
        if let Some(tenant) = &self.tenant {
            binding = binding.of_tenant(tenant);
        }
        if self.bind_row {
            binding = binding.with_row_in_context();
        }
        Ok(Values::new(binding, keyring, CacheLimits::new(CACHE_TIME))?)
    }
}

fn seal(args: &Args) -> Result<ExitCode, Failure> {
    let values = args.values(KmsKeyring::for_sealing(&sealing_key(args.key_id.as_deref())?)?)?;
    each_batch(|lines| {
        let sealed = values.seal_many(&rows(lines))?;
        Ok(lines.iter().zip(sealed).map(|(line, value)| Ok(line.with(&value))).collect())
    })
}

fn open(args: &OpenArgs) -> Result<ExitCode, Failure> {
    let keyring = KmsKeyring::for_opening(opening_key(args.place.key_id.as_deref())?)?;
    let keyring = if args.multi_region { keyring.multi_region_aware()? } else { keyring };
    let values = args.place.values(keyring)?.with_header_limits(args.header.limits());
    each_batch(|lines| {
        let opened = values.open_many(&rows(lines)).into_iter();
        let outcome = |(line, opened): (&Line, Result<Zeroizing<Vec<u8>>, EnvelopeError>)| {
            opened.map(|value| line.with(&value)).map_err(Failure::Envelope)
        };
        Ok(lines.iter().zip(opened).map(outcome).collect())
    })
}

fn reseal(args: &ResealArgs) -> Result<ExitCode, Failure> {
    let key = sealing_key(args.place.key_id.as_deref())?;
    refuse_alias(&key)?;
    let old = args.old.read()?.keyrings(&Arc::new(KmsClient::from_environment()?))?;
    let old = args.place.values(MultiKeyring::new(old))?.with_header_limits(args.header.limits());
    let new = args.place.values(KmsKeyring::for_sealing(&key)?)?;
    each_batch(|lines| Ok(reseal_lines(&old, &new, &key, lines)))
}

/// Opens values with the old keys and seals them with the new one; lines that have that already print nothing.
fn reseal_lines(old: &Values, new: &Values, key: &str, lines: &[Line]) -> Outcomes {
    let done: Vec<Result<bool, EnvelopeError>> =
        lines.iter().map(|line| is_sealed_with(&line.value, key)).collect();
    let left = lines.iter().zip(&done).filter(|(_, done)| matches!(done, Ok(false)));
    let left: Vec<RowValue<'_>> = left.map(|(line, _)| row(line)).collect();
    let mut resealed = old.reseal_many(&left, new).into_iter();
    let outcome = |(line, done): (&Line, Result<bool, EnvelopeError>)| -> Result<String, Failure> {
        if done? {
            return Ok(String::new());
        }
        // Every value that is left has its result: only a thread that was lost leaves one out.
        let sealed = resealed.next().unwrap_or(Err(EnvelopeError::WorkerLost))?;
        Ok(format!("{}\t{}\t{}\n", line.row, hex(&line.value), hex(&sealed)))
    };
    lines.iter().zip(done).map(outcome).collect()
}

fn rows(lines: &[Line]) -> Vec<RowValue<'_>> {
    lines.iter().map(row).collect()
}

fn row(line: &Line) -> RowValue<'_> {
    (line.row.as_str(), line.value.as_slice())
}

/// `reseal` passes over what has the key already, and an alias stands in no value.
fn refuse_alias(key: &str) -> Result<(), Failure> {
    if key.starts_with("alias/") || key.contains(":alias/") {
        return Err(Failure::Usage(
            "reseal needs the key's ARN or id: a value does not say which alias it was sealed with".into(),
        ));
    }
    Ok(())
}

/// What became of each line of a batch, in their order: what is printed, or why not.
type Outcomes = Vec<Result<String, Failure>>;

/// Reads lines in batches and prints what `work` makes of them. A line that fails, or is none, is named and left out; the
/// exit code is that of the worst. A KMS that cannot be reached ends it, and so does a reader of the output who has gone.
fn each_batch(mut work: impl FnMut(&[Line]) -> Result<Outcomes, Failure>) -> Result<ExitCode, Failure> {
    let mut input = io::stdin().lock().lines();
    let (mut number, mut worst) = (0, 0);
    while let Some(lines) = next_lines(&mut input, &mut number, &mut worst)? {
        if lines.is_empty() {
            continue;
        }
        let mut out = String::new();
        let mut unreachable = false;
        for (line, outcome) in lines.iter().zip(work(&lines)?) {
            match outcome {
                Ok(text) => out.push_str(&text),
                // Said once: it is the same for the lines that follow.
                Err(failure) if unreachable && failure.is_unreachable() => {}
                Err(failure) => {
                    unreachable |= failure.is_unreachable();
                    worst = failure.code().max(worst);
                    complain_of(line, &failure);
                }
            }
        }
        match say(&out) {
            Ok(()) if !unreachable => {}
            Ok(()) | Err(SayError::ReaderGone) => return Ok(ExitCode::from(worst)),
            Err(SayError::Io(source)) => {
                return Err(EnvelopeError::Io { action: "write to standard output", source }.into());
            }
        }
    }
    Ok(ExitCode::from(worst))
}

/// The next batch, without what is no line: that is named, and counts for the exit code. `None` at the end of the input.
fn next_lines(
    input: &mut impl Iterator<Item = io::Result<String>>,
    number: &mut u64,
    worst: &mut u8,
) -> Result<Option<Vec<Line>>, Failure> {
    let (before, mut lines) = (*number, Vec::new());
    for text in input.by_ref().take(BATCH_LINES) {
        *number += 1;
        let text = text.map_err(|source| unreadable(*number, source));
        match text.and_then(|text| Line::parse(*number, &text)) {
            Ok(line) => lines.push(line),
            Err(wrong @ Failure::Usage(_)) => {
                *worst = wrong.code().max(*worst);
                complain(&format!("strongroom: {}", wrong.text()));
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok((*number > before).then_some(lines))
}

fn complain_of(line: &Line, failure: &Failure) {
    complain(&format!("strongroom: line {}, row {:?}: {}", line.number, line.row, failure.text()));
}

/// Why a line cannot be read.
fn unreadable(number: u64, source: io::Error) -> Failure {
    match source.kind() {
        io::ErrorKind::InvalidData => Failure::Usage(format!("line {number} is not UTF-8")),
        _ => EnvelopeError::Io { action: "read standard input", source }.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_not_utf_8_is_a_line_that_is_none() {
        let bad = unreadable(3, io::Error::from(io::ErrorKind::InvalidData));
        assert!(matches!(&bad, Failure::Usage(text) if text.contains("line 3")), "{}", bad.text());
        assert_eq!(unreadable(3, io::Error::other("gone")).code(), 5);
    }

    #[test]
    fn alias_cannot_be_resealed_to() {
        for alias in ["alias/a", "arn:aws:kms:eu-west-1:111122223333:alias/a"] {
            assert!(matches!(refuse_alias(alias), Err(Failure::Usage(text)) if text.contains("ARN or id")));
        }
        for key in ["1234", "arn:aws:kms:eu-west-1:111122223333:key/1234"] {
            assert!(refuse_alias(key).is_ok());
        }
    }
}
