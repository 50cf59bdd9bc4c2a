//! `cargo xtask sbom`: what the binary is made of, as CycloneDX 1.5: every package that it is linked with on this machine's
//! target or that writes a part of its code (macros), with version, licence and the checksum that `Cargo.lock` has.
//!
//! Left out is what only tests and build scripts use. It has no time and no random number in it, so that the same commit
//! gives the same list.

use crate::command::{host, output_of, target_folder};
use crate::metadata::{is_normal, list, text};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The package of the binary.
const BINARY: &str = "strongroom";

/// Checksums by name and version.
type Checksums = BTreeMap<(String, String), String>;

/// Writes it to the target folder.
pub(crate) fn run(root: &Path) -> Result<()> {
    let host = host(root)?;
    let asked = format!("cargo metadata --locked --format-version 1 --filter-platform {host}");
    let metadata = serde_json::from_str(&output_of(root, &asked)?).context("cargo metadata")?;
    let lock = fs::read_to_string(root.join("Cargo.lock")).context("Cargo.lock")?;
    let bom = bill(&metadata, &checksums(&lock)?)?;
    let folder = target_folder(root);
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let path = folder.join("strongroom.cdx.json");
    let mut written = serde_json::to_string_pretty(&bom)?;
    written.push('\n');
    fs::write(&path, written).with_context(|| path.display().to_string())?;
    // Its place would be that of one machine, in a log that is kept.
    println!(
        "sbom: {} packages in strongroom.cdx.json, in the target folder",
        list(&bom, "components")?.len()
    );
    Ok(())
}

/// The checksums of a lock file; our own packages have none.
fn checksums(lock: &str) -> Result<Checksums> {
    let lock: toml::Table = lock.parse().context("Cargo.lock")?;
    let packages = lock.get("package").and_then(toml::Value::as_array).context("Cargo.lock: no packages")?;
    let of = |package: &toml::Value| {
        let member = |name: &str| package.get(name).and_then(toml::Value::as_str).map(str::to_owned);
        Some(((member("name")?, member("version")?), member("checksum")?))
    };
    Ok(packages.iter().filter_map(of).collect())
}

/// The bill of what `cargo metadata` tells.
fn bill(metadata: &Value, checksums: &Checksums) -> Result<Value> {
    let mut packages = BTreeMap::new();
    for package in list(metadata, "packages")? {
        packages.insert(text(package, "id")?, package);
    }
    let mut imports = BTreeMap::new();
    for node in list(&metadata["resolve"], "nodes")? {
        let normal = list(node, "deps")?.iter().filter(|dependency| is_normal(dependency));
        let ids = normal.map(|dependency| text(dependency, "pkg")).collect::<Result<BTreeSet<_>>>()?;
        imports.insert(text(node, "id")?, ids);
    }
    let binary = packages.iter().find(|(_, package)| is_binary(package)).map(|(id, _)| *id);
    let binary = binary.with_context(|| format!("cargo metadata: no package {BINARY}"))?;
    let package = |id: &str| packages.get(id).copied().with_context(|| format!("no package {id}"));
    let (mut components, mut dependencies) = (Vec::new(), Vec::new());
    for id in reached(binary, &imports) {
        if id != binary {
            components.push(component("library", package(id)?, checksums)?);
        }
        let of = imports.get(id).into_iter().flatten();
        let on = of.map(|id| reference(package(id)?)).collect::<Result<Vec<_>>>()?;
        dependencies.push(json!({ "ref": reference(package(id)?)?, "dependsOn": on }));
    }
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": component("application", package(binary)?, checksums)? },
        "components": components,
        "dependencies": dependencies,
    }))
}

fn is_binary(package: &Value) -> bool {
    package["name"] == BINARY && package["source"].is_null()
}

/// A package and everything that it imports, in order.
fn reached<'a>(from: &'a str, imports: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::from([from]);
    let mut next = vec![from];
    while let Some(id) = next.pop() {
        for import in imports.get(id).into_iter().flatten() {
            if found.insert(*import) {
                next.push(*import);
            }
        }
    }
    found
}

fn component(kind: &str, package: &Value, checksums: &Checksums) -> Result<Value> {
    let (name, version) = (text(package, "name")?, text(package, "version")?);
    let mut component = json!({
        "type": kind,
        "bom-ref": reference(package)?,
        "name": name,
        "version": version,
        "licenses": licences(package),
    });
    if is_published(package) {
        let checksum = checksums.get(&(name.to_owned(), version.to_owned()));
        let checksum = checksum.with_context(|| format!("Cargo.lock: no checksum of {name} {version}"))?;
        component["purl"] = json!(reference(package)?);
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    Ok(component)
}

/// Whether it comes from a registry. Ours do not: a name and version of theirs would be somebody else's there.
fn is_published(package: &Value) -> bool {
    package["source"].as_str().is_some_and(|source| source.starts_with("registry+"))
}

/// The package URL of one from a registry; name and version of another.
fn reference(package: &Value) -> Result<String> {
    let (name, version) = (text(package, "name")?, text(package, "version")?);
    // A plus is a space to some readers of URLs.
    let version = version.replace('+', "%2B");
    let kind = if is_published(package) { "pkg:cargo/" } else { "" };
    Ok(format!("{kind}{name}@{version}"))
}

/// An expression of SPDX; older packages have a slash where it says `OR`.
fn licences(package: &Value) -> Value {
    match (package["license"].as_str(), package["license_file"].as_str()) {
        (Some(expression), _) => {
            let expression = expression.split('/').map(str::trim).collect::<Vec<_>>().join(" OR ");
            json!([{ "expression": expression }])
        }
        (None, Some(file)) => json!([{ "license": { "name": format!("the package's {file}") } }]),
        (None, None) => json!([]),
    }
}

#[cfg(test)]
mod tests {
    use super::{Checksums, bill, checksums};
    use serde_json::{Value, json};

    const REGISTRY: &str = "registry+https://registry.example/index";

    const LOCK: &str = "\
version = 4
[[package]]
name = \"strongroom\"
version = \"0.1.0\"
[[package]]
name = \"used\"
version = \"1.2.3+c.4\"
checksum = \"aa\"
[[package]]
name = \"deep\"
version = \"2.0.0\"
checksum = \"bb\"
";

    fn package(name: &str, version: &str, source: Option<&str>, licence: Option<&str>) -> Value {
        json!({
            "id": name, "name": name, "version": version, "source": source, "license": licence,
            "license_file": "COPYING",
        })
    }

    fn node(name: &str, deps: &[(&str, Option<&str>)]) -> Value {
        let dep = |(pkg, kind): &(&str, Option<&str>)| json!({ "pkg": pkg, "dep_kinds": [{ "kind": kind }] });
        json!({ "id": name, "deps": deps.iter().map(dep).collect::<Vec<Value>>() })
    }

    /// The binary uses one of ours and one of the registry's, and that another one.
    fn metadata() -> Value {
        let published = Some(REGISTRY);
        json!({
            "packages": [
                package("strongroom", "0.1.0", None, Some("Apache-2.0")),
                package("ours", "0.1.0", None, Some("Apache-2.0")),
                package("used", "1.2.3+c.4", published, Some("MIT/Apache-2.0")),
                package("deep", "2.0.0", published, None),
                package("for-tests", "3.0.0", published, Some("MIT")),
                package("builds", "4.0.0", published, Some("MIT")),
            ],
            "resolve": { "nodes": [
                node("strongroom", &[("ours", None), ("used", None), ("for-tests", Some("dev"))]),
                node("ours", &[("used", None)]),
                node("used", &[("deep", None), ("builds", Some("build"))]),
                node("deep", &[]),
                node("for-tests", &[]),
                node("builds", &[]),
            ] },
        })
    }

    #[test]
    fn bill_has_what_is_linked_and_nothing_of_tests_and_build_scripts() {
        let bill = bill(&metadata(), &checksums(LOCK).unwrap()).unwrap();
        assert_eq!(bill["specVersion"], "1.5");
        assert_eq!(bill["metadata"]["component"]["name"], "strongroom");
        let components = bill["components"].as_array().unwrap();
        let names: Vec<&str> = components.iter().map(|one| one["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["deep", "ours", "used"]);
        let [deep, ours, used] = components.as_slice() else { panic!("{components:?}") };
        assert_eq!(used["purl"], "pkg:cargo/used@1.2.3%2Bc.4");
        assert_eq!(used["version"], "1.2.3+c.4");
        assert_eq!(used["hashes"], json!([{ "alg": "SHA-256", "content": "aa" }]));
        assert_eq!(used["licenses"], json!([{ "expression": "MIT OR Apache-2.0" }]));
        assert_eq!(deep["licenses"][0]["license"]["name"], "the package's COPYING");
        assert_eq!(ours["purl"], Value::Null, "the registry's package of that name is another one");
        assert_eq!(ours["hashes"], Value::Null);
    }

    #[test]
    fn bill_says_who_uses_whom() {
        let bill = bill(&metadata(), &checksums(LOCK).unwrap()).unwrap();
        let dependencies = bill["dependencies"].as_array().unwrap();
        let of = |name: &str| &dependencies.iter().find(|one| one["ref"] == name).unwrap()["dependsOn"];
        assert_eq!(dependencies.len(), 4);
        assert_eq!(*of("strongroom@0.1.0"), json!(["ours@0.1.0", "pkg:cargo/used@1.2.3%2Bc.4"]));
        assert_eq!(*of("pkg:cargo/used@1.2.3%2Bc.4"), json!(["pkg:cargo/deep@2.0.0"]));
        assert_eq!(*of("pkg:cargo/deep@2.0.0"), json!([]));
    }

    #[test]
    fn package_without_a_checksum_and_a_build_without_the_binary_are_refused() {
        let refused = bill(&metadata(), &Checksums::new()).unwrap_err().to_string();
        assert!(refused.contains("no checksum of deep 2.0.0"), "{refused}");
        let mut other = metadata();
        other["packages"][0]["name"] = json!("another");
        assert!(bill(&other, &checksums(LOCK).unwrap()).is_err());
    }
}
