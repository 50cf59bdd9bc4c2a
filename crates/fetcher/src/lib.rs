//! The fetcher: the one process that opens connections to others. It gets the key sets (JWKS) of the identity providers
//! that the operator listed (`--oidc-issuer`), over https, and hands them to the front.
//!
//! It holds no secret, reads no file but those that tell where names are found, and connects to the ports of the list
//! alone (docs/processes.md). Whoever breaks into it can lie about the keys of the listed issuers, and do nothing else.
//!
//! The path: `process` (start, confinement) -> `rounds` (the loop) -> `watch` (one issuer: when to try, what is kept) ->
//! `fetch` (discovery, then the key set) -> `exchange` (one GET).

mod address;
mod discovery;
mod exchange;
mod fetch;
mod issuer;
mod process;
mod roots;
mod rounds;
mod watch;

pub use address::AddressError;
pub use discovery::key_set_address;
pub use issuer::issuer_setting;
pub use process::run;
pub use roots::check_authorities;
pub use strongroom_outgoing::RootsError;

/// The most issuers that may be listed: as many as an account may have providers.
pub const ISSUERS_MAX: usize = 100;
