//! `strongroom audit query`, `tail` and `export`: the audit record, of the running service or of files. What can be proved of
//! it is in `audit_proof`, where it is delivered to in `audit_sinks`.

use crate::arguments::{Unusable, account, condition, key_name, pair, time};
use crate::audit_table;
use crate::commands::audit_proof::{self, ProofCommand};
use crate::commands::audit_sinks::{Sinks, sinks};
use crate::commands::operate::show;
use crate::configuration;
use crate::terminal::{complain, harmless_json, say, say_line};
use anyhow::{Context, Result};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use strongroom_audit::{LineView, Outcome, Position, Query, record_text};
use strongroom_control::OperatorRequest;
use strongroom_operator::{AuditReadError, AuditReader, OperatorError, export};

/// How often `tail -f` looks for new records.
const FOLLOW_INTERVAL: Duration = Duration::from_millis(500);

/// The audit record: who did what, and how it went.
#[derive(clap::Subcommand)]
pub(crate) enum Audit {
    /// Find records: all conditions have to hold
    Query {
        #[command(flatten)]
        asked: Asked,
        #[command(flatten)]
        form: Form,
        /// The most records
        #[arg(long, value_name = "N")]
        limit: Option<u64>,
        /// The newest first
        #[arg(long)]
        reverse: bool,
        #[command(flatten)]
        record: RecordOf,
    },
    /// Print the newest records
    Tail {
        #[command(flatten)]
        asked: Asked,
        #[command(flatten)]
        form: Form,
        /// How many
        #[arg(short = 'n', long, value_name = "N", default_value_t = 10)]
        lines: u64,
        /// Print what comes, too
        #[arg(short, long)]
        follow: bool,
        #[command(flatten)]
        record: RecordOf,
    },
    /// Write records as CloudTrail's log files, for tools that read those
    Export {
        /// The folder; files of the same export that are there are written anew
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        #[command(flatten)]
        asked: Asked,
        #[command(flatten)]
        record: RecordOf,
    },
    Sinks(Sinks),
    #[command(flatten)]
    Proof(ProofCommand),
}

/// Whose record.
#[derive(Clone, clap::Args)]
pub(crate) struct RecordOf {
    /// The data directory: its service is asked, or its files are read where no service runs [default: strongroom-data]
    #[arg(long, value_name = "DIR", env = "STRONGROOM_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// Read the files even if a service runs; this look is not on the record
    #[arg(long)]
    files: bool,
}

impl RecordOf {
    /// A reader of it.
    pub(crate) fn reader(self) -> Result<AuditReader> {
        let data_dir = configuration::data_dir(self.data_dir, &configuration::load()?);
        Ok(AuditReader::new(&data_dir, self.files))
    }

    /// Asks its service.
    pub(crate) fn ask(&self, request: &OperatorRequest) -> Result<serde_json::Value> {
        let data_dir = configuration::data_dir(self.data_dir.clone(), &configuration::load()?);
        Ok(strongroom_operator::ask(&data_dir, request)?)
    }
}

/// How records are printed.
#[derive(Clone, Copy, clap::Args)]
pub(crate) struct Form {
    /// Print each record as it is, one JSON object a line
    #[arg(long)]
    json: bool,
    /// Print each line of the log as it is: number, kind and record
    #[arg(long, conflicts_with = "json")]
    raw: bool,
}

/// What is asked for.
#[derive(Clone, clap::Args)]
pub(crate) struct Asked {
    /// A key id, key ARN, alias name or alias ARN
    #[arg(long, value_parser = key_name)]
    key: Option<String>,
    /// Who called: the ARN of a principal, a session or its role, a unique id, or an access key id
    #[arg(long, value_name = "ARN", value_parser = condition)]
    principal: Option<String>,
    /// The operation, such as Decrypt
    #[arg(long, value_name = "NAME", value_parser = condition)]
    operation: Option<String>,
    /// ok, denied, error (failed, and was not denied), or an error's name
    #[arg(long, value_parser = condition)]
    outcome: Option<String>,
    /// A pair of the encryption context; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    context: Vec<(String, String)>,
    /// The request's id
    #[arg(long, value_name = "ID", value_parser = condition)]
    request_id: Option<String>,
    /// The account of the caller or of a key
    #[arg(long, value_name = "ID", value_parser = account)]
    account: Option<String>,
    /// From when on: 2026-01-02, 2026-01-02T03:04:05Z, or how long ago, such as 90m, 12h, 30d
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<u64>,
    /// Until when, not included
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<u64>,
}

impl Asked {
    /// As the record is asked.
    fn query(self, reverse: bool) -> Result<Query> {
        Ok(Query {
            key: self.key,
            principal: self.principal,
            operation: self.operation,
            outcome: self.outcome.as_deref().map(Outcome::new),
            context: pairs(self.context)?,
            request_id: self.request_id,
            account: self.account,
            since: self.since,
            until: self.until,
            reverse,
        })
    }
}

/// Pairs of a context, which has one value for a name.
fn pairs(given: Vec<(String, String)>) -> Result<BTreeMap<String, String>> {
    let mut pairs = BTreeMap::new();
    for (name, value) in given {
        match pairs.get(&name) {
            Some(other) if *other != value => {
                return Err(Unusable::because(&format!(
                    "--context is given {name} with two values, {other} and {value}: ask for one of them at a time"
                )));
            }
            _ => pairs.insert(name, value),
        };
    }
    Ok(pairs)
}

/// The second that it is now.
pub(crate) fn now() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?.as_secs())
}

/// All records of a key, from a time on.
pub(crate) fn of_key(key: String, since: Option<u64>) -> Query {
    Query { key: Some(key), since, ..Query::default() }
}

/// Reads the record.
pub(crate) fn run(audit: Audit) -> Result<ExitCode> {
    match audit {
        Audit::Query { asked, form, limit, reverse, record } => {
            let query = asked.query(reverse)?;
            let mut reader = record.reader()?;
            // Above what is found, or above nothing; not above a failure.
            let mut headed = false;
            reader.each(&query, None, limit, |line| -> Result<()> {
                if !std::mem::replace(&mut headed, true) {
                    form.head()?;
                }
                form.print(line)
            })?;
            if !headed {
                form.head()?;
                if limit != Some(0) {
                    complain(&nothing(&query));
                }
            }
        }
        Audit::Tail { asked, form, lines, follow, record } => {
            tail(record.reader()?, &asked.query(false)?, form, lines, follow)?;
        }
        Audit::Export { out, asked, record } => {
            let (query, mut reader) = (asked.query(false)?, record.reader()?);
            let done = export::<anyhow::Error>(&out, |take| reader.each(&query, None, None, take).map(drop));
            let done = done.with_context(|| out.display().to_string())?;
            return show(&serde_json::json!({ "Files": done.files, "Records": done.records }));
        }
        Audit::Sinks(args) => return sinks(args),
        Audit::Proof(command) => return audit_proof::run(command),
    }
    Ok(ExitCode::SUCCESS)
}

/// What is said where nothing was found, so that an empty table is not taken for a question that went wrong.
fn nothing(query: &Query) -> String {
    let alone = Query { key: query.key.clone(), reverse: query.reverse, ..Query::default() };
    match &query.key {
        Some(key) if *query == alone => format!("strongroom: no record of {key}"),
        Some(key) => format!("strongroom: no record of {key} meets the other conditions"),
        None => "strongroom: no record meets the conditions".to_owned(),
    }
}

/// The newest records, and those that come.
fn tail(mut reader: AuditReader, query: &Query, form: Form, lines: u64, follow: bool) -> Result<()> {
    let backwards = Query { reverse: true, ..query.clone() };
    let mut newest = Vec::new();
    // The first one alone, for its place: what comes is read from there on.
    let at = reader.each(&backwards, None, Some(1), keep(&mut newest))?;
    let last = newest.first().and_then(|line| sequence(line));
    let rest = lines.saturating_sub(1);
    if !newest.is_empty() && rest > 0 {
        reader.each(&backwards, at, Some(rest), keep(&mut newest))?;
    }
    form.head()?;
    if newest.is_empty() && !follow {
        complain(&nothing(query));
    }
    newest.truncate(usize::try_from(lines).unwrap_or(usize::MAX));
    for line in newest.iter().rev() {
        form.print(line)?;
    }
    if follow { come(reader, query, form, at, last) } else { Ok(()) }
}

fn keep(kept: &mut Vec<String>) -> impl FnMut(&str) -> Result<()> {
    move |line: &str| {
        kept.push(line.to_owned());
        Ok(())
    }
}

/// Prints what is behind a place and newer than a record, for ever: a service that has ended is waited for.
fn come(
    mut reader: AuditReader,
    query: &Query,
    form: Form,
    mut at: Option<Position>,
    mut last: Option<u64>,
) -> Result<()> {
    if reader.reads_files() {
        complain("strongroom: no service is asked; what comes is read from the files");
    }
    let mut waits = false;
    loop {
        let outcome: Result<Option<Position>> = reader.each(query, at, None, |line| {
            let number = sequence(line);
            // The place may be before the record that was printed last, so that none is missed.
            if number.is_some_and(|number| last.is_some_and(|last| number <= last)) {
                return Ok(());
            }
            form.print(line)?;
            last = number.or(last);
            Ok(())
        });
        match outcome {
            Ok(place) => (at, waits) = (place, false),
            Err(error) if is_away(&error) => {
                if !std::mem::replace(&mut waits, true) {
                    complain(&format!("strongroom: the service is waited for: {error}"));
                }
            }
            Err(error) => return Err(error),
        }
        std::thread::sleep(FOLLOW_INTERVAL);
    }
}

/// Whether the service that answered before does not do so now, but may again.
fn is_away(error: &anyhow::Error) -> bool {
    use OperatorError::{Malformed, Refused, Unreachable};
    matches!(
        error.downcast_ref(),
        Some(AuditReadError::Service(Unreachable { .. } | Malformed(_) | Refused(_)))
    )
}

fn sequence(line: &str) -> Option<u64> {
    LineView::parse(line.as_bytes()).map(|view| view.sequence)
}

impl Form {
    /// What stands above a table.
    fn head(self) -> Result<()> {
        if self.json || self.raw { Ok(()) } else { Ok(say_line(&audit_table::head())?) }
    }

    fn print(self, line: &str) -> Result<()> {
        if self.raw {
            return Ok(say_line(&as_it_is(line))?);
        }
        if self.json {
            let record = record_text(line.as_bytes()).context("a line of the audit log has no record")?;
            return Ok(say_line(&as_it_is(record))?);
        }
        let view = LineView::parse(line.as_bytes()).context("a line of the audit log cannot be read")?;
        Ok(say(&audit_table::row(&view))?)
    }
}

/// JSON as it is, but on a terminal, which what callers chose (pairs of an encryption context) must not steer.
fn as_it_is(json: &str) -> Cow<'_, str> {
    if io::stdout().is_terminal() { harmless_json(json) } else { Cow::Borrowed(json) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_of_a_context_is_asked_for_with_one_value() {
        let given = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            super::pairs(pairs.collect())
        };
        assert_eq!(given(&[("a", "1"), ("b", "2"), ("a", "1")]).unwrap().len(), 2);
        let refused = given(&[("a", "1"), ("a", "2")]).unwrap_err();
        assert!(refused.to_string().contains("--context is given a with two values, 1 and 2"), "{refused}");
    }

    #[test]
    fn service_that_is_away_is_waited_for_and_nothing_else() {
        let away = AuditReadError::Service(OperatorError::Refused("the front died".to_owned()));
        assert!(is_away(&away.into()));
        let stranger = OperatorError::Stranger { path: PathBuf::new(), user: 7 };
        assert!(!is_away(&AuditReadError::Service(stranger).into()));
        assert!(!is_away(&io::Error::from(io::ErrorKind::BrokenPipe).into()));
    }

    #[test]
    fn nothing_found_names_the_key_and_whether_more_was_asked() {
        let of_key = of_key("alias/a".to_owned(), None);
        assert_eq!(nothing(&of_key), "strongroom: no record of alias/a");
        assert_eq!(nothing(&Query { reverse: true, ..of_key.clone() }), "strongroom: no record of alias/a");
        let since = Query { since: Some(1), ..of_key };
        assert_eq!(nothing(&since), "strongroom: no record of alias/a meets the other conditions");
        assert_eq!(nothing(&Query::default()), "strongroom: no record meets the conditions");
    }
}
