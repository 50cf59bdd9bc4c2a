//! The settings of `serve` about traces: a file, a collector, and how many requests.

use crate::commands::sinks;
use crate::configuration::{FileConfiguration, SinkEntry};
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use strongroom_control::SinkSetting;
use strongroom_courier::check_collector;
use strongroom_supervisor::TraceSetting;

/// The share of requests that is traced when nobody says.
const TRACE_SAMPLE: f64 = 0.01;

/// The collector's name, where one is told of.
const NAME: &str = "traces";

/// Where requests are traced to. A share without a place is a mistake: nothing would be traced.
pub(crate) fn traces(
    path: Option<PathBuf>,
    collector: Option<String>,
    share: Option<f64>,
    file: &FileConfiguration,
) -> Result<Option<TraceSetting>> {
    let path = path.or_else(|| file.trace_file.clone());
    let given = collector.map(|url| SinkEntry { url, ..SinkEntry::default() });
    let collector = given.as_ref().or(file.trace_collector.as_ref()).map(setting).transpose()?;
    let share = share.or(file.trace_sample);
    if path.is_none() && collector.is_none() {
        match share {
            Some(share) => bail!("--trace-sample {share}: --trace-file or --trace-collector says where to"),
            None => return Ok(None),
        }
    }
    let share = share.unwrap_or(TRACE_SAMPLE);
    if !(0.0..=1.0).contains(&share) {
        bail!("--trace-sample {share}: it is a share, from 0 to 1");
    }
    Ok(Some(TraceSetting { file: path, collector, per_million: (share * 1e6).round() as u32 }))
}

/// Checked, paths absolute. What is for records alone is refused.
fn setting(entry: &SinkEntry) -> Result<SinkSetting> {
    let told = || format!("--trace-collector {}", sinks::shown(&entry.url));
    let of_records = entry.required || entry.batch_records.is_some() || entry.batch_ms.is_some();
    if of_records || entry.name.is_some() {
        let url = sinks::shown(&entry.url);
        bail!("--trace-collector {url}: name, required and batches are for sinks of the audit log");
    }
    let setting = SinkSetting { name: NAME.to_owned(), ..sinks::of_entry(entry).with_context(told)? };
    check_collector(&setting).with_context(told)?;
    Ok(setting)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_are_of_a_share_and_go_somewhere() {
        let none = FileConfiguration::default();
        let of = |share| traces(Some("t".into()), None, share, &none).map(|found| found.unwrap().per_million);
        assert_eq!(of(None).unwrap(), 10_000);
        assert_eq!((of(Some(0.0)).unwrap(), of(Some(1.0)).unwrap()), (0, 1_000_000));
        for share in [-0.1, 1.1, f64::NAN] {
            assert!(of(Some(share)).unwrap_err().to_string().contains("--trace-sample"), "{share}");
        }
        assert!(traces(None, None, None, &none).unwrap().is_none());
        assert!(traces(None, None, Some(0.5), &none).is_err());
    }

    #[test]
    fn collector_is_one_that_traces_can_be_sent_to() {
        let none = FileConfiguration::default();
        let of = |url: &str| traces(None, Some(url.to_owned()), None, &none);
        let found = of("otlp+http://127.0.0.1:4318").unwrap().unwrap();
        assert_eq!((found.file, found.collector.unwrap().name.as_str()), (None, NAME));
        for url in ["unix:///a", "otlp+http://collector.example", "https://collector.example"] {
            let said = format!("{:#}", of(url).unwrap_err());
            assert!(said.starts_with("--trace-collector"), "{said}");
        }
        let text = "[trace_collector]\nurl = \"otlp+http://127.0.0.1\"\nrequired = true\n";
        let file: FileConfiguration = toml::from_str(text).unwrap();
        assert!(traces(None, None, None, &file).is_err());
    }

    #[test]
    fn faults_of_a_collector_are_told_as_a_collectors() {
        let of = |text: &str| {
            let file: FileConfiguration = toml::from_str(&format!("[trace_collector]\n{text}")).unwrap();
            format!("{:#}", traces(None, None, None, &file).unwrap_err())
        };
        let said = of("url = \"https://collector.example\"");
        assert!(said.contains("begins with otlp+https://") && !said.contains("secret_file"), "{said}");
        let said = of("url = \"otlp+https://collector.example\"\nsecret_file = \"no-such\"");
        assert!(said.contains("secret_file no-such") && !said.contains("--audit-sink"), "{said}");
    }
}
