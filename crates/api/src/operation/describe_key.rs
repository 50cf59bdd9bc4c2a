//! `DescribeKey`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `DescribeKey`.
#[derive(Clone, Copy, Debug)]
pub struct DescribeKey;

/// Input of `DescribeKey`.
#[derive(Clone, Debug, Serialize)]
pub struct DescribeKeyInput {
    /// `GrantTokens`, 0 to 10 long.
    #[serde(skip_serializing)]
    pub grant_tokens: Option<Vec<String>>,
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId")]
    pub key_id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawDescribeKeyInput {
    #[serde(rename = "GrantTokens")]
    grant_tokens: Option<Vec<String>>,
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
}

impl Constrained for RawDescribeKeyInput {
    type Valid = DescribeKeyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("grantTokens");
        if let Some(value) = &self.grant_tokens {
            violations.longest(at, Shown::Hidden, value.len(), 10);
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                violations.characters(at, Shown::Text(value), value, 1, 8192);
            }
        }
        let at = path.member("keyId");
        violations.required(at, self.key_id.is_some());
        if let Some(value) = &self.key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
    }
    fn build(self) -> DescribeKeyInput {
        DescribeKeyInput { grant_tokens: self.grant_tokens, key_id: self.key_id.unwrap_or_default() }
    }
}

/// Output of `DescribeKey`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct DescribeKeyOutput {
    /// `KeyMetadata`.
    #[cfg_attr(test, serde(rename = "KeyMetadata", skip_serializing_if = "Option::is_none"))]
    pub key_metadata: Option<crate::shape::KeyMetadata>,
}

impl WriteJson for DescribeKeyOutput {
    fn write_json(&self, json: &mut Json) {
        json.object().member("KeyMetadata", self.key_metadata.as_ref()).end();
    }
}

#[cfg(test)]
impl Sample for DescribeKeyOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self { key_metadata: Sample::sample(samples) }
    }
}

impl Operation for DescribeKey {
    const NAME: &'static str = "DescribeKey";
    type Input = DescribeKeyInput;
    type Output = DescribeKeyOutput;
    const ERRORS: &'static [ErrorCode] =
        &[ErrorCode::NotFound, ErrorCode::InvalidArn, ErrorCode::DependencyTimeout, ErrorCode::KMSInternal];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawDescribeKeyInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::DescribeKeyOutput>();
    }
}
