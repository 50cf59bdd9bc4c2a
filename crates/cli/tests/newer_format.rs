//! A data directory that a newer release wrote: `serve` ends and names the version, and what is in it stays as it is.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests report by panicking")]

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use strongroom_storage::{FORMAT_KEY, Format, Key, OUR_FORMAT, Revision, Snapshot, Store as _};
use strongroom_storage_embedded::EmbeddedStore;

/// Copies a folder with the modes that git does not keep.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let at = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &at);
        } else {
            fs::copy(&path, &at).unwrap();
            fs::set_permissions(&at, Permissions::from_mode(0o600)).unwrap();
        }
    }
    fs::set_permissions(to, Permissions::from_mode(0o700)).unwrap();
}

/// Every file below these folders, and what is in it.
fn content(folders: &[PathBuf]) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for folder in folders {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.extend(content(&[path]));
            } else {
                let bytes = fs::read(&path).unwrap();
                found.insert(path, bytes);
            }
        }
    }
    found
}

fn snapshot(state: &Path) -> Snapshot {
    let store = EmbeddedStore::open(state).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(store.snapshot()).unwrap()
}

/// Puts these records there as a release of that format would have left them.
fn write_anew(state: &Path, records: &Snapshot, format: Format) {
    fs::remove_dir_all(state).unwrap();
    let mut records = records.clone();
    records.records.insert(Key::new(FORMAT_KEY).unwrap(), (Revision::ZERO, format.encode()));
    EmbeddedStore::make(state, &records).unwrap();
}

/// The exit code of `serve` and what it said, or no code if it got ready, upon which it is killed.
fn serve(data: &Path) -> (Option<i32>, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_strongroom"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(data)
        .env_clear()
        .current_dir(data.parent().unwrap())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        let line = line.unwrap();
        if line.starts_with("strongroom: ready on ") {
            child.kill().unwrap();
        }
        said.push_str(&line);
        said.push('\n');
    }
    (child.wait().unwrap().code(), said)
}

#[test]
fn data_directory_of_a_newer_format_is_refused_by_its_version_and_not_touched() {
    let dir = tempfile::tempdir().unwrap();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/data-dir-v1.1");
    for folder in ["data", "data.secrets"] {
        copy(&fixture.join(folder), &dir.path().join(folder));
    }
    let data = dir.path().join("data");
    let state = data.join("state");
    let records = snapshot(&state);
    write_anew(&state, &records, Format { major: OUR_FORMAT.major + 1, minor: 7, ..OUR_FORMAT });
    let folders = [state.clone(), data.join("audit")];
    let before = content(&folders);
    assert!(before.len() > 2, "{:?}", before.keys());
    let (code, said) = serve(&data);
    assert_eq!(code, Some(1), "{said}");
    let version = format!("format {}.7, which is newer than this release understands", OUR_FORMAT.major + 1);
    assert!(said.contains(&version), "{said}");
    let after = content(&folders);
    assert!(after.keys().eq(before.keys()), "{:?}", after.keys());
    for (path, bytes) in &after {
        assert!(before.get(path) == Some(bytes), "{} has changed", path.display());
    }
    write_anew(&state, &records, OUR_FORMAT);
    let (code, said) = serve(&data);
    assert!(code.is_none() && said.contains("strongroom: ready on "), "the control: {said}");
}
