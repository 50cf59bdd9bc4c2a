//! From a setting to a sink: files are read here, before the confinement.

use crate::collector::Collector;
use crate::connection::Way;
use crate::delivery::Batching;
use crate::dialler::Dialler;
use crate::export::{ExportSink, FolderStore, S3Store, Store};
use crate::otlp::OtlpSink;
use crate::secrets::{self, SecretsError};
use crate::sink::AnySink;
use crate::socket::SocketSink;
use crate::syslog::SyslogSink;
use crate::target::{Server, SinkFault, Target};
use crate::trust::{self, OwnCertificate, TrustError};
use crate::webhook::WebhookSink;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use strongroom_control::SinkSetting;
use zeroize::Zeroizing;

/// Why a sink cannot be delivered to.
#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    /// The setting makes no sense.
    #[error("{0}")]
    Fault(#[from] SinkFault),
    /// Its secret cannot be used.
    #[error("{0}")]
    Secrets(#[from] SecretsError),
    /// There is nobody to trust.
    #[error("{0}")]
    Trust(#[from] TrustError),
    /// The supervisor gave no channel to the dialler.
    #[error("there is nobody who connects to Unix sockets")]
    NoDialler,
}

/// What sinks share.
pub(crate) struct Shared {
    pub(crate) dialler: Option<Arc<Dialler>>,
    /// This machine's name, as messages carry it.
    pub(crate) host: String,
}

/// Refuses a sink whose files cannot be what they should be: secret, credentials, authorities.
pub fn check_files(setting: &SinkSetting) -> Result<(), SettingError> {
    let target = Target::of(setting)?;
    if let Some(file) = &setting.secret_file {
        secrets::secret(file)?;
    }
    if let Some(file) = &setting.credentials_file {
        secrets::credentials(file)?;
    }
    if let Some((server, tls)) = target.server() {
        way(server, tls, setting)?;
    }
    Ok(())
}

/// The sink of a setting.
pub(crate) fn sink(index: usize, setting: &SinkSetting, shared: &Shared) -> Result<AnySink, SettingError> {
    let secret = setting.secret_file.as_deref().map(secrets::secret).transpose()?;
    Ok(match Target::of(setting)? {
        Target::Syslog { server, tls } => {
            AnySink::Syslog(SyslogSink { way: way(&server, tls, setting)?, host: shared.host.clone() })
        }
        Target::Otlp { server, tls, path } => {
            let collector = Collector { way: way(&server, tls, setting)?, path, authorization: secret };
            AnySink::Otlp(OtlpSink { collector, host: shared.host.clone() })
        }
        Target::Webhook { server, tls, path } => {
            let secret = secret.ok_or(SinkFault::Needs("secret_file"))?;
            let secret = Zeroizing::new(secret.as_bytes().to_vec());
            let name = setting.name.clone();
            AnySink::Webhook(WebhookSink { way: way(&server, tls, setting)?, path, secret, name })
        }
        Target::Socket => {
            let dialler = shared.dialler.clone().ok_or(SettingError::NoDialler)?;
            AnySink::Socket(SocketSink { dialler, index })
        }
        Target::Folder(root) => export(Store::Folder(FolderStore { root })),
        Target::Bucket(bucket) => {
            let file = setting.credentials_file.as_deref().ok_or(SinkFault::Needs("credentials_file"))?;
            let credentials = secrets::credentials(file)?;
            let way = way(&bucket.server, bucket.tls, setting)?;
            export(Store::Bucket(Box::new(S3Store { way, bucket, credentials })))
        }
    })
}

fn export(store: Store) -> AnySink {
    AnySink::Export(Box::new(ExportSink { store }))
}

pub(crate) fn way(server: &Server, tls: bool, setting: &SinkSetting) -> Result<Way, TrustError> {
    let own = setting.client_cert.as_deref().zip(setting.client_key.as_deref());
    let own = own.map(|(chain, key)| OwnCertificate { chain, key });
    let tls = tls.then(|| trust::tls(setting.ca.as_deref(), own)).transpose()?;
    Ok(Way { server: server.clone(), tls })
}

/// How its records are put together: live sinks wait a second for 1,000 records or 512 KiB, exports a minute for 10,000 or
/// 16 MiB. What is around the records, and the last one, come on top, and many receivers take 1 MiB at most.
pub(crate) fn batching(setting: &SinkSetting, sink: &AnySink) -> Batching {
    let (records, bytes, wait) = match sink {
        AnySink::Export(_) => (10_000, 16 << 20, Duration::from_secs(60)),
        _ => (1_000, 512 << 10, Duration::from_secs(1)),
    };
    Batching {
        records: setting.batch_records.map_or(records, |records| records as usize),
        bytes,
        wait: setting.batch_ms.map_or(wait, Duration::from_millis),
    }
}

/// The ports that sinks are at.
pub(crate) fn ports(settings: &[SinkSetting]) -> Result<Vec<u16>, SinkFault> {
    let targets = settings.iter().map(Target::of).collect::<Result<Vec<_>, _>>()?;
    Ok(targets.iter().filter_map(Target::server).map(|(server, _)| server.port).collect())
}

/// The folders that are exported to.
pub(crate) fn folders(settings: &[SinkSetting]) -> Vec<PathBuf> {
    settings.iter().filter_map(SinkSetting::folder).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(url: &str) -> SinkSetting {
        SinkSetting { name: "a".to_owned(), url: url.to_owned(), ..SinkSetting::default() }
    }

    #[test]
    fn batches_are_as_the_operator_says_or_as_the_kind_needs() {
        let shared = Shared { dialler: None, host: "-".to_owned() };
        let of = |setting: &SinkSetting| batching(setting, &sink(0, setting, &shared).ok().unwrap());
        let live = of(&setting("syslog+tcp://127.0.0.1:1"));
        assert_eq!((live.records, live.bytes, live.wait), (1_000, 512 << 10, Duration::from_secs(1)));
        let export = of(&setting("file:///a"));
        assert_eq!((export.records, export.wait), (10_000, Duration::from_secs(60)));
        let own = SinkSetting { batch_records: Some(7), batch_ms: Some(0), ..setting("file:///a") };
        assert_eq!((of(&own).records, of(&own).wait), (7, Duration::ZERO));
    }

    #[test]
    fn only_what_is_configured_is_opened() {
        let settings = [setting("syslog+tcp://127.0.0.1:1514"), setting("unix:///a/b"), setting("file:///c")];
        assert_eq!(ports(&settings).unwrap(), [1_514]);
        assert_eq!(folders(&settings), [PathBuf::from("/c")]);
        let shared = Shared { dialler: None, host: "-".to_owned() };
        assert!(matches!(sink(1, &settings[1], &shared), Err(SettingError::NoDialler)));
    }

    #[test]
    fn files_that_are_not_there_are_refused() {
        for setting in [
            SinkSetting { secret_file: Some("/no/such".into()), ..setting("https://hook.example") },
            SinkSetting { credentials_file: Some("/no/such".into()), ..setting("s3://bucket") },
            SinkSetting { ca: Some("/no/such".into()), ..setting("syslog+tls://logs.example") },
        ] {
            let said = check_files(&setting).unwrap_err().to_string();
            assert!(said.contains("/no/such"), "{said}");
        }
        assert!(check_files(&setting("unix:///a/b")).is_ok());
    }
}
