//! Acts of custody, on a vault in this process.

use super::*;
use crate::execute::Worker;
use crate::vault::{Fault, arena_for};
use strongroom_types::SystemClock;
use strongroom_vault_protocol::{AccessKeyBinding, ClusterId, Passphrase, Reply, Request, RootKey, RootKind};
use zeroize::Zeroizing;

const PHRASE: &str = "correct horse battery";

fn key(byte: u8) -> RootSecret {
    RootSecret::Key(RootKey::copy_of(&[byte; 32]))
}

fn phrase(text: &str) -> RootSecret {
    RootSecret::Passphrase(Passphrase::new(Zeroizing::new(text.as_bytes().to_vec())).unwrap())
}

/// A vault with a worker and the custody thread's hand.
struct Bench {
    worker: Worker,
    random: WorkerRandom,
}

impl Bench {
    fn starting_with(root: Option<RootSecret>) -> Self {
        let vault = Vault::new(arena_for(8).unwrap(), root, 8, Box::new(SystemClock));
        Self { worker: Worker::start(vault).unwrap(), random: crate::random::start().unwrap() }
    }

    /// Open, with the keyring that is in force.
    fn open() -> (Self, Keyring) {
        let mut bench = Self::starting_with(Some(key(9)));
        let Ok(Reply::Keyring(keyring)) = bench.worker.execute(Request::Initialise(ClusterId([5; 16])))
        else {
            panic!()
        };
        bench.bring(&keyring).unwrap();
        (bench, keyring)
    }

    fn bring(&mut self, keyring: &Keyring) -> Result<(), Fault> {
        self.worker.execute(Request::Open(keyring.clone())).map(drop)
    }

    fn act(&mut self, act: CustodyAct) -> Outcome {
        run_job(&self.worker.vault, &mut self.random, Job::Act(act)).unwrap()
    }

    fn present(&mut self, secret: RootSecret) {
        assert_eq!(self.act(CustodyAct::Present(secret)), Outcome::Nothing);
    }

    fn enrol(&mut self, secret: RootSecret, name: &str) -> Outcome {
        self.present(secret);
        self.act(CustodyAct::Enrol { name: name.to_owned(), at_ms: 7 })
    }

    fn proposed(&mut self) -> Keyring {
        match self.worker.execute(Request::ProposedKeyring) {
            Ok(Reply::Keyring(keyring)) => keyring,
            other => panic!("{other:?}"),
        }
    }

    /// What the front does with a proposal.
    fn adopt(&mut self) -> Keyring {
        let keyring = self.proposed();
        self.bring(&keyring).unwrap();
        keyring
    }

    fn access_key(&mut self) -> Vec<u8> {
        match self.worker.execute(Request::CreateAccessKey(binding())) {
            Ok(Reply::AccessKey(made)) => made.record,
            other => panic!("{other:?}"),
        }
    }

    /// Whether a wrapped secret access key still opens.
    fn opens(&mut self, record: &[u8]) -> bool {
        let again = self.worker.execute(Request::ReWrapAccessKey { binding: binding(), record });
        assert!(matches!(
            &again,
            Ok(_) | Err(Fault::Answer(VaultError::RecordRejected | VaultError::Sealed))
        ));
        again.is_ok()
    }

    fn rewrap(&mut self, record: &[u8]) -> Vec<u8> {
        match self.worker.execute(Request::ReWrapAccessKey { binding: binding(), record }) {
            Ok(Reply::Blob(record)) => record,
            other => panic!("{other:?}"),
        }
    }
}

fn binding() -> AccessKeyBinding {
    AccessKeyBinding { account: "111122223333".into(), access_key_id: "AKIA1".into() }
}

fn sealed() -> Fault {
    Fault::Answer(VaultError::Sealed)
}

fn refused(outcome: Outcome) -> String {
    match outcome {
        Outcome::Refused(text) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn any_enrolled_root_opens_the_vault_and_no_other() {
    let (mut bench, _) = Bench::open();
    let record = bench.access_key();
    assert!(matches!(bench.enrol(phrase(PHRASE), "operators"), Outcome::Done(_)));
    let keyring = bench.adopt();
    assert_eq!(keyring.roots.len(), 2);
    for secret in [key(9), phrase(PHRASE)] {
        let mut other = Bench::starting_with(None);
        assert_eq!(other.bring(&keyring), Err(sealed()));
        other.present(secret);
        assert!(matches!(other.act(CustodyAct::Unseal), Outcome::Done(_)));
        assert!(other.opens(&record));
    }
    for wrong in [key(8), phrase("correct horse batterx")] {
        let mut other = Bench::starting_with(None);
        assert_eq!(other.bring(&keyring), Err(sealed()));
        other.present(wrong);
        assert!(refused(other.act(CustodyAct::Unseal)).contains("none of the enrolled roots"));
        // What was presented is gone.
        assert!(refused(other.act(CustodyAct::Unseal)).contains("none of the enrolled roots"));
        assert!(!other.opens(&record));
    }
}

#[test]
fn altered_description_of_a_root_does_not_open() {
    let (mut bench, _) = Bench::open();
    bench.enrol(key(3), "second");
    let keyring = bench.adopt();
    let mut renamed = keyring.clone();
    renamed.roots[1].name = "other".to_owned();
    let rejected = Err(Fault::Answer(VaultError::RecordRejected));
    assert_eq!(Bench::starting_with(Some(key(3))).bring(&renamed), rejected);
    assert_eq!(Bench::starting_with(Some(key(3))).bring(&keyring), Ok(()), "positive control");
}

#[test]
fn sealed_vault_holds_no_key_until_a_root_is_presented() {
    let (mut bench, keyring) = Bench::open();
    let record = bench.access_key();
    assert!(bench.opens(&record));
    assert!(bench.worker.vault.arena.in_use() > 0, "positive control");
    assert_eq!(bench.act(CustodyAct::Seal), Outcome::Done(String::new()));
    assert_eq!(bench.worker.vault.arena.in_use(), 0);
    assert!(!bench.opens(&record));
    assert_eq!(bench.bring(&keyring), Err(sealed()), "a front cannot open it");
    bench.present(key(9));
    assert!(matches!(bench.act(CustodyAct::Unseal), Outcome::Done(_)));
    assert!(bench.opens(&record));
    bench.present(key(9));
    assert!(refused(bench.act(CustodyAct::Unseal)).contains("open already"));
}

#[test]
fn removed_root_opens_nothing_new_and_absent_ones_are_dropped_by_name() {
    let (mut bench, first) = Bench::open();
    let record = bench.access_key();
    bench.enrol(key(3), "second");
    bench.adopt();
    bench.enrol(key(4), "third");
    bench.adopt();
    let removed = first.roots[0].id;
    assert!(refused(bench.act(CustodyAct::Remove(removed))).contains("last root"));
    bench.present(key(9));
    assert!(refused(bench.act(CustodyAct::Remove(removed))).contains("last root"), "its own key is no other");
    bench.present(key(3));
    assert_eq!(bench.act(CustodyAct::Remove([1; 16])), Outcome::Refused("no such root is enrolled".into()));
    bench.present(key(3));
    assert_eq!(bench.act(CustodyAct::Remove(removed)), Outcome::Done("third".into()));
    let keyring = bench.adopt();
    assert_eq!((keyring.keyring_number, keyring.newest_domain_key(), keyring.roots.len()), (2, 2, 1));
    assert!(bench.opens(&record), "old records open until they are wrapped anew");
    for gone in [key(9), key(4)] {
        assert_eq!(Bench::starting_with(Some(gone)).bring(&keyring), not_enrolled());
    }
    assert_eq!(Bench::starting_with(Some(key(3))).bring(&keyring), Ok(()));
}

fn not_enrolled() -> Result<(), Fault> {
    Err(Fault::Answer(VaultError::StartRootNotEnrolled))
}

#[test]
fn root_of_the_start_that_was_removed_is_dropped_and_the_vault_waits_for_an_enrolled_one() {
    let (mut bench, first) = Bench::open();
    let record = bench.access_key();
    bench.enrol(phrase(PHRASE), "operators");
    bench.adopt();
    bench.present(phrase(PHRASE));
    assert!(matches!(bench.act(CustodyAct::Remove(first.roots[0].id)), Outcome::Done(_)));
    let keyring = bench.adopt();
    let mut again = Bench::starting_with(Some(key(9)));
    assert_eq!(again.bring(&keyring), not_enrolled());
    assert_eq!(again.worker.vault.arena.in_use(), 0, "nothing of the root is left");
    assert_eq!(again.bring(&keyring), not_enrolled(), "the front asks every second, and is told the same");
    again.present(key(9));
    assert!(refused(again.act(CustodyAct::Unseal)).contains("none of the enrolled roots"));
    assert!(!again.opens(&record));
    again.present(phrase(PHRASE));
    assert!(matches!(again.act(CustodyAct::Unseal), Outcome::Done(_)));
    assert_eq!(again.bring(&keyring), Ok(()));
    assert!(again.opens(&record));
    assert_eq!(again.act(CustodyAct::Seal), Outcome::Done(String::new()));
    assert_eq!(again.bring(&keyring), Err(sealed()), "by an operator's will now");
}

/// The root of this name.
fn named(keyring: &Keyring, name: &str) -> [u8; 16] {
    keyring.roots.iter().find(|root| root.name == name).unwrap().id
}

/// Whether a secret opens a vault that waits with this keyring.
fn unseals(keyring: &Keyring, secret: RootSecret) -> bool {
    let mut bench = Bench::starting_with(None);
    assert_eq!(bench.bring(keyring), Err(sealed()));
    bench.present(secret);
    matches!(bench.act(CustodyAct::Unseal), Outcome::Done(_))
}

#[test]
fn secret_that_is_of_no_root_is_refused_by_name_and_every_root_still_opens() {
    let (mut bench, first) = Bench::open();
    bench.enrol(key(3), "second");
    bench.adopt();
    bench.enrol(phrase(PHRASE), "operators");
    let keyring = bench.adopt();
    let removed = first.roots[0].id;
    let wrong = [
        (key(3), phrase("correct horse batterx"), "passphrase 1 ", "operators"),
        (phrase(PHRASE), key(4), "key file 1 ", "key-file, second"),
    ];
    for (right, wrong, which, names) in wrong {
        bench.present(right);
        bench.present(wrong);
        let said = refused(bench.act(CustodyAct::Remove(removed)));
        assert!(said.starts_with(which) && said.contains(names), "{said}");
        assert!(said.ends_with("nothing was changed"), "{said}");
        let none = bench.worker.execute(Request::ProposedKeyring).unwrap_err();
        assert_eq!(none, Fault::Answer(VaultError::BadRequest), "nothing is proposed");
    }
    for secret in [key(9), key(3), phrase(PHRASE)] {
        assert!(unseals(&keyring, secret));
    }
    // The control: the right ones.
    bench.present(key(3));
    bench.present(phrase(PHRASE));
    assert_eq!(bench.act(CustodyAct::Remove(removed)), Outcome::Done(String::new()));
    let keyring = bench.adopt();
    assert!(unseals(&keyring, key(3)) && unseals(&keyring, phrase(PHRASE)) && !unseals(&keyring, key(9)));
}

#[test]
fn root_that_the_service_has_may_be_of_none_unless_one_of_its_kind_would_be_dropped() {
    let (mut bench, _) = Bench::open();
    bench.enrol(phrase(PHRASE), "operators");
    bench.adopt();
    bench.enrol(key(3), "second");
    let keyring = bench.adopt();
    let remove = |bench: &mut Bench, offered: RootSecret, name: &str, keyring: &Keyring| {
        assert_eq!(bench.act(CustodyAct::Offer(offered)), Outcome::Nothing);
        bench.present(phrase(PHRASE));
        bench.act(CustodyAct::Remove(named(keyring, name)))
    };
    let said = refused(remove(&mut bench, key(8), "second", &keyring));
    assert!(
        said.contains("the root key that the service has") && said.contains("dropped: key-file;"),
        "{said}"
    );
    assert!(said.contains("if they are lost, start the service with an enrolled root"), "{said}");
    // The controls: its own, that of the root that goes, and one whose root went before.
    assert_eq!(remove(&mut bench, key(9), "second", &keyring), Outcome::Done(String::new()));
    let keyring = bench.adopt();
    let gone = Outcome::Done(":key".to_owned());
    assert_eq!(remove(&mut bench, key(9), "key-file", &keyring), gone, "it opens none that stays");
    bench.adopt();
    bench.enrol(key(3), "second");
    let keyring = bench.adopt();
    assert_eq!(remove(&mut bench, key(9), "second", &keyring), Outcome::Done(String::new()));
}

#[test]
fn domain_key_is_rotated_records_wrapped_anew_and_the_old_one_retired() {
    let (mut bench, _) = Bench::open();
    let old = bench.access_key();
    assert_eq!(bench.act(CustodyAct::RotateDomainKey), Outcome::Done("2".into()));
    assert_eq!(bench.access_key()[20..24], [0, 0, 0, 1], "not in force before it is stored");
    bench.adopt();
    assert_eq!(bench.access_key()[20..24], [0, 0, 0, 2]);
    let new = bench.rewrap(&old);
    assert_eq!((&old[20..24], &new[20..24]), (&[0, 0, 0, 1][..], &[0, 0, 0, 2][..]));
    let bad = Fault::Answer(VaultError::BadRequest);
    for version in [0, 1, 3] {
        let retired = bench.worker.execute(Request::RetireDomainKeys(version));
        assert_eq!(retired.unwrap_err(), bad, "{version}");
    }
    bench.worker.execute(Request::RetireDomainKeys(2)).unwrap();
    assert!(bench.opens(&old));
    let keyring = bench.adopt();
    assert_eq!(keyring.domain_records.len(), 1);
    assert!(bench.opens(&new) && !bench.opens(&old));
    let mut again = Bench::starting_with(Some(key(9)));
    again.bring(&keyring).unwrap();
    assert!(again.opens(&new) && !again.opens(&old));
}

#[test]
fn record_cannot_be_moved_by_wrapping_it_anew() {
    let (mut bench, _) = Bench::open();
    let record = bench.access_key();
    let other = AccessKeyBinding { access_key_id: "AKIA2".into(), ..binding() };
    let moved = bench.worker.execute(Request::ReWrapAccessKey { binding: other, record: &record });
    assert_eq!(moved.unwrap_err(), Fault::Answer(VaultError::RecordRejected));
    assert!(bench.opens(&record), "positive control");
}

#[test]
fn proposal_that_was_not_stored_changes_nothing() {
    let (mut bench, keyring) = Bench::open();
    bench.act(CustodyAct::RotateDomainKey);
    let first = bench.proposed();
    bench.act(CustodyAct::RotateDomainKey);
    assert_eq!(bench.bring(&first), Err(Fault::Answer(VaultError::AlreadyOpen)), "another took its place");
    bench.bring(&keyring).unwrap();
    let second = bench.proposed();
    bench.bring(&second).unwrap();
    let none = bench.worker.execute(Request::ProposedKeyring).unwrap_err();
    assert_eq!(none, Fault::Answer(VaultError::BadRequest));
    assert_eq!(bench.bring(&keyring), Err(Fault::Answer(VaultError::AlreadyOpen)));
}

#[test]
fn proposal_that_is_forgotten_is_handed_to_nobody() {
    let (mut bench, _) = Bench::open();
    bench.act(CustodyAct::RotateDomainKey);
    let proposed = bench.proposed();
    assert_eq!(bench.act(CustodyAct::Forget), Outcome::Nothing);
    let none = bench.worker.execute(Request::ProposedKeyring).unwrap_err();
    assert_eq!(none, Fault::Answer(VaultError::BadRequest));
    assert_eq!(bench.bring(&proposed), Err(Fault::Answer(VaultError::AlreadyOpen)));
    bench.act(CustodyAct::RotateDomainKey);
    bench.adopt();
    assert_eq!(bench.access_key()[20..24], [0, 0, 0, 2], "the control");
}

#[test]
fn enrolment_is_refused_with_its_reason() {
    let (mut bench, _) = Bench::open();
    assert!(refused(bench.act(CustodyAct::Enrol { name: "a".into(), at_ms: 1 })).contains("one root"));
    assert!(refused(bench.enrol(key(9), "again")).contains("enrolled already"));
    assert!(refused(bench.enrol(key(3), "key-file")).contains("another name"));
    for name in ["", "a b", "ä"] {
        assert!(refused(bench.enrol(key(3), name)).contains("a root's name"), "{name:?}");
    }
    assert!(refused(bench.enrol(phrase("elevenbytes"), "short")).contains("at least 12"));
    bench.present(key(3));
    assert_eq!(bench.act(CustodyAct::Withdraw), Outcome::Nothing);
    assert!(refused(bench.act(CustodyAct::Enrol { name: "a".into(), at_ms: 1 })).contains("one root"));
    let mut sealed = Bench::starting_with(None);
    assert!(refused(sealed.enrol(key(3), "a")).contains("sealed"));
    assert!(refused(sealed.act(CustodyAct::RotateDomainKey)).contains("sealed"));
}

#[test]
fn root_of_a_kind_that_is_not_built_is_kept_and_never_dropped() {
    let (mut bench, first) = Bench::open();
    bench.enrol(key(3), "second");
    let mut keyring = bench.adopt();
    let other_kms =
        RootRecord { kind: RootKind::OtherKms, id: [7; 16], name: "kms".into(), ..keyring.roots[1].clone() };
    keyring.roots.push(other_kms);
    let mut other = Bench::starting_with(Some(key(3)));
    other.bring(&keyring).unwrap();
    other.present(key(3));
    assert!(refused(other.act(CustodyAct::Remove(first.roots[0].id))).contains("root kms is of a kind"));
}

#[test]
fn key_that_a_tpm_unsealed_opens_as_that_of_a_tpm_only() {
    let tpm = |byte: u8| RootSecret::Tpm(RootKey::copy_of(&[byte; 32]));
    let mut first = Bench::starting_with(Some(tpm(3)));
    let made = first.worker.execute(Request::Initialise(ClusterId([5; 16])));
    let Ok(Reply::Keyring(keyring)) = made else { panic!() };
    let root = &keyring.roots[0];
    assert_eq!((root.kind, root.name.as_str(), root.first_form), (RootKind::Tpm, "tpm", false));
    let mut again = Bench::starting_with(Some(tpm(3)));
    again.bring(&keyring).unwrap();
    let mut other = Bench::starting_with(Some(tpm(4)));
    assert!(other.bring(&keyring).is_err());
    // Unsealed again by what the operator has presented; as a key file it is of another kind.
    let mut sealed = Bench::starting_with(None);
    assert!(sealed.bring(&keyring).is_err());
    sealed.present(key(3));
    assert!(refused(sealed.act(CustodyAct::Unseal)).contains("none of the enrolled roots"));
    sealed.present(tpm(3));
    assert!(matches!(sealed.act(CustodyAct::Unseal), Outcome::Done(_)));
}

#[test]
fn passphrase_of_the_start_opens_and_a_wrong_one_leaves_the_vault_sealed() {
    let mut first = Bench::starting_with(Some(phrase(PHRASE)));
    let made = first.worker.execute(Request::Initialise(ClusterId([5; 16])));
    let Ok(Reply::Keyring(keyring)) = made else { panic!() };
    assert_eq!((keyring.roots[0].kind, keyring.roots[0].first_form), (RootKind::Passphrase, false));
    for (text, opens) in [(PHRASE, true), ("something else entirely", false)] {
        let mut bench = Bench::starting_with(Some(phrase(text)));
        assert_eq!(bench.bring(&keyring), Err(sealed()), "nobody tries it but the custody thread");
        let note = run_job(&bench.worker.vault, &mut bench.random, Job::Open).unwrap();
        let Outcome::Note(note) = note else { panic!() };
        assert_eq!(note.contains("was opened"), opens, "{note}");
        assert_eq!(bench.bring(&keyring).is_ok(), opens);
    }
}
