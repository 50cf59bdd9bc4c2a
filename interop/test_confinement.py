"""The running processes are confined as docs/processes.md says; with the switch of the tests the front is not.

What the confinement refuses is tried in crates/confine/tests, with the same calls in a child of the test."""

import os
from pathlib import Path

import pytest

import harness


def facts(pid):
    """The lines of /proc/PID/status that tell what a process has given up."""
    lines = (line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().split("\n") if ":" in line)
    return {name: value.strip() for name, value in lines}


@pytest.fixture
def processes(tmp_path):
    """Starts a service and gives the facts of its processes by role."""
    running = harness.Service(tmp_path / "data")

    def start(*options):
        running.options = list(options)
        running.start()
        return {role: facts(running.child(role)) for role in ("vault-process", "front-process")}

    yield start
    running.kill()


def test_vault_and_front_are_filtered_and_without_capabilities(processes):
    for role, status in processes().items():
        assert status["Seccomp"] == "2" and status["NoNewPrivs"] == "1", (role, status)
        assert int(status["CapEff"], 16) == 0, (role, status)


def test_vault_that_root_started_is_a_user_who_owns_nothing(processes):
    """The front opens the service's folders, and stays the service's user: the control."""
    started = processes()
    own = [str(os.geteuid())] * 4
    assert started["front-process"]["Uid"].split() == own
    vault = started["vault-process"]
    if os.geteuid() != 0:
        # Only root can become somebody else.
        assert vault["Uid"].split() == own, vault
    else:
        assert vault["Uid"].split() == vault["Gid"].split() == ["65521"] * 4 and vault["Groups"] == "", vault


def test_switch_leaves_the_front_unconfined(processes):
    """The control: the facts above are this program's doing."""
    status = processes("--unconfined")["front-process"]
    assert status["Seccomp"] == "0", status


def test_vault_holds_no_file_and_no_network_socket(tmp_path):
    service = harness.Service(tmp_path / "data").start()
    try:
        def opened(role):
            return [str(link.readlink()) for link in Path(f"/proc/{service.child(role)}/fd").iterdir()]

        vault = [target for target in opened("vault-process") if not target.startswith(("socket:", "pipe:", "/dev/null"))]
        assert all("secretmem" in target or "memfd" in target for target in vault), vault
        network = Path(f"/proc/{service.child('front-process')}/net/tcp").read_text()
        inodes = {line.split()[9] for line in network.split("\n")[1:] if line}

        def listens(role):
            return any(target[8:-1] in inodes for target in opened(role) if target.startswith("socket:["))

        assert listens("front-process")  # control: this is how a listening process looks
        assert not listens("vault-process")
    finally:
        service.kill()
