//! A folder of this machine: files appear under their names when they are whole and on the disk.

use crate::cursors::replace;
use crate::export::Object;
use crate::sink::SinkError;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// The folder.
#[derive(Clone, Debug)]
pub(crate) struct FolderStore {
    pub(crate) root: PathBuf,
}

impl FolderStore {
    /// Stores an object and reads it again.
    pub(crate) async fn put(&self, object: &Object) -> Result<Vec<u8>, SinkError> {
        let (root, object) = (self.root.clone(), object.clone());
        let name = object.name.clone();
        let stored = tokio::task::spawn_blocking(move || store(&root, &object)).await;
        let stored = stored.map_err(|error| SinkError::Inside(error.to_string()))?;
        stored.map_err(|error| SinkError::Object { name, text: error.to_string() })
    }
}

fn store(root: &Path, object: &Object) -> io::Result<Vec<u8>> {
    let path = root.join(&object.name);
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    if !folder.is_dir() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        // Each of them may be new.
        for above in folder.ancestors().skip(1).take_while(|above| above.starts_with(root)) {
            File::open(above)?.sync_all()?;
        }
    }
    replace(folder, name, &object.content)?;
    fs::read(&path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn objects_become_files_and_replace_older_ones() {
        let root = tempfile::tempdir().unwrap();
        let store = FolderStore { root: root.path().to_owned() };
        for content in ["one", "two"] {
            let object = Object { name: "a/b/c.json".to_owned(), content: content.as_bytes().to_vec() };
            assert_eq!(store.put(&object).await.unwrap(), object.content);
        }
        let files: Vec<_> =
            fs::read_dir(root.path().join("a/b")).unwrap().map(|f| f.unwrap().file_name()).collect();
        assert_eq!(files, ["c.json"]);
        assert_eq!(fs::read_to_string(root.path().join("a/b/c.json")).unwrap(), "two");
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("a"), "a file").unwrap();
        let store = FolderStore { root: root.path().to_owned() };
        let object = Object { name: "a/b".to_owned(), content: Vec::new() };
        assert!(matches!(store.put(&object).await, Err(SinkError::Object { .. })));
    }
}
