//! Small files side by side: most of the time of one is waiting for KMS and for the disk. Large ones have all threads for
//! themselves.

use super::Job;
use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, panic, thread};

/// Up to this size a file is small, in bytes: one thread does all of it.
const SMALL_BYTES: u64 = 1 << 20;
/// So many at once. Memory is two buffers of a small file's size for each.
const THREADS_MAX: usize = 8;
/// Results come out in the order of the files, after so many of them at the latest.
const GROUP_MAX: usize = 64;

/// How many jobs at the front are small, neighbours, and so worked on together; at least one. A file that comes twice waits
/// for its first turn: it may be another one then.
pub(super) fn group(jobs: &[Job]) -> usize {
    let mut files = BTreeSet::new();
    let small = |job: &&Job| {
        fs::metadata(&job.input).is_ok_and(|found| {
            found.is_file() && found.len() <= SMALL_BYTES && files.insert((found.dev(), found.ino()))
        })
    };
    jobs.iter().take(GROUP_MAX).take_while(small).count().max(1)
}

/// Does `work` for each job; the results are in the order of the jobs.
pub(super) fn side_by_side<J: Sync, T: Send>(jobs: &[J], work: impl Fn(&J) -> T + Sync) -> Vec<T> {
    let threads = THREADS_MAX.min(jobs.len());
    if threads < 2 {
        return jobs.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(index) else { return done };
            done.push((index, work(job)));
        }
    };
    let mut done: Vec<(usize, T)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        let results = workers.into_iter().map(|worker| worker.join());
        results.flat_map(|done| done.unwrap_or_else(|lost| panic::resume_unwind(lost))).collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn jobs(paths: impl IntoIterator<Item = PathBuf>) -> Vec<Job> {
        let job = |input: PathBuf| Job { output: input.clone(), input, make_folder: false };
        paths.into_iter().map(job).collect()
    }

    #[test]
    fn results_have_the_order_of_the_jobs() {
        let jobs = jobs((0..200).map(|number| PathBuf::from(number.to_string())));
        let names = side_by_side(&jobs, |job| job.input.display().to_string());
        assert_eq!(names, (0..200).map(|number| number.to_string()).collect::<Vec<_>>());
    }

    #[test]
    fn large_missing_and_special_files_stand_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["a", "b", "c"] {
            fs::write(path(name), b"x").unwrap();
        }
        fs::File::create(path("large")).unwrap().set_len(SMALL_BYTES + 1).unwrap();
        for (names, together) in [
            (&["a", "b", "large", "c"][..], 2),
            (&["large", "a"], 1),
            (&["missing", "a"], 1),
            (&["a", "."], 1),
            (&["a", "b", "c"], 3),
        ] {
            assert_eq!(group(&jobs(names.iter().map(|name| path(name)))), together, "{names:?}");
        }
        let many: Vec<_> = (0..100).map(|number| path(&number.to_string())).collect();
        for file in &many {
            fs::write(file, b"x").unwrap();
        }
        assert_eq!(group(&jobs(many)), GROUP_MAX);
    }

    #[test]
    fn a_file_that_comes_twice_waits_for_its_first_turn() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["a", "b"] {
            fs::write(path(name), b"x").unwrap();
        }
        fs::hard_link(path("a"), path("same")).unwrap();
        std::os::unix::fs::symlink("a", path("link")).unwrap();
        for again in ["a", "same", "link"] {
            assert_eq!(group(&jobs(["a", "b", again].map(path))), 2, "{again}");
        }
    }
}
