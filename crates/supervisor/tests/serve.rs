//! The service with its real supervisor and vault and a tiny front: this program is all of them, by its first argument,
//! and without one it runs the tests.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)] // a test program

mod dying;
mod fake_front;
mod service;
#[path = "../../token/tests/softhsm/mod.rs"]
mod softhsm;

use service::{Service, children_of, eventually, mode, refusal, refusal_of_settings, refusal_on_token};
use softhsm::{PIN, SoftHsm};
use std::fs;
use std::sync::Arc;
use strongroom_control::{OperatorRequest, SecretText};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("vault-process") => {
            if std::path::Path::new(STUCK).exists() {
                std::process::exit(strongroom_vault::RANDOM_FAILED_EXIT.into());
            }
            if std::path::Path::new(dying::VAULT_ENDS).exists() {
                std::process::exit(3);
            }
            let code = strongroom_vault::run(strongroom_confine::inherited_control().unwrap());
            std::process::exit(i32::from(code != std::process::ExitCode::SUCCESS));
        }
        Some("token-process") => {
            let code = strongroom_token::run(strongroom_confine::inherited_control().unwrap());
            std::process::exit(i32::from(code != std::process::ExitCode::SUCCESS));
        }
        Some("front-process") => fake_front::run(),
        Some("serve") => service::serve(&arguments[2], &arguments[3]),
        _ => run_tests(arguments.get(1).map(String::as_str)),
    }
}

/// A file in the service's working directory: its vault ends as one whose random source is stuck.
const STUCK: &str = "random-source-is-stuck";

const TESTS: &[(&str, fn())] = &[
    ("first_start_makes_folders_for_the_owner_alone", first_start_makes_folders_for_the_owner_alone),
    ("second_start_is_refused_and_names_the_holder", second_start_is_refused_and_names_the_holder),
    ("port_taken_and_plaintext_off_loopback_are_refused", port_taken_and_plaintext_off_loopback_are_refused),
    ("state_without_its_root_key_is_refused", state_without_its_root_key_is_refused),
    ("killed_vault_and_killed_front_come_back", killed_vault_and_killed_front_come_back),
    ("front_and_vault_that_die_together_come_back", dying::front_and_vault_that_die_together_come_back),
    ("front_that_finds_no_vault_ends_only_a_start", dying::front_that_finds_no_vault_ends_only_a_start),
    ("vault_that_never_serves_ends_the_start", dying::vault_that_never_serves_ends_the_start),
    ("sealed_vault_stays_sealed_until_a_root_opens_it", sealed_vault_stays_sealed_until_a_root_opens_it),
    ("removed_key_file_opens_nothing_any_more", removed_key_file_opens_nothing_any_more),
    (
        "vault_that_dies_after_the_root_of_the_start_was_removed_waits_for_another",
        vault_that_dies_after_the_root_of_the_start_was_removed_waits_for_another,
    ),
    ("key_file_that_the_front_does_not_store_is_removed", key_file_that_the_front_does_not_store_is_removed),
    ("token_worker_that_is_killed_or_hangs_is_replaced", token_worker_that_is_killed_or_hangs_is_replaced),
    ("vault_opens_by_itself_when_the_token_is_back", vault_opens_by_itself_when_the_token_is_back),
    ("wrong_pin_is_tried_once_and_again_when_asked", wrong_pin_is_tried_once_and_again_when_asked),
    ("first_start_with_a_wrong_pin_is_refused", first_start_with_a_wrong_pin_is_refused),
    (
        "shares_reach_the_operator_and_the_front_hears_of_the_set_only",
        shares_reach_the_operator_and_the_front_hears_of_the_set_only,
    ),
    (
        "error_after_a_refused_pin_has_the_exit_code_of_that_pin",
        error_after_a_refused_pin_has_the_exit_code_of_that_pin,
    ),
    ("fatal_front_ends_the_service", fatal_front_ends_the_service),
    ("stuck_random_source_ends_the_service", stuck_random_source_ends_the_service),
    ("stop_signal_ends_everything", stop_signal_ends_everything),
    ("children_die_with_the_supervisor", children_die_with_the_supervisor),
    // The last: it closes this process to others.
    (
        "vault_without_a_root_waits_for_a_header_before_shares",
        vault_without_a_root_waits_for_a_header_before_shares,
    ),
];

/// Runs the tests whose names contain the filter. `--list` and other flags of cargo's are not ours.
fn run_tests(filter: Option<&str>) {
    let filter = filter.filter(|filter| !filter.starts_with('-')).unwrap_or("");
    let chosen = TESTS.iter().filter(|(name, _)| name.contains(filter));
    let mut count = 0;
    for (name, test) in chosen {
        test();
        println!("test {name} ... ok");
        count += 1;
    }
    println!("test result: ok. {count} passed");
}

fn first_start_makes_folders_for_the_owner_alone() {
    let service = Service::start();
    let status = service.status();
    assert_eq!(status["vault_open"], true, "{status}");
    let (data, secrets) = (&service.folders.data_dir, &service.folders.secrets_dir);
    for folder in [data, secrets, &data.join("state"), &data.join("audit")] {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
    for entry in fs::read_dir(secrets).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
    assert_eq!(mode(&service.folders.operator_socket()), 0o600);
    assert_eq!(mode(&data.join("LOCK")), 0o600);
    assert_eq!(mode(&service.folders.ca_certificate()), 0o600);
    let credentials = fs::read_to_string(service.folders.root_credentials()).unwrap();
    let credentials: serde_json::Value = serde_json::from_str(&credentials).unwrap();
    assert_eq!(credentials["secret_access_key"], fake_front::SECRET);
    assert_eq!(credentials["region"], "us-east-1");
    let endpoint = fs::read_to_string(service.folders.endpoint()).unwrap();
    let port = endpoint.trim().strip_prefix("https://127.0.0.1:").unwrap().parse::<u16>().unwrap();
    std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    let root_key = fs::read_to_string(service.folders.root_key()).unwrap();
    let printed = service.stop();
    assert!(printed.contains("LOSING EITHER FOLDER LOSES EVERYTHING"), "{printed}");
    assert!(!printed.contains(fake_front::SECRET) && !printed.contains(root_key.trim()));
}

fn second_start_is_refused_and_names_the_holder() {
    let service = Service::start();
    let said = refusal(&service.directory, "127.0.0.1:0");
    let expected = format!("another strongroom (pid {}) serves", service.pid());
    assert!(said.contains(&expected), "{said}");
    assert_eq!(service.status()["vault_open"], true, "the first one is unharmed");
}

fn port_taken_and_plaintext_off_loopback_are_refused() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let directory = tempfile::tempdir().unwrap();
    let said = refusal(&directory, &address);
    assert!(said.contains(&format!("cannot listen on {address}")), "{said}");
    let said = refusal_of_settings(&directory, "plaintext:0.0.0.0:0");
    assert!(said.contains("only loopback addresses"), "{said}");
}

fn state_without_its_root_key_is_refused() {
    let service = Service::start();
    let (folders, directory) = (service.folders.clone(), service.directory.clone());
    service.stop();
    fs::rename(folders.root_key(), folders.secrets_dir.join("elsewhere")).unwrap();
    let said = refusal(&directory, "127.0.0.1:0");
    assert!(said.contains("root key") && said.contains("is missing"), "{said}");
    assert!(!folders.root_key().exists());
    fs::rename(folders.secrets_dir.join("elsewhere"), folders.root_key()).unwrap();
    let service = Service::start_in(directory);
    assert_eq!(service.status()["vault_open"], true, "the stored keyring opens again");
}

fn killed_vault_and_killed_front_come_back() {
    let service = Service::start();
    let before = service.status();
    let front = before["front_pid"].as_u64().unwrap();
    let children = children_of(service.pid());
    let vault = children.iter().copied().find(|pid| u64::from(*pid) != front).unwrap();
    service::kill(vault);
    eventually("a new vault is open", || {
        let now = children_of(service.pid());
        let status = service.try_status()?;
        (!now.contains(&vault) && status["vault_open"] == true && status["lanes"] == 2).then_some(())
    });
    assert_eq!(service.status()["front_pid"], front, "the front lived on");
    service::kill(u32::try_from(front).unwrap());
    eventually("a new front serves", || {
        let status = service.try_status()?;
        (status["front_pid"] != front && status["vault_open"] == true).then_some(())
    });
}

fn passphrase(text: &str) -> Option<SecretText> {
    Some(SecretText::new(text.to_owned()))
}

fn enroll(service: &Service) {
    let enroll = OperatorRequest::VaultEnroll {
        kind: "passphrase".into(),
        name: Some("operators".into()),
        file: None,
        passphrase: passphrase("correct horse battery"),
    };
    let said = service.ask(&enroll).unwrap().to_string();
    assert!(said.contains("Enrolled") && !said.contains("correct horse"), "{said}");
}

/// The vault among the children.
fn vault_of(service: &Service) -> u32 {
    let front = service.status()["front_pid"].as_u64().unwrap();
    children_of(service.pid()).into_iter().find(|pid| u64::from(*pid) != front).unwrap()
}

fn sealed_vault_stays_sealed_until_a_root_opens_it() {
    let service = Service::start();
    enroll(&service);
    service.ask(&OperatorRequest::VaultSeal).unwrap();
    assert_eq!(service.status()["vault_open"], false);
    let vault = vault_of(&service);
    service::kill(vault);
    eventually("a new vault is there, and sealed", || {
        let status = service.try_status()?;
        let gone = !children_of(service.pid()).contains(&vault);
        (gone && status["lanes"] == 2 && status["vault_open"] == false).then_some(())
    });
    let wrong = OperatorRequest::VaultUnseal { passphrase: passphrase("correct horse batterx") };
    let said = service.ask(&wrong).unwrap_err().to_string();
    assert!(said.contains("none of the enrolled roots"), "{said}");
    assert_eq!(service.status()["vault_open"], false);
    let right = OperatorRequest::VaultUnseal { passphrase: passphrase("correct horse battery") };
    service.ask(&right).unwrap();
    assert_eq!(service.status()["vault_open"], true);
    // The key file opens it too.
    service.ask(&OperatorRequest::VaultSeal).unwrap();
    service.ask(&OperatorRequest::VaultUnseal { passphrase: None }).unwrap();
    assert_eq!(service.status()["vault_open"], true);
    let printed = service.stop();
    assert!(!printed.contains("correct horse"), "{printed}");
}

fn shares_reach_the_operator_and_the_front_hears_of_the_set_only() {
    let service = Service::start();
    let create = || OperatorRequest::VaultRecoveryCreate { shares: 5, threshold: 3, prepare: false };
    let answer = service.ask(&create()).unwrap();
    let shares = answer["ShareTexts"].as_array().unwrap();
    assert_eq!(shares.len(), 5);
    assert!(shares.iter().all(|share| share.as_str().unwrap().starts_with("srshare1")));
    let news = answer["news"].as_str().unwrap();
    assert!(news.contains("RecoveryCreated") && !news.contains("srshare"), "{news}");
    let again = service.ask(&create()).unwrap_err().to_string();
    assert!(again.contains("already"), "{again}");
    let remove = OperatorRequest::VaultRecoveryRemove { passphrases: Vec::new(), key_files: Vec::new() };
    service.ask(&remove).unwrap();
    assert_eq!(service.status()["vault_open"], true);
    // One whose shares are written first: no front hears of it before.
    let prepare = OperatorRequest::VaultRecoveryCreate { shares: 3, threshold: 2, prepare: true };
    let first = service.ask(&prepare).unwrap();
    let prepared = service.ask(&prepare).expect("the one before was not stored");
    assert!(prepared["ShareTexts"].as_array().unwrap().len() == 3 && prepared["news"].is_null());
    let store = |of: &serde_json::Value| {
        let set = of["Set"].as_str().unwrap().to_owned();
        service.ask(&OperatorRequest::VaultRecoveryStore { set })
    };
    let refused = store(&first).unwrap_err().to_string();
    assert!(refused.ends_with("nothing was changed"), "{refused}");
    let news = store(&prepared).unwrap()["news"].to_string();
    assert!(news.contains("RecoveryCreated") && !news.contains("srshare"), "{news}");
    assert!(store(&prepared).is_err(), "once");
    let again = service.ask(&prepare).unwrap_err().to_string();
    assert!(again.contains("already"), "the control: it is in force: {again}");
    let printed = service.stop();
    assert!(!printed.contains("srshare"), "{printed}");
}

fn vault_without_a_root_waits_for_a_header_before_shares() {
    use strongroom_supervisor::RecoveryVault;
    use strongroom_vault_protocol::{CustodyAct, Passphrase, RootSecret};
    let vault = RecoveryVault::start().unwrap();
    let share = Passphrase::new(vec![1; 43].into()).unwrap();
    let said = vault.act(CustodyAct::Share(RootSecret::Passphrase(share))).unwrap_err();
    assert!(!said.is_empty());
    let said = vault.act(CustodyAct::Combine).unwrap_err();
    assert!(said.contains("no restore"), "{said}");
    let said = vault.act(CustodyAct::CreateRecovery { shares: 3, threshold: 2, at_ms: 1 }).unwrap_err();
    assert!(said.contains("sealed"), "{said}");
}

fn key_file_that_the_front_does_not_store_is_removed() {
    let service = Service::start();
    let file = service.folders.secrets_dir.join("second-key");
    let enroll = |name: &str| OperatorRequest::VaultEnroll {
        kind: "key-file".into(),
        name: Some(name.to_owned()),
        file: Some(file.clone()),
        passphrase: None,
    };
    let said = service.ask(&enroll("no-room")).unwrap_err().to_string();
    assert!(said.contains("no room; nothing was changed"), "{said}");
    assert!(!file.exists());
    service.ask(&enroll("second")).unwrap();
    assert!(file.exists(), "the control");
}

/// What removes the root of the first start, with these passphrases for others.
fn removal_of_the_first(service: &Service, passphrases: Vec<SecretText>) -> OperatorRequest {
    let keyring = fs::read(service.folders.data_dir.join("state/state.redb")).unwrap();
    let keyring = strongroom_vault_protocol::Keyring::from_bytes(&keyring).unwrap();
    let root: String = keyring.roots[0].id.iter().map(|byte| format!("{byte:02x}")).collect();
    OperatorRequest::VaultRemove { root, passphrases, key_files: Vec::new() }
}

fn removed_key_file_opens_nothing_any_more() {
    let service = Service::start();
    enroll(&service);
    let said = service.ask(&removal_of_the_first(&service, Vec::new())).unwrap_err().to_string();
    assert!(said.contains("last root"), "{said}");
    let remove = removal_of_the_first(&service, passphrase("correct horse battery").into_iter().collect());
    service.ask(&remove).unwrap();
    service.ask(&OperatorRequest::VaultSeal).unwrap();
    let said = service.ask(&OperatorRequest::VaultUnseal { passphrase: None }).unwrap_err().to_string();
    assert!(said.contains("none of the enrolled roots"), "{said}");
    service.ask(&OperatorRequest::VaultUnseal { passphrase: passphrase("correct horse battery") }).unwrap();
    assert_eq!(service.status()["vault_open"], true);
}

fn vault_that_dies_after_the_root_of_the_start_was_removed_waits_for_another() {
    let service = Service::start();
    enroll(&service);
    let remove = removal_of_the_first(&service, passphrase("correct horse battery").into_iter().collect());
    let answer = service.ask(&remove).unwrap();
    assert_eq!(answer["StartRootRemoved"], true, "{answer}");
    let right = || OperatorRequest::VaultUnseal { passphrase: passphrase("correct horse battery") };
    for both in [false, true] {
        let (vault, front) = (vault_of(&service), service.status()["front_pid"].as_u64().unwrap());
        service::kill(vault);
        if both {
            service::kill(u32::try_from(front).unwrap());
        }
        eventually("they are back, and sealed", || {
            let status = service.try_status()?;
            let gone = !children_of(service.pid()).contains(&vault) && both == (status["front_pid"] != front);
            (gone && status["vault_open"] == false).then_some(())
        });
        eventually("the vault has the keyring, and no use for the root", || {
            let refused = service.ask(&OperatorRequest::VaultUnseal { passphrase: None }).unwrap_err();
            refused.to_string().contains("none of the enrolled roots").then_some(())
        });
        service.ask(&right()).unwrap();
        assert_eq!(service.status()["vault_open"], true);
    }
    service.stop();
}

fn on_token(hsm: &SoftHsm) -> Service {
    Service::start_on_token(Arc::new(tempfile::tempdir().unwrap()), hsm, PIN)
}

fn opens(service: &Service, what: &str) {
    eventually(what, || (service.try_status()?["vault_open"] == true).then_some(()));
}

/// A token worker that is not this one.
fn another_worker(service: &Service, before: u32) -> u32 {
    eventually("another token worker", || service.child_of_role("token-process").filter(|now| *now != before))
}

fn token_worker_that_is_killed_or_hangs_is_replaced() {
    let hsm = SoftHsm::new("");
    let service = on_token(&hsm);
    assert_eq!(service.status()["vault_open"], true);
    assert!(!service.folders.root_key().exists());
    let first = service.child_of_role("token-process").unwrap();
    service::kill(first);
    let second = another_worker(&service, first);
    eventually("the second one serves", || (service.try_status()?["pkcs11"] == "present").then_some(()));
    service::signal(second, rustix::process::Signal::STOP);
    let third = another_worker(&service, second);
    assert!(!service::alive(second));
    assert_eq!(service.status()["vault_open"], true, "all the time");
    // The next vault opens with what is in the token, through the third worker.
    let vault = service.child_of_role("vault-process").unwrap();
    service::kill(vault);
    eventually("another vault", || service.child_of_role("vault-process").filter(|now| *now != vault));
    opens(&service, "the next vault is open");
    assert_eq!(service.child_of_role("token-process"), Some(third));
    let printed = service.stop();
    assert!(!printed.contains(PIN), "{printed}");
    assert!(!service::alive(third));
}

fn vault_opens_by_itself_when_the_token_is_back() {
    let hsm = SoftHsm::new("");
    let service = on_token(&hsm);
    let directory = service.directory.clone();
    service.stop();
    hsm.take_away();
    let service = Service::start_on_token(directory, &hsm, PIN);
    assert_eq!(service.status()["vault_open"], false);
    hsm.bring_back();
    opens(&service, "open with the token that is back");
    hsm.take_away();
    let worker = eventually("a token worker", || service.child_of_role("token-process"));
    eventually("the worker without a token is ended", || (!service::alive(worker)).then_some(()));
    assert_eq!(service.status()["vault_open"], true, "a running vault needs no token");
    hsm.bring_back();
}

fn wrong_pin_is_tried_once_and_again_when_asked() {
    let hsm = SoftHsm::new("");
    let service = on_token(&hsm);
    let directory = service.directory.clone();
    service.stop();
    let service = Service::start_on_token(directory.clone(), &hsm, "wrong-pin1");
    assert_eq!(service.status()["vault_open"], false);
    // It still says how the token is. Once it has gone, nobody tries the PIN again: a vault that dies later is back, it is not.
    let worker = eventually("a token worker", || service.child_of_role("token-process"));
    eventually("the PIN is refused", || (service.try_status()?["pkcs11"] == "PIN refused").then_some(()));
    service::kill(worker);
    eventually("no token worker", || service.child_of_role("token-process").is_none().then_some(()));
    let vault = service.child_of_role("vault-process").unwrap();
    service::kill(vault);
    eventually("another vault", || {
        let status = service.try_status()?;
        (service.child_of_role("vault-process")? != vault && status["lanes"] == 2).then_some(())
    });
    assert_eq!(service.child_of_role("token-process"), None);
    assert_eq!(service.status()["vault_open"], false);
    service::write_pin(directory.path(), PIN);
    service.ask(&OperatorRequest::VaultUnseal { passphrase: None }).unwrap();
    opens(&service, "open with the right PIN");
    let printed = service.stop();
    assert!(!printed.contains("wrong-pin1"), "{printed}");
}

fn first_start_with_a_wrong_pin_is_refused() {
    let hsm = SoftHsm::new("");
    let directory = tempfile::tempdir().unwrap();
    let (code, said) = refusal_on_token(&directory, &hsm, "wrong-pin1");
    assert!(code == Some(77) && said.contains("refused the PIN"), "{code:?} {said}");
    assert!(!directory.path().join("data").exists() && !directory.path().join("secrets").exists(), "litter");
    let (code, said) = refusal_on_token(&directory, &hsm, "");
    assert!(code == Some(1) && said.contains("PIN is empty"), "no token was asked: {code:?} {said}");
    // Nothing was made that keeps the right one from being a first start.
    let service = Service::start_on_token(Arc::new(directory), &hsm, PIN);
    assert_eq!(service.status()["vault_open"], true);
}

fn error_after_a_refused_pin_has_the_exit_code_of_that_pin() {
    let hsm = SoftHsm::new("");
    let directory = on_token(&hsm).directory.clone();
    // The control is the right PIN.
    for (pin, expected) in [(PIN, 1), ("wrong-pin1", 77)] {
        let mut service = Service::start_on_token(directory.clone(), &hsm, pin);
        // At once: the login may still be under way.
        let asked = service.ask(&OperatorRequest::UserCreate { name: "fatal".into(), account: None });
        assert!(asked.is_err());
        let (code, said) = service.wait();
        assert_eq!(code, Some(expected), "{said}");
        assert!(said.contains("the store is of a newer version"), "{said}");
    }
}

fn fatal_front_ends_the_service() {
    let mut service = Service::start();
    let asked = service.ask(&OperatorRequest::UserCreate { name: "fatal".into(), account: None });
    assert!(asked.is_err());
    let (code, said) = service.wait();
    assert_eq!(code, Some(1));
    assert!(said.contains("the store is of a newer version"), "{said}");
}

fn stuck_random_source_ends_the_service() {
    let mut service = Service::start_in(Arc::new(tempfile::tempdir().unwrap()));
    // The control: a vault that dies of something else is started again.
    let before = vault_of(&service);
    service::kill(before);
    eventually("another vault", || service.child_of_role("vault-process").filter(|vault| *vault != before));
    eventually("it is open", || service.try_status().filter(|status| status["vault_open"] == true));
    fs::write(service.directory.path().join(STUCK), b"").unwrap();
    service::kill(vault_of(&service));
    let (code, printed) = service.wait();
    assert_eq!(code, Some(70), "{printed}");
    assert!(printed.contains("its random source failed a health check"), "{printed}");
}

fn stop_signal_ends_everything() {
    let service = Service::start();
    // Held, or the folders go with the service.
    let _directory = service.directory.clone();
    let (pid, folders) = (service.pid(), service.folders.clone());
    let children = children_of(pid);
    assert_eq!(children.len(), 2);
    service.stop();
    assert!(children.iter().all(|pid| !service::alive(*pid)));
    assert!(!folders.operator_socket().exists());
    assert!(folders.data_dir.join("state/orderly").exists(), "the front was asked to end");
}

fn children_die_with_the_supervisor() {
    let mut service = Service::start();
    let children = children_of(service.pid());
    // Stopped, so that none can see that its sockets are closed and end by itself.
    for child in &children {
        service::signal(*child, rustix::process::Signal::STOP);
    }
    service::kill(service.pid());
    // Before what was printed is read to its end: a child that stays holds that open.
    eventually("both children are gone", || children.iter().all(|pid| !service::alive(*pid)).then_some(()));
    service.wait();
}
