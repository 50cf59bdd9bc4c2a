"""What a sink has received of the audit log verifies like the log, without the service, and what was altered is named."""

import gzip
import hashlib
import json
import shutil

import pytest

import harness
from conftest import kms_client
from exported import MANIFESTS


class Delivered:
    """A service that has ended, whose log was delivered to a folder in some batches."""

    def __init__(self, folder):
        self.service, self.export = harness.Service(folder / "data"), folder / "export"
        settings = folder / "strongroom.toml"
        settings.write_text(f'[[audit.sink]]\nname = "export"\nurl = "file://{self.export}"\nbatch_records = 20\nbatch_ms = 100\n')
        self.service.variables = {"STRONGROOM_CONFIG": str(settings)}
        kms = kms_client(self.service.start().env())
        self.key = kms.create_key()["KeyMetadata"]["KeyId"]
        for _ in range(80):
            kms.generate_data_key(KeyId=self.key, KeySpec="AES_256")
        assert self.service.stop() == 0  # the end delivers what is there

    def verify(self, *where):
        where = where or ("--data-dir", self.service.data_dir)
        return self.service.cli("audit", "verify", "--export", self.export, *where)

    def named(self) -> str:
        """What is said to be wrong."""
        done = self.verify()
        assert done.returncode != 0, done.stdout
        return done.stderr

    def manifests(self) -> list:
        return sorted((self.export / MANIFESTS).glob("*.json"))

    def batch_in_the_middle(self):
        """The manifest and the file of a batch that others surround, with records of the key in it."""
        for manifest in self.manifests()[1:-1]:
            for entry in json.loads(manifest.read_text())["files"]:
                file = self.export / entry["name"]
                if self.key.encode() in gzip.decompress(file.read_bytes()):
                    return manifest, file
        raise AssertionError(f"too few batches: {self.manifests()}")


@pytest.fixture(scope="module")
def delivered(tmp_path_factory):
    made = Delivered(tmp_path_factory.mktemp("delivered"))
    yield made
    made.service.kill()


@pytest.fixture
def unharmed(delivered):
    """Puts back whatever a test does to the export, and looks whether it verifies then."""
    kept = {path: path.read_bytes() for path in delivered.export.rglob("*") if path.is_file()}
    yield delivered
    for path, content in kept.items():
        path.write_bytes(content)
    assert delivered.verify().returncode == 0, "the control"


def test_export_verifies_for_whoever_has_checkpoints_and_public_keys(delivered, tmp_path):
    checkpoints, keys = tmp_path / "checkpoints", tmp_path / "keys"
    shutil.copy(delivered.service.data_dir / "audit" / "checkpoints", checkpoints)
    shutil.copy(delivered.service.secrets_dir / "audit-public-keys", keys)
    count = len(list(delivered.service.audit_lines()))
    for where in ((), ("--checkpoints", checkpoints, "--public-key", keys)):
        done = delivered.verify(*where)
        assert done.returncode == 0, done.stderr
        assert f"{count} records are what was signed" in done.stdout and "not here" not in done.stdout, done.stdout
    service = delivered.service
    for export in ((), ("--export", service.data_dir / "audit")):
        misused = service.cli("audit", "verify", *export, "--data-dir", service.data_dir, "--checkpoints", checkpoints)
        said = "--checkpoints is for" if export else "--export"
        assert misused.returncode == 2 and said in misused.stderr, misused


def test_altered_file_of_an_export_is_named(unharmed):
    manifest, file = unharmed.batch_in_the_middle()
    genuine = file.read_bytes()
    altered = gzip.compress(gzip.decompress(genuine).replace(unharmed.key.encode(), b"0" * len(unharmed.key), 1))
    file.write_bytes(altered)
    assert file.name in (said := unharmed.named()) and "SHA-256" in said, said
    file.write_bytes(genuine[:-1])
    assert file.name in unharmed.named()
    file.unlink()
    assert file.name in unharmed.named()
    # Whoever alters it alters its hash too: then it is not what was signed.
    file.write_bytes(altered)
    hashes = [hashlib.sha256(content).hexdigest() for content in (genuine, altered)]
    manifest.write_text(manifest.read_text().replace(*hashes))
    assert "not what was signed" in unharmed.named()


def test_missing_batch_of_an_export_is_named_and_the_last_one_may_still_come(unharmed):
    manifest, _ = unharmed.batch_in_the_middle()
    text = manifest.read_text()
    manifest.unlink()
    assert f"record {json.loads(text)['first']}: the line is missing" in unharmed.named()
    manifest.write_text(text)
    unharmed.manifests()[-1].unlink()
    done = unharmed.verify()
    assert done.returncode == 0 and "are not here, or not yet" in done.stdout, done.stdout + done.stderr
