//! The supervisor's life: prepare, start both processes, keep them up, end in order.

use crate::certificates::Certificates;
use crate::children::{self, Pauses, Role};
use crate::config::Config;
use crate::credentials;
use crate::error::SupervisorError;
use crate::files;
use crate::greeting;
use crate::listeners::ListenerPair;
use crate::operator_socket::{self, Reply};
use crate::root_key::RootKey;
use crate::vault_link::VaultLink;
use std::collections::HashMap;
use std::fs::File;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};
use strongroom_control::{Channel, FromFront, OperatorFault, OperatorRequest, StartFront, ToFront};
use strongroom_types::{Clock, SystemClock};

/// How often certificates are looked at.
const CERTIFICATE_INTERVAL: Duration = Duration::from_secs(3_600);

/// How long the front may take to end.
const END_DEADLINE: Duration = Duration::from_secs(30);

/// What the supervisor wakes up for.
pub(crate) enum Event {
    /// A child ended.
    Ended { role: Role, generation: u64, status: String },
    /// The front says something.
    Front { generation: u64, message: FromFront },
    /// An operator asks something.
    Operator { peer_uid: u32, request: OperatorRequest, reply: Sender<Reply> },
    /// SIGTERM or SIGINT.
    Signal,
}

/// Runs the service until it is told to end. Call it from the main thread.
pub fn run(config: Config) -> Result<(), SupervisorError> {
    let report = strongroom_confine::supervisor_process()?;
    tracing::debug!(%report, "the supervisor is confined");
    let (events, inbox) = mpsc::channel();
    let mut supervisor = Supervisor::prepare(config, events)?;
    supervisor.start_vault()?;
    supervisor.start_front()?;
    let ended = supervisor.serve(&inbox);
    // A socket that nobody serves is in the way of copying the folder.
    let _ = std::fs::remove_file(supervisor.config.data_dir.join("operator.sock"));
    ended
}

/// A child that runs.
struct Running<L> {
    generation: u64,
    link: L,
}

struct Supervisor {
    config: Config,
    root_key: RootKey,
    certificates: Certificates,
    listeners: ListenerPair,
    events: Sender<Event>,
    vault: Option<Running<VaultLink>>,
    front: Option<Running<Arc<Channel>>>,
    pauses: HashMap<&'static str, Pauses>,
    restarts: Vec<(Instant, Role)>,
    generation: u64,
    requests: HashMap<u64, Sender<Reply>>,
    greeted: bool,
    ending: Option<Instant>,
    _lock: File,
}

impl Supervisor {
    /// Folders, lock, root key, certificates, sockets: whatever can be wrong is told before anything runs.
    fn prepare(config: Config, events: Sender<Event>) -> Result<Self, SupervisorError> {
        files::private_folder(&config.data_dir)?;
        let lock = files::lock(&config.data_dir)?;
        for folder in [&config.secrets_dir, &config.data_dir.join("state"), &config.data_dir.join("audit")] {
            files::private_folder(folder)?;
        }
        let root_key = RootKey::load(&config.data_dir, &config.secrets_dir)?;
        let certificates = Certificates::new(&config)?;
        let listeners = ListenerPair::bind(&config)?;
        operator_socket::serve(&config.data_dir.join("operator.sock"), events.clone())?;
        watch_signals(events.clone())?;
        Ok(Self {
            config,
            root_key,
            certificates,
            listeners,
            events,
            vault: None,
            front: None,
            pauses: HashMap::new(),
            restarts: Vec::new(),
            generation: 0,
            requests: HashMap::new(),
            greeted: false,
            ending: None,
            _lock: lock,
        })
    }

    fn start_child(&mut self, role: Role) -> Result<std::os::unix::net::UnixStream, SupervisorError> {
        self.generation += 1;
        self.pauses.entry(role.name()).or_insert_with(Pauses::new).started();
        let arguments = ["--log-level", self.config.log_level.as_str()];
        children::start(role, self.generation, &arguments, &self.events)
    }

    /// Starts the vault, and hands its lanes to a front that is there already.
    fn start_vault(&mut self) -> Result<(), SupervisorError> {
        let socket = self.start_child(Role::Vault)?;
        let mut link = VaultLink::open(socket, &self.root_key)?;
        if let Some(front) = &self.front {
            let lanes = link.lanes()?;
            let sent = front.link.send(&ToFront::VaultLanes, &[lanes.0.as_fd(), lanes.1.as_fd()]);
            sent.map_err(|error| SupervisorError::process("front", error))?;
        }
        self.vault = Some(Running { generation: self.generation, link });
        Ok(())
    }

    fn start_front(&mut self) -> Result<(), SupervisorError> {
        // Without a vault there are no lanes to hand on; the front starts with the next vault.
        let Some(vault) = &mut self.vault else { return Ok(()) };
        let lanes = vault.link.lanes()?;
        let shown = self.certificates.current(SystemClock.now())?;
        if shown.ca_replaced {
            let ca = self.config.data_dir.join("ca.pem");
            eprintln!(
                "strongroom: a new name made a new private CA; clients must trust {} anew",
                ca.display()
            );
        }
        let channel = Channel::new(self.start_child(Role::Front)?);
        let start = StartFront {
            data_dir: self.config.data_dir.clone(),
            region: self.config.region.clone(),
            account: self.config.account.clone(),
            plaintext: self.listeners.plaintext.is_some(),
            tls: shown.identity,
            tls_min: self.config.tls_min,
            audit_durability: self.config.audit_durability,
            audit_budget_bytes: self.config.audit_budget_bytes,
            unconfined: self.config.unconfined,
        };
        let mut descriptors = vec![self.listeners.tls.as_fd()];
        descriptors.extend(self.listeners.plaintext.as_ref().map(AsFd::as_fd));
        descriptors.extend([lanes.0.as_fd(), lanes.1.as_fd()]);
        let fault = |error| SupervisorError::process("front", error);
        channel.send(&ToFront::Start(Box::new(start)), &descriptors).map_err(fault)?;
        let reader = channel.try_clone().map_err(fault)?;
        let (events, generation) = (self.events.clone(), self.generation);
        let read = move || {
            while let Ok((message, _)) = reader.receive::<FromFront>() {
                if events.send(Event::Front { generation, message }).is_err() {
                    break;
                }
            }
        };
        let spawned = std::thread::Builder::new().name("front reader".to_owned()).spawn(read);
        spawned.map_err(|error| SupervisorError::process("front", error))?;
        self.front = Some(Running { generation, link: Arc::new(channel) });
        Ok(())
    }

    fn serve(&mut self, inbox: &Receiver<Event>) -> Result<(), SupervisorError> {
        let mut look_at_certificates = Instant::now() + CERTIFICATE_INTERVAL;
        loop {
            let wake = self.restarts.iter().map(|(at, _)| *at).chain(self.ending).min();
            let wake = wake.map_or(look_at_certificates, |at| at.min(look_at_certificates));
            match inbox.recv_timeout(wake.saturating_duration_since(Instant::now())) {
                Ok(event) => {
                    if self.take(event)? {
                        return Ok(());
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            if self.ending.is_some_and(|deadline| deadline <= Instant::now()) {
                tracing::warn!("the front took too long to end");
                return Ok(());
            }
            self.restart_due();
            if look_at_certificates <= Instant::now() {
                self.renew_certificate();
                look_at_certificates = Instant::now() + CERTIFICATE_INTERVAL;
            }
        }
    }

    /// One event; true when the service has ended.
    fn take(&mut self, event: Event) -> Result<bool, SupervisorError> {
        match event {
            Event::Ended { role, generation, status } => return Ok(self.ended(role, generation, &status)),
            Event::Front { generation, message } => {
                if self.front.as_ref().is_some_and(|front| front.generation == generation) {
                    self.front_says(message)?;
                }
            }
            Event::Operator { peer_uid, request, reply } => self.operator_asks(peer_uid, request, reply),
            Event::Signal => return Ok(self.begin_end()),
        }
        Ok(false)
    }

    /// A child ended: it is started again, unless the service is ending and this was the front.
    fn ended(&mut self, role: Role, generation: u64, status: &str) -> bool {
        let current = match role {
            Role::Vault => self.vault.as_ref().map(|vault| vault.generation),
            Role::Front => self.front.as_ref().map(|front| front.generation),
        };
        if current != Some(generation) {
            return false;
        }
        match role {
            Role::Vault => self.vault = None,
            Role::Front => {
                self.front = None;
                self.requests.clear();
            }
        }
        if self.ending.is_some() {
            return role == Role::Front;
        }
        let pause = self.pauses.entry(role.name()).or_insert_with(Pauses::new).after_death();
        tracing::error!(process = role.name(), status, ?pause, "a process ended and is started again");
        self.restarts.push((Instant::now() + pause, role));
        false
    }

    fn restart_due(&mut self) {
        let now = Instant::now();
        // The vault first: a front needs its lanes.
        for role in [Role::Vault, Role::Front] {
            if !self.restarts.iter().any(|(at, due)| *due == role && *at <= now) {
                continue;
            }
            self.restarts.retain(|(_, due)| *due != role);
            let started = match role {
                Role::Vault => self.start_vault(),
                Role::Front => self.start_front(),
            };
            let missing = match role {
                Role::Vault => self.vault.is_none(),
                Role::Front => self.front.is_none(),
            };
            if let Err(error) = &started {
                tracing::error!(process = role.name(), %error, "a process could not be started");
            }
            if missing {
                let pause = self.pauses.entry(role.name()).or_insert_with(Pauses::new).after_death();
                self.restarts.push((now + pause, role));
            }
        }
    }

    fn front_says(&mut self, message: FromFront) -> Result<(), SupervisorError> {
        match message {
            FromFront::Ready => self.greet()?,
            FromFront::RootCredentials { account, access_key_id, secret_access_key } => {
                let (secrets, region) = (&self.config.secrets_dir, &self.config.region);
                credentials::keep(secrets, region, &account, &access_key_id, &secret_access_key)?;
            }
            FromFront::Operator { id, reply } => {
                if let Some(waiting) = self.requests.remove(&id) {
                    // An operator that has gone away misses its answer.
                    let _ = waiting.send(reply);
                }
            }
            FromFront::Fatal { message } => return Err(SupervisorError::Fatal(message)),
        }
        Ok(())
    }

    fn greet(&mut self) -> Result<(), SupervisorError> {
        let address = self.listeners.address()?;
        if !self.greeted && self.root_key.is_new {
            eprintln!("{}", greeting::first_start(&self.config, address));
        }
        self.greeted = true;
        let endpoint = format!("https://{}\n", reachable(address));
        files::write_private(&self.config.data_dir.join("endpoint"), endpoint.as_bytes())?;
        eprintln!("strongroom: ready on https://{address}");
        Ok(())
    }

    fn operator_asks(&mut self, peer_uid: u32, request: OperatorRequest, reply: Sender<Reply>) {
        let Some(front) = &self.front else {
            let _ = reply
                .send(Err(OperatorFault { message: "the front is being started; try again".to_owned() }));
            return;
        };
        self.generation += 1;
        let id = self.generation;
        match front.link.send(&ToFront::Operator { id, peer_uid, request }, &[]) {
            Ok(()) => drop(self.requests.insert(id, reply)),
            Err(error) => drop(reply.send(Err(OperatorFault { message: error.to_string() }))),
        }
    }

    fn renew_certificate(&self) {
        let Some(front) = &self.front else { return };
        match self.certificates.current(SystemClock.now()) {
            Ok(shown) if shown.is_new => {
                if let Err(error) = front.link.send(&ToFront::Certificate(shown.identity), &[]) {
                    tracing::error!(%error, "the renewed certificate could not be handed on");
                }
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "the server certificate could not be renewed"),
        }
    }

    /// Asks the front to finish; true if there is nobody to wait for.
    fn begin_end(&mut self) -> bool {
        self.restarts.clear();
        self.ending.get_or_insert(Instant::now() + END_DEADLINE);
        match &self.front {
            Some(front) => front.link.send(&ToFront::Shutdown, &[]).is_err(),
            None => true,
        }
    }
}

/// An address that a client on this machine can use.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

fn watch_signals(events: Sender<Event>) -> Result<(), SupervisorError> {
    let fault = |error: std::io::Error| SupervisorError::process("signals", error);
    let mut signals =
        signal_hook::iterator::Signals::new([signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT])
            .map_err(fault)?;
    let watch = move || {
        for _ in signals.forever() {
            if events.send(Event::Signal).is_err() {
                break;
            }
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(watch).map(drop).map_err(fault)
}
