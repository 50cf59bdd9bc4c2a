//! Places for connections: so many in all, and so many from one address, so that one client cannot take them all.

use crate::limits::{CONNECTIONS_MAX, CONNECTIONS_PER_ADDRESS_MAX};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// All places.
#[derive(Clone)]
pub(crate) struct Places {
    all: Arc<Semaphore>,
    by_address: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One connection's place; given back when it is dropped.
pub(crate) struct Place {
    by_address: Arc<Mutex<HashMap<IpAddr, usize>>>,
    address: IpAddr,
    _permit: OwnedSemaphorePermit,
}

impl Places {
    pub(crate) fn new() -> Self {
        Self { all: Arc::new(Semaphore::new(CONNECTIONS_MAX)), by_address: Arc::default() }
    }

    /// Waits for a place; `None` when the service ends. Beyond the cap, clients wait in the kernel's queue.
    pub(crate) async fn free(&self) -> Option<OwnedSemaphorePermit> {
        self.all.clone().acquire_owned().await.ok()
    }

    /// Returns once no connection has a place any more.
    pub(crate) async fn all_free(&self) {
        let _ = self.all.acquire_many(CONNECTIONS_MAX as u32).await;
    }

    /// Gives the place to an address, unless that has its share already.
    pub(crate) fn take(&self, permit: OwnedSemaphorePermit, address: IpAddr) -> Option<Place> {
        let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = by_address.entry(address).or_default();
        if *taken >= CONNECTIONS_PER_ADDRESS_MAX {
            return None;
        }
        *taken += 1;
        Some(Place { by_address: self.by_address.clone(), address, _permit: permit })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = by_address.get_mut(&self.address) {
            *taken -= 1;
            if *taken == 0 {
                by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;
    use std::pin::pin;
    use std::time::Duration;

    #[tokio::test]
    async fn one_address_has_its_share_and_gives_it_back() {
        let places = Places::new();
        let one = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let mut held = Vec::new();
        for _ in 0..CONNECTIONS_PER_ADDRESS_MAX {
            held.push(places.take(places.free().await.unwrap(), one).unwrap());
        }
        assert!(places.take(places.free().await.unwrap(), one).is_none());
        let other = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
        assert!(places.take(places.free().await.unwrap(), other).is_some(), "the control");
        held.pop();
        assert!(places.take(places.free().await.unwrap(), one).is_some());
        held.clear();
        assert!(places.by_address.lock().unwrap().is_empty());
    }

    /// On a clock that stands still while anything can go on: who has no place by then will get none by itself.
    #[tokio::test(start_paused = true)]
    async fn all_addresses_together_have_so_many_places_and_the_next_waits_until_one_is_given_back() {
        let places = Places::new();
        let address =
            |number: usize| IpAddr::V4(Ipv4Addr::from((number / CONNECTIONS_PER_ADDRESS_MAX) as u32));
        let mut held = Vec::new();
        for number in 0..CONNECTIONS_MAX {
            held.push(places.take(places.free().await.unwrap(), address(number)).unwrap());
        }
        let mut next = pin!(places.free());
        assert!(tokio::time::timeout(Duration::from_secs(60), next.as_mut()).await.is_err());
        held.pop();
        let permit = next.await.unwrap();
        assert!(places.take(permit, address(CONNECTIONS_MAX)).is_some(), "an address that has none yet");
    }
}
