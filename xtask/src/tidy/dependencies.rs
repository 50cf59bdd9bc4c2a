//! Dependencies: the root manifest names each once and says what it is for; the members only refer to it.

/// The kinds of dependencies that a manifest may list.
const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// Faults of the root manifest: a workspace dependency without a comment behind it.
pub(crate) fn check_comments(text: &str) -> Vec<String> {
    let mut inside = false;
    let mut faults = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.starts_with('[') {
            inside = line.trim() == "[workspace.dependencies]";
            continue;
        }
        let entry = inside && !line.trim().is_empty() && !line.trim_start().starts_with('#');
        if entry && comment(line).is_none() {
            let name = line.split_whitespace().next().unwrap_or_default();
            faults.push(format!("Cargo.toml:{}: `{name}` does not say what it is for", index + 1));
        }
    }
    faults
}

/// The comment that ends a line of TOML, if it says anything.
fn comment(line: &str) -> Option<&str> {
    let mut quoted = false;
    for (at, letter) in line.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            '#' if !quoted => {
                let said = line[at + 1..].trim();
                return (!said.is_empty()).then_some(said);
            }
            _ => {}
        }
    }
    None
}

/// Faults of a member's manifest: a dependency that is not the workspace's.
pub(crate) fn check_member(path: &str, text: &str) -> Vec<String> {
    let manifest: toml::Table = match text.parse() {
        Ok(manifest) => manifest,
        Err(error) => return vec![format!("{path}: {error}")],
    };
    let mut own = own_versions(&manifest);
    if let Some(targets) = manifest.get("target").and_then(toml::Value::as_table) {
        for target in targets.values() {
            own.extend(target.as_table().map(own_versions).unwrap_or_default());
        }
    }
    let fault = |name: String| format!("{path}: `{name}` is not `{name}.workspace = true`");
    own.into_iter().map(fault).collect()
}

/// The dependencies that a table of tables lists with a version, path or repository of their own.
fn own_versions(tables: &toml::Table) -> Vec<String> {
    let mut own = Vec::new();
    for kind in KINDS {
        let Some(dependencies) = tables.get(kind).and_then(toml::Value::as_table) else { continue };
        for (name, value) in dependencies {
            let table = value.as_table();
            let shared = table.and_then(|table| table.get("workspace")).and_then(toml::Value::as_bool);
            if shared != Some(true) {
                own.push(name.clone());
            }
        }
    }
    own
}

#[cfg(test)]
mod tests {
    use super::{check_comments, check_member};

    #[test]
    fn dependency_without_comment_is_refused() {
        let text = "[workspace.dependencies]\n# --- heading\na = \"1\" # for a\nb = \"#1\"\nc = \"1\" #\n\n[profile.dev]\nd = 1\n";
        let faults = check_comments(text);
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(faults[0].starts_with("Cargo.toml:4: `b`"), "{faults:?}");
        assert!(faults[1].starts_with("Cargo.toml:5: `c`"), "{faults:?}");
    }

    #[test]
    fn version_in_a_member_is_refused() {
        for bad in [
            "[dependencies]\nserde = \"1\"\n",
            "[dependencies]\nserde = { version = \"1\", features = [\"derive\"] }\n",
            "[dev-dependencies]\nserde = { path = \"../serde\" }\n",
            "[build-dependencies.serde]\ngit = \"https://example.com/serde\"\n",
            "[target.'cfg(unix)'.dependencies]\nserde = \"1\"\n",
            "[dependencies]\nserde.workspace = false\n",
            "[dependencies\n",
        ] {
            assert_eq!(check_member("crates/x/Cargo.toml", bad).len(), 1, "{bad}");
        }
    }

    #[test]
    fn workspace_dependencies_are_taken() {
        let text = "[dependencies]\na.workspace = true\nb = { workspace = true, features = [\"x\"] }\n\
                    [target.'cfg(unix)'.dependencies]\nc.workspace = true\n";
        assert!(check_member("crates/x/Cargo.toml", text).is_empty());
    }
}
