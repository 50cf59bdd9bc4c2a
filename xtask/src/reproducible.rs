//! `cargo xtask reproducible`: the binary that ships, built twice from clean clones of the commit that lie at different places,
//! has to be the same to the last byte, and must not say where it was built.
//!
//! Two things would tell one build from another. A panic's message names its file, and those of dependencies lie in the folder
//! of whoever builds: docs/operations.md has the flags that give them other names, and this task builds with the same. The
//! allocator says when it was compiled: `SOURCE_DATE_EPOCH` in `.cargo/config.toml` answers for the clock.

use crate::command::{Program, output_of, succeed, target_folder};
use anyhow::{Context, Result, bail};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// What the binary calls the folders of dependencies, and ours.
const DEPENDENCIES: &str = "/cargo";
const SOURCES: &str = "/strongroom";

/// Where the clones lie: paths of different lengths.
const CLONES: [&str; 2] = ["one", "another/with-a-longer-path"];

/// What may be built: what ships, or what costs less time.
const PROFILES: [&str; 2] = ["release", "ci"];

/// Builds twice, and compares.
pub(crate) fn run(root: &Path, profile: &str) -> Result<()> {
    if !PROFILES.contains(&profile) {
        bail!("the profile is one of {}", PROFILES.join(", "));
    }
    let commit = output_of(root, "git rev-parse HEAD")?;
    let folder = target_folder(root).join("reproducible");
    remove(&folder)?;
    fs::create_dir_all(&folder).with_context(|| shown(&folder))?;
    let mut built = Vec::new();
    for (number, place) in CLONES.iter().enumerate() {
        let clone = folder.join(place);
        let binary = folder.join(format!("strongroom-{}", number + 1));
        build(root, &commit, &clone, profile, &binary)?;
        // What a build needs is twenty times what it makes.
        remove(&clone)?;
        println!("{}", output_of(&folder, &format!("sha256sum strongroom-{}", number + 1))?);
        built.push(fs::read(&binary).with_context(|| shown(&binary))?);
    }
    let places = CLONES.map(|place| folder.join(place)).into_iter().chain([cargo_home()?]);
    for place in places.map(|place| shown(&place)) {
        if built.iter().any(|binary| contains(binary, place.as_bytes())) {
            bail!("the binary names a place where it was built: {place}");
        }
    }
    let [one, other] = built.as_slice() else { bail!("not two binaries") };
    if let Some(difference) = difference(one, other) {
        bail!("two builds of {commit} differ, {difference}; they are in {}", shown(&folder));
    }
    println!(
        "reproducible: two builds of {commit} in the profile {profile} are the same {} bytes",
        one.len()
    );
    Ok(())
}

/// Builds a clone of this commit, and keeps its binary there.
fn build(root: &Path, commit: &str, clone: &Path, profile: &str, binary: &Path) -> Result<()> {
    let cloned = Program::new("git clone --quiet --no-checkout").arg(shown(root)).arg(shown(clone));
    succeed(root, cloned)?;
    succeed(clone, Program::new("git checkout --quiet --detach").arg(commit))?;
    // Their folder is named by the registry, and is there when they are.
    succeed(clone, Program::new("cargo fetch --quiet --locked"))?;
    let target = clone.join("target");
    let build = Program::new("cargo build --quiet --locked -p strongroom --profile").arg(profile);
    let build = build.env("CARGO_TARGET_DIR", shown(&target));
    succeed(clone, build.env("RUSTFLAGS", flags(&dependencies()?, clone)))?;
    let built = target.join(profile).join("strongroom");
    fs::copy(&built, binary).with_context(|| shown(&built))?;
    Ok(())
}

/// The flags of docs/operations.md.
fn flags(dependencies: &[PathBuf], sources: &Path) -> String {
    let renamed = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", shown(from));
    let mut flags: Vec<String> = dependencies.iter().map(|folder| renamed(folder, DEPENDENCIES)).collect();
    flags.push(renamed(sources, SOURCES));
    flags.join(" ")
}

/// The folders of unpacked dependencies, one for each registry.
fn dependencies() -> Result<Vec<PathBuf>> {
    let all = cargo_home()?.join("registry/src");
    let mut folders = Vec::new();
    for entry in fs::read_dir(&all).with_context(|| shown(&all))? {
        folders.push(entry?.path());
    }
    folders.sort();
    Ok(folders)
}

fn cargo_home() -> Result<PathBuf> {
    match env::var_os("CARGO_HOME") {
        Some(folder) => Ok(PathBuf::from(folder)),
        None => Ok(PathBuf::from(env::var_os("HOME").context("HOME is not set")?).join(".cargo")),
    }
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| shown(folder))?;
    }
    Ok(())
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Where two files differ first, if they do.
fn difference(one: &[u8], other: &[u8]) -> Option<String> {
    if one == other {
        return None;
    }
    let same = one.iter().zip(other).take_while(|(left, right)| left == right).count();
    Some(format!("of {} and {} bytes, from byte {same} on", one.len(), other.len()))
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::{DEPENDENCIES, SOURCES, contains, difference, flags};
    use std::fs;
    use std::path::{Path, PathBuf};

    fn file(path: &str) -> String {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        fs::read_to_string(root.join(path)).unwrap()
    }

    #[test]
    fn binaries_that_differ_anywhere_are_told_apart() {
        assert_eq!(difference(b"the same", b"the same"), None, "the control");
        assert_eq!(difference(b"the same", b"the sama").unwrap(), "of 8 and 8 bytes, from byte 7 on");
        assert_eq!(difference(b"the same", b"the same!").unwrap(), "of 8 and 9 bytes, from byte 8 on");
        assert_eq!(difference(b"", b"x").unwrap(), "of 0 and 1 bytes, from byte 0 on");
    }

    #[test]
    fn place_in_a_binary_is_found() {
        assert!(contains(b"\0/home/me/.cargo/registry\0", b"/home/me/.cargo"));
        assert!(!contains(b"\0/cargo/tokio\0", b"/home/me/.cargo"), "the control");
        assert!(!contains(b"/home", b"/home/me/.cargo"));
    }

    #[test]
    fn flags_are_those_that_a_packager_reads() {
        let folders = ["$folder"].map(PathBuf::from);
        let ours = flags(&folders, Path::new("$PWD"));
        assert_eq!(
            ours,
            format!("--remap-path-prefix=$folder={DEPENDENCIES} --remap-path-prefix=$PWD={SOURCES}")
        );
        let page = file("docs/operations.md");
        for flag in ours.split(' ') {
            assert!(page.contains(flag), "{flag}");
        }
    }

    #[test]
    fn every_build_has_the_same_clock() {
        let settings: toml::Table = file(".cargo/config.toml").parse().unwrap();
        let clock = settings["env"]["SOURCE_DATE_EPOCH"].as_str().unwrap();
        assert!(clock.parse::<u64>().is_ok(), "{clock}");
    }
}
