//! Who may import whom: the walls of the architecture (ARCHITECTURE.md), as data.

/// What a crate may list among its normal dependencies, of our own crates.
pub(crate) enum May {
    /// These.
    Import(&'static [&'static str]),
    /// All of them; nothing that ships imports such a crate.
    ImportAnything,
}

/// One crate's walls. Names are names of packages.
pub(crate) struct Row {
    /// The crate.
    pub(crate) package: &'static str,
    /// Which of our crates it may import.
    pub(crate) may: May,
    /// What it must never see, however many crates lie between: our own and others'.
    pub(crate) never_sees: &'static [&'static str],
}

const fn row(
    package: &'static str,
    imports: &'static [&'static str],
    never_sees: &'static [&'static str],
) -> Row {
    Row { package, may: May::Import(imports), never_sees }
}

const fn free(package: &'static str) -> Row {
    Row { package, may: May::ImportAnything, never_sees: &[] }
}

/// One row for each of our crates.
pub(crate) const TABLE: &[Row] = &[
    row("strongroom-types", &[], &["tokio", "serde_json", "aws-lc-rs"]),
    row("strongroom-api", &["strongroom-types"], &["tokio", "aws-lc-rs", "hyper", "redb"]),
    row("strongroom-sigv4", &["strongroom-types"], &["tokio", "hyper", "redb"]),
    row("strongroom-policy", &["strongroom-types"], &["tokio", "aws-lc-rs", "hyper", "redb"]),
    row("strongroom-web-identity", &["strongroom-types"], &["tokio", "hyper", "redb"]),
    row("strongroom-crypto", &["strongroom-types"], &["tokio", "serde_json", "hyper", "redb"]),
    row(
        "strongroom-backup",
        &["strongroom-types"],
        &["strongroom-crypto", "tokio", "serde_json", "hyper", "redb"],
    ),
    row(
        "strongroom-recovery",
        &["strongroom-types", "strongroom-crypto", "strongroom-backup"],
        &["tokio", "serde_json", "hyper", "redb"],
    ),
    row("strongroom-frames", &[], &["tokio", "serde_json", "aws-lc-rs", "hyper", "redb"]),
    row(
        "strongroom-vault-protocol",
        &["strongroom-types", "strongroom-frames"],
        &["serde_json", "aws-lc-rs", "hyper", "redb"],
    ),
    row(
        "strongroom-token-protocol",
        &["strongroom-types", "strongroom-frames"],
        &["tokio", "serde_json", "aws-lc-rs", "hyper", "redb", "cryptoki"],
    ),
    row("strongroom-control", &["strongroom-types"], &["aws-lc-rs", "hyper", "redb"]),
    row("strongroom-confine", &[], &["aws-lc-rs", "hyper", "redb"]),
    row(
        "strongroom-vault",
        &[
            "strongroom-types",
            "strongroom-vault-protocol",
            "strongroom-token-protocol",
            "strongroom-crypto",
            "strongroom-backup",
            "strongroom-recovery",
            "strongroom-confine",
        ],
        &[
            "strongroom-api",
            "strongroom-policy",
            "strongroom-sigv4",
            "strongroom-storage",
            "strongroom-service",
            "strongroom-server",
            "strongroom-control",
            "serde_json",
            "toml",
            "hyper",
            "http",
            "rustls",
            "redb",
            "cryptoki",
        ],
    ),
    row(
        "strongroom-token",
        &[
            "strongroom-types",
            "strongroom-token-protocol",
            "strongroom-control",
            "strongroom-confine",
            "strongroom-locked-memory",
        ],
        &[
            "strongroom-api",
            "strongroom-policy",
            "strongroom-storage",
            "strongroom-service",
            "strongroom-server",
            "strongroom-vault",
            "strongroom-vault-protocol",
            "strongroom-crypto",
            "strongroom-supervisor",
            "tokio",
            "hyper",
            "rustls",
            "redb",
        ],
    ),
    row("strongroom-tpm", &[], &["tokio", "serde_json", "hyper", "redb"]),
    row(
        "strongroom-storage",
        &["strongroom-types"],
        &["strongroom-api", "strongroom-vault", "hyper", "redb"],
    ),
    row(
        "strongroom-storage-embedded",
        &["strongroom-types", "strongroom-storage"],
        &["strongroom-api", "strongroom-vault", "hyper"],
    ),
    row(
        "strongroom-audit",
        &["strongroom-types", "strongroom-storage"],
        &["strongroom-vault", "hyper", "http", "redb"],
    ),
    row(
        "strongroom-service",
        &[
            "strongroom-types",
            "strongroom-api",
            "strongroom-sigv4",
            "strongroom-policy",
            "strongroom-storage",
            "strongroom-audit",
            "strongroom-backup",
            "strongroom-vault-protocol",
            "strongroom-web-identity",
        ],
        &["strongroom-vault", "strongroom-crypto", "strongroom-storage-embedded", "redb", "hyper", "rustls"],
    ),
    row(
        "strongroom-server",
        &[
            "strongroom-types",
            "strongroom-service",
            "strongroom-storage",
            "strongroom-storage-embedded",
            "strongroom-audit",
            "strongroom-vault-protocol",
            "strongroom-control",
            "strongroom-confine",
        ],
        &["strongroom-vault", "strongroom-crypto", "strongroom-supervisor"],
    ),
    row("strongroom-outgoing", &["strongroom-types"], &["tokio", "serde_json", "hyper", "redb"]),
    row(
        "strongroom-fetcher",
        &[
            "strongroom-types",
            "strongroom-control",
            "strongroom-confine",
            "strongroom-web-identity",
            "strongroom-outgoing",
        ],
        &[
            "strongroom-api",
            "strongroom-policy",
            "strongroom-storage",
            "strongroom-service",
            "strongroom-vault",
            "strongroom-vault-protocol",
            "strongroom-crypto",
            "strongroom-supervisor",
            "redb",
        ],
    ),
    row(
        "strongroom-courier",
        &["strongroom-types", "strongroom-control", "strongroom-confine", "strongroom-outgoing"],
        &[
            "strongroom-api",
            "strongroom-policy",
            "strongroom-storage",
            "strongroom-service",
            "strongroom-vault",
            "strongroom-vault-protocol",
            "strongroom-crypto",
            "strongroom-supervisor",
            "redb",
        ],
    ),
    row(
        "strongroom-supervisor",
        &[
            "strongroom-types",
            "strongroom-vault-protocol",
            "strongroom-token-protocol",
            "strongroom-control",
            "strongroom-confine",
            "strongroom-tpm",
            "strongroom-locked-memory",
        ],
        &[
            "strongroom-api",
            "strongroom-service",
            "strongroom-storage",
            "strongroom-vault",
            "strongroom-token",
            "cryptoki",
            "hyper",
            "http",
        ],
    ),
    row(
        "strongroom-operator",
        &[
            "strongroom-types",
            "strongroom-storage",
            "strongroom-storage-embedded",
            "strongroom-audit",
            "strongroom-vault-protocol",
            "strongroom-control",
            "strongroom-crypto",
            "strongroom-backup",
            "strongroom-recovery",
        ],
        &["strongroom-api", "strongroom-service", "strongroom-vault", "hyper"],
    ),
    row("strongroom-locked-memory", &[], &["tokio", "serde_json", "hyper", "redb"]),
    row("strongroom-streaming-gcm", &[], &["tokio", "serde_json", "hyper", "redb"]),
    row("strongroom-java-oaep", &[], &["tokio", "hyper", "redb"]),
    row(
        "strongroom-envelope",
        &[
            "strongroom-types",
            "strongroom-crypto",
            "strongroom-streaming-gcm",
            "strongroom-java-oaep",
            "strongroom-locked-memory",
        ],
        &["strongroom-service", "strongroom-storage", "strongroom-vault", "redb"],
    ),
    row(
        "strongroom",
        &[
            "strongroom-types",
            "strongroom-server",
            "strongroom-vault",
            "strongroom-fetcher",
            "strongroom-courier",
            "strongroom-token",
            "strongroom-supervisor",
            "strongroom-operator",
            "strongroom-envelope",
            "strongroom-audit",
            "strongroom-control",
            "strongroom-vault-protocol",
            "strongroom-confine",
        ],
        &[],
    ),
    free("strongroom-testkit"),
    free("strongroom-bench"),
    free("xtask"),
];
