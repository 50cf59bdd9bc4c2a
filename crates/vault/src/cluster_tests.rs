//! Lanes and tokens that do not answer.

use super::*;
use crate::in_process::fresh_vault;
use crate::lane;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;
use strongroom_token_protocol::prepare_line;
use strongroom_types::SystemClock;
use strongroom_vault_protocol::{
    BackingKey, ClusterId, Command, KeyBinding, LENGTH_BYTES, Pkcs11Line, ReplyFrame, TOKEN_ORIGIN,
    decode_reply, encode_request,
};

const CLUSTER: &str = "cluster-1a23b4cdefg";

/// An open vault with a cluster whose worker says nothing, and the front's end of a lane.
struct Bench {
    lane: UnixStream,
    _worker_end: UnixStream,
}

fn binding() -> KeyBinding {
    KeyBinding {
        arn: "arn:aws:kms:us-east-1:111122223333:key/mrk-11111111111111111111111111111111".into(),
        key_id: [0x11; 16],
        spec: "SYMMETRIC_DEFAULT".into(),
        usage: "ENCRYPT_DECRYPT".into(),
        origin: TOKEN_ORIGIN.into(),
    }
}

fn start(vault: &Arc<Vault>) -> Worker {
    Worker::start(vault.clone()).unwrap()
}

/// `threads`: how many wait for the token.
fn bench(threads: usize) -> Bench {
    let vault = fresh_vault(Box::new(SystemClock), None).unwrap();
    start(&vault).execute(Request::Initialise(ClusterId([5; 16]))).unwrap();
    let (cluster, jobs) =
        Cluster::with_client(CLUSTER.to_owned(), TokenClient::with_deadline(Duration::from_millis(100)));
    vault.add_cluster(cluster);
    let (socket, worker_end) = UnixStream::pair().unwrap();
    prepare_line(&socket).unwrap();
    let line = Pkcs11Line { number: 1, socket, timeout_seconds: 1 };
    assert!(vault.connect_cluster(ClusterLine { cluster: CLUSTER.to_owned(), line }));
    for _ in 0..threads {
        let (mut worker, jobs) = (start(&vault), jobs.clone());
        thread::spawn(move || serve(&mut worker, &jobs));
    }
    if threads == 0 {
        // Commands wait as long as somebody could come for them.
        std::mem::forget(jobs);
    }
    let (lane, far) = UnixStream::pair().unwrap();
    let mut worker = start(&vault);
    thread::spawn(move || lane::serve(&mut worker, far));
    Bench { lane, _worker_end: worker_end }
}

impl Bench {
    fn ask(&mut self, id: u64, request: &Request<'_>) {
        let mut frame = Vec::new();
        encode_request(&mut frame, id, request).unwrap();
        self.lane.write_all(&frame).unwrap();
    }

    /// The next answer: to which request, and its error.
    fn answer(&mut self) -> (u64, Command, Option<VaultError>) {
        let mut length = [0; LENGTH_BYTES];
        self.lane.read_exact(&mut length).unwrap();
        let mut content = vec![0; u32::from_le_bytes(length) as usize];
        self.lane.read_exact(&mut content).unwrap();
        let ReplyFrame { id, command, outcome } = decode_reply(&content).unwrap();
        (id, command, outcome.err())
    }
}

fn generate(cluster: &str) -> Request<'_> {
    Request::Store(StoreRequest::GenerateKey { cluster, binding: binding() })
}

#[test]
fn token_that_hangs_holds_up_no_other_command_of_the_lane() {
    let mut bench = bench(1);
    bench.ask(1, &generate(CLUSTER));
    bench.ask(2, &Request::Random(8));
    assert_eq!(bench.answer(), (2, Command::Random, None), "the later one is answered first");
    assert_eq!(bench.answer(), (1, Command::GenerateStoreKey, Some(VaultError::StoreAway)));
    bench.ask(3, &generate(CLUSTER));
    assert_eq!(bench.answer(), (3, Command::GenerateStoreKey, Some(VaultError::StoreAway)));
}

#[test]
fn commands_that_wait_for_a_token_are_bounded() {
    let mut bench = bench(0);
    for id in 0..=WAITING_MAX as u64 {
        bench.ask(id, &generate(CLUSTER));
    }
    let busy = (WAITING_MAX as u64, Command::GenerateStoreKey, Some(VaultError::StoreBusy));
    assert_eq!(bench.answer(), busy);
    bench.ask(999, &Request::Random(8));
    assert_eq!(bench.answer(), (999, Command::Random, None));
}

#[test]
fn cluster_that_is_not_configured_and_a_record_of_nothing_are_refused() {
    let mut bench = bench(1);
    bench.ask(1, &generate("cluster-zzzzzzzzzzz"));
    assert_eq!(bench.answer(), (1, Command::GenerateStoreKey, Some(VaultError::StoreUnknown)));
    let made_up = BackingKey::new(&binding(), &[9; 32], &[0; 120]);
    bench.ask(2, &Request::Encrypt { key: made_up.sent(), context: &[0, 0], plaintext: b"text" });
    assert_eq!(bench.answer(), (2, Command::Encrypt, Some(VaultError::RecordRejected)));
    bench.ask(3, &Request::Store(StoreRequest::DestroyKey(made_up.sent())));
    assert_eq!(bench.answer(), (3, Command::DestroyStoreKey, Some(VaultError::RecordRejected)));
}
