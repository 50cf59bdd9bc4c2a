//! What each process gives up: root, capabilities, seccomp, Landlock, limits (`docs/processes.md`).
//!
//! What every supported kernel has must succeed, or the process does not start. What a kernel may lack is
//! reported as absent, never passed over in silence. Landlock and capabilities belong to a thread: both are set
//! while the process has one thread, and the threads it starts inherit them. The user belongs to a thread too, but libc changes
//! it in all of them.

mod children;
mod courier;
mod fetcher;
mod filesystem;
mod filter;
mod front;
mod process;
mod report;
mod scheduling;
mod supervisor;
mod token;
mod user;
mod vault;

pub use children::{CONTROL_FD, inherited_control, pass_control, reserve_control_number};
pub use courier::{CourierPaths, courier_process};
pub use fetcher::fetcher_process;
pub use front::front_process;
pub use report::{ConfineError, Measure, Report};
pub use scheduling::{run_after_the_waker, run_when_idle};
pub use supervisor::supervisor_process;
pub use token::TokenConfinement;
pub use user::{FETCHER_USER, VAULT_USER};
pub use vault::{VaultConfinement, vault_process};
