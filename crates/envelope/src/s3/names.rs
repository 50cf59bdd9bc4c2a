//! Names of the metadata pairs, without the `x-amz-meta-` that S3 puts before them.

pub(super) const KEY_V1: &str = "x-amz-key";
pub(super) const KEY_V2: &str = "x-amz-key-v2";
pub(super) const IV: &str = "x-amz-iv";
pub(super) const CONTENT_V2: &str = "x-amz-cek-alg";
pub(super) const WRAP_V2: &str = "x-amz-wrap-alg";
pub(super) const DESCRIPTION_V2: &str = "x-amz-matdesc";
pub(super) const TAG_BITS: &str = "x-amz-tag-len";
pub(super) const PLAINTEXT_BYTES: &str = "x-amz-unencrypted-content-length";

pub(super) const KEY_V3: &str = "x-amz-3";
pub(super) const WRAP_V3: &str = "x-amz-w";
pub(super) const CONTENT_V3: &str = "x-amz-c";
pub(super) const COMMITMENT: &str = "x-amz-d";
pub(super) const MESSAGE_ID: &str = "x-amz-i";
pub(super) const DESCRIPTION_RAW_V3: &str = "x-amz-m";
pub(super) const DESCRIPTION_KMS_V3: &str = "x-amz-t";

/// The pair that marks an object as an instruction file.
pub const INSTRUCTION_FILE_MARK: &str = "x-amz-crypto-instr-file";
/// What is put behind an object's key for its instruction file, unless another suffix is asked for.
pub const INSTRUCTION_FILE_SUFFIX: &str = ".instruction";

/// The pair of the KMS encryption context that names the content's algorithm; not a caller's to give.
pub(super) const CONTEXT_CONTENT: &str = "aws:x-amz-cek-alg";
/// The pair of the KMS encryption context that the first clients put the key's id in; not a caller's to give.
pub(super) const CONTEXT_KEY_ID: &str = "kms_cmk_id";

/// What may stand in an instruction file.
pub(super) const ALL: [&str; 16] = [
    KEY_V1,
    KEY_V2,
    IV,
    CONTENT_V2,
    WRAP_V2,
    DESCRIPTION_V2,
    TAG_BITS,
    PLAINTEXT_BYTES,
    KEY_V3,
    WRAP_V3,
    CONTENT_V3,
    COMMITMENT,
    MESSAGE_ID,
    DESCRIPTION_RAW_V3,
    DESCRIPTION_KMS_V3,
    INSTRUCTION_FILE_MARK,
];
