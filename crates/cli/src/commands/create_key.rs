//! The first key of a new user, for `quickstart`: day-to-day administration is the AWS CLI's.

use crate::envelope_tool::hint;
use crate::terminal::say_line;
use anyhow::Result;
use std::process::ExitCode;

/// Makes a KMS key with the default credential and endpoint chain, and prints its ARN.
pub(crate) fn run() -> Result<ExitCode> {
    let made = strongroom_envelope::keyring::create_key("made by strongroom quickstart");
    let key = made.map_err(|error| anyhow::anyhow!("{error}{}", hint(&error)))?;
    say_line(&key.to_string())?;
    Ok(ExitCode::SUCCESS)
}
