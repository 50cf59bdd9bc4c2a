//! The three services whose wire is generated, and how each speaks.

/// How inputs and outputs cross the wire.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// JSON 1.1, both ways.
    Json,
    /// Form-encoded in, XML out.
    Query,
}

/// One service: its model, and where its generated files lie.
pub(crate) struct Wire {
    /// The pinned service model.
    pub(crate) model: &'static str,
    pub(crate) protocol: Protocol,
    /// The folder of `operation/` and `shape/`, from the root.
    pub(crate) folder: &'static str,
    /// The module of `operation` and `shape`.
    pub(crate) module: &'static str,
    /// The service in the addresses of its API reference.
    pub(crate) page: &'static str,
    /// The variant of `QueryService`; nothing for KMS.
    pub(crate) service: &'static str,
}

impl Wire {
    pub(crate) fn is_query(&self) -> bool {
        self.protocol == Protocol::Query
    }
}

/// Every service.
pub(crate) const WIRES: [Wire; 3] = [
    Wire {
        model: "model/kms-2014-11-01.json",
        protocol: Protocol::Json,
        folder: "crates/api/src",
        module: "crate",
        page: "kms",
        service: "",
    },
    Wire {
        model: "model/iam-2010-05-08.json",
        protocol: Protocol::Query,
        folder: "crates/api/src/iam",
        module: "crate::iam",
        page: "IAM",
        service: "Iam",
    },
    Wire {
        model: "model/sts-2011-06-15.json",
        protocol: Protocol::Query,
        folder: "crates/api/src/sts",
        module: "crate::sts",
        page: "STS",
        service: "Sts",
    },
];
