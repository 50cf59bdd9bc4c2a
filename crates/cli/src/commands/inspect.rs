//! `strongroom inspect`: what a header says, without KMS. Nothing shown is verified, and the output says so.

use crate::envelope_tool::{EXIT_CODES, Failure, finish, hex, input, source};
use crate::terminal::{SayError, harmless_json, say};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;
use strongroom_envelope::keyring::{KMS_PROVIDER, KmsKeyArn};
use strongroom_envelope::message::{EncryptedDataKey, FrameLength, Geometry, Header, HeaderLimits};
use strongroom_envelope::{EnvelopeError, read_header};

/// Show a sealed message's header: suite, keys, context. No KMS call; nothing is verified.
#[derive(clap::Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Args {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// The sealed message, or - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Prints the header; the exit code says how it went.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    Ok(finish(inspect(args)))
}

fn inspect(args: &Args) -> Result<(), Failure> {
    if source(std::slice::from_ref(&args.file))?.is_some() {
        return Err(Failure::Usage("inspect is for files, not for objects in S3".into()));
    }
    let input = input(&args.file)?;
    let bytes = input.bytes();
    // No key is tried, so any number of them may be looked at.
    let limits = HeaderLimits { encrypted_data_keys_max: u16::MAX, ..HeaderLimits::default() };
    let header = read_header(input, limits)?;
    let shown = if args.json {
        harmless_json(&format!("{:#}\n", facts(&header, bytes))).into_owned()
    } else {
        text(&header, bytes)
    };
    match say(&shown) {
        // A reader who has seen enough is content.
        Ok(()) | Err(SayError::ReaderGone) => Ok(()),
        Err(SayError::Io(source)) => {
            Err(EnvelopeError::Io { action: "write to standard output", source }.into())
        }
    }
}

/// The provider's information as text where it is text, else in hex.
fn info(key: &EncryptedDataKey) -> String {
    match std::str::from_utf8(&key.info) {
        Ok(text) if !text.chars().any(char::is_control) => text.to_owned(),
        _ => hex(&key.info),
    }
}

fn facts(header: &Header, message_bytes: Option<u64>) -> Value {
    let keys: Vec<Value> = header.encrypted_data_keys().iter().map(key_facts).collect();
    let geometry = geometry(header, message_bytes);
    json!({
        "verified": false,
        "version": header.suite().message_version(),
        "suite": header.suite().to_string(),
        "message_id": hex(header.message_id()),
        "encryption_context": header.context().pairs(),
        "encrypted_data_keys": keys,
        "frame_length": header.frame_length().map(FrameLength::get),
        "header_bytes": header.header_bytes(),
        "message_bytes": message_bytes,
        "signed": header.suite().signs(),
        "frames": geometry.map(|geometry| geometry.frames()),
        "document_bytes": geometry.map(|geometry| geometry.plaintext_bytes()),
    })
}

/// A wrapped data key; of KMS, its key's account and Region too.
fn key_facts(key: &EncryptedDataKey) -> Value {
    let mut facts = json!({"provider": key.provider, "info": info(key), "bytes": key.blob.len()});
    if let Some(name) = raw_aes_name(key) {
        facts["key_name"] = json!(name);
    }
    let text = std::str::from_utf8(&key.info).unwrap_or_default();
    if let Some(arn) = KmsKeyArn::parse(text).filter(|_| key.provider == KMS_PROVIDER) {
        facts["region"] = json!(arn.region());
        facts["account"] = json!(arn.account());
        facts["key_id"] = json!(arn.id());
    }
    facts
}

/// The name of a raw AES key, behind which its entries have the tag's length in bits, the IV's in bytes, and the IV.
fn raw_aes_name(key: &EncryptedDataKey) -> Option<&str> {
    const LENGTHS: [u8; 8] = [0, 0, 0, 128, 0, 0, 0, 12];
    let (front, iv_and_lengths) = key.info.split_at_checked(key.info.len().checked_sub(20)?)?;
    let name = iv_and_lengths.starts_with(&LENGTHS).then(|| std::str::from_utf8(front).ok()).flatten();
    name.filter(|_| key.provider != KMS_PROVIDER)
}

/// Where the frames lie, if a whole message can have that size. Of signed ones the signature's length is unknown.
fn geometry(header: &Header, message_bytes: Option<u64>) -> Option<Geometry> {
    let bytes = message_bytes.filter(|_| !header.suite().signs())?;
    Geometry::for_message(header.header_bytes() as u64, header.frame_length()?, bytes)
}

/// Texts from the message are quoted and escaped: they come from a stranger and go to a terminal.
fn text(header: &Header, message_bytes: Option<u64>) -> String {
    let mut out = String::from("not verified: this is what the header says, no key was used\n");
    let mut line = |name: &str, value: String| out.push_str(&format!("{name:<14}{value}\n"));
    line("version", header.suite().message_version().to_string());
    line("suite", format!("{} ({})", header.suite(), header.suite().description()));
    line("message id", hex(header.message_id()));
    match header.frame_length() {
        Some(length) => line("frame length", format!("{} bytes", length.get())),
        None => line("frame length", "none: the body is one block".into()),
    }
    line("header", format!("{} bytes", header.header_bytes()));
    if let Some(bytes) = message_bytes {
        line("message", format!("{bytes} bytes"));
        match geometry(header, message_bytes) {
            Some(found) => {
                let (bytes, frames) = (found.plaintext_bytes(), found.frames());
                let plural = if frames == 1 { "" } else { "s" };
                line("document", format!("{bytes} bytes in {frames} frame{plural}"));
            }
            None if header.suite().signs() || header.frame_length().is_none() => {}
            None => line(
                "document",
                "no whole message has this size: it is cut, or goes on behind its end".into(),
            ),
        }
    }
    for (key, value) in header.context().pairs() {
        line("context", format!("{key:?} = {value:?}"));
    }
    for key in header.encrypted_data_keys() {
        let named =
            raw_aes_name(key).map_or_else(|| format!("{:?}", info(key)), |name| format!("{name:?} (AES)"));
        line("data key", format!("{:?} {named}, {} bytes", key.provider, key.blob.len()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_raw_aes_keys_are_shown_and_other_entries_stay_as_they_are() {
        let behind = [&[0u8, 0, 0, 128, 0, 0, 0, 12][..], b"twelve bytes"].concat();
        let entry = |provider: &str, info: Vec<u8>| EncryptedDataKey {
            provider: provider.to_owned(),
            info,
            blob: vec![1; 48],
        };
        let aes = entry("vault", [b"glass", &behind[..]].concat());
        assert_eq!(raw_aes_name(&aes), Some("glass"));
        assert_eq!(key_facts(&aes)["key_name"], "glass");
        for other in [
            entry("vault", b"glass".to_vec()),
            entry("vault", behind[1..].to_vec()),
            entry("vault", [b"\xff", &behind[..]].concat()),
            entry("aws-kms", [b"glass", &behind[..]].concat()),
        ] {
            assert_eq!(raw_aes_name(&other), None);
            assert_eq!(key_facts(&other).get("key_name"), None);
        }
    }
}
