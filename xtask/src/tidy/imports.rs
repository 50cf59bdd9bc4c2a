//! The import table, held against what `cargo metadata` says. Only normal dependencies count: they are what ships.

use super::import_table::{May, Row, TABLE};
use crate::metadata::{is_normal, list, text};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::process::Command;

/// Every package of the build, by Cargo's package id.
struct Graph {
    packages: BTreeMap<String, Package>,
}

struct Package {
    name: String,
    ours: bool,
    /// Ids of normal dependencies.
    imports: Vec<String>,
}

/// Faults of the workspace.
pub(crate) fn check_workspace(root: &Path) -> Result<Vec<String>> {
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(root)
        .output()
        .context("cargo metadata")?;
    if !output.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    }
    let metadata = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    Ok(check(&Graph::read(&metadata)?, TABLE))
}

fn check(graph: &Graph, table: &[Row]) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, package) in graph.packages.iter().filter(|(_, package)| package.ours) {
        let Some(row) = table.iter().find(|row| row.package == package.name) else {
            faults.push(format!("{}: has no row in xtask/src/tidy/import_table.rs", package.name));
            continue;
        };
        faults.extend(graph.imports_without_leave(package, row));
        let ways = row.never_sees.iter().filter_map(|never| graph.way(id, never));
        faults.extend(ways.map(|way| format!("{}: must never see what it sees here: {way}", row.package)));
    }
    faults
}

impl Graph {
    /// Reads the output of `cargo metadata`.
    fn read(metadata: &Value) -> Result<Self> {
        let members: BTreeSet<&str> =
            list(metadata, "workspace_members")?.iter().filter_map(Value::as_str).collect();
        let mut packages = BTreeMap::new();
        for package in list(metadata, "packages")? {
            let (id, name) = (text(package, "id")?, text(package, "name")?.to_owned());
            packages.insert(id.to_owned(), Package { name, ours: members.contains(id), imports: Vec::new() });
        }
        for node in list(&metadata["resolve"], "nodes")? {
            let normal = list(node, "deps")?.iter().filter(|dependency| is_normal(dependency));
            let imports = normal.map(|dependency| text(dependency, "pkg").map(str::to_owned));
            let package = packages.get_mut(text(node, "id")?).context("a node without its package")?;
            package.imports = imports.collect::<Result<_>>()?;
        }
        Ok(Self { packages })
    }

    /// Our own crates that a crate lists though its row does not.
    fn imports_without_leave(&self, package: &Package, row: &Row) -> Vec<String> {
        let May::Import(allowed) = row.may else { return Vec::new() };
        let imported = package.imports.iter().filter_map(|id| self.packages.get(id));
        let ours = imported.filter(|imported| imported.ours && !allowed.contains(&imported.name.as_str()));
        ours.map(|imported| format!("{}: may not import {}", package.name, imported.name)).collect()
    }

    /// The shortest way from a package to one of that name.
    fn way(&self, from: &str, to: &str) -> Option<String> {
        let mut seen = BTreeSet::new();
        let mut ways = VecDeque::from([vec![from]]);
        while let Some(way) = ways.pop_front() {
            let Some(here) = way.last().and_then(|id| self.packages.get(*id)) else { continue };
            if way.len() > 1 && here.name == to {
                return Some(self.names(&way).join(" -> "));
            }
            for next in &here.imports {
                if seen.insert(next) {
                    let mut longer = way.clone();
                    longer.push(next);
                    ways.push_back(longer);
                }
            }
        }
        None
    }

    fn names(&self, ids: &[&str]) -> Vec<&str> {
        ids.iter().filter_map(|id| self.packages.get(*id)).map(|package| package.name.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Graph, TABLE, check};
    use serde_json::{Value, json};

    /// Metadata of packages named by their ids; those of the table's names are members. `dev` are dependencies of
    /// tests.
    fn faults(normal: &[(&str, &str)], dev: &[(&str, &str)]) -> Vec<String> {
        let edges: Vec<(&str, &str, Value)> = normal
            .iter()
            .map(|(from, to)| (*from, *to, Value::Null))
            .chain(dev.iter().map(|(from, to)| (*from, *to, json!("dev"))))
            .collect();
        let mut names: Vec<&str> = edges.iter().flat_map(|(from, to, _)| [*from, *to]).collect();
        names.sort_unstable();
        names.dedup();
        let node = |name: &str| {
            let from_here = edges.iter().filter(|(from, ..)| *from == name);
            let deps = from_here.map(|(_, to, kind)| json!({ "pkg": to, "dep_kinds": [{ "kind": kind }] }));
            json!({ "id": name, "deps": deps.collect::<Vec<Value>>() })
        };
        let ours = |name: &&&str| name.starts_with("strongroom") || **name == "xtask";
        let metadata = json!({
            "workspace_members": names.iter().filter(ours).collect::<Vec<_>>(),
            "packages": names.iter().map(|name| json!({ "id": name, "name": name })).collect::<Vec<Value>>(),
            "resolve": { "nodes": names.iter().map(|name| node(name)).collect::<Vec<Value>>() },
        });
        check(&Graph::read(&metadata).unwrap(), TABLE)
    }

    #[test]
    fn allowed_imports_are_taken() {
        let normal = [("strongroom-vault", "strongroom-crypto"), ("strongroom-crypto", "aws-lc-rs")];
        assert_eq!(faults(&normal, &[]), Vec::<String>::new());
    }

    #[test]
    fn import_that_is_not_listed_is_refused() {
        for (from, to) in [
            ("strongroom-service", "strongroom-crypto"),
            ("strongroom-server", "strongroom-vault"),
            ("strongroom-policy", "strongroom-sigv4"),
            ("strongroom-control", "strongroom-server"),
            ("strongroom-service", "strongroom-testkit"),
            ("strongroom", "xtask"),
        ] {
            let found = faults(&[(from, to)], &[]);
            assert!(found.contains(&format!("{from}: may not import {to}")), "{found:?}");
        }
    }

    #[test]
    fn what_must_never_be_seen_is_found_behind_others() {
        let found = faults(&[("strongroom-vault", "between"), ("between", "serde_json")], &[]);
        let expected = "strongroom-vault: must never see what it sees here: \
                        strongroom-vault -> between -> serde_json";
        assert_eq!(found, [expected]);
    }

    #[test]
    fn dependencies_of_tests_do_not_count() {
        let dev = [("strongroom-service", "strongroom-testkit"), ("strongroom-crypto", "serde_json")];
        assert_eq!(faults(&[("strongroom-testkit", "strongroom-vault")], &dev), Vec::<String>::new());
    }

    #[test]
    fn crate_without_a_row_is_refused() {
        let found = faults(&[("strongroom-new", "anyhow")], &[]);
        assert_eq!(found, ["strongroom-new: has no row in xtask/src/tidy/import_table.rs"]);
    }
}
