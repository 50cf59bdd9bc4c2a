//! What TLS shows: the certificate and key that the front serves, and those that were offered to it since. A pair that it
//! refuses is forgotten, so that a front that is started again gets the one that served.

use crate::certificates::{self, are_same};
use crate::{Config, Folders};
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use strongroom_control::TlsIdentity;
use strongroom_types::{Clock as _, SystemClock};

/// How often the supervisor looks whether the certificate must be renewed, or was replaced.
const CHECK: Duration = Duration::from_secs(3_600);
/// How long a look that is due waits while there is no front to offer anything to.
const FRONT_WAIT: Duration = Duration::from_secs(1);

/// The pair in use, and those that the front has not answered for yet, in the order in which they were sent.
pub(crate) struct ServedCertificate {
    served: TlsIdentity,
    offered: VecDeque<TlsIdentity>,
    look_at: Instant,
}

impl ServedCertificate {
    pub(crate) fn new(served: TlsIdentity) -> Self {
        Self { served, offered: VecDeque::new(), look_at: Instant::now() + CHECK }
    }

    /// When the files are looked at next.
    pub(crate) fn due(&self) -> Instant {
        self.look_at
    }

    /// Somebody says that the files were replaced.
    pub(crate) fn look_at_once(&mut self) {
        self.look_at = Instant::now();
    }

    /// When it is time: the pair to offer to the front, made anew or read again, if it is not what is served or offered. A
    /// failure leaves everything as it is and is tried again.
    pub(crate) fn look(
        &mut self,
        config: &Config,
        folders: &Folders,
        front_runs: bool,
    ) -> Option<&TlsIdentity> {
        if Instant::now() < self.look_at {
            return None;
        }
        self.look_at = Instant::now() + if front_runs { CHECK } else { FRONT_WAIT };
        if !front_runs {
            return None;
        }
        match certificates::identity(config, folders, SystemClock.now()) {
            Ok(fresh) if self.is_news(&fresh.tls) => {
                self.offered.push_back(fresh.tls);
                self.offered.back()
            }
            Ok(_) => None,
            Err(error) => {
                tracing::error!(%error, "server certificate could not be renewed");
                None
            }
        }
    }

    /// The front's answer for the oldest offer. Clients are told of what is served, and of nothing that was refused.
    pub(crate) fn answered(&mut self, taken: bool, config: &Config, folders: &Folders) {
        if !self.settled(taken) {
            return;
        }
        tracing::info!("server certificate renewed");
        if let Err(error) = certificates::tell_clients(config, folders, &self.served) {
            tracing::error!(%error, "what clients trust could not be written");
        }
    }

    /// What a front that starts begins with. What another one had not answered for is offered anew with the next look at
    /// the files.
    pub(crate) fn for_new_front(&mut self) -> &TlsIdentity {
        if !self.offered.is_empty() {
            self.offered.clear();
            self.look_at_once();
        }
        &self.served
    }

    fn is_news(&self, fresh: &TlsIdentity) -> bool {
        !are_same(fresh, self.offered.back().unwrap_or(&self.served))
    }

    /// Whether another pair is served now.
    fn settled(&mut self, taken: bool) -> bool {
        match self.offered.pop_front() {
            Some(oldest) if taken => {
                self.served = oldest;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_control::SecretText;

    fn pair(name: &str) -> TlsIdentity {
        TlsIdentity { chain_pem: name.to_owned(), key_pem: SecretText::new(name.to_owned()) }
    }

    fn offering(offers: &[&str]) -> ServedCertificate {
        let offered = offers.iter().map(|name| pair(name)).collect();
        ServedCertificate { offered, ..ServedCertificate::new(pair("old")) }
    }

    #[test]
    fn a_refused_pair_is_not_what_the_next_front_gets() {
        let mut certificate = offering(&["bad"]);
        assert!(!certificate.is_news(&pair("bad")), "on its way");
        assert!(!certificate.settled(false));
        assert!(certificate.is_news(&pair("bad")), "offered again with the next look");
        assert_eq!(certificate.for_new_front().chain_pem, "old");
    }

    #[test]
    fn answers_come_in_the_order_of_the_offers() {
        let mut certificate = offering(&["bad", "good"]);
        assert!(!certificate.settled(false));
        assert!(certificate.settled(true));
        assert!(!certificate.settled(true), "nothing was offered");
        assert_eq!(certificate.for_new_front().chain_pem, "good");
    }

    #[test]
    fn what_a_dead_front_did_not_answer_for_is_looked_for_at_once() {
        let mut certificate = offering(&["new"]);
        assert!(certificate.due() > Instant::now());
        assert_eq!(certificate.for_new_front().chain_pem, "old");
        assert!(certificate.is_news(&pair("new")));
        assert!(certificate.due() <= Instant::now());
    }
}
