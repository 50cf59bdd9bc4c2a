//! `strongroom open`: a sealed message back into the document, with one `Decrypt`.

use crate::envelope_tool::{
    EXIT_CODES, Failure, Meter, context, finish, input, opened_output, opening_key, shown,
};
use std::path::PathBuf;
use std::process::ExitCode;
use strongroom_envelope::keyring::KmsKeyring;
use strongroom_envelope::message::HeaderLimits;
use strongroom_envelope::{OpenOptions, default_threads, open};

/// Open a sealed message: KMS unwraps its data key, everything else happens here.
#[derive(clap::Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Args {
    /// Open only with this KMS key: id, ARN, alias name or alias ARN (else the message's key, if its account is
    /// AWS_ACCOUNT_ID)
    #[arg(long, value_name = "KEY")]
    key_id: Option<String>,
    /// A pair that must be in the message
    #[arg(long, value_name = "K=V")]
    encryption_context: Vec<String>,
    /// The output [default: FILE without .sealed; standard output if FILE is -]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// Replace the output if it exists
    #[arg(long)]
    force: bool,
    /// Say nothing but errors
    #[arg(short, long)]
    quiet: bool,
    /// The sealed message, or - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Opens; the exit code says how it went.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    Ok(finish(open_file(args)))
}

fn open_file(args: &Args) -> Result<(), Failure> {
    let expected = context(&args.encryption_context)?;
    let open_with = opening_key(args.key_id.as_deref())?;
    let input = input(&args.file)?;
    let (output, path) = opened_output(&args.file, args.output.as_deref(), args.force)?;
    let keyring = KmsKeyring::for_opening(open_with)?;
    let meter = Meter::new(input.bytes(), args.quiet);
    let progress = |bytes| meter.add(bytes);
    let options = OpenOptions {
        expected: &expected,
        limits: HeaderLimits::default(),
        threads: default_threads(),
        progress: &progress,
    };
    let opened = open(input, output, &keyring, options)?;
    let (from, to) = (shown(&args.file, "standard input"), shown(&path, "standard output"));
    meter.finish(args.quiet, &format!("opened {from} into {to} ({} bytes)", opened.plaintext_bytes));
    Ok(())
}
