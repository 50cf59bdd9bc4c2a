//! `strongroom env`: the lines that make a shell's AWS clients use the service.

use serde::Deserialize;
use std::fs::{OpenOptions, Permissions, set_permissions};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use strongroom_control::SecretText;
use zeroize::Zeroizing;

/// Where Linux distributions keep the system's roots.
const SYSTEM_ROOTS: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/// The mode of the files that are made here.
const OWN: u32 = 0o600;

/// The exports cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A file that must be there.
    #[error("{path}: {error}; has `strongroom serve` run on this data directory?")]
    File {
        /// Which.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
    /// Not twelve digits.
    #[error("an account id has twelve digits")]
    AccountId,
    /// The credentials file is not what it should be.
    #[error("{path} cannot be read: {error}")]
    Credentials {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        error: serde_json::Error,
    },
}

/// The root principal's access key as the supervisor keeps it.
#[derive(Deserialize)]
struct Credentials {
    account: String,
    access_key_id: String,
    secret_access_key: SecretText,
    region: String,
}

/// A variable's name, and its value in bytes.
pub type Variable = (&'static str, Zeroizing<Vec<u8>>);

/// The `export` lines of [`environment`] for a shell. Names of folders are bytes, and stand there as they are.
pub fn exports(
    data_dir: &Path,
    secrets_dir: &Path,
    endpoint: &str,
    account: Option<&str>,
) -> Result<Zeroizing<Vec<u8>>, ExportError> {
    let mut out: Zeroizing<Vec<u8>> = Zeroizing::new(Vec::with_capacity(4_096));
    for (name, value) in environment(data_dir, secrets_dir, endpoint, account)? {
        push_export(&mut out, name, &value);
    }
    out.extend_from_slice(b"unset AWS_PROFILE AWS_SESSION_TOKEN\n");
    Ok(out)
}

/// The variables for a service at `endpoint`, for the root of an account; the first one, if none is named. Writes the CA
/// bundle (the system's roots and the service's CA or own certificate) beside the CA certificate, so that other AWS calls go
/// on working. What does not exist is not exported.
pub fn environment(
    data_dir: &Path,
    secrets_dir: &Path,
    endpoint: &str,
    account: Option<&str>,
) -> Result<Vec<Variable>, ExportError> {
    let credentials = credentials(secrets_dir, account)?;
    let ca = own_certificates(data_dir)?;
    let own = ca.as_ref().map(|(_, pem)| pem.as_slice()).unwrap_or_default();
    let bundle = write_bundle(data_dir, own, &SYSTEM_ROOTS.map(Path::new))?;
    let files = [("AWS_CA_BUNDLE", bundle), ("NODE_EXTRA_CA_CERTS", ca.map(|(path, _)| path))];
    let texts = [
        ("AWS_ENDPOINT_URL_KMS", endpoint),
        ("AWS_ENDPOINT_URL_IAM", endpoint),
        ("AWS_ENDPOINT_URL_STS", endpoint),
        ("AWS_ACCESS_KEY_ID", &credentials.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key.expose()),
        ("AWS_REGION", &credentials.region),
        ("AWS_DEFAULT_REGION", &credentials.region),
        ("AWS_ACCOUNT_ID", &credentials.account),
    ];
    let texts = texts.into_iter().map(|(name, text)| (name, Zeroizing::new(text.as_bytes().to_vec())));
    let files = files
        .into_iter()
        .filter_map(|(name, path)| Some((name, Zeroizing::new(path?.as_os_str().as_bytes().to_vec()))));
    Ok(texts.chain(files).collect())
}

/// The first account's file has the name without an id.
fn credentials(secrets_dir: &Path, account: Option<&str>) -> Result<Credentials, ExportError> {
    let first = read_credentials(secrets_dir.join("root-credentials.json"));
    let Some(account) = account else { return first };
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ExportError::AccountId);
    }
    match first {
        Ok(first) if first.account == account => Ok(first),
        _ => read_credentials(secrets_dir.join(format!("root-credentials-{account}.json"))),
    }
}

/// The files of access keys that were made for the account's root and of which a crash left open whether they are valid: the
/// next start of the service says it. For a moment there is one, too, while a key is renewed.
pub fn unsettled_root_keys(secrets_dir: &Path, account: Option<&str>) -> Vec<PathBuf> {
    const FIRST: &str = "root-credentials";
    let of_first = |account: &str| {
        read_credentials(secrets_dir.join(format!("{FIRST}.json")))
            .is_ok_and(|first| first.account == account)
    };
    let stem = match account {
        Some(account) if !of_first(account) => format!("{FIRST}-{account}"),
        _ => FIRST.to_owned(),
    };
    let is_of_it = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.strip_prefix(&stem).is_some_and(|rest| rest.starts_with('.') && rest.ends_with(".next"))
    };
    let Ok(entries) = std::fs::read_dir(secrets_dir) else { return Vec::new() };
    entries.flatten().map(|entry| entry.path()).filter(is_of_it).collect()
}

fn read_credentials(path: PathBuf) -> Result<Credentials, ExportError> {
    let text = Zeroizing::new(read(&path)?);
    serde_json::from_slice(&text).map_err(|error| ExportError::Credentials { path, error })
}

/// A line whose value every POSIX shell takes as it stands.
fn push_export(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(format!("export {name}='").as_bytes());
    for byte in value {
        match byte {
            b'\'' => out.extend_from_slice(b"'\\''"),
            other => out.push(*other),
        }
    }
    out.extend_from_slice(b"'\n");
}

/// The service's CA, or its own certificate; `None` when it has written neither.
fn own_certificates(data_dir: &Path) -> Result<Option<(PathBuf, Vec<u8>)>, ExportError> {
    let path = data_dir.join("ca.pem");
    match std::fs::read(&path) {
        Ok(pem) => Ok(Some((absolute(&path)?, pem))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ExportError::File { path, error }),
    }
}

/// Our own certificates and the first of `roots` that is there. `None` when there is no certificate at all: a bundle of
/// nothing would break every client.
fn write_bundle(data_dir: &Path, own: &[u8], roots: &[&Path]) -> Result<Option<PathBuf>, ExportError> {
    let mut bundle = own.to_vec();
    let roots = roots.iter().find_map(|roots| std::fs::read(roots).ok()).unwrap_or_default();
    if !bundle.is_empty() {
        bundle.push(b'\n');
    }
    bundle.extend_from_slice(&roots);
    if bundle.is_empty() {
        return Ok(None);
    }
    let path = data_dir.join("ca-bundle.pem");
    let fault = |error| ExportError::File { path: path.clone(), error };
    if std::fs::read(&path).ok().as_ref() != Some(&bundle) {
        let temporary = data_dir.join(".ca-bundle.pem.new");
        write_own(&temporary, &bundle).map_err(fault)?;
        std::fs::rename(&temporary, &path).map_err(fault)?;
    } else {
        // Somebody else may own it, and then it is as good: certificates are no secret.
        let _ = set_permissions(&path, Permissions::from_mode(OWN));
    }
    absolute(&path).map(Some)
}

/// Writes a file that is its owner's alone, as everything in the folder; what a crash left under the name may be otherwise.
fn write_own(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(OWN).open(path)?;
    file.set_permissions(Permissions::from_mode(OWN))?;
    file.write_all(content)
}

fn absolute(path: &Path) -> Result<PathBuf, ExportError> {
    path.canonicalize().map_err(|error| ExportError::File { path: path.to_owned(), error })
}

fn read(path: &Path) -> Result<Vec<u8>, ExportError> {
    std::fs::read(path).map_err(|error| ExportError::File { path: path.to_owned(), error })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines for a folder that is data directory and secrets folder.
    fn lines(folder: &Path, endpoint: &str, account: Option<&str>) -> String {
        String::from_utf8(exports(folder, folder, endpoint, account).unwrap().to_vec()).unwrap()
    }

    #[test]
    fn folder_that_is_no_text_is_exported_byte_by_byte() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join(std::ffi::OsStr::from_bytes(b"a\xff'b"));
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("ca.pem"), "CA").unwrap();
        let credentials = r#"{"account":"1","access_key_id":"A","secret_access_key":"s","region":"r"}"#;
        std::fs::write(folder.join("root-credentials.json"), credentials).unwrap();
        let lines = exports(&folder, &folder, "x", None).unwrap();
        let wanted = b"/a\xff'\\''b/ca.pem'\nunset ";
        assert!(lines.windows(wanted.len()).any(|part| part == wanted), "{}", lines.escape_ascii());
        let variables = environment(&folder, &folder, "x", None).unwrap();
        let (_, ca) = variables.iter().find(|(name, _)| *name == "NODE_EXTRA_CA_CERTS").unwrap();
        assert_eq!(std::fs::read(std::ffi::OsStr::from_bytes(ca)).unwrap(), b"CA");
    }

    #[test]
    fn exports_quote_and_name_absolute_files() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("ca.pem"), "CA").unwrap();
        let credentials =
            r#"{"account":"1","access_key_id":"AKIA","secret_access_key":"a'b","region":"us-east-1"}"#;
        std::fs::write(dir.path().join("root-credentials.json"), credentials).unwrap();
        let text = lines(dir.path(), "https://127.0.0.1:8443", None);
        assert!(text.contains("export AWS_SECRET_ACCESS_KEY='a'\\''b'\n"), "{text}");
        for service in ["KMS", "IAM", "STS"] {
            let line = format!("export AWS_ENDPOINT_URL_{service}='https://127.0.0.1:8443'\n");
            assert!(text.contains(&line), "{text}");
        }
        assert!(
            text.contains("export AWS_REGION='us-east-1'\nexport AWS_DEFAULT_REGION='us-east-1'\n"),
            "{text}"
        );
        assert!(text.ends_with("unset AWS_PROFILE AWS_SESSION_TOKEN\n"));
        let bundle = std::fs::read(dir.path().join("ca-bundle.pem")).unwrap();
        let roots = SYSTEM_ROOTS.iter().find_map(|roots| std::fs::read(roots).ok()).unwrap_or_default();
        assert_eq!(bundle, [&b"CA\n"[..], &roots].concat());
    }

    #[test]
    fn bundle_holds_our_certificates_and_the_roots_that_are_found_first() {
        let dir = tempfile::tempdir().unwrap();
        let names = ["none.pem", "first.pem", "second.pem"].map(|name| dir.path().join(name));
        let [none, first, second] = names.each_ref().map(PathBuf::as_path);
        std::fs::write(first, "ROOTS").unwrap();
        std::fs::write(second, "OTHERS").unwrap();
        let bundle = |own: &str, roots: &[&Path]| {
            let path = write_bundle(dir.path(), own.as_bytes(), roots).unwrap();
            path.map(|path| std::fs::read_to_string(path).unwrap())
        };
        assert_eq!(bundle("CA", &[none, first, second]).as_deref(), Some("CA\nROOTS"));
        assert_eq!(bundle("", &[none, second, first]).as_deref(), Some("OTHERS"));
        assert_eq!(bundle("CA", &[none]).as_deref(), Some("CA\n"));
        assert_eq!(bundle("", &[none]), None, "a bundle of nothing would break every client");
    }

    #[test]
    fn bundle_is_for_its_owner_alone_whatever_was_there_before() {
        let dir = tempfile::tempdir().unwrap();
        let left = dir.path().join(".ca-bundle.pem.new");
        let open_to_all = |path: &Path| set_permissions(path, Permissions::from_mode(0o644)).unwrap();
        std::fs::write(&left, "left by a crash").unwrap();
        open_to_all(&left);
        let path = write_bundle(dir.path(), b"CA", &[]).unwrap().unwrap();
        let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(), 0o600);
        open_to_all(&path);
        write_bundle(dir.path(), b"CA", &[]).unwrap().unwrap();
        assert_eq!(mode(), 0o600, "the same certificates");
    }

    #[test]
    fn service_without_certificates_of_its_own_leaves_the_systems_roots() {
        let dir = tempfile::tempdir().unwrap();
        let credentials = r#"{"account":"1","access_key_id":"A","secret_access_key":"s","region":"r"}"#;
        std::fs::write(dir.path().join("root-credentials.json"), credentials).unwrap();
        let text = lines(dir.path(), "x", None);
        assert!(!text.contains("NODE_EXTRA_CA_CERTS"), "{text}");
        let roots = SYSTEM_ROOTS.iter().find_map(|roots| std::fs::read(roots).ok());
        assert_eq!(text.contains("AWS_CA_BUNDLE"), roots.is_some(), "{text}");
        assert_eq!(std::fs::read(dir.path().join("ca-bundle.pem")).ok(), roots);
    }

    #[test]
    fn missing_credentials_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let error = exports(dir.path(), dir.path(), "x", None).unwrap_err().to_string();
        assert!(error.contains("root-credentials.json"), "{error}");
    }

    #[test]
    fn keys_that_a_crash_left_open_are_named_for_their_account_alone() {
        let dir = tempfile::tempdir().unwrap();
        let credentials =
            r#"{"account":"000000000000","access_key_id":"A","secret_access_key":"s","region":"r"}"#;
        std::fs::write(dir.path().join("root-credentials.json"), credentials).unwrap();
        let names = |account| {
            let found = unsettled_root_keys(dir.path(), account).into_iter();
            found.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(None), [""; 0], "the control");
        let of_first = "root-credentials.AKIA1.next";
        let of_other = "root-credentials-210987654321.AKIA2.next";
        for name in [of_first, of_other] {
            std::fs::write(dir.path().join(name), credentials).unwrap();
        }
        assert_eq!(names(None), [of_first]);
        assert_eq!(names(Some("000000000000")), [of_first]);
        assert_eq!(names(Some("210987654321")), [of_other]);
    }

    #[test]
    fn each_account_has_its_exports() {
        let dir = tempfile::tempdir().unwrap();
        for (name, account) in
            [("root-credentials", "000000000000"), ("root-credentials-210987654321", "210987654321")]
        {
            let text = format!(
                r#"{{"account":"{account}","access_key_id":"A","secret_access_key":"s","region":"r"}}"#
            );
            std::fs::write(dir.path().join(format!("{name}.json")), text).unwrap();
        }
        for (asked, account) in [
            (None, "000000000000"),
            (Some("000000000000"), "000000000000"),
            (Some("210987654321"), "210987654321"),
        ] {
            let text = lines(dir.path(), "x", asked);
            assert!(text.contains(&format!("export AWS_ACCOUNT_ID='{account}'\n")), "{text}");
        }
        for refused in ["1", "../../../../x", "333333333333"] {
            assert!(exports(dir.path(), dir.path(), "x", Some(refused)).is_err(), "{refused}");
        }
    }
}
