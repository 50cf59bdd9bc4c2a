//! `--pkcs11-...` of `strongroom serve`: the token that holds a root key, or shall.

use crate::configuration::FileConfiguration;
use crate::flags_first::{Exclusive, is_flag};
use anyhow::{Context, Result, bail};
use clap::ArgMatches;
use std::path::{Path, PathBuf};
use strongroom_supervisor::{PinSource, Pkcs11Settings};

/// Seconds that a token worker may be silent at most: no call to it waits longer.
const TIMEOUT_SECONDS_MAX: u8 = 5;

/// The token. The PIN itself never stands on a command line.
#[derive(clap::Args)]
pub(crate) struct Pkcs11Args {
    /// The vendor's PKCS#11 library; a process of its own loads it
    #[arg(long, value_name = "LIB", env = "STRONGROOM_PKCS11_MODULE")]
    pkcs11_module: Option<PathBuf>,
    /// The label of the token
    #[arg(long, value_name = "LABEL", env = "STRONGROOM_PKCS11_TOKEN")]
    pkcs11_token: Option<String>,
    /// The token's serial number, if several tokens have the label
    #[arg(long, value_name = "SERIAL", env = "STRONGROOM_PKCS11_SERIAL")]
    pkcs11_serial: Option<String>,
    /// Seconds without an answer after which the token's process counts as hung and is started again, 1 to 5 [default: 1]
    #[arg(long, value_name = "SECONDS", env = "STRONGROOM_PKCS11_TIMEOUT_SECONDS")]
    pkcs11_timeout_seconds: Option<u8>,
    /// A file with the user's PIN that only the service's user may read, or a credential of the service manager
    #[arg(long, value_name = "FILE", env = "STRONGROOM_PKCS11_PIN_FILE")]
    pkcs11_pin_file: Option<PathBuf>,
    /// An inherited descriptor to read the PIN from
    #[arg(long, value_name = "N", env = "STRONGROOM_PKCS11_PIN_FD")]
    pkcs11_pin_fd: Option<u32>,
    /// A file or folder that the library needs; repeatable, or with commas between, so that none has a comma. With any of them
    /// the library can open nothing else but the system's libraries
    #[arg(long, value_name = "PATH", env = "STRONGROOM_PKCS11_PATH", value_delimiter = ',')]
    pkcs11_path: Option<Vec<PathBuf>>,
}

impl Exclusive for Pkcs11Args {
    fn outdone(given: &ArgMatches) -> Vec<&'static str> {
        if is_flag(given, "pkcs11_pin_fd") {
            vec!["pkcs11_pin_file"]
        } else if is_flag(given, "pkcs11_pin_file") {
            vec!["pkcs11_pin_fd"]
        } else {
            Vec::new()
        }
    }
}

/// Flags and variables, then the file; `None` when no token is named.
pub(crate) fn token(args: Pkcs11Args, file: &FileConfiguration) -> Result<Option<Pkcs11Settings>> {
    let module = args.pkcs11_module.or_else(|| file.pkcs11_module.clone());
    let label = args.pkcs11_token.or_else(|| file.pkcs11_token.clone());
    let token_serial = args.pkcs11_serial.or_else(|| file.pkcs11_serial.clone());
    let seconds = args.pkcs11_timeout_seconds.or(file.pkcs11_timeout_seconds);
    let timeout_seconds = timeout(seconds, "--pkcs11-timeout-seconds")?;
    let in_file = file.pkcs11_pin_file.clone().filter(|_| args.pkcs11_pin_fd.is_none());
    let pin = pin_source(args.pkcs11_pin_file.or(in_file), args.pkcs11_pin_fd)?;
    let paths = args.pkcs11_path.or_else(|| file.pkcs11_path.clone()).unwrap_or_default();
    let (module, token_label, pin) = match (module, label, pin) {
        (Some(module), Some(label), Some(pin)) => (module, label, pin),
        (None, None, None) if paths.is_empty() && token_serial.is_none() && seconds.is_none() => {
            return Ok(None);
        }
        _ => bail!(
            "--pkcs11-module, --pkcs11-token and --pkcs11-pin-file or --pkcs11-pin-fd belong together, \
             and --pkcs11-serial, --pkcs11-timeout-seconds and --pkcs11-path to them"
        ),
    };
    let paths = paths.iter().map(|path| absolute(path)).collect::<Result<_>>()?;
    Ok(Some(Pkcs11Settings {
        module: absolute(&module)?,
        token_label,
        token_serial,
        timeout_seconds,
        pin,
        paths,
    }))
}

/// The seconds that are set, or 1; `setting` names them in a refusal.
pub(crate) fn timeout(seconds: Option<u8>, setting: &str) -> Result<u8> {
    match seconds.unwrap_or(1) {
        good @ 1..=TIMEOUT_SECONDS_MAX => Ok(good),
        bad => bail!("{setting} {bad}: 1 to {TIMEOUT_SECONDS_MAX} seconds"),
    }
}

fn pin_source(file: Option<PathBuf>, number: Option<u32>) -> Result<Option<PinSource>> {
    Ok(match (file, number) {
        (Some(_), Some(_)) => bail!("--pkcs11-pin-file and --pkcs11-pin-fd: one of them"),
        // It is read again when the worker is started again.
        (Some(path), None) => Some(PinSource::File(absolute(&path)?)),
        (None, Some(number)) => {
            let number = i32::try_from(number).context("--pkcs11-pin-fd: no such descriptor")?;
            Some(PinSource::Descriptor(number))
        }
        (None, None) => None,
    })
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args() -> Pkcs11Args {
        Pkcs11Args {
            pkcs11_module: Some("/lib/none.so".into()),
            pkcs11_token: Some("strongroom".to_owned()),
            pkcs11_serial: None,
            pkcs11_timeout_seconds: None,
            pkcs11_pin_file: Some("/etc/pin".into()),
            pkcs11_pin_fd: None,
            pkcs11_path: None,
        }
    }

    #[test]
    fn token_is_named_whole_or_not_at_all() {
        let file = FileConfiguration::default();
        let none = Pkcs11Args {
            pkcs11_module: None,
            pkcs11_token: None,
            pkcs11_serial: None,
            pkcs11_timeout_seconds: None,
            pkcs11_pin_file: None,
            pkcs11_pin_fd: None,
            pkcs11_path: None,
        };
        assert!(token(none, &file).unwrap().is_none());
        let whole = token(args(), &file).unwrap().unwrap();
        assert_eq!(whole.pin, PinSource::File("/etc/pin".into()));
        assert!(whole.paths.is_empty());
        assert_eq!(whole.timeout_seconds, 1);
        let by_descriptor = Pkcs11Args { pkcs11_pin_file: None, pkcs11_pin_fd: Some(7), ..args() };
        assert_eq!(token(by_descriptor, &file).unwrap().unwrap().pin, PinSource::Descriptor(7));
        for (part, said) in [
            (Pkcs11Args { pkcs11_module: None, ..args() }, "belong together"),
            (Pkcs11Args { pkcs11_token: None, ..args() }, "belong together"),
            (Pkcs11Args { pkcs11_pin_file: None, ..args() }, "belong together"),
            (Pkcs11Args { pkcs11_pin_fd: Some(7), ..args() }, "one of them"),
            (
                Pkcs11Args {
                    pkcs11_module: None,
                    pkcs11_token: None,
                    pkcs11_pin_file: None,
                    pkcs11_serial: Some("a730".to_owned()),
                    ..args()
                },
                "and --pkcs11-serial",
            ),
            (Pkcs11Args { pkcs11_timeout_seconds: Some(0), ..args() }, "--pkcs11-timeout-seconds 0: 1 to 5"),
            (Pkcs11Args { pkcs11_timeout_seconds: Some(6), ..args() }, "--pkcs11-timeout-seconds 6: 1 to 5"),
        ] {
            assert!(token(part, &file).unwrap_err().to_string().contains(said), "{said}");
        }
    }

    #[test]
    fn token_may_stand_in_the_file() {
        let text = "root = \"pkcs11\"\npkcs11_module = \"/lib/none.so\"\npkcs11_token = \"t\"\npkcs11_serial = \"a730\"\n\
                    pkcs11_pin_file = \"/etc/pin\"\npkcs11_path = [\"/var/lib/hsm\"]\n";
        let file: FileConfiguration = toml::from_str(text).unwrap();
        let flag = Pkcs11Args { pkcs11_token: Some("other".to_owned()), ..args() };
        let found = token(flag, &file).unwrap().unwrap();
        assert_eq!((found.token_label.as_str(), found.paths.len()), ("other", 1));
        assert_eq!(found.token_serial.as_deref(), Some("a730"));
        let flag = Pkcs11Args { pkcs11_serial: Some("b841".to_owned()), ..args() };
        assert_eq!(token(flag, &file).unwrap().unwrap().token_serial.as_deref(), Some("b841"));
        assert!(toml::from_str::<FileConfiguration>("pkcs11_pin = \"1234\"").is_err(), "no PIN in it");
    }
}
