"""Known secrets go through a whole service at level trace, and are nowhere afterwards (`canary.py` has the run and the scan).

A core file is the front's memory, so the front is looked at both ways: confined it writes none, and unconfined, with core files
allowed by root, it writes one in which no secret is."""

import ctypes
import mmap
import os
import resource
import signal
from pathlib import Path

import pytest

import canary
import harness
import scanner
from conftest import kms_client

PATTERN = Path("/proc/sys/kernel/core_pattern").read_text().strip()


@pytest.fixture(scope="module", params=["key-file", "pkcs11"])
def ran(request, tmp_path_factory):
    """A run that is over; its service is quiet and still there."""
    run = canary.Run(tmp_path_factory.mktemp("canary"), request.param)
    try:
        yield run.all()
    finally:
        run.service.kill()


@pytest.mark.parametrize("role", ["front-process", "vault-process", "token-process", "supervisor"])
def test_no_secret_stays_in_memory_that_swap_could_take(ran, role):
    assert ran.service.token or "root key" in ran.secrets, "the one that moves from process to process"
    assert {"pin", "keyring key 1", "domain key 1", "domain key 2"} <= ran.secrets.keys()
    assert any(name.startswith("backing key") for name in ran.secrets)
    assert ran.in_memory(role) == {}


def test_passphrase_of_a_descriptor_stays_in_no_memory_that_swap_could_take(tmp_path):
    phrase = b"passphrase " + os.urandom(12).hex().encode()
    number, write = os.pipe()
    os.write(write, phrase + b"\n")
    os.close(write)
    service = harness.Service(tmp_path / "data", root="key-file")
    service.options = ["--root", "passphrase", "--passphrase-fd", str(number)]
    service.descriptors = (number,)
    try:
        service.start()
        os.close(number)
        # The control: it is kept, for the next vault opens with it.
        gone = service.child("vault-process")
        os.kill(gone, signal.SIGKILL)
        harness.eventually("another vault", lambda: service.child("vault-process") not in (None, gone))
        harness.eventually("it is open", service.healthy)
        scan = scanner.Scanner({"passphrase": phrase}, scanner.spellings_in_memory)
        processes = {"supervisor": service.process.pid} | {role: service.child(role) for role in ("front-process", "vault-process")}
        assert {role: scanner.found_when_quiet(scan, pid) for role, pid in processes.items()} == dict.fromkeys(processes, {})
    finally:
        service.kill()


def test_no_secret_is_left_behind(ran, tmp_path):
    assert len(ran.secrets) >= canary.SECRETS_MIN and len(ran.refusals) >= 10
    assert len(ran.ciphertexts) == 2 * canary.CIPHERTEXTS
    assert {"MFA seed", "MFA seed as text", "grant token", "session token 0", "role session token 0",
            "session token with MFA"} <= ran.secrets.keys()
    assert len(ran.contexts) >= 5
    assert scanner.planted(scanner.Scanner(ran.looked_for()), ran.looked_for(), tmp_path / "planted") == []
    assert ran.left_behind() == {}


def test_scan_of_memory_finds_what_is_there():
    """The control of the scans of processes: this one has the secret. Only memory that is locked is passed over."""
    secret, guarded = os.urandom(32), mmap.mmap(-1, mmap.PAGESIZE)
    guarded.write(secret)
    scan = scanner.Scanner({"own": secret}, scanner.spellings_in_memory)
    hold = ctypes.c_char.from_buffer(guarded)
    page = ctypes.c_void_p(ctypes.addressof(hold)), ctypes.c_size_t(mmap.PAGESIZE)

    def places():
        return {mapping for mapping in scan.memory(os.getpid()) if f" {page[0].value:x}-" in mapping}

    assert ["own"] in scan.memory(os.getpid()).values() and len(places()) == 1
    guarded.madvise(mmap.MADV_DONTDUMP)
    assert len(places()) == 1, "core files are not all that there is"
    assert ctypes.CDLL(None).mlock(*page) == 0
    assert not places()


@pytest.fixture
def abort(tmp_path, monkeypatch):
    """Starts a service in a folder of its own, sends secrets through it, and ends the front so that it leaves a core file if
    it can, root having raised its limit. Gives the core files and a scanner."""
    folder = tmp_path / "cores"
    folder.mkdir()
    monkeypatch.chdir(folder)
    service = harness.Service(tmp_path / "data")

    def run(*options):
        service.options = list(options)
        service.start()
        kms = kms_client(service.env())
        key = kms.create_key(Description="canary-marker-of-the-front")["KeyMetadata"]["KeyId"]
        secrets = {}
        for number in range(32):
            made = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
            assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"]
            secrets[f"data key {number}"] = made["Plaintext"]
        kms.close()
        front = service.child("front-process")
        scan = scanner.Scanner(secrets, scanner.spellings_in_memory)
        scanner.found_when_quiet(scan, front)  # what is left then is in the core file, if there is one
        try:
            resource.prlimit(front, resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        except PermissionError:
            pytest.skip("CAP_SYS_RESOURCE is missing")
        os.kill(front, signal.SIGABRT)
        harness.eventually("another front", lambda: service.child("front-process") not in (None, front))
        harness.eventually("it serves", service.healthy)
        return list(folder.glob("core*")), scan

    yield run
    service.kill()


def test_confined_front_writes_no_core_file_whatever_its_limit(abort):
    cores, _ = abort()
    assert cores == []


def test_core_file_of_an_unconfined_front_holds_no_key_bytes(abort):
    """The control of the test above: without the confinement there is a core file. The allocator has wiped it."""
    cores, scan = abort("--unconfined")
    if PATTERN.startswith("core"):
        assert cores, "core files of this machine lie in the working directory, and there is none"
    for path in cores:
        content = path.read_bytes()
        assert b"canary-marker-of-the-front" in content, "the core file has the front's memory"
        assert scan.find(content) == []
