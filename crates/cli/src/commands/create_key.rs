//! The first key of a new user, for `quickstart`: day-to-day administration is the AWS CLI's.

use anyhow::Result;
use std::process::ExitCode;

/// Makes a KMS key with the default credential and endpoint chain, and prints its ARN.
pub(crate) fn run() -> Result<ExitCode> {
    println!("{}", strongroom_envelope::keyring::create_key("made by strongroom quickstart")?);
    Ok(ExitCode::SUCCESS)
}
