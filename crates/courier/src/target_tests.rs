//! URLs that are sinks, and those that are none, by their fault.

use super::*;
use proptest::prelude::*;

fn setting(url: &str) -> SinkSetting {
    SinkSetting { name: "a".to_owned(), url: url.to_owned(), ..SinkSetting::default() }
}

fn with_secret(url: &str) -> SinkSetting {
    SinkSetting { secret_file: Some("/secret".into()), ..setting(url) }
}

fn with_credentials(url: &str) -> SinkSetting {
    SinkSetting { credentials_file: Some("/credentials".into()), ..setting(url) }
}

fn at(host: &str, port: u16) -> Server {
    Server { host: host.to_owned(), port }
}

#[test]
fn each_kind_is_read() {
    let of = |setting: SinkSetting| Target::of(&setting).unwrap();
    let syslog = |server, tls| Target::Syslog { server, tls };
    assert_eq!(of(setting("syslog+tls://Logs.example")), syslog(at("logs.example", 6_514), true));
    assert_eq!(of(setting("syslog+tcp://[::1]:1514")), syslog(at("::1", 1_514), false));
    let otlp = |server, tls, path: &str| Target::Otlp { server, tls, path: path.to_owned() };
    assert_eq!(of(setting("otlp+https://otel.example")), otlp(at("otel.example", 4_318), true, "/v1/logs"));
    assert_eq!(of(setting("otlp+http://localhost:9/")), otlp(at("localhost", 9), false, "/v1/logs"));
    assert_eq!(of(with_secret("otlp+https://o.example:443/in")), otlp(at("o.example", 443), true, "/in"));
    let hook =
        |path: &str| Target::Webhook { server: at("h.example", 443), tls: true, path: path.to_owned() };
    assert_eq!(of(with_secret("https://h.example")), hook("/"));
    assert_eq!(of(with_secret("https://h.example/in?tenant=a/b")), hook("/in?tenant=a/b"));
    assert_eq!(of(setting("unix:///run/log.sock")), Target::Socket);
    assert_eq!(of(setting("file:///var/export")), Target::Folder("/var/export".into()));
}

#[test]
fn a_bucket_is_at_its_endpoint_or_with_aws() {
    let given =
        SinkSetting { region: Some("eu-west-1".to_owned()), ..with_credentials("s3://logs.one/a/b/") };
    let bucket = |server, tls, region: &str| {
        let (name, prefix, region) = ("logs.one".to_owned(), "a/b/".to_owned(), region.to_owned());
        Ok(Target::Bucket(Bucket { server, tls, name, prefix, region }))
    };
    assert_eq!(Target::of(&given), bucket(at("s3.eu-west-1.amazonaws.com", 443), true, "eu-west-1"));
    let own = |endpoint: &str| SinkSetting {
        endpoint: Some(endpoint.to_owned()),
        ..with_credentials("s3://logs.one/a/b")
    };
    assert_eq!(
        Target::of(&own("https://minio.example:9000/")),
        bucket(at("minio.example", 9_000), true, REGION)
    );
    assert_eq!(Target::of(&own("http://127.0.0.1:5000")), bucket(at("127.0.0.1", 5_000), false, REGION));
    for wrong in ["minio.example", "ftp://minio.example", "https://minio.example/path", "https://"] {
        assert_eq!(Target::of(&own(wrong)), Err(SinkFault::Endpoint), "{wrong}");
    }
    assert_eq!(Target::of(&own("http://minio.example")), Err(SinkFault::Loopback));
}

#[test]
fn what_is_no_sink_is_refused_by_its_fault() {
    use SinkFault as F;
    for (url, fault) in [
        ("", F::Scheme),
        ("logs.example:514", F::Scheme),
        ("syslog://logs.example", F::Scheme),
        ("SYSLOG+TLS://logs.example", F::Scheme),
        ("syslog+tls://", F::Server),
        ("syslog+tls://logs.example/x", F::Parts),
        ("syslog+tls://user@logs.example", F::Parts),
        ("syslog+tls://logs.example:0", F::Server),
        ("syslog+tls://logs.example:65536", F::Server),
        ("syslog+tls://logs.example:+1", F::Server),
        ("syslog+tls://[logs.example]", F::Server),
        ("syslog+tls://-logs.example", F::Server),
        ("syslog+tls://logs example", F::Characters),
        ("syslog+tcp://logs.example", F::Loopback),
        ("syslog+tcp://127.0.0.1.example", F::Loopback),
        ("otlp+http://10.0.0.1", F::Loopback),
        ("http://hook.example", F::Loopback),
        ("https://hook.example", F::Needs("secret_file")),
        ("https://hook.example/#a", F::Parts),
        ("https://hook.example/?a#b", F::Parts),
        ("unix://run/log.sock", F::Path),
        ("unix:///run/../log.sock", F::Path),
        ("file://", F::Path),
        ("file:///", F::Path),
        ("s3://logs", F::Needs("credentials_file")),
        ("s3://LOGS", F::Bucket),
        ("s3://a", F::Bucket),
        ("s3://logs/a b", F::Characters),
        ("s3://logs/a//b", F::Path),
        ("s3://logs/../b", F::Path),
        ("s3://logs/a+b", F::Path),
    ] {
        assert_eq!(Target::of(&setting(url)), Err(fault), "{url}");
    }
}

#[test]
fn socket_whose_path_no_unix_socket_may_have_is_refused() {
    let of = |length: usize| Target::of(&setting(&format!("unix:///{}", "a".repeat(length - 1))));
    assert_eq!(of(SOCKET_PATH_BYTES_MAX), Ok(Target::Socket));
    assert_eq!(of(SOCKET_PATH_BYTES_MAX + 1), Err(SinkFault::SocketPath));
}

#[test]
fn settings_of_another_kind_are_refused_by_name() {
    let ca = SinkSetting { ca: Some("/ca".into()), ..setting("syslog+tcp://127.0.0.1") };
    let region = SinkSetting { region: Some("a".to_owned()), ..setting("file:///a") };
    for (setting, name) in [
        (with_secret("syslog+tls://a"), "secret_file"),
        (with_credentials("file:///a"), "credentials_file"),
        (ca, "ca"),
        (region, "region"),
    ] {
        assert_eq!(Target::of(&setting), Err(SinkFault::NotForIt(name)));
    }
    let certified = |url: &str| SinkSetting {
        client_cert: Some("/c".into()),
        client_key: Some("/k".into()),
        ..setting(url)
    };
    assert!(Target::of(&certified("syslog+tls://a")).is_ok());
    for bad in [certified("syslog+tcp://127.0.0.1"), certified("file:///a")] {
        assert_eq!(Target::of(&bad), Err(SinkFault::NotForIt("client_cert")));
    }
    let half = SinkSetting { client_key: None, ..certified("syslog+tls://a") };
    assert!(matches!(Target::of(&half), Err(SinkFault::Needs(_))));
    let records = SinkSetting { batch_records: Some(0), ..setting("file:///a") };
    let wait = SinkSetting { batch_ms: Some(BATCH_MS_MAX + 1), ..setting("file:///a") };
    for setting in [records, wait] {
        assert!(matches!(Target::of(&setting), Err(SinkFault::Batch(_))));
    }
}

#[test]
fn names_are_those_of_files() {
    let long = "x".repeat(NAME_BYTES_MAX + 1);
    for name in ["", ".", "..", ".a", "a.", "a/b", "a b", "\u{e9}", long.as_str()] {
        let setting = SinkSetting { name: name.to_owned(), ..setting("file:///a") };
        assert_eq!(Target::of(&setting), Err(SinkFault::Name), "{name}");
    }
    assert_eq!(name_of("syslog+tls://logs.example:6514"), "syslog-tls-logs.example-6514");
    assert_eq!(name_of("file:///var/export/"), "file-var-export");
}

proptest! {
    #[test]
    fn a_url_that_is_a_sink_has_a_name(url in "(syslog\\+tls|otlp\\+https)://[a-z0-9.:\\[\\]/-]{1,80}") {
        let setting = SinkSetting { name: name_of(&url), url, ..SinkSetting::default() };
        prop_assert!(!matches!(Target::of(&setting), Err(SinkFault::Name)), "{}", setting.name);
    }

    #[test]
    fn no_text_is_too_odd(url in ".{0,60}") {
        let _ = Target::of(&setting(&url));
    }
}
