//! Where a Unix socket in a folder is bound and connected to: the kernel takes 107 bytes of a path, and folders may be deeper.

use rustix::fs::{Mode, OFlags, open};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

/// The longest path of a Unix socket, in bytes (`sun_path` without its NUL).
pub const SOCKET_PATH_BYTES_MAX: usize = 107;

/// A path that the kernel takes, for as long as this lives.
#[derive(Debug)]
pub struct SocketPath {
    path: PathBuf,
    _folder: Option<OwnedFd>,
}

impl SocketPath {
    /// Of a socket in this folder: where its path is too long, through a descriptor of the folder.
    pub fn of(folder: &Path, name: &str) -> io::Result<Self> {
        let path = folder.join(name);
        if path.as_os_str().len() <= SOCKET_PATH_BYTES_MAX {
            return Ok(Self { path, _folder: None });
        }
        // Whoever may only pass through the folder may open it like this, too.
        let opened = open(folder, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        let path = Path::new("/proc/self/fd").join(opened.as_raw_fd().to_string()).join(name);
        Ok(Self { path, _folder: Some(opened) })
    }
}

impl AsRef<Path> for SocketPath {
    fn as_ref(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::{UnixListener, UnixStream};

    #[test]
    fn socket_of_a_folder_however_deep_is_bound_and_reached() {
        let temporary = tempfile::tempdir().unwrap();
        for depth in [0, 1, 4] {
            let folder =
                (0..depth).fold(temporary.path().to_owned(), |folder, _| folder.join("n".repeat(200)));
            std::fs::create_dir_all(&folder).unwrap();
            let listener = UnixListener::bind(SocketPath::of(&folder, "a.sock").unwrap()).unwrap();
            assert!(folder.join("a.sock").exists());
            let _connected = UnixStream::connect(SocketPath::of(&folder, "a.sock").unwrap()).unwrap();
            listener.accept().unwrap();
            assert_eq!(UnixStream::connect(folder.join("a.sock")).is_err(), depth > 0, "the control");
        }
        let missing = temporary.path().join("m".repeat(200));
        let error = SocketPath::of(&missing, "a.sock").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
