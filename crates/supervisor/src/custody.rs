//! What an operator does to the vault: roots, sealing, domain keys. Secrets go from the operator socket to the vault over the
//! supervisor's line; the front learns what was done, stores what the vault proposes, and has it on the record.

use crate::answer_member::with_added;
use crate::custody_act::{self, Act, Away};
use crate::new_root::{NewRoot, typed};
use crate::operator_socket::{OperatorAnswer, OperatorCall};
use crate::recovery_shares::{self, Prepared};
use crate::root_source::{self, RootSource};
use crate::supervise::Event;
use crate::tpm_root::{TpmRoot, TpmSaid};
use crate::unsettled::{self, Made, Unsettled};
use crate::{Folders, SupervisorError};
use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::SyncSender;
use strongroom_control::{CustodyNews, OperatorRequest, SecretText};
use strongroom_types::{Clock, SystemClock};
use strongroom_vault_protocol::{CustodyAct, CustodyChannel, RootSecret, ShareText, ToVault};

/// The state of custody on this side.
#[derive(Debug)]
pub(crate) struct Custody {
    source: RootSource,
    folders: Folders,
    /// Whether a PKCS#11 token is configured.
    pkcs11: bool,
    /// Whether an operator sealed the vault: the next one is not given the root either.
    sealed: bool,
    /// The recovery set whose shares were given out last, until it is stored.
    prepared: Option<Prepared>,
    /// What the vault has not answered yet, in the order in which it does: one act, and a sealing behind it.
    pending: VecDeque<Pending>,
    /// An act that a TPM is asked for, and the number of the question.
    asked: Option<(u64, OperatorCall)>,
    /// Questions so far.
    questions: u64,
    events: SyncSender<Event>,
}

/// What a TPM is asked for an act.
type Question = fn(&TpmRoot) -> TpmSaid;

/// An act that the vault has not answered yet.
#[derive(Debug)]
struct Pending {
    peer_uid: u32,
    answer: SyncSender<OperatorAnswer>,
    act: Act,
    /// Shares of the recovery set that is being made.
    shares: Vec<ShareText>,
}

/// What an act came to: who waits for the front's answer to the news.
pub(crate) struct Followed {
    pub(crate) peer_uid: u32,
    pub(crate) news: CustodyNews,
    /// `None` when the operator was answered already.
    pub(crate) answer: Option<SyncSender<OperatorAnswer>>,
    /// What goes again if the front does not store it.
    pub(crate) made: Option<Made>,
    /// Whether the vault has proposed a keyring that nobody shall store.
    pub(crate) forgets: bool,
}

impl Followed {
    /// Whether the front stores what the vault has proposed.
    pub(crate) const fn is_proposal(&self) -> bool {
        use CustodyNews as News;
        !matches!(self.news, News::Unsealed { .. } | News::Sealed | News::Refused { .. })
    }
}

/// Whether a request is the supervisor's to carry out: these hold secrets, and never go to the front.
pub(crate) const fn is_of_custody(request: &OperatorRequest) -> bool {
    use OperatorRequest as R;
    matches!(
        request,
        R::VaultEnroll { .. }
            | R::VaultRemove { .. }
            | R::VaultRotateDomainKey
            | R::VaultRecoveryCreate { .. }
            | R::VaultRecoveryStore { .. }
            | R::VaultRecoveryRemove { .. }
            | R::VaultSeal
            | R::VaultUnseal { .. }
    )
}

/// What is sent to the vault for a request.
struct Plan {
    /// What the supervisor has by itself.
    offered: Vec<RootSecret>,
    /// What is the operator's for this act.
    presented: Vec<RootSecret>,
    act: CustodyAct,
    noted: Act,
}

impl Plan {
    const fn of(presented: Vec<RootSecret>, act: CustodyAct, noted: Act) -> Self {
        Self { offered: Vec::new(), presented, act, noted }
    }
}

/// Roots for those that stay.
struct Staying {
    offered: Vec<RootSecret>,
    presented: Vec<RootSecret>,
    away: Away,
}

impl Custody {
    pub(crate) fn new(source: RootSource, folders: Folders, pkcs11: bool, events: SyncSender<Event>) -> Self {
        let (pending, asked, prepared) = (VecDeque::new(), None, None);
        let (sealed, questions) = (false, 0);
        Self { source, folders, pkcs11, sealed, prepared, pending, asked, questions, events }
    }

    /// The root for a vault that starts; without one it stays sealed. `None` if a TPM is asked for it: its answer is an event.
    pub(crate) fn root_for_start(&mut self) -> Option<Option<RootSecret>> {
        if self.sealed {
            return Some(None);
        }
        if !self.source.is_tpm() {
            return Some(or_sealed(self.source.read()));
        }
        let events = self.events.clone();
        let told = move |read| {
            let _ = events.send(Event::RootForStart(read));
        };
        match self.source.tpm().ask(TpmRoot::read, told) {
            Ok(()) => None,
            Err(error) => Some(or_sealed(Err(error))),
        }
    }

    /// Sends an act to the vault, or asks the TPM for it. The operator is answered later, or now if nothing comes of it. Gives
    /// what the front is to do at once.
    pub(crate) fn begin(
        &mut self,
        call: OperatorCall,
        unsettled: &Unsettled,
        vault: Option<&CustodyChannel>,
    ) -> Option<Followed> {
        let seals = matches!(call.request, OperatorRequest::VaultSeal);
        if seals && vault.is_some() {
            self.give_up_asking();
        }
        let busy = !self.pending.is_empty() || self.asked.is_some();
        // Its proposal would take the place of the one that the front is to store. Unsealing proposes nothing.
        let unstored = unsettled.is_any() && !matches!(call.request, OperatorRequest::VaultUnseal { .. });
        let refused = match vault {
            _ if seals && self.is_being_sealed() => "the vault is being sealed already",
            // Sealing is for emergencies: the vault does it as soon as it has done what it is at.
            _ if !seals && (busy || unstored) => "another act of custody is in progress; try again",
            None => "the vault does not run; try again",
            Some(_) if matches!(call.request, OperatorRequest::VaultRecoveryStore { .. }) => {
                return self.store_prepared(call);
            }
            Some(_) => {
                match self.question(&call.request) {
                    Some(question) => self.ask(question, call),
                    None => self.go_on(call, None, vault),
                }
                return None;
            }
        };
        let _ = call.answer.send(Err(format!("{refused}; nothing was changed")));
        None
    }

    /// The set that was prepared is to be stored: the operator has its shares.
    fn store_prepared(&mut self, call: OperatorCall) -> Option<Followed> {
        let OperatorCall { peer_uid, request, answer, .. } = call;
        let wanted = match request {
            OperatorRequest::VaultRecoveryStore { set } => set,
            _ => String::new(),
        };
        let Some(prepared) = self.prepared.take_if(|prepared| prepared.set == wanted) else {
            let refused = "no recovery set of this id waits to be stored; nothing was changed";
            let _ = answer.send(Err(refused.to_owned()));
            return None;
        };
        Some(Followed { peer_uid, news: prepared.news(), answer: Some(answer), made: None, forgets: false })
    }

    /// What the TPM is asked for a request, if it is.
    fn question(&self, request: &OperatorRequest) -> Option<Question> {
        use OperatorRequest as R;
        let read: Question = |tpm| tpm.read().map(|root| (root, None));
        let enrol: Question = TpmRoot::for_enrolment;
        match request {
            R::VaultUnseal { passphrase: None } if self.source.is_tpm() => Some(read),
            R::VaultRemove { .. } | R::VaultRecoveryRemove { .. }
                if self.source.is_tpm() || self.source.tpm().is_there() =>
            {
                Some(read)
            }
            R::VaultEnroll { kind, file: None, .. } if kind == "tpm" => Some(enrol),
            _ => None,
        }
    }

    fn is_being_sealed(&self) -> bool {
        self.pending.iter().any(|pending| matches!(pending.act, Act::Seal))
    }

    /// Sealing waits for no TPM. The act that one is asked for is not done any more, whatever it says.
    fn give_up_asking(&mut self) {
        if let Some((_, OperatorCall { answer, .. })) = self.asked.take() {
            let _ =
                answer.send(Err("given up while the TPM was asked: the vault is being sealed".to_owned()));
        }
    }

    fn ask(&mut self, question: Question, call: OperatorCall) {
        self.questions += 1;
        let (number, events) = (self.questions, self.events.clone());
        let told = move |said| {
            let _ = events.send(Event::TpmSaid(number, said));
        };
        match self.source.tpm().ask(question, told) {
            Ok(()) => self.asked = Some((number, call)),
            Err(error) => {
                let _ = call.answer.send(Err(error.to_string()));
            }
        }
    }

    /// What the TPM said to a question: the act that it was asked for goes on, unless it was given up.
    pub(crate) fn heard_tpm(&mut self, number: u64, said: TpmSaid, vault: Option<&CustodyChannel>) {
        if let Some((_, call)) = self.asked.take_if(|(asked, _)| *asked == number) {
            self.go_on(call, Some(said), vault);
        }
    }

    fn go_on(&mut self, call: OperatorCall, said: Option<TpmSaid>, vault: Option<&CustodyChannel>) {
        let OperatorCall { peer_uid, request, answer, .. } = call;
        match self.plan(request, said).and_then(|plan| send(vault, plan)) {
            Ok(act) => {
                if matches!(act, Act::Seal) {
                    // Now, so that a vault which dies over it is not opened again.
                    self.sealed = true;
                    self.source.forget();
                }
                self.pending.push_back(Pending { peer_uid, answer, act, shares: Vec::new() });
            }
            Err(refused) => {
                let _ = answer.send(Err(refused));
            }
        }
    }

    fn plan(&self, request: OperatorRequest, said: Option<TpmSaid>) -> Result<Plan, String> {
        use OperatorRequest as R;
        match request {
            R::VaultUnseal { passphrase } => {
                let secret = match (passphrase, said) {
                    (Some(text), _) => typed(&text)?,
                    (None, Some(said)) => said.map_err(text_of)?.0,
                    (None, None) => self.source.read().map_err(text_of)?.ok_or_else(|| {
                        "the service was started without a root: give the passphrase".to_owned()
                    })?,
                };
                Ok(Plan::of(vec![secret], CustodyAct::Unseal, Act::Unseal))
            }
            R::VaultSeal => Ok(Plan::of(Vec::new(), CustodyAct::Seal, Act::Seal)),
            R::VaultRotateDomainKey => Ok(Plan::of(Vec::new(), CustodyAct::RotateDomainKey, Act::Rotate)),
            R::VaultRecoveryCreate { shares, threshold, prepare: prepares } => {
                let act = CustodyAct::CreateRecovery { shares, threshold, at_ms: SystemClock.now().millis() };
                let noted = Act::CreateRecovery { shares, threshold, prepares };
                Ok(Plan::of(Vec::new(), act, noted))
            }
            R::VaultRecoveryRemove { passphrases, key_files } => {
                let Staying { offered, presented, away } = self.staying(&passphrases, &key_files, said)?;
                let (act, noted) = (CustodyAct::RemoveRecovery, Act::RemoveRecovery { away });
                Ok(Plan { offered, presented, act, noted })
            }
            R::VaultRemove { root, passphrases, key_files } => {
                let id = read_id(&root).ok_or_else(|| "a root's id has 32 hex digits".to_owned())?;
                let Staying { offered, presented, away } = self.staying(&passphrases, &key_files, said)?;
                let (act, noted) = (CustodyAct::Remove(id), Act::Remove { root, away });
                Ok(Plan { offered, presented, act, noted })
            }
            R::VaultEnroll { kind, name, file, passphrase } => {
                let name = name.unwrap_or_else(|| kind.clone());
                let new = NewRoot { kind: &kind, file, passphrase: passphrase.as_ref(), said };
                let (secret, made) = new.secret(&self.folders, self.pkcs11)?;
                let act = CustodyAct::Enrol { name: name.clone(), at_ms: SystemClock.now().millis() };
                Ok(Plan::of(vec![secret], act, Act::Enroll { name, made }))
            }
            _ => Err("not an act of custody".to_owned()),
        }
    }

    /// The roots for a new keyring key: the one that the service was started with, the TPM's, the token, and what the operator
    /// brought. Also why the first two are not among them, if they should be.
    fn staying(
        &self,
        passphrases: &[SecretText],
        key_files: &[PathBuf],
        said: Option<TpmSaid>,
    ) -> Result<Staying, String> {
        let (mut offered, mut presented, mut away) = (Vec::new(), Vec::new(), Away::default());
        match said {
            Some(Ok((root, _))) => offered.push(root),
            Some(Err(error)) if self.source.is_tpm() => away.start = Some(not_present(&error)),
            Some(Err(error)) => away.tpm = Some(not_present(&error)),
            // The service was not started with a TPM, and none sealed a key here.
            None => {}
        }
        if !self.source.is_tpm() {
            match self.source.read() {
                Ok(root) => offered.extend(root),
                Err(error) => away.start = Some(not_present(&error)),
            }
        }
        if self.pkcs11 && !offered.iter().any(|secret| matches!(secret, RootSecret::Pkcs11)) {
            offered.push(RootSecret::Pkcs11);
        }
        for text in passphrases {
            presented.push(typed(text)?);
        }
        for path in key_files {
            presented.push(root_source::key_file(path).map_err(text_of)?);
        }
        Ok(Staying { offered, presented, away })
    }

    /// A share of the recovery set that is being made; its holder gets it with the answer.
    pub(crate) fn heard_share(&mut self, share: ShareText) {
        if let Some(pending) = self.pending.front_mut() {
            pending.shares.push(share);
        }
    }

    /// The vault's answer to the act that it was at.
    pub(crate) fn heard(&mut self, outcome: Result<String, String>) -> Option<Followed> {
        let Pending { peer_uid, answer, act, shares } = self.pending.pop_front()?;
        let done = outcome.is_ok();
        let (outcome, start_gone) = custody_act::without_gone_offers(outcome, self.source.word());
        let text = match act.judged(outcome) {
            Ok(text) => text,
            Err(reason) => {
                undo(&act);
                let _ = answer.send(Err(reason.clone()));
                let news = CustodyNews::Refused { act: act.event().to_owned(), reason };
                return Some(Followed { peer_uid, news, answer: None, made: None, forgets: done });
            }
        };
        let (mut made, mut answer) = (None, answer);
        let news = match act {
            Act::Unseal => {
                self.sealed = self.is_being_sealed();
                CustodyNews::Unsealed { root: text }
            }
            Act::Seal => CustodyNews::Sealed,
            Act::Enroll { name, made: file } => {
                made = Some(Made { root: read_id(&text), file });
                CustodyNews::Enrolled { id: text, name }
            }
            Act::Remove { root: id, away } => {
                answer = with_tpm_away(answer, away.tpm);
                if start_gone {
                    answer = with_start_gone(answer);
                }
                CustodyNews::Removed { id, dropped: lines(&text) }
            }
            Act::Rotate => CustodyNews::Rotated,
            Act::CreateRecovery { shares: count, threshold, prepares: true } => {
                let prepared = Prepared { set: text, shares: count, threshold };
                let _ = answer.send(Ok(prepared.answer(&shares)));
                self.prepared = Some(prepared);
                return None;
            }
            Act::CreateRecovery { shares: count, threshold, prepares: false } => {
                answer = recovery_shares::with_shares(answer, shares);
                CustodyNews::RecoveryCreated { set: text, shares: count, threshold }
            }
            Act::RemoveRecovery { away } => {
                answer = with_tpm_away(answer, away.tpm);
                CustodyNews::RecoveryRemoved { dropped: lines(&text) }
            }
        };
        Some(Followed { peer_uid, news, answer: Some(answer), made, forgets: false })
    }

    /// Nothing more will be heard of what the vault was at.
    pub(crate) fn vault_died(&mut self) {
        self.prepared = None;
        for Pending { answer, act, .. } in self.pending.drain(..) {
            undo(&act);
            let _ = answer.send(Err("the vault died over it; try again".to_owned()));
        }
    }
}

fn undo(act: &Act) {
    if let Act::Enroll { made: Some(path), .. } = act {
        unsettled::remove(path);
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

/// The operator is told, besides what the front says, why the TPM's root was not presented.
fn with_tpm_away(answer: SyncSender<OperatorAnswer>, tpm_away: Option<String>) -> SyncSender<OperatorAnswer> {
    let Some(why) = tpm_away else { return answer };
    with_added(answer, move |members| {
        members.insert("TpmAway".to_owned(), why.into());
    })
}

/// The same, and the log, of the root that the service was started with.
fn with_start_gone(answer: SyncSender<OperatorAnswer>) -> SyncSender<OperatorAnswer> {
    with_added(answer, |members| {
        tracing::warn!(
            "the root that the service was started with is removed: a vault or a service that is started again with it stays \
             sealed; start the service with an enrolled one"
        );
        members.insert("StartRootRemoved".to_owned(), true.into());
    })
}

/// The root that was read, or none and a vault that stays sealed.
pub(crate) fn or_sealed(read: Result<Option<RootSecret>, SupervisorError>) -> Option<RootSecret> {
    read.unwrap_or_else(|error| {
        tracing::error!(%error, "the vault is started without its root and stays sealed");
        None
    })
}

fn send(vault: Option<&CustodyChannel>, plan: Plan) -> Result<Act, String> {
    let Plan { offered, presented, act, noted } = plan;
    let sent = || -> io::Result<()> {
        // It may have died while a TPM was asked.
        let vault = vault.ok_or(io::ErrorKind::NotConnected)?;
        vault.send_to_vault(&ToVault::Act(CustodyAct::Withdraw))?;
        for secret in offered {
            vault.send_to_vault(&ToVault::Act(CustodyAct::Offer(secret)))?;
        }
        for secret in presented {
            vault.send_to_vault(&ToVault::Act(CustodyAct::Present(secret)))?;
        }
        vault.send_to_vault(&ToVault::Act(act))
    };
    match sent() {
        Ok(()) => Ok(noted),
        Err(error) => {
            undo(&noted);
            Err(format!("the vault does not take it: {error}"))
        }
    }
}

/// Why a root of this machine is not presented. It is in the log, too.
fn not_present(error: &SupervisorError) -> String {
    tracing::warn!(%error, "a root of this machine is not present");
    error.to_string()
}

fn text_of(error: SupervisorError) -> String {
    error.to_string()
}

fn read_id(text: &str) -> Option<[u8; 16]> {
    let mut id = [0; 16];
    if text.len() != 32 {
        return None;
    }
    for (byte, pair) in id.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digit = |at: usize| pair.get(at).and_then(|digit| char::from(*digit).to_digit(16));
        *byte = u8::try_from(digit(0)? * 16 + digit(1)?).ok()?;
    }
    Some(id)
}

#[cfg(test)]
#[path = "custody_tests.rs"]
mod tests;
