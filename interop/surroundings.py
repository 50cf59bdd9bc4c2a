"""What a service needs around it for every one of its processes to run: a sink for the courier, an identity provider for the
fetcher, and a custom key store in a token for the token's worker. Nothing here knows a test."""

import base64
from pathlib import Path

import harness
import orphans
from identity_provider import HttpsProvider

# The label of the token of the custom key store.
HOSTED = "hosted"

# The description of keys that no writer has asked for, and what is encrypted under them.
PROBE = "probe"
OLD = base64.b64encode(b"old").decode()


class Surroundings:
    """They outlive the service, whatever is killed. `export` is the folder of the sink."""

    def __init__(self, folder, service):
        self.export = Path(folder) / "export"
        self.provider = HttpsProvider(Path(folder))
        token = service.token or harness.Token(Path(folder) / "token")
        token.initialise(HOSTED)
        configuration = Path(folder) / "strongroom.toml"
        configuration.write_text(
            f'[[audit.sink]]\nname = "export"\nurl = "file://{self.export}"\nrequired = true\nbatch_ms = 500\n'
            f'[[key_store.cluster]]\nid = "{orphans.CLUSTER}"\nmodule = "{token.MODULE}"\ntoken = "{HOSTED}"\n'
            f'pin_file = "{token.pin_file}"\n')
        service.variables = token.variables | {"STRONGROOM_CONFIG": str(configuration)}
        service.options += ["--oidc-issuer", self.provider.discover("listed"), "--oidc-ca", str(self.provider.ca)]
        self.blob = None

    def make_hosted_key(self, client):
        """A key in the token, and a ciphertext under it."""
        store = orphans.connected(client.call)
        self.blob = old_blob(client, Origin="AWS_CLOUDHSM", CustomKeyStoreId=store)

    def lag(self, service) -> float:
        """How many records the sink lacks, as far as the front has heard."""
        sinks = service.operator("audit", "sinks", "--json")["Sinks"]
        return sinks[0]["lag_records"] if sinks else float("inf")


def old_blob(client, **where):
    """A ciphertext under a key of its own."""
    made = client.call("CreateKey", {"Description": PROBE} | where)
    if made.status != 200:
        raise SystemExit(f"FAILED, no key to begin with: {made.body}")
    return client.call("Encrypt", {"KeyId": made.json["KeyMetadata"]["KeyId"], "Plaintext": OLD}).json["CiphertextBlob"]
