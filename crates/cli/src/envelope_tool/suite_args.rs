//! Which suites are written and read.

use super::Failure;
use strongroom_envelope::message::{CommitmentPolicy, HeaderLimits, Suite};

/// The flags that `seal` and `open` have.
#[derive(clap::Args)]
pub(crate) struct PolicyArgs {
    /// require-encrypt-require-decrypt (the default), require-encrypt-allow-decrypt (reads suites without key commitment too),
    /// forbid-encrypt-allow-decrypt (writes them)
    #[arg(long, value_name = "POLICY")]
    commitment_policy: Option<String>,
    #[command(flatten)]
    header: HeaderArgs,
}

// No documentation: clap would take it for the command's.
// What all have that open. What they write anew has no more of them either.
#[derive(Default, clap::Args)]
pub(crate) struct HeaderArgs {
    /// Refuse messages with more encrypted data keys [default: 100]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    max_encrypted_data_keys: Option<u16>,
}

impl HeaderArgs {
    /// What is accepted of a header.
    pub(crate) fn limits(&self) -> HeaderLimits {
        let limits = HeaderLimits::default();
        let encrypted_data_keys_max = self.max_encrypted_data_keys.unwrap_or(limits.encrypted_data_keys_max);
        HeaderLimits { encrypted_data_keys_max, ..limits }
    }
}

impl PolicyArgs {
    /// The commitment policy.
    pub(crate) fn policy(&self) -> Result<CommitmentPolicy, Failure> {
        let Some(name) = self.commitment_policy.as_deref() else { return Ok(CommitmentPolicy::default()) };
        CommitmentPolicy::from_name(name).ok_or_else(|| {
            let names = CommitmentPolicy::ALL.map(CommitmentPolicy::name).join(", ");
            Failure::Usage(format!("--commitment-policy {name:?}: there are {names}"))
        })
    }

    /// What is accepted of a header.
    pub(crate) fn limits(&self) -> HeaderLimits {
        self.header.limits()
    }

    /// Refused where it would do nothing.
    pub(crate) fn refuse_for_objects(&self) -> Result<(), Failure> {
        if self.header.max_encrypted_data_keys.is_some() {
            return Err(Failure::Usage(
                "--max-encrypted-data-keys is for files: an object in S3 has one data key, wrapped once"
                    .into(),
            ));
        }
        Ok(())
    }
}

/// The flags of `seal`.
#[derive(clap::Args)]
pub(crate) struct SuiteArgs {
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    /// The suite to write, e.g. 0478; the commitment policy has to allow it
    #[arg(long, value_name = "ID", conflicts_with = "sign")]
    suite: Option<String>,
    /// Sign the message, so that who can open it cannot forge it; much slower
    #[arg(long)]
    sign: bool,
}

impl SuiteArgs {
    /// The suite, and the policy that allows it.
    pub(crate) fn suite(&self) -> Result<(Suite, CommitmentPolicy), Failure> {
        let policy = self.policy.policy()?;
        let Some(text) = self.suite.as_deref() else { return Ok((policy.suite(self.sign), policy)) };
        let id = u16::from_str_radix(text.trim_start_matches("0x"), 16).ok();
        let suite = id.and_then(Suite::from_id).ok_or_else(|| {
            let ids = Suite::ALL.map(|suite| suite.to_string()).join(", ");
            Failure::Usage(format!("--suite {text:?}: there are {ids}"))
        })?;
        policy.check_writing(suite).map_err(|error| Failure::Usage(format!("--suite: {error}")))?;
        Ok((suite, policy))
    }

    /// Refused where a message is none of this format.
    pub(crate) fn refuse_for_objects(&self) -> Result<(), Failure> {
        if self.sign || self.suite.is_some() {
            return Err(Failure::Usage("--suite and --sign are for files, not for objects in S3".into()));
        }
        self.policy.refuse_for_objects()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suite(policy: Option<&str>, suite: Option<&str>, sign: bool) -> Result<String, String> {
        let policy = PolicyArgs { commitment_policy: policy.map(Into::into), header: HeaderArgs::default() };
        let args = SuiteArgs { policy, suite: suite.map(Into::into), sign };
        match args.suite() {
            Ok((suite, _)) => Ok(suite.to_string()),
            Err(failure) => Err(failure.text()),
        }
    }

    #[test]
    fn the_policy_chooses_the_suite_and_checks_it() {
        let forbid = Some("forbid-encrypt-allow-decrypt");
        assert_eq!(suite(None, None, false).unwrap(), "0478");
        assert_eq!(suite(None, None, true).unwrap(), "0578");
        assert_eq!(suite(forbid, None, false).unwrap(), "0178");
        assert_eq!(suite(forbid, None, true).unwrap(), "0378");
        assert_eq!(suite(forbid, Some("0x0014"), false).unwrap(), "0014");
        assert!(suite(None, Some("0178"), false).unwrap_err().contains("does not write suite 0178"));
        assert!(suite(None, Some("0479"), false).unwrap_err().contains("there are 0014"));
        assert!(suite(Some("x"), None, false).unwrap_err().contains("require-encrypt-require-decrypt"));
    }
}
