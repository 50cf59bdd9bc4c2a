//! What lies beside the segments and counts towards the budget like them: the tree, checkpoints and cosignatures, seals, the
//! segments' indexes. Retention removes none of it but the indexes.

use crate::disk::{FilesBeside, SegmentInfo};
use crate::merkle::level_files;
use crate::scan::CHECKPOINTS;
use crate::segments::INDEX_SUFFIX;
use crate::state::SEALS;
use crate::witness::COSIGNATURES;
use std::io;

/// Bytes of the index of a segment.
pub(crate) fn index_bytes(disk: &dyn FilesBeside, first: u64) -> io::Result<u64> {
    disk.length(&format!("{first:020}{INDEX_SUFFIX}"))
}

/// Bytes of everything beside these segments. Files that stay small are not looked at.
pub(crate) fn beside_bytes(disk: &dyn FilesBeside, segments: &[SegmentInfo]) -> io::Result<u64> {
    let mut bytes = 0;
    for name in [CHECKPOINTS, SEALS, COSIGNATURES] {
        bytes += disk.length(name)?;
    }
    for name in level_files() {
        bytes += disk.length(&name)?;
    }
    for segment in segments {
        bytes += index_bytes(disk, segment.first)?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory_files::MemoryFiles;

    #[test]
    fn everything_that_grows_is_counted() {
        let disk = MemoryFiles::default();
        let segments = [SegmentInfo { first: 7, bytes: 1_000, sealed: true }];
        assert_eq!(beside_bytes(&disk, &segments).unwrap(), 0);
        let names =
            ["checkpoints", "seals", "cosignatures", "tree/00", "tree/56", "00000000000000000007.idx"];
        for name in names {
            disk.append(name, b"0123456789", false).unwrap();
        }
        disk.append("00000000000000000009.idx", b"of another segment", false).unwrap();
        assert_eq!(beside_bytes(&disk, &segments).unwrap(), 60);
    }
}
