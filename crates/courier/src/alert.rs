//! What a receiver's TLS says when it ends a connection: errors of sockets and of HTTP carry it inside. With TLS 1.3 a refusal
//! of our certificate comes after the handshake, in place of an answer (RFC 8446, section 4.4.2.4).

use crate::sink::SinkError;
use rustls::AlertDescription as Alert;
use std::error::Error;
use std::io;

/// What an error comes to if TLS is at its bottom; `None` if it is not.
pub(crate) fn of_tls(error: &(dyn Error + 'static)) -> Option<SinkError> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Some(told(tls));
        }
        // The source of an error of input and output is that of the error inside it, which is passed over so.
        let inside = error.downcast_ref::<io::Error>().and_then(|error| error.get_ref());
        next = match inside {
            Some(inside) => Some(inside as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    None
}

/// Alerts about certificates can only be about ours: those about its own are sent by us. A signature that is another's, such as
/// of an authority that has the same name, is `decrypt_error`.
fn told(error: &rustls::Error) -> SinkError {
    let rustls::Error::AlertReceived(alert) = error else { return SinkError::Tls(error.to_string()) };
    match alert {
        Alert::CertificateRequired | Alert::NoCertificate => {
            SinkError::NoClientCertificate(format!("{alert:?}"))
        }
        Alert::BadCertificate
        | Alert::UnsupportedCertificate
        | Alert::CertificateRevoked
        | Alert::CertificateExpired
        | Alert::CertificateUnknown
        | Alert::UnknownCA
        | Alert::AccessDenied
        | Alert::DecryptError => SinkError::ClientCertificate(format!("{alert:?}")),
        _ => SinkError::Tls(error.to_string()),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::pin::Pin;
    use std::task::{Context, Poll};
    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    /// An error as tokio-rustls gives it.
    pub(crate) fn received(alert: Alert) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, rustls::Error::AlertReceived(alert))
    }

    /// A connection that takes everything, and whose reading ends with an alert.
    pub(crate) struct Refusing(pub(crate) Alert);

    impl AsyncRead for Refusing {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Err(received(self.0)))
        }
    }

    impl AsyncWrite for Refusing {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[test]
    fn refusals_of_our_certificate_are_told_from_other_faults() {
        let of = |alert| of_tls(&received(alert)).map(|told| told.to_string()).unwrap_or_default();
        let refused = of(Alert::UnknownCA);
        assert_eq!(refused, "the receiver refused the client certificate: TLS alert UnknownCA");
        let none = of(Alert::CertificateRequired);
        assert!(none.starts_with("the receiver wants a client certificate"), "{none}");
        assert_eq!(of(Alert::ProtocolVersion), "TLS: received fatal alert: ProtocolVersion");
        let wrapped = io::Error::other(received(Alert::BadCertificate));
        assert!(matches!(of_tls(&wrapped), Some(SinkError::ClientCertificate(_))), "however deep it lies");
    }

    #[test]
    fn what_is_not_of_tls_is_left_as_it_is() {
        assert_eq!(of_tls(&io::Error::from(io::ErrorKind::ConnectionReset)), None);
        assert_eq!(of_tls(&io::Error::other("a text")), None);
    }
}
