//! Serving from the first thing a process does to its last: what has to be taken before anything of ours can have its number,
//! and what an end is called.

use crate::signals::{Signal, Signals};
use crate::supervise::{Event, Supervisor};
use crate::unmade::Unmade;
use crate::{Config, Folders, SupervisorError, pin_source, root_source};
use std::io;
use std::sync::mpsc::sync_channel;
use std::thread;
use strongroom_confine::{reserve_control_number, supervisor_process};

/// Events that wait at most; whoever makes more waits.
const EVENTS_MAX: usize = 64;

/// Serves until a signal or a failure that a restart would not heal. Blocking; call it from the main thread: children
/// die with the thread that started them.
pub fn run(config: Config) -> Result<(), SupervisorError> {
    let system = |e: io::Error| SupervisorError::System(e.to_string());
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let report = supervisor_process().map_err(|e| SupervisorError::System(e.to_string()))?;
    tracing::info!(confinement = %report, "supervisor starts");
    let signals = Signals::block().map_err(system)?;
    // Before anything of ours can have its number.
    let passphrase = root_source::take_descriptor(&config.root)?;
    let pin = pin_source::take_descriptor(config.pkcs11.as_ref())?;
    let reserved = reserve_control_number().map_err(system)?;
    let (sender, events) = sync_channel(EVENTS_MAX);
    let unmade = Unmade::look(Folders::of(&config));
    let stop = sender.clone();
    let mut supervisor = Supervisor::prepare(config, passphrase, pin, sender, reserved)?;
    thread::spawn(move || {
        while signals.wait() == Signal::CertificateReplaced {
            let _ = stop.send(Event::CertificateReplaced);
        }
        let _ = stop.send(Event::Stop);
    });
    let outcome = supervisor.serve(&events);
    let pin_refused = outcome.is_err() && supervisor.hear_of_refused_pin(&events);
    supervisor.shut_down(&events);
    let outcome = unmade.take_back(outcome);
    if pin_refused { outcome.map_err(SupervisorError::after_refused_pin) } else { outcome }
}
