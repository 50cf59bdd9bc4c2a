//! Accepting connections, within the cap, until the service ends.

use crate::body::Room;
use crate::connection::{self, Ending, Http, Peer, Shared};
use crate::figures::FrontFigures;
use crate::handshake;
use crate::limits::SHUTDOWN_DEADLINE;
use crate::places::{Place, Places};
use crate::tls::TlsConfigs;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use strongroom_service::Service;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long accepting pauses after an error of the socket (out of descriptors, mostly).
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What connections are served with.
pub(crate) struct Listeners {
    pub(crate) service: Arc<Service>,
    pub(crate) figures: Arc<FrontFigures>,
    pub(crate) tls: TcpListener,
    pub(crate) configs: TlsConfigs,
    pub(crate) plaintext: Option<TcpListener>,
}

/// Serves until `ending` says so, then waits for what is in flight.
pub(crate) async fn serve(listeners: Listeners, ending: Ending) {
    let places = Places::new();
    let mut ended = ending.clone();
    let threads = Handle::current().metrics().num_workers();
    let handshakes = Arc::new(Semaphore::new(handshake::at_once(threads)));
    let figures = &listeners.figures;
    let shared = Shared {
        service: listeners.service.clone(),
        figures: figures.clone(),
        bodies: Room::shared(),
        ending,
    };
    while let Some(permit) = places.free().await {
        tokio::select! {
            accepted = listeners.tls.accept() => {
                let Some((stream, address)) = ready(accepted).await else { continue };
                let Some(place) = place(&places, permit, address.ip(), figures) else { continue };
                let (configs, handshakes) = (listeners.configs.clone(), handshakes.clone());
                let served = connection::serve_tls(shared.clone(), stream, address, configs, handshakes);
                spawn(place, figures.clone(), served);
            }
            accepted = accept(listeners.plaintext.as_ref()) => {
                let Some((stream, address)) = ready(accepted).await else { continue };
                let Some(place) = place(&places, permit, address.ip(), figures) else { continue };
                let peer = Peer { address, tls: None, http: Http::One };
                let served = connection::serve(shared.clone(), stream, peer);
                spawn(place, figures.clone(), served);
            }
            _ = ended.wait_for(|ending| *ending) => break,
        }
    }
    drop(listeners);
    if tokio::time::timeout(SHUTDOWN_DEADLINE, places.all_free()).await.is_err() {
        tracing::warn!("requests in flight took too long and were cut off");
    }
}

/// A place for a connection of an address, unless that has its share already.
fn place(
    places: &Places,
    permit: OwnedSemaphorePermit,
    address: IpAddr,
    figures: &FrontFigures,
) -> Option<Place> {
    let place = places.take(permit, address);
    if place.is_none() {
        figures.connection_refused();
    }
    place
}

fn spawn(place: Place, figures: Arc<FrontFigures>, connection: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(async move {
        let open = figures.connection();
        connection.await;
        drop(open);
        drop(place);
    });
}

type Accepted = std::io::Result<(TcpStream, std::net::SocketAddr)>;

/// The next connection of a listener that may not be there.
async fn accept(listener: Option<&TcpListener>) -> Accepted {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

async fn ready(accepted: Accepted) -> Option<(TcpStream, std::net::SocketAddr)> {
    match accepted {
        Ok((stream, peer)) => {
            let _ = stream.set_nodelay(true);
            Some((stream, peer))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}
