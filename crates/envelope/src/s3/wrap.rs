//! How a data key is wrapped, by the names that stand in the metadata.

use super::content::Format;
use super::error::S3FormatError;
use super::names;

/// A wrapping algorithm. The last five are legacy: read by leave, never written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrapAlgorithm {
    /// KMS, the content's algorithm and the caller's pairs in the encryption context.
    KmsContext,
    /// AES-GCM, the content's algorithm as additional data.
    AesGcm,
    /// RSA-OAEP with SHA-1, the content's algorithm behind the data key.
    RsaOaepSha1,
    /// KMS, the material description as encryption context.
    Kms,
    /// AES key wrap (RFC 3394).
    AesWrap,
    /// AES in ECB mode with PKCS#7 padding.
    AesEcb,
    /// RSA with PKCS#1 v1.5 padding.
    RsaPkcs1,
    /// RSA-OAEP with SHA-256, by Java's first clients. The mask has SHA-1 where the provider was Java's own, and SHA-256 where
    /// it was Bouncy Castle.
    RsaOaepSha256,
    /// V1 names none: AES in ECB mode or RSA with PKCS#1 padding, by the kind of the key.
    Unnamed,
}

impl WrapAlgorithm {
    /// The name in V2, which is also the one for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::KmsContext => "kms+context",
            Self::AesGcm => "AES/GCM",
            Self::RsaOaepSha1 => "RSA-OAEP-SHA1",
            Self::Kms => "kms",
            Self::AesWrap => "AESWrap",
            Self::AesEcb => "AES",
            Self::RsaPkcs1 => "RSA",
            Self::RsaOaepSha256 => "RSA/ECB/OAEPWithSHA-256AndMGF1Padding",
            Self::Unnamed => "no named algorithm",
        }
    }

    /// The name in the metadata of a format; V3 has short ones.
    pub(super) fn name_in(self, format: Format) -> &'static str {
        match (format, self) {
            (Format::V3, Self::AesGcm) => "02",
            (Format::V3, Self::KmsContext) => "12",
            (Format::V3, Self::RsaOaepSha1) => "22",
            _ => self.name(),
        }
    }

    pub(super) fn parse(format: Format, value: Option<&str>) -> Result<Self, S3FormatError> {
        let name = if format == Format::V3 { names::WRAP_V3 } else { names::WRAP_V2 };
        let Some(value) = value else {
            return if format == Format::V1 { Ok(Self::Unnamed) } else { Err(S3FormatError::Missing(name)) };
        };
        let all = [
            Self::KmsContext,
            Self::AesGcm,
            Self::RsaOaepSha1,
            Self::Kms,
            Self::AesWrap,
            Self::AesEcb,
            Self::RsaPkcs1,
            Self::RsaOaepSha256,
        ];
        // V3 knows the first three only.
        let known = if format == Format::V3 { &all[..3] } else { &all[..] };
        let found = known.iter().find(|algorithm| algorithm.name_in(format) == value);
        found.copied().ok_or_else(|| S3FormatError::UnknownAlgorithm { name, value: shortened(value) })
    }

    /// Whether it is read by leave only.
    pub fn is_legacy(self) -> bool {
        !matches!(self, Self::KmsContext | Self::AesGcm | Self::RsaOaepSha1)
    }

    /// Whether the data key is KMS's to unwrap.
    pub(super) fn is_kms(self) -> bool {
        matches!(self, Self::KmsContext | Self::Kms)
    }
}

/// A stranger's text, short enough for an error.
pub(super) fn shortened(value: &str) -> String {
    value.chars().take(64).collect()
}
