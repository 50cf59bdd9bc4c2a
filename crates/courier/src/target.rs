//! Where a sink is: its URL and the settings that belong to its kind. What does not belong is refused, not ignored.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use strongroom_control::{SOCKET_PATH_BYTES_MAX, SinkSetting};

/// The longest URL and endpoint, in bytes.
const URL_BYTES_MAX: usize = 2_048;

/// The longest name, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// The most records of one batch.
const BATCH_RECORDS_MAX: u32 = 50_000;

/// The longest wait for further records, in milliseconds: an hour.
const BATCH_MS_MAX: u64 = 3_600_000;

/// Where logs are posted to when nobody says.
pub(crate) const LOGS_PATH: &str = "/v1/logs";

/// Where a bucket is when nobody says.
const REGION: &str = "us-east-1";

/// Why a sink cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SinkFault {
    /// Not a name.
    #[error("a sink's name has 1 to 64 of a-z, A-Z, 0-9, _ and -, and further . within")]
    Name,
    /// Another scheme, or none.
    #[error(
        "it begins with none of syslog+tls://, syslog+tcp://, otlp+https://, otlp+http://, https://, unix://, file:// and s3://"
    )]
    Scheme,
    /// Not a collector.
    #[error("a collector of traces begins with otlp+https:// or otlp+http://")]
    Collector,
    /// Not an address of the web.
    #[error("it begins neither with https:// nor with http://")]
    Web,
    /// Too long, or with a character that no URL has.
    #[error("it is longer than 2,048 bytes or has a character that must be percent-encoded")]
    Characters,
    /// A user, a query or a fragment where there must be none.
    #[error("it names a user, a query or a fragment")]
    Parts,
    /// Not a server.
    #[error("its host is neither a DNS name nor an IP address, or its port no number from 1 to 65535")]
    Server,
    /// Without TLS to another machine.
    #[error("without TLS only a loopback address is allowed: 127.0.0.1, [::1] or localhost")]
    Loopback,
    /// A path that is not absolute or not plain.
    #[error("its path is not absolute or has . or .. in it")]
    Path,
    /// A path that no Unix socket can be reached by.
    #[error("its path is longer than the 107 bytes that the path of a Unix socket may have")]
    SocketPath,
    /// Not a bucket.
    #[error("it names no bucket: 3 to 63 of a-z, 0-9, . and -")]
    Bucket,
    /// Not an endpoint.
    #[error("endpoint: it is https://host:port, or http://host:port of a loopback address")]
    Endpoint,
    /// Not a Region.
    #[error("region: 1 to 32 of a-z, 0-9 and -")]
    Region,
    /// Something that this kind needs.
    #[error("it needs {0}")]
    Needs(&'static str),
    /// Something that this kind has no use for.
    #[error("{0} does not go with this URL")]
    NotForIt(&'static str),
    /// A batch's size makes no sense.
    #[error("{0}")]
    Batch(&'static str),
}

/// A server to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    /// A DNS name in small letters, or an IP address without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Server {
    /// The value of the Host header.
    pub(crate) fn authority(&self, tls: bool) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let usual = if tls { 443 } else { 80 };
        if self.port == usual { host } else { format!("{host}:{}", self.port) }
    }
}

/// Where a sink is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Syslog { server: Server, tls: bool },
    Otlp { server: Server, tls: bool, path: String },
    Webhook { server: Server, tls: bool, path: String },
    Socket,
    Folder(PathBuf),
    Bucket(Bucket),
}

/// A bucket of a service that speaks S3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bucket {
    pub(crate) server: Server,
    pub(crate) tls: bool,
    pub(crate) name: String,
    /// Before every object's name; empty, or ends with `/`.
    pub(crate) prefix: String,
    pub(crate) region: String,
}

impl Target {
    /// Of a setting.
    pub(crate) fn of(setting: &SinkSetting) -> Result<Self, SinkFault> {
        check_name(&setting.name)?;
        check_batch(setting)?;
        let url = setting.url.as_str();
        if url.len() > URL_BYTES_MAX || !url.bytes().all(is_plain) {
            return Err(SinkFault::Characters);
        }
        let (scheme, rest) = url.split_once("://").ok_or(SinkFault::Scheme)?;
        let target = match scheme {
            "syslog+tls" | "syslog+tcp" => syslog(rest, scheme == "syslog+tls")?,
            "otlp+https" | "otlp+http" => otlp(rest, scheme == "otlp+https")?,
            "https" | "http" => webhook(rest, scheme == "https")?,
            "unix" if rest.len() > SOCKET_PATH_BYTES_MAX => return Err(SinkFault::SocketPath),
            "unix" => absolute(rest).map(|_| Self::Socket)?,
            "file" => Self::Folder(absolute(rest)?),
            "s3" => Self::Bucket(bucket(rest, setting)?),
            _ => return Err(SinkFault::Scheme),
        };
        target.check_settings(setting)?;
        Ok(target)
    }

    /// The server, and whether TLS is spoken with it, if it is reached over the network.
    pub(crate) fn server(&self) -> Option<(&Server, bool)> {
        match self {
            Self::Syslog { server, tls }
            | Self::Otlp { server, tls, .. }
            | Self::Webhook { server, tls, .. } => Some((server, *tls)),
            Self::Bucket(bucket) => Some((&bucket.server, bucket.tls)),
            Self::Socket | Self::Folder(_) => None,
        }
    }

    fn check_settings(&self, setting: &SinkSetting) -> Result<(), SinkFault> {
        let secret = setting.secret_file.is_some();
        let bucket = matches!(self, Self::Bucket(_));
        match self {
            Self::Webhook { .. } if !secret => return Err(SinkFault::Needs("secret_file")),
            Self::Webhook { .. } | Self::Otlp { .. } => {}
            _ if secret => return Err(SinkFault::NotForIt("secret_file")),
            _ => {}
        }
        if bucket && setting.credentials_file.is_none() {
            return Err(SinkFault::Needs("credentials_file"));
        }
        if setting.client_cert.is_some() != setting.client_key.is_some() {
            return Err(SinkFault::Needs("client_cert and client_key together"));
        }
        let tls = self.server().is_some_and(|(_, tls)| tls);
        for (given, allowed, name) in [
            (setting.credentials_file.is_some(), bucket, "credentials_file"),
            (setting.endpoint.is_some(), bucket, "endpoint"),
            (setting.region.is_some(), bucket, "region"),
            (setting.ca.is_some(), tls, "ca"),
            (setting.client_cert.is_some(), tls && !bucket, "client_cert"),
            (setting.client_key.is_some(), tls && !bucket, "client_key"),
        ] {
            if given && !allowed {
                return Err(SinkFault::NotForIt(name));
            }
        }
        Ok(())
    }
}

/// Refuses a sink that cannot be delivered to as it is configured. Files are not looked at.
pub fn check_sink(setting: &SinkSetting) -> Result<(), SinkFault> {
    Target::of(setting).map(drop)
}

/// The name of a sink that has none of its own: its URL, with - for what no name has.
pub fn name_of(url: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' || c == '_' { c } else { '-' };
    let text: String = url.chars().map(plain).collect();
    let parts: Vec<&str> = text.split('-').filter(|part| !part.is_empty()).collect();
    let name = parts.join("-");
    let name: String = name.chars().take(NAME_BYTES_MAX).collect();
    name.trim_matches(['.', '-']).to_owned()
}

fn check_name(name: &str) -> Result<(), SinkFault> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let fits = (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(plain);
    // No hidden file, and no name that another sink's temporary file has.
    let odd = name.starts_with('.') || name.ends_with('.');
    if fits && !odd { Ok(()) } else { Err(SinkFault::Name) }
}

fn check_batch(setting: &SinkSetting) -> Result<(), SinkFault> {
    if setting.batch_records.is_some_and(|records| !(1..=BATCH_RECORDS_MAX).contains(&records)) {
        return Err(SinkFault::Batch("batch_records is 1 to 50000"));
    }
    match setting.batch_ms {
        Some(ms) if ms > BATCH_MS_MAX => Err(SinkFault::Batch("batch_ms is at most 3600000")),
        _ => Ok(()),
    }
}

fn syslog(rest: &str, tls: bool) -> Result<Target, SinkFault> {
    let (authority, path) = split(rest)?;
    if !path.is_empty() {
        return Err(SinkFault::Parts);
    }
    let server = server(authority, if tls { 6_514 } else { 601 })?;
    loopback_without_tls(&server, tls)?;
    Ok(Target::Syslog { server, tls })
}

fn otlp(rest: &str, tls: bool) -> Result<Target, SinkFault> {
    let (authority, path) = split(rest)?;
    let server = server(authority, 4_318)?;
    loopback_without_tls(&server, tls)?;
    let path = if path.len() < 2 { LOGS_PATH } else { path };
    Ok(Target::Otlp { server, tls, path: path.to_owned() })
}

fn webhook(rest: &str, tls: bool) -> Result<Target, SinkFault> {
    // A receiver may tell its tenants by a query.
    let (rest, query) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
    let (authority, path) = split(rest)?;
    if query.contains('#') {
        return Err(SinkFault::Parts);
    }
    let server = server(authority, if tls { 443 } else { 80 })?;
    loopback_without_tls(&server, tls)?;
    let path = if path.is_empty() { "/" } else { path };
    Ok(Target::Webhook { server, tls, path: format!("{path}{query}") })
}

/// A server, whether TLS is spoken with it, and the beginning of paths there: of what is no sink.
pub(crate) fn prefix(url: &str) -> Result<(Server, bool, String), SinkFault> {
    if url.len() > URL_BYTES_MAX || !url.bytes().all(is_plain) {
        return Err(SinkFault::Characters);
    }
    let (rest, tls) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (rest, true),
        (None, Some(rest)) => (rest, false),
        (None, None) => return Err(SinkFault::Web),
    };
    let (authority, path) = split(rest)?;
    let server = server(authority, if tls { 443 } else { 80 })?;
    loopback_without_tls(&server, tls)?;
    Ok((server, tls, path.to_owned()))
}

/// Characters that URLs have as they are.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte)
}

fn bucket(rest: &str, setting: &SinkSetting) -> Result<Bucket, SinkFault> {
    let (name, prefix) = split(rest)?;
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
    let ends = name.starts_with(['.', '-']) || name.ends_with(['.', '-']) || name.contains("..");
    if !(3..=63).contains(&name.len()) || !name.bytes().all(plain) || ends {
        return Err(SinkFault::Bucket);
    }
    let region = setting.region.clone().unwrap_or_else(|| REGION.to_owned());
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !(1..=32).contains(&region.len()) || !region.bytes().all(plain) {
        return Err(SinkFault::Region);
    }
    let prefix = prefix.trim_matches('/');
    if !is_plain_prefix(prefix) {
        return Err(SinkFault::Path);
    }
    let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
    let (server, tls) = endpoint(setting.endpoint.as_deref(), &region)?;
    Ok(Bucket { server, tls, name: name.to_owned(), prefix, region })
}

/// Characters that need no encoding in a path, in parts that mean nothing else.
fn is_plain_prefix(prefix: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    let odd = |part: &str| part.is_empty() || part == "." || part == "..";
    prefix.is_empty() || (prefix.bytes().all(plain) && !prefix.split('/').any(odd))
}

fn endpoint(given: Option<&str>, region: &str) -> Result<(Server, bool), SinkFault> {
    let Some(given) = given else {
        return Ok((Server { host: format!("s3.{region}.amazonaws.com"), port: 443 }, true));
    };
    let (rest, tls) = match (given.strip_prefix("https://"), given.strip_prefix("http://")) {
        (Some(rest), _) => (rest, true),
        (None, Some(rest)) => (rest, false),
        (None, None) => return Err(SinkFault::Endpoint),
    };
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    let server = server(authority, if tls { 443 } else { 80 }).map_err(|_| SinkFault::Endpoint)?;
    loopback_without_tls(&server, tls)?;
    Ok((server, tls))
}

/// What is before the path, and the path with its slash.
fn split(rest: &str) -> Result<(&str, &str), SinkFault> {
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if rest.contains(['#', '?']) || authority.contains('@') {
        return Err(SinkFault::Parts);
    }
    Ok((authority, path))
}

fn server(authority: &str, usual: u16) -> Result<Server, SinkFault> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']').ok_or(SinkFault::Server)?,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let port = match port.strip_prefix(':') {
        None if port.is_empty() => usual,
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse::<u16>().ok().filter(|port| *port != 0).ok_or(SinkFault::Server)?
        }
        _ => return Err(SinkFault::Server),
    };
    let address = host.parse::<IpAddr>().is_ok();
    if !address && (authority.starts_with('[') || !is_name(host)) {
        return Err(SinkFault::Server);
    }
    Ok(Server { host: host.to_ascii_lowercase(), port })
}

fn is_name(host: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.len() <= 253 && host.split('.').all(label)
}

fn loopback_without_tls(server: &Server, tls: bool) -> Result<(), SinkFault> {
    let local = server.host == "localhost" || server.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if tls || local { Ok(()) } else { Err(SinkFault::Loopback) }
}

fn absolute(path: &str) -> Result<PathBuf, SinkFault> {
    let odd = |part: &str| part == "." || part == "..";
    if path.len() < 2 || !Path::new(path).is_absolute() || path.split('/').any(odd) {
        return Err(SinkFault::Path);
    }
    Ok(PathBuf::from(path))
}

#[cfg(test)]
#[path = "target_tests.rs"]
mod tests;
