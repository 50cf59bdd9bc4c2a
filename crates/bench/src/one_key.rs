//! GenerateDataKey by the root principal under one key, over plain HTTP: what is compared is the service, not the load.

use crate::cpu::ProcessTree;
use crate::load::{self, Measured};
use crate::service::Service;
use crate::wire::Target;
use crate::workload::{member, signed};
use anyhow::{Context, Result};
use serde_json::{Value, json};

/// Different requests of one measurement.
const REQUESTS: usize = 1_000;

/// Runs the load and measures it.
pub(crate) fn measure(service: &Service, key: &str, seconds: u64) -> Result<Measured> {
    let (root, target) = (service.root()?, plain(service));
    let request = |_| signed(&root, "GenerateDataKey", &data_key(key), &target);
    let pool = (0..REQUESTS).map(request).collect::<Result<Vec<_>>>()?;
    load::measure(&target, pool, &ProcessTree::new(service.pid()), seconds)
}

/// What GenerateDataKey is asked.
pub(crate) fn data_key(key: &str) -> Value {
    json!({"KeyId": key, "KeySpec": "AES_256"})
}

/// A new key's ARN.
pub(crate) fn create_key(service: &Service, input: &Value) -> Result<String> {
    member(&call(service, "CreateKey", input)?, "/KeyMetadata/Arn")
}

/// One call by the root principal; the body of its answer.
pub(crate) fn call(service: &Service, operation: &str, input: &Value) -> Result<Vec<u8>> {
    let target = plain(service);
    let request = signed(&service.root()?, operation, input, &target)?;
    load::exchange_all(&target, &[request])?.pop().context("no answer")
}

fn plain(service: &Service) -> Target {
    Target { address: service.plain, tls: None }
}
