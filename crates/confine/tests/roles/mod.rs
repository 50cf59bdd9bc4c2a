//! What a test process becomes: each of the roles, or none for the control.

use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use strongroom_confine::{
    CourierPaths, TokenConfinement, courier_process, fetcher_process, front_process, supervisor_process,
    vault_process,
};

/// Takes on a role, or none, in a process that will start no thread.
pub(crate) fn confine(role: &str, control: &UnixStream) {
    match role {
        "none" => {}
        "supervisor" => drop(supervisor_process().unwrap()),
        "front" => drop(front_process(&[], &[]).unwrap()),
        "fetcher" => drop(fetcher_process(&[], &[]).unwrap()),
        "courier" => drop(courier_process(CourierPaths::default(), &[]).unwrap()),
        "vault" => drop(vault_process(control.as_fd()).unwrap()),
        "token" => drop(TokenConfinement::begin(control.as_fd()).unwrap()),
        other => panic!("role {other}"),
    }
}
