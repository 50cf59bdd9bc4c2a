//! One thread's session with the token: handles that are kept, and what to do when it goes wrong (the table of
//! `docs/token.md`). Sessions are not shared between threads; the login is.

use crate::fault::{Fault, describe, fault};
use crate::health::{self, HEALTH_LABEL, KnownAnswer};
use crate::token::Token;
use crate::{keys, ladder};
use cryptoki::error::{Error, Result as Answer};
use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;
use std::collections::HashMap;
use std::sync::Arc;
use strongroom_token_protocol::{KeyLabel, TokenError};

/// How often a command is tried: once more after what can be mended was mended.
const TRIES: usize = 2;

/// Handles that are kept at most; then all are looked up anew.
const HANDLES_MAX: usize = 4_096;

/// A session, opened when it is first needed.
pub(crate) struct TokenSession {
    token: Arc<Token>,
    session: Option<Session>,
    handles: HashMap<KeyLabel, ObjectHandle>,
    /// Keys destroyed when the handles were last good.
    destroyed: u64,
}

impl TokenSession {
    /// A session that is not open yet.
    pub(crate) fn new(token: Arc<Token>) -> Self {
        Self { token, session: None, handles: HashMap::new(), destroyed: 0 }
    }

    /// The token.
    pub(crate) fn token(&self) -> &Token {
        &self.token
    }

    /// The library's session.
    pub(crate) fn open(&mut self) -> Result<&Session, TokenError> {
        let session = match self.session.take() {
            Some(session) => session,
            None => self.token.open_session()?,
        };
        Ok(self.session.insert(session))
    }

    fn log_in(&mut self) -> Result<(), TokenError> {
        let token = self.token.clone();
        token.log_in(self.open()?)
    }

    /// Logs in in the middle of things. A login that fails is asked about like any other call.
    fn log_in_again(&mut self) -> Result<(), TokenError> {
        match self.log_in() {
            Err(TokenError::Failed(failure)) => Err(self.verdict(failure)),
            outcome => outcome,
        }
    }

    /// The start of the process: logs in, makes the health key if there is none, and learns its answer.
    pub(crate) fn prepare(&mut self) -> Result<(), TokenError> {
        self.token.check()?;
        self.log_in()?;
        let mut found = self.attempt(|session| keys::find(session, HEALTH_LABEL))?;
        if found.is_empty() {
            found.push(ladder::climb(self, HEALTH_LABEL)?.key);
        }
        let learnt: Answer<Vec<KnownAnswer>> = {
            let session = self.open()?;
            found.into_iter().map(|key| health::learn(session, key)).collect()
        };
        self.token.learn(learnt.map_err(|error| TokenError::Failed(describe(&error)))?);
        Ok(())
    }

    /// Does something with the session.
    pub(crate) fn attempt<T>(&mut self, work: impl Fn(&Session) -> Answer<T>) -> Result<T, TokenError> {
        self.try_twice(|this| Ok(work(this.open()?)))
    }

    /// Does something with a key of ours. `KeyNotFound` only when the token gives the known answer.
    pub(crate) fn with_key<T>(
        &mut self,
        key: KeyLabel,
        work: impl Fn(&Session, ObjectHandle) -> Answer<T>,
    ) -> Result<T, TokenError> {
        self.try_twice(|this| {
            let handle = this.handle(key)?;
            Ok(work(this.open()?, handle))
        })
    }

    fn try_twice<T>(
        &mut self,
        work: impl Fn(&mut Self) -> Result<Answer<T>, TokenError>,
    ) -> Result<T, TokenError> {
        let mut failure = String::new();
        for _ in 0..TRIES {
            match work(self)? {
                Ok(answer) => return Ok(answer),
                Err(error) => {
                    self.mend(&error)?;
                    failure = describe(&error);
                }
            }
        }
        Err(self.verdict(failure))
    }

    /// Makes another try worth while, or says what is wrong.
    fn mend(&mut self, error: &Error) -> Result<(), TokenError> {
        match fault(error) {
            Fault::Stale => {
                self.handles.clear();
                self.log_in_again()
            }
            Fault::Session => {
                self.start_over();
                self.log_in_again()
            }
            Fault::Gone => Err(self.token.lost()),
            Fault::PinIncorrect | Fault::PinLocked | Fault::Other => Err(self.verdict(describe(error))),
        }
    }

    fn start_over(&mut self) {
        self.session = None;
        self.handles.clear();
    }

    /// Tells a call that failed from a token that is broken.
    fn verdict(&mut self, failure: String) -> TokenError {
        if self.is_healthy() { TokenError::Failed(failure) } else { self.token.lost() }
    }

    /// Whether the token gives the known answer, if need be with another session and a new login.
    pub(crate) fn is_healthy(&mut self) -> bool {
        if self.gives_known_answer() {
            return true;
        }
        self.start_over();
        self.log_in().is_ok() && self.gives_known_answer()
    }

    fn gives_known_answer(&mut self) -> bool {
        let token = self.token.clone();
        let given = self.open().map(|session| health::is_given(session, token.known_answers()));
        matches!(given, Ok(Ok(true)))
    }

    /// Looks for a key. Nothing is found also when the login was lost, so that is mended before nothing is believed.
    pub(crate) fn look_up(&mut self, key: KeyLabel) -> Result<Vec<ObjectHandle>, TokenError> {
        let label = key.to_string();
        let found = self.attempt(|session| keys::find(session, &label))?;
        if !found.is_empty() {
            return Ok(found);
        }
        self.log_in_again()?;
        self.attempt(|session| keys::find(session, &label))
    }

    fn handle(&mut self, key: KeyLabel) -> Result<ObjectHandle, TokenError> {
        let destroyed = self.token.destroyed();
        if destroyed != self.destroyed || self.handles.len() >= HANDLES_MAX {
            self.handles.clear();
            self.destroyed = destroyed;
        }
        if let Some(handle) = self.handles.get(&key) {
            return Ok(*handle);
        }
        let found = self.look_up(key)?;
        match found.as_slice() {
            [] => Err(self.missing()),
            [handle] => {
                self.handles.insert(key, *handle);
                Ok(*handle)
            }
            _ => Err(TokenError::Failed(format!("several objects have the label {key}"))),
        }
    }

    /// What it means that a key is not found.
    fn missing(&mut self) -> TokenError {
        if self.is_healthy() { TokenError::KeyNotFound } else { self.token.lost() }
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
