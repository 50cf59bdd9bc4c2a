//! `strongroom restore`: a backup and shares of its recovery set make a service on a bare machine. Everything is made beside
//! its place and moved there when it is whole and its samples decrypt.

use crate::arguments::region;
use crate::commands::restore_places::{Places, Unfinished};
use crate::commands::typed_shares::TypedShares;
use crate::passphrase;
use crate::terminal::complain;
use crate::{commands::operate::show, configuration};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};
use strongroom_control::SecretText;
use strongroom_operator::{Contents, Restore, RestoringVault};
use strongroom_supervisor::{NewSecrets, RecoveryVault};
use strongroom_vault_protocol::{CustodyAct, RootKey};

/// Make a data directory and a secrets folder of a backup and of shares of its recovery set
///
/// Nothing else is needed: no root, no old folder. The new secrets folder has a fresh root key and a fresh access key of the
/// first account's root; all other access keys go on working. Sessions and grant tokens end.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The backup
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// Where the new data directory goes; not there, or empty [default: strongroom-data]
    #[arg(long, value_name = "DIR", env = "STRONGROOM_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// Where the new secrets folder goes; not there, or empty [default: DATA-DIR.secrets]
    #[arg(long, value_name = "DIR", env = "STRONGROOM_SECRETS_DIR")]
    secrets_dir: Option<PathBuf>,
    /// A share, as it was handed out; repeatable. Shares that are missing are asked for: each as its whole sheet, or as
    /// its text in any number of lines
    #[arg(long, value_name = "FILE")]
    share_file: Vec<PathBuf>,
    /// Delete keys again that were deleted after the backup, by the old service's audit folder
    #[arg(long, value_name = "DIR")]
    apply_deletions: Option<PathBuf>,
    /// The Region of the new root credentials
    #[arg(long, value_name = "REGION", env = "STRONGROOM_REGION", default_value = "us-east-1", value_parser = region)]
    region: String,
    /// Rehearse: restore into a temporary folder, decrypt the samples, report, and delete it again
    #[arg(long)]
    drill: bool,
}

/// The vault that the supervisor's crate starts, as the restore wants it.
struct Vault(RecoveryVault);

impl RestoringVault for Vault {
    fn act(&self, act: CustodyAct) -> Result<String, String> {
        self.0.act(act)
    }

    fn present(&self, key: RootKey) -> Result<(), String> {
        self.0.present(key)
    }

    fn lane(&self) -> &UnixStream {
        &self.0.lanes().fast
    }
}

/// Restores or rehearses.
pub(crate) fn run(args: Args) -> Result<ExitCode> {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let unfinished = Unfinished::watched()?;
    // A drill's folder goes when this ends.
    let temporary = unfinished.temporary()?;
    let places = places(&args, temporary.path(), &unfinished)?;
    let vault = Vault(RecoveryVault::start()?);
    let mut restore = Restore::begin(&vault, &args.from)?;
    take_shares(&mut restore, &args.share_file)?;
    let header = restore.header().header.clone();
    let mut contents = restore.read()?;
    let deleted = delete_again(&mut contents, args.apply_deletions.as_deref())?;
    let mut report = json!({
        "drill": args.drill,
        "backup": hex(&header.backup_id),
        "set": header.set_id().to_string(),
        "backup_made_ms": header.made.millis(),
        "revision": header.revision,
        "records": contents.records(),
        "token_keys_without_material": contents.token_keys(),
        "key_stores_without_password": contents.key_stores(),
        "deleted_again": deleted,
    });
    let samples = make(contents, &places, args.region, args.drill)?;
    report["samples_decrypted"] = samples.into();
    if !args.drill {
        places.publish()?;
        report["data_dir"] = text(&places.data_dir);
        report["secrets_dir"] = text(&places.secrets_dir);
    }
    warn(&report, !args.drill && args.apply_deletions.is_none());
    show(&report)
}

fn places(args: &Args, temporary: &Path, unfinished: &Unfinished) -> Result<Places> {
    if args.drill {
        return Places::beside(temporary.join("data"), temporary.join("secrets"), unfinished);
    }
    let file = configuration::load()?;
    let data_dir = configuration::data_dir(args.data_dir.clone(), &file);
    let secrets_dir = configuration::secrets_dir(args.secrets_dir.clone(), &file, &data_dir)?;
    Places::beside(data_dir, secrets_dir, unfinished)
}

/// Shares of files, then typed ones until there are enough. A share that was mistyped can be typed again.
fn take_shares(restore: &mut Restore<'_>, files: &[PathBuf]) -> Result<()> {
    let mut enough = false;
    for path in files {
        let named = || path.display().to_string();
        let text = SecretText::new(fs::read_to_string(path).with_context(named)?);
        let shares = restore.share(text.expose()).with_context(named)?;
        enough = shares.have >= shares.need;
    }
    // Without somebody to ask, too few shares are the vault's to refuse.
    if enough || !files.is_empty() && !passphrase::can_ask() {
        return Ok(());
    }
    let typed = TypedShares::begin()?;
    while !enough {
        match restore.share(typed.next_share()?.expose()) {
            Ok(shares) => {
                complain(&format!("strongroom: {} of {} shares", shares.have, shares.need));
                enough = shares.have >= shares.need;
            }
            Err(error) if typed.can_ask_again() => complain(&format!("strongroom: {error}")),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Deletes what the old service's audit log says was deleted since: the keys that were there.
fn delete_again(contents: &mut Contents<'_>, audit_dir: Option<&Path>) -> Result<Vec<String>> {
    let Some(audit_dir) = audit_dir else { return Ok(Vec::new()) };
    let deleted = contents.apply_deletions(audit_dir)?;
    if let Some(doubt) = deleted.doubt {
        complain(&format!("strongroom: warning: {doubt}"));
    }
    Ok(deleted.arns)
}

/// Makes both folders beside their places and decrypts the samples: how many were decrypted. A drill writes no secrets: what it
/// leaves behind if it is killed opens with no key that is anywhere.
fn make(mut contents: Contents<'_>, places: &Places, region: String, drill: bool) -> Result<usize> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    places.unfinished.making(|| make_data_folders(&places.new_data))?;
    if drill {
        contents.root(NewSecrets::unwritten_root_key()?, now_ms)?;
        contents.root_access_key(now_ms)?;
    } else {
        let secrets = places.unfinished.making(|| NewSecrets::create(&places.new_secrets))?;
        contents.root(secrets.root_key()?, now_ms)?;
        let root = contents.root_access_key(now_ms)?;
        let secret = SecretText::new(String::from_utf8_lossy(root.secret.expose()).into_owned());
        secrets.root_credentials(root.account, root.access_key_id, secret, region)?;
    }
    let samples = contents.decrypt_samples()?;
    contents.write_state(&places.new_data.join("state"), now_ms)?;
    Ok(samples)
}

fn make_data_folders(data_dir: &Path) -> Result<()> {
    for folder in [data_dir.to_owned(), data_dir.join("state"), data_dir.join("audit")] {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&folder);
        made.with_context(|| folder.display().to_string())?;
    }
    Ok(())
}

/// What the operator has to know and might not look for. `all_come_back`: nobody said which keys were deleted since.
fn warn(report: &Value, all_come_back: bool) {
    if report["samples_decrypted"] == 0 {
        complain(
            "strongroom: warning: the backup holds no sample ciphertext of a key that is there, so none was decrypted",
        );
    }
    if all_come_back {
        complain(
            "strongroom: warning: keys that were deleted after the backup was made are there again; with \
             --apply-deletions and the old service's audit folder a restore deletes them again",
        );
    }
    if report["token_keys_without_material"] != 0 {
        complain(
            "strongroom: warning: keys that were born in a token are not in a backup; their token is needed",
        );
    }
    for store in report["key_stores_without_password"].as_array().into_iter().flatten() {
        complain(&format!(
            "strongroom: warning: key store {} (account, Region, id) has lost its password: before it can be connected again, \
             give it with aws kms update-custom-key-store --key-store-password, while it is disconnected",
            store.as_str().unwrap_or_default()
        ));
    }
}

fn text(path: &Path) -> Value {
    path.display().to_string().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
