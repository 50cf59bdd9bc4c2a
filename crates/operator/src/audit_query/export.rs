//! The record as CloudTrail's log files: gzip of `{"Records":[...]}` in CloudTrail's folders, so that what reads those
//! reads these.
//!
//! `AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHMMZ_UNIQUE.json.gz`: one file for
//! each account, Region and hour, or more if there is much. The time in the name is the end of the hour, as if the file
//! was delivered then. The name depends on what is in the file, so that the same export gives the same files.

use super::copies::{copy_for, other_accounts};
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use strongroom_audit::{LineView, event_seconds, event_time, record_text};
use strongroom_types::Timestamp;

/// The most records of one file.
const FILE_RECORDS_MAX: u64 = 10_000;

/// How many files are written at the same time; the oldest hour's is ended for another.
const FILES_MAX: usize = 64;

const HOUR: u64 = 3_600;

/// Which file a record belongs into.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    hour: u64,
    account: String,
    region: String,
}

/// A file that is being written, under another name.
struct Open {
    out: GzEncoder<BufWriter<File>>,
    unfinished: PathBuf,
    first: u64,
    records: u64,
}

/// What was exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// How many files.
    pub files: u64,
    /// How many records, copies for owners of keys in other accounts included.
    pub records: u64,
}

/// Writes records to files below a folder.
struct Exporter<'d> {
    dir: &'d Path,
    open: BTreeMap<Place, Open>,
    done: Exported,
}

/// Exports the lines that `lines` shows: it is called with what takes one line.
pub fn export<E: From<io::Error>>(
    dir: &Path,
    lines: impl FnOnce(&mut dyn FnMut(&str) -> Result<(), E>) -> Result<(), E>,
) -> Result<Exported, E> {
    fs::create_dir_all(dir)?;
    let mut exporter = Exporter { dir, open: BTreeMap::new(), done: Exported::default() };
    lines(&mut |line| Ok(exporter.take(line)?))?;
    while let Some((place, open)) = exporter.open.pop_first() {
        exporter.end(&place, open)?;
    }
    Ok(exporter.done)
}

impl Exporter<'_> {
    fn take(&mut self, line: &str) -> io::Result<()> {
        let unreadable = || io::Error::other("a line of the audit log cannot be read");
        let view = LineView::parse(line.as_bytes()).ok_or_else(unreadable)?;
        let record = record_text(line.as_bytes()).ok_or_else(unreadable)?;
        let seconds = event_seconds(&view.record.event_time).ok_or_else(unreadable)?;
        let place = |account: &str| Place {
            hour: seconds / HOUR,
            account: in_path(account),
            region: in_path(&view.record.aws_region),
        };
        self.put(place(&view.record.recipient_account_id), view.sequence, record)?;
        for owner in other_accounts(&view) {
            let copy = copy_for(&owner, record).ok_or_else(unreadable)?;
            self.put(place(&owner), view.sequence, &copy)?;
        }
        Ok(())
    }

    fn put(&mut self, place: Place, sequence: u64, record: &str) -> io::Result<()> {
        let mut open = match self.open.remove(&place) {
            Some(open) => open,
            None => self.begin(&place, sequence)?,
        };
        let before: &[u8] = if open.records == 0 { b"{\"Records\":[" } else { b"," };
        open.out.write_all(before)?;
        open.out.write_all(record.as_bytes())?;
        open.records += 1;
        self.done.records += 1;
        if open.records == FILE_RECORDS_MAX {
            return self.end(&place, open);
        }
        self.open.insert(place, open);
        Ok(())
    }

    fn begin(&mut self, place: &Place, first: u64) -> io::Result<Open> {
        if self.open.len() >= FILES_MAX
            && let Some((oldest, open)) = self.open.pop_first()
        {
            self.end(&oldest, open)?;
        }
        let name = format!(".{}_{}_{}_{first}.unfinished", place.account, place.region, place.hour);
        let unfinished = self.dir.join(name);
        // As private as the log: encryption contexts are in it.
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let out = BufWriter::new(options.open(&unfinished)?);
        let out = GzBuilder::new().mtime(0).write(out, Compression::default());
        Ok(Open { out, unfinished, first, records: 0 })
    }

    /// The file gets its name when it is whole and on the disk.
    fn end(&mut self, place: &Place, mut open: Open) -> io::Result<()> {
        open.out.write_all(b"]}")?;
        let file = open.out.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        let path = self.dir.join(path(place, open.first));
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::rename(&open.unfinished, &path)?;
        self.done.files += 1;
        Ok(())
    }
}

/// A part of a path: what came from a request does not choose folders.
fn in_path(text: &str) -> String {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if plain { text.to_owned() } else { "unknown".to_owned() }
}

/// Below the export's folder; `first` is the number of the file's first record.
fn path(place: &Place, first: u64) -> PathBuf {
    let Place { hour, account, region } = place;
    // `2026-01-02T04:00:00Z`
    let end = event_time(Timestamp::from_millis((hour + 1) * HOUR * 1_000));
    let (year, month, day, time) = (&end[..4], &end[5..7], &end[8..10], end[11..16].replace(':', ""));
    let folder = format!("AWSLogs/{account}/CloudTrail/{region}/{year}/{month}/{day}");
    let name = format!("{account}_CloudTrail_{region}_{year}{month}{day}T{time}Z_{first:016}.json.gz");
    Path::new(&folder).join(name)
}

#[cfg(test)]
mod tests {
    use super::super::tests::data_dir;
    use super::super::{AuditReadError, AuditReader};
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read;
    use std::os::unix::fs::PermissionsExt;
    use strongroom_audit::Query;

    /// Either kind of fault.
    #[derive(Debug)]
    struct Fault;

    impl From<io::Error> for Fault {
        fn from(_: io::Error) -> Self {
            Self
        }
    }

    impl From<AuditReadError> for Fault {
        fn from(_: AuditReadError) -> Self {
            Self
        }
    }

    fn exported(from: &Path, to: &Path) -> Exported {
        let mut reader = AuditReader::new(from, true);
        let done = export::<Fault>(to, |take| reader.each(&Query::default(), None, None, take).map(drop));
        done.unwrap()
    }

    fn records(path: &Path) -> Vec<serde_json::Value> {
        let mut text = String::new();
        GzDecoder::new(File::open(path).unwrap()).read_to_string(&mut text).unwrap();
        let mut file: serde_json::Value = serde_json::from_str(&text).unwrap();
        serde_json::from_value(file["Records"].take()).unwrap()
    }

    #[test]
    fn export_is_cloudtrails_folder_with_every_record() {
        let (from, to) = (data_dir(3), tempfile::tempdir().unwrap());
        assert_eq!(exported(from.path(), to.path()), Exported { files: 1, records: 3 });
        let file = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/01/01/\
                    111122223333_CloudTrail_us-east-1_20260101T0100Z_0000000000000001.json.gz";
        let mode = fs::metadata(to.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "nobody else reads it");
        let records = records(&to.path().join(file));
        let ids: Vec<_> = records.iter().map(|record| record["eventID"].as_str().unwrap()).collect();
        assert_eq!(ids, ["event-1", "event-2", "event-3"]);
        let left: Vec<_> = fs::read_dir(to.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["AWSLogs"], "nothing unfinished");
    }

    #[test]
    fn same_export_gives_the_same_bytes() {
        let from = data_dir(3);
        let bytes = || {
            let to = tempfile::tempdir().unwrap();
            exported(from.path(), to.path());
            exported(from.path(), to.path());
            let file =
                path(&Place { hour: 490_896, account: "111122223333".into(), region: "us-east-1".into() }, 1);
            fs::read(to.path().join(file)).unwrap()
        };
        assert_eq!(bytes(), bytes());
    }

    #[test]
    fn names_from_requests_choose_no_folder() {
        for text in ["../..", "", "a/b", "us east"] {
            assert_eq!(in_path(text), "unknown");
        }
        assert_eq!(in_path("us-east-1"), "us-east-1");
    }
}
