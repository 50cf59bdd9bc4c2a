//! Where names are found: the files of the system's resolver, which a confined process has to be let through to, and notices
//! when they are replaced.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// DNS over TCP, for answers that are too long for UDP.
pub const DNS_PORT: u16 = 53;

/// The file that names the name servers.
const NAME_SERVERS: &str = "/etc/resolv.conf";

/// The files by which names are looked up; a system has some of them.
const NAME_FILES: [&str; 5] =
    [NAME_SERVERS, "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf"];

/// The files by which names are looked up, those that are there.
pub fn name_files() -> impl Iterator<Item = &'static Path> {
    NAME_FILES.into_iter().map(Path::new).filter(|file| file.is_file())
}

/// The file that names the name servers, as it was at one moment.
pub struct NameServers(Option<(u64, u64)>);

impl NameServers {
    /// As it is now.
    pub fn now() -> Self {
        Self(identity(Path::new(NAME_SERVERS)))
    }

    /// Whether it was replaced since.
    pub fn are_replaced(&self) -> bool {
        identity(Path::new(NAME_SERVERS)) != self.0
    }
}

/// Which file is at a path: one that was replaced is another, which a confined process may not read.
fn identity(path: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

#[cfg(test)]
mod tests {
    use super::identity;

    #[test]
    fn file_that_was_replaced_is_another_and_one_that_was_written_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (file, next) = (folder.path().join("resolv.conf"), folder.path().join("next"));
        assert_eq!(identity(&file), None);
        std::fs::write(&file, "nameserver 192.0.2.1").unwrap();
        let before = identity(&file);
        assert!(before.is_some());
        std::fs::write(&file, "nameserver 192.0.2.2").unwrap();
        assert_eq!(identity(&file), before);
        std::fs::write(&next, "nameserver 192.0.2.3").unwrap();
        std::fs::rename(&next, &file).unwrap();
        assert_ne!(identity(&file), before);
    }
}
