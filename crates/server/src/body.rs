//! The whole body of a request, within its limits of size and time, and within the room that all bodies have together: whoever
//! sends them is not known yet.

use crate::connection::Http;
use crate::limits::{BODIES_BYTES_PER_CONNECTION, BODIES_BYTES_SHARED, BODY_BYTES_MAX, BODY_DEADLINE};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::StatusCode;
use hyper::body::Body;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

/// Bytes that are free.
#[derive(Debug)]
pub(crate) struct Room(AtomicUsize);

impl Room {
    /// What all connections share.
    pub(crate) fn shared() -> Arc<Self> {
        Arc::new(Self(AtomicUsize::new(BODIES_BYTES_SHARED)))
    }

    fn take(&self, bytes: usize) -> bool {
        let less = |free: usize| free.checked_sub(bytes);
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, less).is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::AcqRel);
    }
}

/// Room for the bodies of one connection. Some is its own, so that ordinary calls have room however much others take.
#[derive(Debug)]
pub(crate) struct BodyRoom {
    own: Room,
    shared: Arc<Room>,
}

impl BodyRoom {
    pub(crate) fn new(shared: Arc<Room>) -> Arc<Self> {
        Arc::new(Self { own: Room(AtomicUsize::new(BODIES_BYTES_PER_CONNECTION)), shared })
    }
}

/// The room that a body takes; given back when it is dropped, which may be after the connection's end.
struct Held {
    room: Arc<BodyRoom>,
    own: usize,
    shared: usize,
}

impl Held {
    /// Takes room for so many bytes more. What has none is refused and does not wait: over HTTP/2 its sender would go on, into
    /// buffers that nobody counts.
    fn take(&mut self, bytes: usize) -> Result<(), StatusCode> {
        if self.room.own.take(bytes) {
            self.own += bytes;
        } else if self.room.shared.take(bytes) {
            self.shared += bytes;
        } else {
            return Err(StatusCode::SERVICE_UNAVAILABLE);
        }
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.room.own.give_back(self.own);
        if self.shared > 0 {
            self.room.shared.give_back(self.shared);
        }
    }
}

/// A whole body, and its room.
pub(crate) struct Whole {
    pub(crate) bytes: Bytes,
    _held: Held,
}

/// The whole body within its limits.
pub(crate) async fn whole<B>(body: B, http: Http, room: &Arc<BodyRoom>) -> Result<Whole, StatusCode>
where
    B: Body<Data = Bytes> + Unpin,
{
    if body.size_hint().lower() > BODY_BYTES_MAX as u64 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let mut collected = pin!(all_of(body, Held { room: room.clone(), own: 0, shared: 0 }));
    match at_once(collected.as_mut(), http).await {
        Some(outcome) => outcome,
        None => {
            let in_time = tokio::time::timeout(BODY_DEADLINE, collected).await;
            in_time.unwrap_or(Err(StatusCode::REQUEST_TIMEOUT))
        }
    }
}

/// All of a body. One that comes in one piece, as most do, is not copied.
async fn all_of<B>(mut body: B, mut held: Held) -> Result<Whole, StatusCode>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut only = Bytes::new();
    let mut joined: Vec<u8> = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| StatusCode::BAD_REQUEST)?;
        // What is no data are trailers, which nobody reads.
        let Ok(piece) = frame.into_data() else { continue };
        if only.len() + joined.len() + piece.len() > BODY_BYTES_MAX {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        held.take(piece.len())?;
        if only.is_empty() && joined.is_empty() {
            only = piece;
        } else {
            joined.extend_from_slice(&std::mem::take(&mut only));
            joined.extend_from_slice(&piece);
        }
    }
    Ok(Whole { bytes: if joined.is_empty() { only } else { joined.into() }, _held: held })
}

/// A body that came together with its head, for which no timer has to be set.
///
/// hyper's HTTP/1.1 reads a body only once it was asked for, and then asks the exchange again at once: the first time it
/// is not ready says nothing yet. Over HTTP/2 nobody asks again.
async fn at_once<F: Future>(mut body: Pin<&mut F>, http: Http) -> Option<F::Output> {
    let mut asked = http == Http::Two;
    poll_fn(|context| match body.as_mut().poll(context) {
        Poll::Ready(body) => Poll::Ready(Some(body)),
        Poll::Pending if asked => Poll::Ready(None),
        Poll::Pending => {
            asked = true;
            Poll::Pending
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::body::Frame;
    use std::convert::Infallible;
    use std::task::Context;

    const OWN: usize = BODIES_BYTES_PER_CONNECTION;

    /// Pieces of these sizes, and then the end, or nothing more.
    struct Pieces {
        sizes: Vec<usize>,
        ends: bool,
    }

    impl Body for Pieces {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            match self.sizes.pop() {
                Some(size) => Poll::Ready(Some(Ok(Frame::data(Bytes::from(vec![b'x'; size]))))),
                None if self.ends => Poll::Ready(None),
                None => Poll::Pending,
            }
        }
    }

    fn room_for(bytes: usize) -> Arc<Room> {
        Arc::new(Room(AtomicUsize::new(bytes)))
    }

    fn free(room: &Room) -> usize {
        room.0.load(Ordering::Acquire)
    }

    async fn received(sizes: &[usize], room: &Arc<BodyRoom>) -> Result<Whole, StatusCode> {
        whole(Pieces { sizes: sizes.to_vec(), ends: true }, Http::Two, room).await
    }

    #[tokio::test]
    async fn body_without_room_is_refused_until_another_gives_back_its_own() {
        let shared = room_for(1000);
        let connection = BodyRoom::new(shared.clone());
        let first = received(&[OWN], &connection).await.ok().unwrap();
        let second = received(&[400, 600], &connection).await.ok().unwrap();
        assert_eq!((first.bytes.len(), second.bytes.len(), free(&shared)), (OWN, 1000, 0));
        assert_eq!(received(&[1], &connection).await.err(), Some(StatusCode::SERVICE_UNAVAILABLE));
        drop(second);
        assert_eq!(free(&shared), 1000);
        assert!(received(&[1], &connection).await.is_ok());
        drop(first);
        assert_eq!((free(&connection.own), free(&shared)), (OWN, 1000));
    }

    #[tokio::test]
    async fn connection_has_room_of_its_own_when_others_took_all() {
        let shared = room_for(0);
        let (one, other) = (BodyRoom::new(shared.clone()), BodyRoom::new(shared));
        let held = received(&[OWN], &one).await;
        assert_eq!(received(&[1], &one).await.err(), Some(StatusCode::SERVICE_UNAVAILABLE));
        assert!(held.is_ok() && received(&[OWN], &other).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn body_that_never_ends_holds_its_room_until_its_deadline() {
        let connection = BodyRoom::new(room_for(0));
        let slow = whole(Pieces { sizes: vec![OWN], ends: false }, Http::Two, &connection);
        let (slow, meanwhile) = tokio::join!(slow, async {
            tokio::time::sleep(BODY_DEADLINE / 2).await;
            received(&[1], &connection).await.err()
        });
        assert_eq!(meanwhile, Some(StatusCode::SERVICE_UNAVAILABLE));
        assert_eq!(slow.err(), Some(StatusCode::REQUEST_TIMEOUT));
        assert!(received(&[OWN], &connection).await.is_ok());
    }

    #[tokio::test]
    async fn body_over_the_limit_is_refused_by_its_real_length() {
        let connection = BodyRoom::new(Room::shared());
        assert!(received(&[1, BODY_BYTES_MAX - 1], &connection).await.is_ok());
        let over = received(&[2, BODY_BYTES_MAX - 1], &connection).await;
        assert_eq!(over.err(), Some(StatusCode::PAYLOAD_TOO_LARGE));
        assert_eq!(free(&connection.shared), BODIES_BYTES_SHARED);
    }
}
