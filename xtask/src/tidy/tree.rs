//! The files that tidy looks at: what git tracks, and what it would track.

use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

/// A text file of the repository.
pub(crate) struct SourceFile {
    /// Its path from the root, with `/`.
    pub(crate) path: String,
    /// Its content.
    pub(crate) text: String,
}

/// Every text file of the repository. Files that are not UTF-8 are no text.
pub(crate) fn read(root: &Path) -> Result<Vec<SourceFile>> {
    // Only names are read, so it does not matter who owns the folder.
    let listing = Command::new("git")
        .args(["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .context("git")?;
    if !listing.status.success() {
        bail!("git ls-files: {}", String::from_utf8_lossy(&listing.stderr));
    }
    let names = String::from_utf8(listing.stdout).context("names of files")?;
    let mut files = Vec::new();
    for path in names.split_terminator('\0') {
        if let Ok(text) = std::fs::read_to_string(root.join(path)) {
            files.push(SourceFile { path: path.to_owned(), text });
        }
    }
    Ok(files)
}
