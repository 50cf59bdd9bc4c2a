//! What a client may cost, before and after it is known who it is (docs/order-of-checks.md, A1 to A5).

use std::time::Duration;

/// The longest request head, in bytes.
pub(crate) const HEAD_BYTES_MAX: usize = 16 << 10;

/// The longest body, in bytes.
pub(crate) const BODY_BYTES_MAX: usize = 256 << 10;

/// How long a head may take to arrive, counted from the end of the request before it; up to a quarter longer.
pub(crate) const HEAD_DEADLINE: Duration = Duration::from_secs(30);

/// How long a body may take to arrive.
pub(crate) const BODY_DEADLINE: Duration = Duration::from_secs(20);

/// Bytes of bodies for which a connection has room whatever others do.
pub(crate) const BODIES_BYTES_PER_CONNECTION: usize = 64 << 10;

/// Bytes of bodies beyond those for which there is room, of all connections together.
pub(crate) const BODIES_BYTES_SHARED: usize = 128 << 20;

/// How long a TLS handshake may take.
pub(crate) const HANDSHAKE_DEADLINE: Duration = Duration::from_secs(10);

/// Connections that may be open.
pub(crate) const CONNECTIONS_MAX: usize = 8_192;

/// Connections that one address may have open.
pub(crate) const CONNECTIONS_PER_ADDRESS_MAX: usize = 4_096;

/// How long a connection may be open without a request in flight, over HTTP/2; over HTTP/1.1 it is the deadline of the next head.
pub(crate) const CONNECTION_IDLE: Duration = Duration::from_secs(60);

/// Descriptors that connections, store and audit log need at most.
pub(crate) const DESCRIPTORS: u64 = CONNECTIONS_MAX as u64 + 256;

/// Requests that one HTTP/2 connection may have in flight.
pub(crate) const STREAMS_MAX: u32 = 128;

/// How long requests in flight may take when the service ends.
pub(crate) const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(20);
