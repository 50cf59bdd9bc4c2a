//! How many derivations a token makes in a second, raw and through the worker: `cargo run --release -p strongroom-token
//! --example token_rates`. A derivation is two HMACs, as many as one message under a key in the token needs. Needs Debian's
//! package softhsm2; the token is a new one in a temporary folder.
//!
//! Raw is this program with the library loaded, a session for each thread and nothing in between. Through the worker is the vault's
//! client, with as many callers, and a worker of four sessions.

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::Attribute;
use cryptoki::session::UserType;
use cryptoki::types::AuthPin;
use std::error::Error;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use strongroom_control::{Channel, FromTokenWorker, StartTokenWorker, ToTokenWorker};
use strongroom_token_protocol::{KeyLabel, TokenClient, prepare_line};

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
const LABEL: &str = "strongroom";
const PIN: &str = "fedcba9876";
const KEY: KeyLabel = KeyLabel::Key([7; 16]);

/// As long as the info of a record's derivation.
const INFO: [u8; 95] = [7; 95];

const THREADS: [usize; 4] = [1, 2, 4, 8];
const ROUND: Duration = Duration::from_secs(2);

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<ExitCode, Failure> {
    match std::env::args().nth(1).as_deref() {
        Some("worker") => Ok(strongroom_token::run(std::io::stdin().as_fd().try_clone_to_owned()?)),
        Some("raw") => raw().map(|()| ExitCode::SUCCESS),
        _ => compare().map(|()| ExitCode::SUCCESS),
    }
}

fn compare() -> Result<(), Failure> {
    let directory = tempfile::tempdir()?;
    let configuration = directory.path().join("softhsm2.conf");
    initialise(directory.path(), &configuration)?;
    let client = TokenClient::new();
    let (mut worker, _control) = start_worker(&configuration, &client)?;
    client.generate_key(KEY)?;

    println!("derivations a second, raw:");
    let status =
        Command::new(std::env::current_exe()?).arg("raw").env("SOFTHSM2_CONF", &configuration).status()?;
    if !status.success() {
        return Err("the raw measurement failed".into());
    }
    println!("derivations a second, through the worker:");
    for threads in THREADS {
        let callers = (0..threads).map(|_| {
            let client = client.clone();
            move || client.hmac(KEY, &INFO).map(drop).map_err(Failure::from)
        });
        println!("{threads:>3} callers {:>10.0}", rate(callers.collect())?);
    }
    worker.kill()?;
    worker.wait()?;
    Ok(())
}

fn initialise(directory: &Path, configuration: &Path) -> Result<(), Failure> {
    let tokens = directory.join("tokens");
    std::fs::create_dir(&tokens)?;
    let text = format!(
        "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
        tokens.display()
    );
    std::fs::write(configuration, text)?;
    let output = Command::new("softhsm2-util")
        .args(["--init-token", "--free", "--label", LABEL, "--so-pin", "12345678", "--pin", PIN])
        .env("SOFTHSM2_CONF", configuration)
        .output()?;
    if output.status.success() { Ok(()) } else { Err("softhsm2-util failed".into()) }
}

fn start_worker(configuration: &Path, client: &TokenClient) -> Result<(Child, Channel), Failure> {
    let (control, theirs) = UnixStream::pair()?;
    let worker = Command::new(std::env::current_exe()?)
        .arg("worker")
        .env("SOFTHSM2_CONF", configuration)
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .spawn()?;
    let control = Channel::new(control);
    let (mut writer, pin) = UnixStream::pair()?;
    writer.write_all(PIN.as_bytes())?;
    drop(writer);
    let (here, there) = UnixStream::pair()?;
    prepare_line(&here)?;
    let start = ToTokenWorker::Start(StartTokenWorker {
        module: MODULE.into(),
        token_label: LABEL.to_owned(),
        token_serial: None,
        sessions: 4,
        paths: Vec::new(),
    });
    control.send(&start, &[pin.as_fd(), there.as_fd()])?;
    match control.receive::<FromTokenWorker>()?.0 {
        FromTokenWorker::Ready(_) => {
            client.connect(here);
            Ok((worker, control))
        }
        other => Err(format!("the worker is not ready: {other:?}").into()),
    }
}

/// What the token does with nothing in between.
fn raw() -> Result<(), Failure> {
    let library = Pkcs11::new(MODULE)?;
    library.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
    let mut slot = None;
    for candidate in library.get_slots_with_token()? {
        if library.get_token_info(candidate)?.label() == LABEL {
            slot = Some(candidate);
        }
    }
    let slot = slot.ok_or("there is no token of that label")?;
    // The login ends with the last session: this one stays.
    let first = library.open_rw_session(slot)?;
    first.login(UserType::User, Some(&AuthPin::from(PIN)))?;
    let label = Attribute::Label(KEY.to_string().into_bytes());
    let key = first.find_objects(&[label])?.first().copied().ok_or("there is no key of that label")?;
    for threads in THREADS {
        let mut callers = Vec::new();
        for _ in 0..threads {
            let session = library.open_rw_session(slot)?;
            callers.push(move || -> Result<(), Failure> {
                for counter in 1u32..=2 {
                    let message = [&counter.to_be_bytes()[..], &INFO].concat();
                    session.sign(&Mechanism::Sha256Hmac, key, &message)?;
                }
                Ok(())
            });
        }
        println!("{threads:>3} threads {:>10.0}", rate(callers)?);
    }
    Ok(())
}

/// How often all of them together do it in a second.
fn rate<W: FnMut() -> Result<(), Failure> + Send>(callers: Vec<W>) -> Result<f64, Failure> {
    let start = Instant::now();
    let counts: Vec<Result<u32, Failure>> = thread::scope(|scope| {
        let running: Vec<_> =
            callers.into_iter().map(|call| scope.spawn(move || count(start, call))).collect();
        let ended = |handle: thread::ScopedJoinHandle<'_, Result<u32, Failure>>| {
            handle.join().unwrap_or_else(|_| Err("a thread panicked".into()))
        };
        running.into_iter().map(ended).collect()
    });
    let mut total = 0.0;
    for count in counts {
        total += f64::from(count?);
    }
    Ok(total / start.elapsed().as_secs_f64())
}

fn count(start: Instant, mut call: impl FnMut() -> Result<(), Failure>) -> Result<u32, Failure> {
    let mut count = 0;
    while start.elapsed() < ROUND {
        call()?;
        count += 1;
    }
    Ok(count)
}
