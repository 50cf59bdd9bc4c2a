//! What the process boundary costs: GenerateDataKey by the vault in a process of its own, one call at a time and many in flight,
//! beside the same vault in this process and beside the work alone.
//!
//! One at a time, a call pays for two switches between processes; in flight together, calls share them: whoever reads a lane
//! takes every frame that is there.

use crate::cpu::ProcessTree;
use crate::{machine, report};
use anyhow::{Context, Result, bail};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use strongroom_crypto::{
    BlobKey, DrbgRandom, KEY_BYTES, MixedRandom, NonceWatch, Random, hedged_nonce, seal_blob,
};
use strongroom_vault_protocol::{
    BackingKey, ClusterId, CustodyChannel, FromVault, KeyBinding, LaneEnds, RootKey, RootSecret, ToVault,
    VaultClient, VaultError,
};
use tokio::task::JoinSet;

/// Calls in flight of the rows.
const IN_FLIGHT: [usize; 3] = [1, 64, 256];

/// A canonical encryption context without pairs.
const CONTEXT: &[u8] = &[0, 0];

/// Bytes of a data key.
const DATA_KEY_BYTES: usize = 32;

/// Data keys between two draws from the kernel, where there are no batches.
const BATCH: u64 = 64;

/// One row: who works, and what was measured in each round.
struct Row {
    name: String,
    rounds: Vec<Measured>,
}

/// Microseconds for each call: by the clock and by the processors.
#[derive(Clone, Copy)]
struct Measured {
    wall_us: f64,
    cpu_us: f64,
}

/// A vault and a key of its own.
struct Bench {
    client: VaultClient,
    key: Arc<BackingKey>,
}

/// Measures and prints.
pub(crate) fn run(rounds: usize, seconds: u64) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("a runtime")?;
    let time = Duration::from_secs(seconds);
    let (beside, apart) = (VaultClient::new(), VaultClient::new());
    let (here, there, process) = runtime.block_on(async {
        let (fast, slow) = strongroom_vault::in_process()?;
        beside.connect(fast, slow, None).await?;
        let process = VaultProcess::start(&apart).await?;
        Ok::<_, anyhow::Error>((Bench::new(beside).await?, Bench::new(apart).await?, process))
    })?;
    let mut alone = Row { name: "the work alone, one thread".to_owned(), rounds: Vec::new() };
    let mut rows: Vec<(&Bench, usize, Row)> = Vec::new();
    for (bench, place) in [(&here, "threads of this process"), (&there, "a process of its own")] {
        for in_flight in IN_FLIGHT {
            let name = format!("{place}, {in_flight} in flight");
            rows.push((bench, in_flight, Row { name, rounds: Vec::new() }));
        }
    }
    for _ in 0..rounds {
        alone.rounds.push(measure(|| work_alone(time))?);
        for (bench, in_flight, row) in &mut rows {
            let (bench, in_flight) = (*bench, *in_flight);
            row.rounds.push(measure(|| runtime.block_on(bench.call(in_flight, time)))?);
        }
    }
    print(&alone, rows.iter().map(|(_, _, row)| row), rounds, seconds);
    drop(process);
    Ok(())
}

/// Runs something that says how many calls it made.
fn measure(calls: impl FnOnce() -> Result<u64>) -> Result<Measured> {
    let tree = ProcessTree::new(std::process::id());
    let (began, cpu) = (Instant::now(), tree.used());
    let count = calls()?;
    if count == 0 {
        bail!("not one call");
    }
    let each = |time: Duration| time.as_secs_f64() * 1e6 / count as f64;
    Ok(Measured { wall_us: each(began.elapsed()), cpu_us: each(tree.used().since(&cpu)) })
}

/// What the vault does for a GenerateDataKey when it has the key unwrapped, with nothing around it.
fn work_alone(time: Duration) -> Result<u64> {
    let mut random = MixedRandom::start(DrbgRandom, DrbgRandom)?;
    let mut nonces = NonceWatch::default();
    let backing_key = [7; KEY_BYTES];
    let (mut count, began) = (0u64, Instant::now());
    while began.elapsed() < time {
        if count.is_multiple_of(BATCH) {
            random.start_batch()?;
        }
        let (mut data_key, mut seed) = ([0; DATA_KEY_BYTES], [0; 32]);
        random.fill(&mut data_key)?;
        random.fill(&mut seed)?;
        let nonce = hedged_nonce(&backing_key, &seed, CONTEXT, &data_key);
        nonces.check(nonce)?;
        let key = BlobKey { backing_key: &backing_key, key_id: [1; 16], backing_id: [2; 16] };
        std::hint::black_box(seal_blob(key, &nonce, CONTEXT, &data_key)?);
        count += 1;
    }
    Ok(count)
}

impl Bench {
    async fn new(client: VaultClient) -> Result<Self> {
        client.initialise(ClusterId([5; 16])).await?;
        let binding = KeyBinding {
            arn: "arn:aws:kms:us-east-1:111122223333:key/11111111-1111-1111-1111-111111111111".into(),
            key_id: [0x11; 16],
            spec: "SYMMETRIC_DEFAULT".into(),
            usage: "ENCRYPT_DECRYPT".into(),
            origin: "AWS_KMS".into(),
        };
        let made = client.generate_backing_key(&binding).await?;
        let key = Arc::new(BackingKey::new(&binding, &made.material_id, &made.record));
        Ok(Self { client, key })
    }

    /// Calls for so long with so many in flight; how many were answered.
    async fn call(&self, in_flight: usize, time: Duration) -> Result<u64> {
        let until = Instant::now() + time;
        let mut callers = JoinSet::new();
        for _ in 0..in_flight {
            let (client, key) = (self.client.clone(), self.key.clone());
            callers.spawn(async move {
                let mut count = 0u64;
                while Instant::now() < until {
                    client.generate_data_key(&key, CONTEXT, DATA_KEY_BYTES as u16).await?;
                    count += 1;
                }
                Ok::<u64, VaultError>(count)
            });
        }
        let mut count = 0;
        while let Some(caller) = callers.join_next().await {
            count += caller??;
        }
        Ok(count)
    }
}

/// The vault as it ships, confined; ended when dropped.
struct VaultProcess {
    child: Child,
    control: CustodyChannel,
}

impl VaultProcess {
    /// Starts this program again as a vault and connects the client.
    async fn start(client: &VaultClient) -> Result<Self> {
        let (control, theirs) = UnixStream::pair()?;
        let child = Command::new(std::env::current_exe()?)
            .arg("vault-process")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .spawn()
            .context("the vault process")?;
        let process = Self { child, control: CustodyChannel::new(control) };
        let (near_fast, fast) = UnixStream::pair()?;
        let (near_slow, slow) = UnixStream::pair()?;
        let root = RootSecret::Key(RootKey::copy_of(&[2; 32]));
        process.control.send_to_vault(&ToVault::Start(Some(root), LaneEnds { fast, slow }))?;
        match process.control.receive_in_supervisor()? {
            Some(FromVault::Ready(_)) => {}
            other => bail!("the vault process did not get ready: {other:?}"),
        }
        client.connect(near_fast, near_slow, None).await?;
        Ok(process)
    }
}

impl Drop for VaultProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The body of that process.
pub(crate) fn vault_process() -> Result<ExitCode> {
    Ok(strongroom_vault::run(std::io::stdin().as_fd().try_clone_to_owned()?))
}

fn print<'a>(alone: &'a Row, rows: impl Iterator<Item = &'a Row>, rounds: usize, seconds: u64) {
    println!("machine: {}", machine::description());
    println!(
        "GenerateDataKey in the vault, the key unwrapped already; {rounds} rounds of {seconds} s, taking turns; medians; \
         CPU is that of both processes"
    );
    println!("{:<44} {:>9} {:>9} {:>9} {:>12}", "", "calls/s", "us", "CPU us", "CPU beside");
    let median = |row: &Row, value: fn(&Measured) -> f64| report::median(row.rounds.iter().map(value));
    let work = median(alone, |measured| measured.cpu_us);
    for row in std::iter::once(alone).chain(rows) {
        let (wall, cpu) = (median(row, |measured| measured.wall_us), median(row, |measured| measured.cpu_us));
        println!("{:<44} {:>9.0} {wall:>9.2} {cpu:>9.2} {:>+12.2}", row.name, 1e6 / wall, cpu - work);
    }
}
