//! The settings of `serve` about sinks of the audit log: `--audit-sink`, or `[[audit.sink]]` of the file.

use crate::configuration::{FileConfiguration, SinkEntry};
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::path::PathBuf;
use strongroom_control::SinkSetting;
use strongroom_courier::{SINKS_MAX, check_files, check_sink, name_of};

/// What is said on the command line and in the environment.
#[derive(clap::Args)]
pub(crate) struct SinkArgs {
    /// Where the audit log is delivered to: URL, or NAME=URL; repeatable, or with commas between, so that none
    /// has a comma (docs/sinks.md)
    #[arg(long, value_name = "URL", env = "STRONGROOM_AUDIT_SINK", value_delimiter = ',')]
    audit_sink: Option<Vec<String>>,
}

/// From the flags or the environment, else from the file; checked, paths absolute.
pub(crate) fn sinks(args: SinkArgs, file: &FileConfiguration) -> Result<Vec<SinkSetting>> {
    let sinks = match args.audit_sink {
        Some(given) => given.iter().map(|text| of_flag(text)).collect::<Result<Vec<_>>>()?,
        None => file.audit.sink.iter().map(of_table).collect::<Result<Vec<_>>>()?,
    };
    if sinks.len() > SINKS_MAX {
        bail!("--audit-sink: {} sinks are more than {SINKS_MAX}", sinks.len());
    }
    let mut names = BTreeSet::new();
    for sink in &sinks {
        let told = || format!("--audit-sink {}", shown(&sink.url));
        check_sink(sink).with_context(told)?;
        check_files(sink).with_context(told)?;
        if !names.insert(&sink.name) {
            bail!("--audit-sink {}: the name {} is taken by another", shown(&sink.url), sink.name);
        }
    }
    Ok(sinks)
}

/// A URL as errors tell it: without a password that somebody put there, for they go to logs.
pub(crate) fn shown(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let host_at = rest.split(['/', '?', '#']).next().unwrap_or_default().rfind('@');
    match host_at.and_then(|at| rest.get(at + 1..)) {
        Some(host) => format!("{scheme}://...@{host}"),
        None => url.to_owned(),
    }
}

/// `URL`, or `NAME=URL`. A name has no colon.
fn of_flag(text: &str) -> Result<SinkSetting> {
    let (name, url) = match text.split_once('=').filter(|(name, _)| !name.contains(':')) {
        Some((name, url)) => (Some(name.to_owned()), url),
        None => (None, text),
    };
    of_entry(&SinkEntry { name, url: url.to_owned(), ..SinkEntry::default() })
}

fn of_table(entry: &SinkEntry) -> Result<SinkSetting> {
    of_entry(entry).with_context(|| format!("--audit-sink {}", shown(&entry.url)))
}

/// As it stands in the file, of a sink or of another receiver, paths absolute.
pub(crate) fn of_entry(entry: &SinkEntry) -> Result<SinkSetting> {
    Ok(SinkSetting {
        name: entry.name.clone().unwrap_or_else(|| name_of(&entry.url)),
        url: entry.url.clone(),
        required: entry.required,
        secret_file: absolute("secret_file", &entry.secret_file)?,
        credentials_file: absolute("credentials_file", &entry.credentials_file)?,
        ca: absolute("ca", &entry.ca)?,
        client_cert: absolute("client_cert", &entry.client_cert)?,
        client_key: absolute("client_key", &entry.client_key)?,
        endpoint: entry.endpoint.clone(),
        region: entry.region.clone(),
        batch_records: entry.batch_records,
        batch_ms: entry.batch_ms,
    })
}

fn absolute(setting: &str, file: &Option<PathBuf>) -> Result<Option<PathBuf>> {
    let real = |file: &PathBuf| {
        let real = std::fs::canonicalize(file);
        real.with_context(|| format!("{setting} {}", file.display()))
    };
    file.as_ref().map(real).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_in_a_url_is_not_told_again() {
        assert_eq!(shown("https://user:secret@log.example/a"), "https://...@log.example/a");
        assert_eq!(shown("https://a:b@c@log.example"), "https://...@log.example");
        for plain in ["https://log.example/a@b", "folder:/var/log", "log.example", ""] {
            assert_eq!(shown(plain), plain);
        }
    }

    fn of(given: &[&str]) -> Result<Vec<SinkSetting>> {
        let given = given.iter().map(|text| (*text).to_owned()).collect();
        sinks(SinkArgs { audit_sink: Some(given) }, &FileConfiguration::default())
    }

    fn of_file(text: &str) -> Result<Vec<SinkSetting>> {
        sinks(SinkArgs { audit_sink: None }, &toml::from_str(text)?)
    }

    #[test]
    fn flags_name_a_sink_or_its_url_does() {
        let found = of(&["log=unix:///run/log.sock", "file:///var/export"]).unwrap();
        let names: Vec<_> = found.iter().map(|sink| (sink.name.as_str(), sink.url.as_str())).collect();
        assert_eq!(names, [("log", "unix:///run/log.sock"), ("file-var-export", "file:///var/export")]);
    }

    #[test]
    fn sinks_that_cannot_be_are_refused_by_name() {
        for bad in ["logs.example", "syslog+tcp://logs.example", "https://hook.example", "a/b=file:///x"] {
            let said = format!("{:#}", of(&[bad]).unwrap_err());
            assert!(said.contains("--audit-sink"), "{said}");
        }
        let twice = of(&["a=file:///x", "a=file:///y"]).unwrap_err().to_string();
        assert!(twice.contains("taken"), "{twice}");
        let many: Vec<String> = (0..=SINKS_MAX).map(|n| format!("file:///x{n}")).collect();
        assert!(of(&many.iter().map(String::as_str).collect::<Vec<_>>()).is_err());
    }

    #[test]
    fn the_file_has_all_settings_and_none_that_are_unknown() {
        let text = "[[audit.sink]]\nurl = \"file:///x\"\nrequired = true\nbatch_records = 5\n\
                    [[audit.sink]]\nname = \"b\"\nurl = \"unix:///y\"\n";
        let found = of_file(text).unwrap();
        assert_eq!((found[0].required, found[0].batch_records, found[1].name.as_str()), (true, Some(5), "b"));
        assert!(of_file("[[audit.sink]]\nurl = \"file:///x\"\nrequird = true\n").is_err());
        let said = of_file("[[audit.sink]]\nurl = \"https://u:word@h.example\"\nsecret_file = \"no-such\"\n");
        let said = format!("{:#}", said.unwrap_err());
        assert!(said.starts_with("--audit-sink https://...@h.example: secret_file no-such"), "{said}");
    }
}
