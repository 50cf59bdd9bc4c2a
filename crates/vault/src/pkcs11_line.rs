//! The line to the token worker (`docs/token.md`): its client, and how the token is, looked at four times a second.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use strongroom_token_protocol::{PinFlags, TokenClient, TokenError};
use strongroom_vault_protocol::{Pkcs11Line, Pkcs11State, TokenPin};

/// How often the token is looked at.
pub(crate) const LOOK: Duration = Duration::from_millis(250);

/// How many looks go by until the token is asked again what it says about its PIN: ten seconds.
pub(crate) const LOOKS_A_PIN: u32 = 40;

/// The line that is in use. Without one every call fails at once.
pub(crate) struct TokenLine {
    client: TokenClient,
    seen: Mutex<Seen>,
}

/// What was seen of the token on the line of this number.
struct Seen {
    number: u64,
    state: Pkcs11State,
    /// What it said last about its PIN.
    pin: TokenPin,
    /// Whether the supervisor was told that this line is of no more use.
    told: bool,
}

impl TokenLine {
    /// No line yet.
    pub(crate) fn new() -> Self {
        Self::with_client(TokenClient::new())
    }

    pub(crate) fn with_client(client: TokenClient) -> Self {
        let state = Pkcs11State::NotConfigured;
        let seen = Seen { number: 0, state, pin: TokenPin::default(), told: false };
        Self { client, seen: Mutex::new(seen) }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The client.
    pub(crate) fn client(&self) -> &TokenClient {
        &self.client
    }

    /// How the token was when it was last looked at.
    pub(crate) fn state(&self) -> Pkcs11State {
        self.seen().state
    }

    /// What the token said last about its PIN.
    pub(crate) fn pin(&self) -> TokenPin {
        self.seen().pin
    }

    /// Takes a line to another worker.
    pub(crate) fn connect(&self, line: Pkcs11Line) {
        let mut seen = self.seen();
        let silence = Duration::from_secs(line.timeout_seconds.max(1).into());
        self.client.connect_patiently(line.socket, silence);
        seen.number = line.number;
        seen.told = false;
        if seen.state == Pkcs11State::NotConfigured {
            seen.state = Pkcs11State::Away;
        }
    }

    /// Has the token compute its known answer. The line's number when it is of no more use, once for each line: the worker
    /// hangs or has closed it.
    pub(crate) fn look(&self) -> Option<u64> {
        let number = self.seen().number;
        let outcome = self.client.look();
        let mut seen = self.seen();
        if seen.number != number {
            return None;
        }
        seen.state = match outcome {
            Ok(()) => Pkcs11State::Present,
            Err(TokenError::Busy) => seen.state,
            Err(TokenError::PinIncorrect) => Pkcs11State::PinRefused,
            Err(TokenError::PinLocked) => Pkcs11State::PinLocked,
            Err(_) => Pkcs11State::Away,
        };
        let hung = !self.client.is_connected() && !seen.told;
        seen.told |= hung;
        hung.then_some(number)
    }

    /// Asks a token that is not away what it says about its PIN; what is wrong with that, if it is news.
    pub(crate) fn look_at_pin(&self) -> Option<String> {
        let (number, state) = {
            let seen = self.seen();
            (seen.number, seen.state)
        };
        if matches!(state, Pkcs11State::NotConfigured | Pkcs11State::Away) {
            return None;
        }
        // What cannot be learnt now is learnt the next time.
        let PinFlags { count_low, final_try, locked, to_be_changed } = self.client.look_at_pin().ok()?;
        let pin = TokenPin { count_low, final_try, locked, to_be_changed };
        let mut seen = self.seen();
        if seen.number != number {
            return None;
        }
        let before = std::mem::replace(&mut seen.pin, pin);
        let said = pin.said();
        (pin != before && !said.is_empty()).then(|| said.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixStream;
    use strongroom_testkit::{FakeToken, TokenMood};
    use strongroom_token_protocol::prepare_line;

    fn line(number: u64) -> (Pkcs11Line, UnixStream) {
        let (socket, worker) = UnixStream::pair().unwrap();
        prepare_line(&socket).unwrap();
        (Pkcs11Line { number, socket, timeout_seconds: 1 }, worker)
    }

    #[test]
    fn line_that_hangs_or_is_closed_is_told_once_by_its_number() {
        let token = TokenLine::with_client(TokenClient::with_deadline(Duration::from_millis(100)));
        assert_eq!(token.state(), Pkcs11State::NotConfigured);
        let (first, silent) = line(7);
        token.connect(first);
        assert_eq!(token.state(), Pkcs11State::Away, "not known yet");
        assert_eq!((token.look(), token.look()), (Some(7), None));
        assert_eq!(token.state(), Pkcs11State::Away);
        drop(silent);
        let (second, gone) = line(8);
        drop(gone);
        token.connect(second);
        assert_eq!((token.look(), token.look()), (Some(8), None));
    }

    #[test]
    fn what_a_token_says_of_its_pin_is_kept_and_told_when_it_is_news() {
        let (line, token) = (TokenLine::new(), FakeToken::new("1234"));
        assert_eq!(line.look_at_pin(), None, "there is no token");
        line.connect(Pkcs11Line { number: 1, socket: token.line().unwrap(), timeout_seconds: 1 });
        assert_eq!(line.look(), None);
        assert_eq!((line.look_at_pin(), line.pin()), (None, TokenPin::default()));
        token.set_mood(TokenMood::LastTry);
        let said = line.look_at_pin();
        assert_eq!(said.as_deref(), Some("one more wrong PIN locks it; a wrong one was tried"));
        assert!(line.pin().final_try && line.pin().count_low && !line.pin().locked);
        assert_eq!(line.look_at_pin(), None, "it is told once");
        token.set_mood(TokenMood::Present);
        assert_eq!((line.look_at_pin(), line.pin()), (None, TokenPin::default()));
    }
}
