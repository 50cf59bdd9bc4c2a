//! A call whose caller may go away at any moment. What the vault did for it until then is on the record all the same. A call
//! that may change something is carried to its end by the listener; what cuts that off too, the end of the process or a panic,
//! leaves its intent, which says who called.

use crate::authenticate::Authenticated;
use crate::call::Notes;
use crate::fault::Fault;
use crate::ops::Plane;
use crate::received::Received;
use crate::recording;
use crate::served::Served;
use crate::service::Service;
use std::marker::PhantomData;
use std::sync::{Mutex, PoisonError};

/// A call that is being carried out. Dropped before it is answered, it puts a record in line if keys were used.
pub(crate) struct Attended<'a, O: Served> {
    service: &'a Service,
    received: &'a Received<'a>,
    caller: &'a Authenticated,
    notes: Mutex<Notes>,
    operation: PhantomData<fn() -> O>,
}

impl<'a, O: Served> Attended<'a, O> {
    pub(crate) fn new(service: &'a Service, received: &'a Received<'a>, caller: &'a Authenticated) -> Self {
        Self { service, received, caller, notes: Mutex::default(), operation: PhantomData }
    }

    pub(crate) fn notes(&self) -> &Mutex<Notes> {
        &self.notes
    }

    /// The notes, for the record that is written now.
    pub(crate) fn answered(self) -> Notes {
        // What is left has nothing to tell when it is dropped.
        std::mem::take(&mut *self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<O: Served> Drop for Attended<'_, O> {
    fn drop(&mut self) {
        let notes = self.notes.get_mut().unwrap_or_else(PoisonError::into_inner);
        if notes.key_uses.is_none() {
            return;
        }
        let left = Fault::Internal(match O::PLANE {
            Plane::Change | Plane::Addition => "The call was cut off: what it was to change may be in force.",
            Plane::Data | Plane::Read => "The caller left before it was answered.",
        });
        let now = self.service.clock().now();
        let stamps = recording::Stamps::new(self.service, self.received.request_id, now);
        let (service, received, caller) = (self.service, self.received, self.caller);
        let record = recording::record::<O>(service, received, caller, None, notes, Some(&left), &stamps);
        if let Err(error) = self.service.audit().close_unattended(&record) {
            tracing::error!(%error, "a call whose caller left could not be recorded");
        }
    }
}
