"""Everything is killed in the middle of what an operator does to the vault: the service starts, everything opens, and the act
is wholly done or not at all, or goes on by itself.

Each act is done once undisturbed, which says how long it takes; then it is begun again and again, and all processes are killed
at a random moment of that time and a little more. `STRONGROOM_CUSTODY_KILLS` says how often (4); `STRONGROOM_SEED` repeats the
moments."""

import json
import os
import random
import subprocess
import time

import pytest

import harness
from conftest import kms_client

KILLS = int(os.environ.get("STRONGROOM_CUSTODY_KILLS", "4"))
SEED = int(os.environ.get("STRONGROOM_SEED", "20261126"))
KEYS = 40
PHRASE = "correct horse battery staple"

# What goes on in the background after the answer is killed as well.
AFTERWARDS = 0.4


class Custody:
    """A service with keys and ciphertexts, opened by whatever root the run has, and acts that are killed."""

    def __init__(self, folder, chance):
        self.folder, self.chance, self.count = folder, chance, 0
        self.phrase = folder / "phrase"
        self.phrase.write_text(PHRASE + "\n")
        self.phrase.chmod(0o600)
        self.service = harness.Service(folder / "own").start()
        self.kms = kms_client(self.service.env())
        self.keys = [self.kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(KEYS)]
        self.blobs = {key: self.kms.encrypt(KeyId=key, Plaintext=key.encode())["CiphertextBlob"] for key in self.keys}

    def status(self):
        return self.service.operator("vault", "status")

    def roots(self):
        return {root["name"] for root in self.status()["roots"]}

    def next(self):
        self.count += 1
        return self.count

    def undisturbed(self, *act) -> float:
        """Does an act; how many seconds it took."""
        began = time.monotonic()
        done = self.service.cli(*act, "--data-dir", self.service.data_dir)
        assert done.returncode == 0, done.stderr
        return time.monotonic() - began

    def killed(self, seconds, *act) -> bool:
        """Begins an act, kills everything within `seconds` and a little more, and starts the service again. Whether the act
        was acknowledged."""
        line = [self.service.program, *map(str, act), "--data-dir", str(self.service.data_dir)]
        asking = subprocess.Popen(line, env=harness.clean_environment(), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(self.chance.uniform(0, seconds + AFTERWARDS))  # the moment of the kill is what is random
        self.service.kill()
        _, complaint = asking.communicate(timeout=30)
        assert "panicked" not in complaint, complaint
        self.service.start()
        self.everything_opens()
        return asking.returncode == 0

    def everything_opens(self):
        harness.eventually("the service is open", lambda: self.status()["state"] == "open")
        for key, blob in self.blobs.items():
            assert self.kms.decrypt(CiphertextBlob=blob)["Plaintext"] == key.encode()
        key = self.chance.choice(self.keys)
        again = self.kms.encrypt(KeyId=key, Plaintext=b"again")["CiphertextBlob"]
        assert self.kms.decrypt(CiphertextBlob=again)["Plaintext"] == b"again"


@pytest.fixture
def custody(tmp_path):
    made = Custody(tmp_path, random.Random(SEED))
    yield made
    made.service.kill()


def versions(custody):
    return [key["version"] for key in custody.status()["domain_keys"]]


def test_rotation_of_the_domain_key_happens_or_not_and_wrapping_anew_goes_on(custody):
    rotate = ("vault", "rotate-domain-key")
    seconds = custody.undisturbed(*rotate)
    for _ in range(KILLS):
        before = max(versions(custody))
        acknowledged = custody.killed(seconds, *rotate)
        assert max(versions(custody)) in ([before + 1] if acknowledged else [before, before + 1])
        harness.eventually("everything wrapped anew", lambda: custody.status()["records_to_rewrap"] == 0, 60)
    custody.everything_opens()


def enrol(name, phrase):
    return "vault", "enroll", "--kind", "passphrase", "--name", name, "--passphrase-file", phrase


def test_root_is_enrolled_or_not_and_opens_if_it_is(custody):
    seconds = custody.undisturbed(*enrol("first", custody.phrase))
    for _ in range(KILLS):
        name = f"root-{custody.next()}"
        acknowledged = custody.killed(seconds, *enrol(name, custody.phrase))
        enrolled = name in custody.roots()
        assert enrolled or not acknowledged
        custody.service.operator("vault", "seal")
        custody.service.operator("vault", "unseal", "--passphrase-file", str(custody.phrase))
        custody.everything_opens()
        if enrolled:
            custody.service.operator("vault", "remove", name, "--passphrase-file", str(custody.phrase))


def test_root_is_removed_or_not_and_the_others_open(custody):
    (own,) = custody.roots()
    custody.undisturbed(*enrol("first", custody.phrase))
    custody.undisturbed(*enrol("removed", custody.phrase))
    remove = ("vault", "remove", "removed", "--passphrase-file", custody.phrase)
    seconds = custody.undisturbed(*remove)
    for _ in range(KILLS):
        custody.undisturbed(*enrol("removed", custody.phrase))
        acknowledged = custody.killed(seconds, *remove)
        left = custody.roots()
        assert left - {"removed"} == {own, "first"}, left
        assert not (acknowledged and "removed" in left)
        if "removed" in left:
            custody.undisturbed(*remove)
        custody.service.operator("vault", "seal")
        custody.service.operator("vault", "unseal", "--passphrase-file", str(custody.phrase))
        custody.everything_opens()


def test_scrub_is_done_or_can_be_done_again(custody):
    seconds = custody.undisturbed("vault", "scrub")
    for _ in range(KILLS):
        custody.service.operator("root", "renew-access-key")
        custody.kms = kms_client(custody.service.env())
        acknowledged = custody.killed(seconds, "vault", "scrub")
        wanted = "scrub_wanted_since_ms" in custody.status()
        assert not (acknowledged and wanted)
        custody.undisturbed("vault", "scrub")
        assert "scrub_wanted_since_ms" not in custody.status()
    custody.everything_opens()


def create_set(custody):
    folder = custody.folder / f"shares-{custody.next()}"
    return folder, ("vault", "recovery", "create", "--shares", "3", "--threshold", "2", "--out-dir", folder)


def drill(custody, file, folder):
    """The finished rehearsal of a restore with two shares."""
    words = [word for number in (1, 2) for word in ("--share-file", folder / f"share-{number}.txt")]
    return custody.service.cli("restore", "--from", file, "--drill", *words)


def test_recovery_set_is_made_or_not_and_shares_that_were_handed_out_open(custody):
    folder, create = create_set(custody)
    seconds = custody.undisturbed(*create)
    custody.undisturbed("vault", "recovery", "remove")
    for _ in range(KILLS):
        folder, create = create_set(custody)
        acknowledged = custody.killed(seconds, *create)
        made = custody.service.operator("vault", "recovery", "status")
        assert made or not acknowledged
        if acknowledged:
            file = custody.folder / f"{folder.name}.backup"
            custody.undisturbed("backup", "--out", file)
            assert drill(custody, file, folder).returncode == 0
        if made:
            # Nobody may hold its shares: another set takes its place.
            custody.undisturbed("vault", "recovery", "remove")
    folder, create = create_set(custody)
    custody.undisturbed(*create)
    custody.undisturbed("backup", "--out", custody.folder / "last.backup")
    assert drill(custody, custody.folder / "last.backup", folder).returncode == 0


def test_backup_is_whole_or_not_there(custody):
    folder, create = create_set(custody)
    custody.undisturbed(*create)
    seconds = custody.undisturbed("backup", "--out", custody.folder / "first.backup")
    for _ in range(KILLS):
        file = custody.folder / f"backup-{custody.next()}"
        acknowledged = custody.killed(seconds, "backup", "--out", file)
        assert file.exists() or not acknowledged
        if file.exists():
            done = drill(custody, file, folder)
            assert done.returncode == 0, done.stderr
            assert json.loads(done.stdout)["drill"] is True
        else:
            custody.undisturbed("backup", "--out", file)
            assert drill(custody, file, folder).returncode == 0
