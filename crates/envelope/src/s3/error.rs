//! Why an object is refused: one variant for each check, so that the text names the check that failed.

/// An object, its metadata or its instruction file that is malformed, not supported, or not authentic. Never holds
/// plaintext or key bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum S3FormatError {
    /// Neither metadata nor an instruction file of an encryption client.
    #[error(
        "the object is not encrypted by an S3 encryption client: its metadata has no data key, and there is no instruction file {0:?}"
    )]
    NotEncrypted(String),
    /// A message of the other format, by the object's name.
    #[error("the object is a message of the AWS Encryption SDK: no S3 encryption client wrote {0}")]
    IsMessage(String),
    /// The object is itself an instruction file.
    #[error("the object is an instruction file: name the object it belongs to, which is without the suffix")]
    IsInstructionFile,
    /// Pairs of more than one format.
    #[error("metadata: pairs of several formats stand together ({0} and {1}), which no client writes")]
    SeveralFormats(&'static str, &'static str),
    /// A pair that the format needs.
    #[error("metadata: {0} is missing")]
    Missing(&'static str),
    /// A pair whose value does not parse.
    #[error("metadata: {name} {what}")]
    Malformed {
        /// The pair's name.
        name: &'static str,
        /// What is wrong with its value.
        what: &'static str,
    },
    /// An algorithm that the format does not know.
    #[error("metadata: {value:?} in {name} is no known algorithm")]
    UnknownAlgorithm {
        /// The pair's name.
        name: &'static str,
        /// What stands there, cut to 64 characters.
        value: String,
    },
    /// A format that is read only.
    #[error("format {0} is read, not written")]
    NotWritten(&'static str),
    /// The instruction file does not parse, or holds what it must not.
    #[error("instruction file: {0}")]
    InstructionFile(&'static str),
    /// The metadata does not fit into what S3 allows.
    #[error(
        "metadata: {0} bytes are more than the 2,048 that S3 allows; --instruction-file puts them beside the object"
    )]
    MetadataTooLong(usize),
    /// The policy wants key commitment, the object has none.
    #[error(
        "commitment policy: the object has no key commitment (format {0}); require-encrypt-allow-decrypt reads it"
    )]
    Policy(&'static str),
    /// Content in AES-CBC, without the caller's leave.
    #[error("the content is in AES-CBC, which authenticates nothing; --allow-legacy reads it all the same")]
    LegacyContent,
    /// A wrap of the first clients, without the caller's leave.
    #[error("the data key is wrapped by {0:?}, a legacy algorithm; --allow-legacy reads it all the same")]
    LegacyWrap(&'static str),
    /// The key at hand cannot unwrap what the object has.
    #[error("the data key is wrapped by {wrap:?}; the key given is {given}")]
    KeyKind {
        /// The object's wrap.
        wrap: &'static str,
        /// The kind of key at hand, in words.
        given: &'static str,
    },
    /// The context given is not the one that is stored.
    #[error("encryption context: the object's is not the one given; its keys are {0:?}")]
    ContextMismatch(Vec<String>),
    /// The stored context names another content algorithm than the metadata.
    #[error("encryption context: it binds the data key to another content algorithm than the metadata names")]
    ContextAlgorithm,
    /// A context where the wrap binds none.
    #[error("encryption context: the wrap {0:?} binds none; only KMS does")]
    ContextNotBound(&'static str),
    /// A context key that belongs to the format.
    #[error("encryption context: the key {0:?} is reserved")]
    ContextReserved(&'static str),
    /// AES key wrap with a key of a length that the cryptographic library has it not for.
    #[error(
        "the data key is wrapped by \"AESWrap\", which is not supported with a key of {0} bytes, only with 16 and 32"
    )]
    AesWrapBytes(usize),
    /// Unwrapping failed; one wording whatever the cause.
    #[error("the data key cannot be unwrapped with the key given")]
    Unwrap,
    /// A public key cannot open.
    #[error("a public RSA key only seals: give the private key to open")]
    PublicKeyOnly,
    /// A wrapping key that cannot be used.
    #[error("the wrapping key is unusable: {0}")]
    WrappingKey(&'static str),
    /// The stored commitment is not that of the data key.
    #[error("commitment: the object does not commit to this data key")]
    Commitment,
    /// The content's tag does not verify.
    #[error("content: not authentic; the object was changed, or belongs to another key")]
    NotAuthentic,
    /// AES-CBC content that does not decrypt.
    #[error("content: does not decrypt")]
    Undecryptable,
    /// Shorter than a tag.
    #[error("truncated: the object is shorter than its tag")]
    Truncated,
    /// More than GCM allows.
    #[error("the document is longer than the 68,719,476,704 bytes that the format allows")]
    TooLong,
    /// The range begins behind the end, or is empty.
    #[error("range: it is empty, or begins behind the document's {0} bytes")]
    Range(u64),
    /// A range of content that is not in GCM.
    #[error("range: only objects in AES-GCM have ranges; open all of it")]
    RangeContent,
    /// A range where nothing would tell a data key from one that was tried.
    #[error("range: the data key is wrapped by PKCS #1 v1.5, which authenticates nothing; open all of it")]
    RangeWrap,
    /// The system's random number generator failed.
    #[error("the random number generator failed")]
    Random,
    /// The cryptographic library refused (lengths, never authenticity).
    #[error("the cryptographic library refused to {0}")]
    Crypto(&'static str),
}
