//! `strongroom seal`: a document into a sealed message, with one `GenerateDataKey`.

use crate::envelope_tool::{
    EXIT_CODES, Failure, Meter, context, finish, input, sealed_output, sealing_key, shown,
};
use std::path::PathBuf;
use std::process::ExitCode;
use strongroom_envelope::keyring::KmsKeyring;
use strongroom_envelope::message::FrameLength;
use strongroom_envelope::{SealOptions, default_threads, seal};

/// Seal a document: encrypt it here under a fresh data key that KMS wraps.
#[derive(clap::Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Args {
    /// The KMS key: id, ARN, alias name or alias ARN (else STRONGROOM_KEY_ID, or key_id in strongroom.toml)
    #[arg(long, value_name = "KEY")]
    key_id: Option<String>,
    /// A pair to bind to the message; it is stored in the clear and must be right to open it
    #[arg(long, value_name = "K=V")]
    encryption_context: Vec<String>,
    /// The output [default: FILE.sealed; standard output if FILE is -]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// Replace the output if it exists
    #[arg(long)]
    force: bool,
    /// Say nothing but errors
    #[arg(short, long)]
    quiet: bool,
    /// The document, or - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Seals; the exit code says how it went.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    Ok(finish(seal_file(args)))
}

fn seal_file(args: &Args) -> Result<(), Failure> {
    let context = context(&args.encryption_context)?;
    let key_id = sealing_key(args.key_id.as_deref())?;
    let input = input(&args.file)?;
    let (output, path) = sealed_output(&args.file, args.output.as_deref(), args.force)?;
    let keyring = KmsKeyring::for_sealing(&key_id)?;
    let meter = Meter::new(input.bytes(), args.quiet);
    let progress = |bytes| meter.add(bytes);
    let options = SealOptions {
        context: &context,
        frame_length: FrameLength::DEFAULT,
        threads: default_threads(),
        progress: &progress,
    };
    let sealed = seal(input, output, &keyring, options)?;
    let (from, to) = (shown(&args.file, "standard input"), shown(&path, "standard output"));
    meter.finish(args.quiet, &format!("sealed {from} ({} bytes) into {to}", sealed.plaintext_bytes));
    Ok(())
}
