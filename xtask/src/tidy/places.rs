//! No place of one machine in the repository: neither its folders nor the registries it is told to use.

/// This file, which has to write them down.
const HERE: &str = "xtask/src/tidy/places.rs";

/// Folders of machines.
const FOLDERS: [&str; 3] = ["/tmp/wt", "/work/", "/root/"];

/// Settings and hosts that point a package manager somewhere.
const REGISTRIES: [&str; 9] = [
    "index-url",
    "trusted-host",
    "[source.",
    "[registries",
    "replace-with",
    "\"resolved\":",
    "registry.npmjs.org",
    "index.crates.io",
    "pypi.org/simple",
];

/// Where every package in a lock file of Cargo comes from.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Faults of one file.
pub(crate) fn check(path: &str, text: &str) -> Vec<String> {
    if path == HERE {
        return Vec::new();
    }
    let mut faults = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if let Some(folder) = FOLDERS.iter().find(|folder| line.contains(**folder)) {
            faults.push(format!("{path}:{number}: `{folder}` is a place of one machine"));
        }
        if let Some(setting) = REGISTRIES.iter().find(|setting| line.contains(**setting)) {
            faults.push(format!("{path}:{number}: `{setting}` ties the repository to a registry's host"));
        }
        if path.ends_with("Cargo.lock") && line.contains("registry+") && !line.contains(CRATES_IO) {
            faults.push(format!("{path}:{number}: a package from another registry than crates.io"));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::{CRATES_IO, FOLDERS, REGISTRIES, check};

    #[test]
    fn every_folder_and_registry_is_refused() {
        for bad in FOLDERS.iter().chain(&REGISTRIES) {
            let faults = check("a.md", &format!("fine\nsee {bad}x\n"));
            assert_eq!(faults.len(), 1, "{bad}");
            assert!(faults[0].starts_with("a.md:2:"), "{faults:?}");
        }
    }

    #[test]
    fn lock_file_of_another_registry_is_refused() {
        let other = "source = \"registry+https://crates.example/index\"\n";
        assert_eq!(check("Cargo.lock", other).len(), 1);
        assert!(check("Cargo.lock", &format!("source = \"{CRATES_IO}\"\n")).is_empty());
    }
}
