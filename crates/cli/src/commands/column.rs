//! `strongroom column`: a filter for the values of a database column, one data key for many of them. Lines come from the
//! database's client and go back to it; docs/databases.md has what this protects, and examples/databases the SQL.

use crate::envelope_tool::{
    Binding, EXIT_CODES, Failure, Line, finish, hex, opening_key, sealing_key, side_by_side,
};
use crate::terminal::{SayError, complain, say};
use clap::builder::NonEmptyStringValueParser;
use std::collections::HashSet;
use std::io::{self, BufRead as _};
use std::process::ExitCode;
use std::time::Duration;
use strongroom_envelope::keyring::KmsKeyring;
use strongroom_envelope::materials::{
    CacheLimits, CachingManager, DefaultManager, MaterialsManager, RequiredContext,
};
use strongroom_envelope::message::{Header, HeaderLimits};
use strongroom_envelope::{
    EnvelopeError, OpenOptions, SealOptions, open_bytes, open_many, seal_bytes, seal_many,
};
use zeroize::Zeroizing;

/// So many lines are worked on at a time.
const BATCH_LINES: usize = 1_024;
/// Bound to their rows, so many values are asked for before the first failure ends it.
const STRICT_LINES: usize = 64;
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
        let one = |line: &Line| seal_line(binding, manager, line, &binding.pack(&line.row, &line.value)?);
        let mut sealed = Vec::with_capacity(lines.len());
        for lines in lines.chunks(STRICT_LINES) {
            for value in side_by_side(lines, one) {
                sealed.push(value?);
            }
        }
        return Ok(sealed);
    }
    let context = binding.context("")?;
    let packed = lines.iter().map(|line| binding.pack(&line.row, &line.value));
    let packed = packed.collect::<Result<Vec<_>, Failure>>()?;
    Ok(seal_many(&packed, manager, SealOptions::new(&context))?)
}

/// Seals one value, packed already.
fn seal_line(
    binding: &Binding,
    manager: &dyn MaterialsManager,
    line: &Line,
    packed: &[u8],
) -> Result<Vec<u8>, Failure> {
    let context = binding.context(&line.row)?;
    Ok(seal_bytes(packed, manager, SealOptions::new(&context))?)
}

fn open(args: &Args) -> Result<ExitCode, Failure> {
    let binding = args.binding();
    let manager = manager(&binding, KmsKeyring::for_opening(opening_key(args.key_id.as_deref())?)?);
    each_batch(|lines| {
        let lines: Vec<&Line> = lines.iter().collect();
        open_lines(&binding, &*manager, &lines, |line, value| Ok(line.with(value)))
    })
}

/// Opens values and gives each to `then`; the results are in the order of the lines.
fn open_lines<T: Send>(
    binding: &Binding,
    manager: &(dyn MaterialsManager + Sync),
    lines: &[&Line],
    then: impl Fn(&Line, &[u8]) -> Result<T, Failure> + Sync,
) -> Result<Vec<Result<T, Failure>>, Failure> {
    let unpacked = |line: &Line, opened: &[u8]| -> Result<T, Failure> {
        let other_row = || EnvelopeError::ContextMismatch("row".to_owned());
        then(line, binding.unpack(&line.row, opened).ok_or_else(other_row)?)
    };
    if binding.strict {
        return Ok(side_by_side(lines, |line| {
            let context = binding.context(&line.row)?;
            unpacked(line, &open_bytes(&line.value, manager, OpenOptions::new(&context))?.plaintext)
        }));
    }
    let context = binding.context("")?;
    let options = OpenOptions::new(&context);
    let first = first_of_each_data_key(lines);
    if first.len() > 1 {
        // Several threads would ask KMS for the same data key at once. A failure comes again with its line.
        side_by_side(&first, |line| drop(open_bytes(&line.value, manager, OpenOptions::new(&context))));
    }
    let values: Vec<&[u8]> = lines.iter().map(|line| line.value.as_slice()).collect();
    let opened = open_many(&values, manager, options);
    Ok(lines.iter().zip(opened).map(|(line, opened)| unpacked(line, &opened?.plaintext)).collect())
}

/// The first value of each data key, by the wrapped keys in the headers; values that are no messages are left out.
fn first_of_each_data_key<'a>(lines: &[&'a Line]) -> Vec<&'a Line> {
    let mut seen = HashSet::new();
    let is_first = |line: &&Line| {
        Header::parse(&line.value, HeaderLimits::default()).is_ok_and(|header| {
            let blobs = header.encrypted_data_keys().iter().map(|entry| entry.blob.clone());
            seen.insert(blobs.collect::<Vec<_>>())
        })
    };
    lines.iter().copied().filter(is_first).collect()
}

fn reseal(args: &Args) -> Result<ExitCode, Failure> {
    let binding = args.binding();
    let key = sealing_key(args.key_id.as_deref())?;
    refuse_alias(&key)?;
    let old = manager(&binding, KmsKeyring::for_opening(opening_key(None)?)?);
    let new = manager(&binding, KmsKeyring::for_sealing(&key)?);
    each_batch(|lines| {
        let done: Vec<Result<bool, Failure>> = lines.iter().map(|line| is_for(&line.value, &key)).collect();
        let left = lines.iter().zip(&done).filter(|(_, done)| matches!(done, Ok(false)));
        let left: Vec<&Line> = left.map(|(line, _)| line).collect();
        let mut resealed = reseal_lines(&binding, &*old, &*new, &left)?.into_iter();
        let outcome = |done: Result<bool, Failure>| -> Result<String, Failure> {
            if done? { Ok(String::new()) } else { resealed.next().unwrap_or_else(lost) }
        };
        Ok(done.into_iter().map(outcome).collect())
    })
}

/// Opens values with the old keys and seals them with the new one: the lines that are printed for them.
fn reseal_lines(
    binding: &Binding,
    old: &(dyn MaterialsManager + Sync),
    new: &(dyn MaterialsManager + Sync),
    lines: &[&Line],
) -> Result<Outcomes, Failure> {
    let opened = open_lines(binding, old, lines, |line, value| binding.pack(&line.row, value))?;
    let values = lines.iter().zip(&opened).filter_map(|(line, opened)| Some((*line, opened.as_ref().ok()?)));
    let values: Vec<(&Line, &Zeroizing<Vec<u8>>)> = values.collect();
    let mut sealed = seal_each(binding, new, &values).into_iter();
    let outcome = |(line, opened): (&&Line, Result<Zeroizing<Vec<u8>>, Failure>)| -> Result<String, Failure> {
        opened?;
        let sealed = sealed.next().unwrap_or_else(lost)?;
        Ok(format!("{}\t{}\t{}\n", line.row, hex(&line.value), hex(&sealed)))
    };
    Ok(lines.iter().zip(opened).map(outcome).collect())
}

/// Seals packed values: one result for each, in their order.
fn seal_each(
    binding: &Binding,
    manager: &(dyn MaterialsManager + Sync),
    values: &[(&Line, &Zeroizing<Vec<u8>>)],
) -> Vec<Result<Vec<u8>, Failure>> {
    if binding.strict {
        return side_by_side(values, |(line, packed)| seal_line(binding, manager, line, packed));
    }
    let packed: Vec<&[u8]> = values.iter().map(|(_, packed)| packed.as_slice()).collect();
    let together =
        binding.context("").and_then(|context| Ok(seal_many(&packed, manager, SealOptions::new(&context))?));
    match together {
        Ok(sealed) => sealed.into_iter().map(Ok).collect(),
        // One after the other, so that each line has its own reason.
        Err(_) => values.iter().map(|(line, packed)| seal_line(binding, manager, line, packed)).collect(),
    }
}

/// Every value has its result: only a thread that was lost leaves one out.
fn lost<T>() -> Result<T, Failure> {
    Err(EnvelopeError::WorkerLost.into())
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

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_envelope::keyring::RawAesKeyring;

    fn line(number: u64, row: &str, value: Vec<u8>) -> Line {
        Line { number, row: row.to_owned(), value: Zeroizing::new(value) }
    }

    /// Under a key that both ends have.
    fn with_key(key: u8, binding: &Binding) -> impl MaterialsManager + Sync {
        let keyring = RawAesKeyring::new("test", &key.to_string(), &[key; 32]).unwrap();
        let cached = CachingManager::new(DefaultManager::new(keyring), CacheLimits::new(CACHE_TIME));
        RequiredContext::new(cached, binding.required())
    }

    #[test]
    fn lines_keep_their_order_and_each_its_own_failure() {
        for strict in [false, true] {
            let binding = Binding::new("t", "c", None, strict);
            let (old, new) = (with_key(1, &binding), with_key(2, &binding));
            let plain: Vec<Line> =
                (0..300).map(|row| line(row, &row.to_string(), vec![row as u8; 9])).collect();
            let sealed = seal_lines(&binding, &old, &plain).ok().unwrap();
            let mut sealed: Vec<Line> =
                plain.iter().zip(sealed).map(|(of, value)| line(of.number, &of.row, value)).collect();
            sealed[7].value.truncate(20);
            sealed[100].row = "101".to_owned();
            let refs: Vec<&Line> = sealed.iter().collect();
            let opened = open_lines(&binding, &old, &refs, |_, value| Ok(value.to_vec())).ok().unwrap();
            let resealed = reseal_lines(&binding, &old, &new, &refs).ok().unwrap();
            for (row, (opened, resealed)) in opened.into_iter().zip(resealed).enumerate() {
                let broken = row == 7 || row == 100;
                assert_eq!((opened.is_err(), resealed.is_err()), (broken, broken), "row {row}");
                let (Ok(opened), Ok(resealed)) = (opened, resealed) else { continue };
                assert_eq!(opened, plain[row].value.as_slice(), "row {row}");
                let words: Vec<&str> = resealed.trim_end().split('\t').collect();
                assert_eq!(
                    (words[0], words[1]),
                    (sealed[row].row.as_str(), hex(&sealed[row].value).as_str())
                );
                let again = Line::parse(0, &format!("{row}\t{}", words[2])).ok().unwrap();
                let with_new = open_lines(&binding, &new, &[&again], |_, value| Ok(value.to_vec()));
                assert_eq!(with_new.ok().unwrap().remove(0).ok().unwrap(), plain[row].value.as_slice());
            }
        }
    }

    #[test]
    fn the_first_value_of_each_data_key_is_known() {
        let binding = Binding::new("t", "c", None, false);
        let plain: Vec<Line> = (0..4).map(|row| line(row, "r", vec![1])).collect();
        let sealed = |key| seal_lines(&binding, &with_key(key, &binding), &plain).ok().unwrap();
        let values = sealed(1).into_iter().chain(sealed(2)).chain([b"none".to_vec()]);
        let lines: Vec<Line> = (0..).zip(values).map(|(number, value)| line(number, "r", value)).collect();
        let first = first_of_each_data_key(&lines.iter().collect::<Vec<_>>());
        assert_eq!(first.iter().map(|line| line.number).collect::<Vec<_>>(), [0, 4]);
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
