"""An identity provider on https with a CA of its own: what it publishes is a table that tests change.

Nothing here knows a test. Tokens are signed by the `Provider` of test_story_web_identity.py."""

import datetime
import http.server
import ipaddress
import json
import ssl
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def _certificate(name, issuer, key, signer, *extensions):
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (x509.CertificateBuilder().subject_name(name).issuer_name(issuer).public_key(key.public_key())
               .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
               .not_valid_after(now + datetime.timedelta(days=1)))
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(signer, hashes.SHA256())


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class HttpsProvider:
    """Serves `pages` on localhost: path -> (status, headers, body)."""

    def __init__(self, folder):
        self.pages, self.asked, self.folder = {}, [], folder
        self.ca = folder / "ca.pem"
        self._make_certificates()
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                provider.asked.append(self.path)
                status, headers, body = provider.pages.get(self.path, (404, {}, b""))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    pass  # the client has seen enough

            def log_message(self, *_):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "server.pem", folder / "server-key.pem")
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # clients that do not trust the CA hang up
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.host = f"localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _make_certificates(self):
        ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        ca = _certificate(_name("Interop CA"), _name("Interop CA"), ca_key, ca_key,
                          (x509.BasicConstraints(ca=True, path_length=0), True))
        names = x509.SubjectAlternativeName(
            [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        server = _certificate(_name("localhost"), _name("Interop CA"), key, ca_key, (names, False),
                              (x509.BasicConstraints(ca=False, path_length=None), True))
        pem = serialization.Encoding.PEM
        self.ca.write_bytes(ca.public_bytes(pem))
        (self.folder / "server.pem").write_bytes(server.public_bytes(pem))
        (self.folder / "server-key.pem").write_bytes(key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))

    def issuer(self, name: str) -> str:
        """The issuer of that name, on this server."""
        return f"https://{self.host}/{name}"

    def discover(self, name: str, **changes):
        """Publishes the discovery document of an issuer, good but for the changes; gives the issuer."""
        issuer = self.issuer(name)
        document = {"issuer": issuer, "jwks_uri": f"{issuer}/certs"} | changes
        self.page(f"/{name}/.well-known/openid-configuration", json.dumps(document))
        return issuer

    def page(self, path: str, body, status=200, **headers):
        """Publishes a page."""
        body = body.encode() if isinstance(body, str) else body
        self.pages[path] = (status, headers, body)

    def stop(self):
        """Nobody answers any more."""
        self.server.shutdown()
        self.server.server_close()
