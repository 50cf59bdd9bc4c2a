//! The supervisor's one loop: everything that happens is an event, taken one after the other.

use crate::children::{BackOff, Running, new_lanes, start_front, start_vault};
use crate::custody::{self, Custody, Followed};
use crate::ending::{end_front, end_vault, finish_writing};
use crate::front_words::FrontWords;
use crate::listeners::{self, Listeners};
use crate::operator_socket::{self, OperatorCall};
use crate::outward::Outward;
use crate::pin_source::KeptPin;
use crate::process_figures::Processes;
use crate::root_source::{self, KeptPassphrase, RootSource};
use crate::served_certificate::ServedCertificate;
use crate::start_message::{descriptors, start_message};
use crate::token_workers::TokenWorkers;
use crate::{
    Config, Folders, SupervisorError, announce, certificates, checks, files, folders, own_certificate,
    service_manager, token_worker,
};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Instant;
use strongroom_control::{Channel, FromFront, OperatorRequest, RootKeyLaid, RootKeyStep, ToFront};
use strongroom_types::{Clock, SystemClock};
use strongroom_vault_protocol::{CustodyAct, CustodyChannel, FromVault, RootSecret, ToVault};

pub(crate) use crate::event::Event;

/// The vault's exit code when its random source failed (`strongroom_vault::RANDOM_FAILED_EXIT`).
const VAULT_RANDOM_FAILED: i32 = 70;

/// The service, from a start that was prepared to the end of its children.
pub(crate) struct Supervisor {
    config: Config,
    folders: Folders,
    custody: Custody,
    words: FrontWords,
    certificate: ServedCertificate,
    listeners: Listeners,
    trace_file: Option<File>,
    url: String,
    events: SyncSender<Event>,
    front: Option<Running<Channel>>,
    front_back_off: BackOff,
    vault: Option<Running<CustodyChannel>>,
    vault_back_off: BackOff,
    vault_was_ready: bool,
    /// Whether a front has served.
    served: bool,
    outward: Outward,
    processes: Processes,
    token: TokenWorkers,
    generation: u64,
    _lock: File,
    _reserved: Option<OwnedFd>,
}

impl Supervisor {
    /// Everything that can go wrong before a child starts.
    pub(crate) fn prepare(
        config: Config,
        passphrase: KeptPassphrase,
        pin: KeptPin,
        events: SyncSender<Event>,
        reserved: Option<OwnedFd>,
    ) -> Result<Self, SupervisorError> {
        let folders = Folders::of(&config);
        checks::before_start(&config, &folders)?;
        certificates::check_own(&config)?;
        root_source::check(&config, &folders, passphrase.as_ref())?;
        token_worker::check(&config, &pin)?;
        // Who serves the directory already is a better answer than who has the port.
        let lock = folders.data_dir.is_dir().then(|| folders::lock(&folders)).transpose()?;
        let listeners = listeners::bind(&config)?;
        let folders = folders.create()?;
        let lock = lock.map_or_else(|| folders::lock(&folders), Ok)?;
        let (source, first_start) = RootSource::prepare(&config.root, &config.tpm, &folders, passphrase)?;
        let identity = certificates::identity(&config, &folders, SystemClock.now())?;
        certificates::tell_clients(&config, &folders, &identity.tls)?;
        if identity.new_ca && !first_start {
            tracing::warn!(ca = %folders.ca_certificate().display(), "a new private CA was made: clients must trust it");
        }
        let url = listeners.url()?;
        operator_socket::serve(&folders, events.clone())?;
        let trace_file = config.traces.as_ref().and_then(|traces| traces.file.as_deref());
        let trace_file = trace_file.map(files::append).transpose()?;
        let token = TokenWorkers::new(&config, pin, first_start);
        let region = config.region.as_str().to_owned();
        let words = FrontWords::new(&folders, config.account.clone(), region, first_start)?;
        Ok(Self {
            custody: Custody::new(source, folders.clone(), config.pkcs11.is_some(), events.clone()),
            outward: Outward::new(&config, &folders),
            words,
            config,
            folders,
            certificate: ServedCertificate::new(identity.tls),
            listeners,
            trace_file,
            url,
            events,
            front: None,
            front_back_off: BackOff::new(),
            vault: None,
            vault_back_off: BackOff::new(),
            vault_was_ready: false,
            served: false,
            processes: Processes::default(),
            token,
            generation: 0,
            _lock: lock,
            _reserved: reserved,
        })
    }

    /// Ends with `Ok` when it is told to stop.
    pub(crate) fn serve(&mut self, events: &Receiver<Event>) -> Result<(), SupervisorError> {
        loop {
            self.start_what_is_due()?;
            self.tell_processes();
            self.check_certificate();
            self.token.check_patience(Instant::now())?;
            let next = self.next_due().unwrap_or(self.certificate.due());
            match events.recv_timeout(next.saturating_duration_since(Instant::now())) {
                Ok(Event::Stop) => return Ok(()),
                Ok(event) => self.take(event)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }

    /// When there is something to do again.
    fn next_due(&self) -> Option<Instant> {
        let front = self.front_back_off.due().filter(|_| self.vault.is_some());
        let starts = match self.token.awaited_until() {
            Some(until) => [Some(until), None, None],
            None => [front, self.vault_back_off.due(), self.outward.due()],
        };
        let others = [self.token.due(), Some(self.certificate.due())];
        starts.into_iter().chain(others).flatten().min()
    }

    fn take(&mut self, event: Event) -> Result<(), SupervisorError> {
        let front = self.front.as_ref().map(|front| front.generation);
        let vault = self.vault.as_ref().map(|vault| vault.generation);
        match event {
            Event::FromFront(from, message) if front == Some(from) => self.hear_front(message)?,
            Event::FrontGone(from) if front == Some(from) => self.front_died(),
            Event::FromVault(from, message) if vault == Some(from) => self.hear_vault(message)?,
            Event::VaultGone(from) if vault == Some(from) => self.vault_died()?,
            Event::FetcherGone(from) => self.outward.fetcher_died(from),
            Event::CourierGone(from) => self.outward.courier_died(from),
            Event::FromToken(from, message) => self.token.hear(from, message)?,
            Event::TokenGone(from) => self.token.died(from),
            Event::CertificateReplaced => self.certificate.look_at_once(),
            Event::RootForStart(read) => {
                self.start_vault(custody::or_sealed(read.map(Some)))?;
            }
            Event::TpmSaid(number, said) => {
                self.custody.heard_tpm(number, said, self.vault.as_ref().map(|vault| &vault.channel));
            }
            Event::RootKeyLaid(from, laid) => {
                let laid = self.words.laid(laid, front == Some(from));
                self.tell_laid(laid);
            }
            Event::ForFront(from, message) if front == Some(from) => self.send_to_front(&message, &[]),
            Event::Operator(call) => {
                if matches!(call.request, OperatorRequest::VaultUnseal { passphrase: None }) {
                    self.token.allow_again();
                    self.start_what_is_due()?;
                }
                self.forward(call);
            }
            _ => {}
        }
        Ok(())
    }

    fn start_what_is_due(&mut self) -> Result<(), SupervisorError> {
        let now = Instant::now();
        let vault = self.vault.as_ref().map(|vault| &vault.channel);
        self.token.start_due(now, &mut self.generation, &self.events, vault);
        // The first start's root key is made by the token.
        if self.token.awaited_until().is_some() {
            return Ok(());
        }
        if self.vault.is_none()
            && self.vault_back_off.take_due(now)
            && let Some(root) = self.custody.root_for_start()
        {
            self.start_vault(root)?;
        }
        // Without a vault it would not start.
        if self.front.is_none() && self.vault.is_some() && self.front_back_off.take_due(now) {
            self.start_front()?;
        }
        if self.outward.start_due(now, &mut self.generation, &self.events, &self.config) {
            self.connect_outward(false);
        }
        Ok(())
    }

    /// The front is told which processes run, whenever that has changed.
    fn tell_processes(&mut self) {
        let front = self.front.as_ref().map(|front| front.generation);
        let vault = self.vault.as_ref().map(|vault| vault.generation);
        let ([fetcher, courier], token) = (self.outward.generations(), self.token.generation());
        let now = [
            ("front", front),
            ("vault", vault),
            ("fetcher", fetcher),
            ("courier", courier),
            ("token", token),
        ];
        if let Some(changed) = self.processes.look(&now) {
            self.send_to_front(&ToFront::Processes(changed), &[]);
        }
    }

    /// New channels between a front and outward that run.
    fn connect_outward(&mut self, front_is_new: bool) {
        if self.front.is_some() {
            for (message, end) in self.outward.connect(front_is_new) {
                self.send_to_front(&message, &[end.as_fd()]);
            }
        }
    }

    fn next_generation(&mut self) -> u64 {
        self.generation += 1;
        self.generation
    }

    /// A new vault, and new lanes to it for a front that runs. Without a root it stays sealed.
    fn start_vault(&mut self, root: Option<RootSecret>) -> Result<(), SupervisorError> {
        let vault = start_vault(self.next_generation(), self.events.clone())?;
        tracing::info!(pid = vault.process_id(), "vault started");
        let (front_ends, vault_ends) = new_lanes()?;
        self.token.connect(&mut self.generation, &vault.channel);
        // If it died already, its end is an event that follows.
        let _ = vault.channel.send_to_vault(&ToVault::Start(root, vault_ends));
        self.vault = Some(vault);
        self.send_to_front(&ToFront::VaultLanes, &[front_ends.fast.as_fd(), front_ends.slow.as_fd()]);
        Ok(())
    }

    /// A new front, and new lanes from it to the vault that runs.
    fn start_front(&mut self) -> Result<(), SupervisorError> {
        let front = start_front(self.next_generation(), self.events.clone(), &self.config.log_level)?;
        tracing::info!(pid = front.process_id(), "front started");
        let (front_ends, vault_ends) = new_lanes()?;
        if let Some(vault) = &self.vault {
            let _ = vault.channel.send_to_vault(&ToVault::Lanes(vault_ends));
        }
        let start = start_message(
            &self.config,
            &self.folders,
            &self.words.keeper,
            self.certificate.for_new_front(),
            &self.listeners,
        )?;
        let mut descriptors = descriptors(&self.listeners, self.trace_file.as_ref());
        descriptors.extend([front_ends.fast.as_fd(), front_ends.slow.as_fd()]);
        let _ = front.channel.send(&start, &descriptors);
        self.front = Some(front);
        self.connect_outward(true);
        Ok(())
    }

    /// A front that does not take a message is hung: it is ended, and its end is an event that follows.
    fn send_to_front(&mut self, message: &ToFront, descriptors: &[BorrowedFd<'_>]) {
        if let Some(front) = &self.front
            && front.channel.send(message, descriptors).is_err()
        {
            self.front_died();
        }
    }

    fn hear_front(&mut self, message: FromFront) -> Result<(), SupervisorError> {
        if matches!(message, FromFront::Anchor { .. }) {
            // It holds for what is served now; the next older copy is another matter.
            self.config.accept_rollback = false;
        }
        let vault = self.vault.as_ref().map(|vault| &vault.channel);
        match self.words.take(message, vault)? {
            Some(FromFront::Ready) => {
                self.front_serves();
                Ok(())
            }
            Some(said @ (FromFront::Anchor { .. } | FromFront::LogOpened | FromFront::LogRemoved { .. })) => {
                let front = self.front.as_ref().map_or(0, |front| front.generation);
                let known = self.words.keep_for_front(front, said, &self.events);
                known.into_iter().for_each(|answer| self.send_to_front(&answer, &[]));
                Ok(())
            }
            Some(FromFront::CertificateTaken(taken)) => {
                self.certificate.answered(taken, &self.config, &self.folders);
                Ok(())
            }
            Some(FromFront::RootKey(RootKeyStep::Lay { account, access_key_id, secret_access_key })) => {
                let front = self.front.as_ref().map_or(0, |front| front.generation);
                let failed = self.words.lay(front, account, access_key_id, secret_access_key, &self.events);
                self.tell_laid(failed);
                Ok(())
            }
            // A front that finds no vault ends, and is started again once there is one; a start tells the operator.
            Some(FromFront::VaultAway { message }) if !self.served => Err(SupervisorError::Front(message)),
            Some(FromFront::Fatal { message }) => {
                Err(SupervisorError::Front(own_certificate::with_names(&self.config, message)))
            }
            _ => Ok(()),
        }
    }

    /// The front hears what came of laying a root access key.
    fn tell_laid(&mut self, laid: Option<RootKeyLaid>) {
        if let Some(laid) = laid {
            self.send_to_front(&ToFront::RootKeyLaid(laid), &[]);
        }
    }

    /// What clients need is written only now: a start that was refused has changed nothing for them.
    fn front_serves(&mut self) {
        self.front.iter_mut().for_each(Running::serves);
        self.served = true;
        announce::tell_clients(&self.url, &self.folders, self.config.region.as_str());
        tracing::info!(url = %self.url, "strongroom serves");
        // Nobody may be reading any more; that is no reason to end.
        if std::mem::take(&mut self.words.first_start) {
            let _ = writeln!(
                io::stdout(),
                "{}",
                announce::first_start(&self.url, &self.folders, &self.config.root)
            );
        }
        let _ = io::stderr().write_all(announce::ready(&self.url, &self.listeners).as_bytes());
        service_manager::serves(&self.url);
    }

    fn hear_vault(&mut self, message: FromVault) -> Result<(), SupervisorError> {
        match message {
            FromVault::Ready(report) => {
                self.vault_was_ready = true;
                self.vault.iter_mut().for_each(Running::serves);
                tracing::info!(confinement = %report, "vault serves");
                Ok(())
            }
            // What fails at the first start will fail again.
            FromVault::Failed(reason) if !self.vault_was_ready => Err(SupervisorError::Vault(reason)),
            FromVault::Failed(reason) => {
                tracing::error!(%reason, "vault failed");
                Ok(())
            }
            FromVault::Done(text) => {
                self.follow(Ok(text));
                Ok(())
            }
            FromVault::Refused(reason) => {
                self.follow(Err(reason));
                Ok(())
            }
            FromVault::Share(share) => {
                self.custody.heard_share(share);
                Ok(())
            }
            FromVault::Note(note) => {
                tracing::info!(%note, "vault");
                Ok(())
            }
            FromVault::Warning(warning) => {
                tracing::warn!(%warning, "vault");
                Ok(())
            }
            FromVault::Pkcs11Hung(number) => {
                let vault = self.vault.as_ref().map(|vault| &vault.channel);
                self.token.hung(&number, &mut self.generation, vault);
                Ok(())
            }
        }
    }

    /// The front is told what an act of custody came to; what it answers is the operator's answer.
    fn follow(&mut self, outcome: Result<String, String>) {
        if let Some(followed) = self.custody.heard(outcome) {
            self.tell_front(followed);
        }
    }

    fn tell_front(&mut self, followed: Followed) {
        let is_proposal = followed.is_proposal();
        let Followed { peer_uid, news, answer, made, forgets } = followed;
        if forgets && let Some(vault) = &self.vault {
            // A vault that died meanwhile has forgotten it.
            let _ = vault.channel.send_to_vault(&ToVault::Act(CustodyAct::Forget));
        }
        let (id, told) = (self.words.calls.new_id(), self.front.is_some());
        if let Some(answer) = answer {
            self.words.calls.wait(id, answer, false);
        }
        if is_proposal {
            self.words.unsettled.wait(id, made);
        }
        self.send_to_front(&ToFront::Custody { id, peer_uid, news }, &[]);
        // A front that died meanwhile has answered everybody; without one nobody would.
        if self.front.is_none() {
            let vault = self.vault.as_ref().map(|vault| &vault.channel);
            let text = if !told && self.words.unsettled.take_back(id, vault) {
                "the front does not run; nothing was changed: try again"
            } else {
                "the vault has done it, but the front does not run: look at the status"
            };
            self.words.calls.answer(id, Err(text.to_owned()));
        }
    }

    fn front_died(&mut self) {
        let Some(front) = self.front.take() else { return };
        self.front_back_off.died(front.life(), Instant::now());
        let status = front.end().map(|status| status.to_string()).unwrap_or_default();
        tracing::error!(%status, "front died and is started again");
        self.words.unsettled.front_died();
        self.words.calls.refuse_all("the front died");
    }

    fn vault_died(&mut self) -> Result<(), SupervisorError> {
        let Some(vault) = self.vault.take() else { return Ok(()) };
        self.custody.vault_died();
        self.vault_back_off.died(vault.life(), Instant::now());
        let status = vault.end().map_err(|e| SupervisorError::System(e.to_string()))?;
        if status.code() == Some(VAULT_RANDOM_FAILED) {
            return Err(SupervisorError::RandomFailed);
        }
        // The next one would do no better.
        if !self.vault_was_ready && !self.served {
            return Err(SupervisorError::Vault(format!("it ended before it served ({status})")));
        }
        tracing::error!(%status, "vault died and is started again");
        Ok(())
    }

    fn forward(&mut self, call: OperatorCall) {
        if custody::is_of_custody(&call.request) {
            let vault = self.vault.as_ref().map(|vault| &vault.channel);
            if let Some(followed) = self.custody.begin(call, &self.words.unsettled, vault) {
                self.tell_front(followed);
            }
            return;
        }
        let refused = match &self.front {
            _ if self.words.calls.are_full() => "too many requests wait already",
            None => "the front does not run; try again",
            Some(front) => {
                let (id, peer_uid) = (self.words.calls.new_id(), call.peer_uid);
                let descriptors: Vec<_> = call.descriptor.iter().map(AsFd::as_fd).collect();
                let behind_root_keys = call.request.concerns_root_keys();
                let message = ToFront::Operator { id, peer_uid, request: call.request };
                if front.channel.send(&message, &descriptors).is_ok() {
                    self.words.calls.wait(id, call.answer, behind_root_keys);
                    return;
                }
                "the front does not answer"
            }
        };
        let _ = call.answer.send(Err(refused.to_owned()));
    }

    /// Offers another certificate to the front when it is time.
    fn check_certificate(&mut self) {
        let fresh = self.certificate.look(&self.config, &self.folders, self.front.is_some());
        if let Some(message) = fresh.cloned().map(ToFront::Certificate) {
            self.send_to_front(&message, &[]);
        }
    }

    /// Whether a token refused its PIN, before an end that a service manager may answer with another start.
    pub(crate) fn hear_of_refused_pin(&mut self, events: &Receiver<Event>) -> bool {
        let vault = self.vault.as_ref().map(|vault| &vault.channel);
        self.token.hear_of_refused_pin(events, &mut self.words, vault)
    }

    /// Front first, so that what is in flight can still use the vault.
    pub(crate) fn shut_down(&mut self, events: &Receiver<Event>) {
        service_manager::ends();
        let vault = self.vault.as_ref().map(|vault| &vault.channel);
        if let Some(front) = self.front.take() {
            end_front(front, (&self.events, events), &mut self.words, vault);
        }
        if let Some(vault) = self.vault.take() {
            end_vault(vault);
        }
        self.outward.end();
        self.token.end();
        finish_writing(&self.words);
        let _ = std::fs::remove_file(self.folders.operator_socket());
        tracing::info!("strongroom ended");
    }
}
