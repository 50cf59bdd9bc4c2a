"""The systemd unit in deploy/: how much it leaves the service, that the service starts as it says, and what it tells systemd.

`under_systemd.py` does it with a real systemd.
"""

import re
import shlex
import shutil
import socket
import subprocess
from pathlib import Path

import harness

UNIT = Path(__file__).resolve().parent.parent / "deploy" / "strongroom.service"

# systemd's measure of exposure, times ten: 0 is nothing, 100 everything.
EXPOSURE_MAX = 15


def exposure_fits(unit: Path) -> bool:
    """Whether `systemd-analyze security` finds the unit's exposure within the bound; needs no running systemd."""
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager",
                           f"--threshold={EXPOSURE_MAX}", str(unit)], capture_output=True, text=True, timeout=60)
    assert "Overall exposure level" in done.stdout, done.stdout + done.stderr
    return done.returncode == 0


def test_unit_leaves_the_service_little(tmp_path):
    assert shutil.which("systemd-analyze"), "Debian's package systemd has it"
    assert exposure_fits(UNIT)
    # Control: without what hardens it the same unit is refused.
    bare = tmp_path / "strongroom.service"
    bare.write_text(re.sub(r"(?m)^(Protect|Private|Restrict|SystemCall|Capability|NoNew).*\n", "", UNIT.read_text()))
    assert not exposure_fits(bare)


def test_service_starts_with_the_command_line_of_the_unit(tmp_path):
    line = shlex.split(re.search(r"(?m)^ExecStart=(.*)$", UNIT.read_text())[1])
    assert line[1] == "serve"
    settings = dict(zip(line[2::2], line[3::2]))
    # The folders and the port are the test's; the first start, by hand, makes the root key.
    first = harness.Service(tmp_path / "own", root="key-file")
    moved = {"--data-dir": first.data_dir, "--secrets-dir": tmp_path / "own-secrets",
             "--listen": f"127.0.0.1:{first.port}"}
    assert set(settings) == {*moved, "--root"}
    first.options = ["--secrets-dir", str(moved["--secrets-dir"])]
    first.start()
    try:
        assert first.stop() == 0
        credentials = tmp_path / "credentials"
        credentials.mkdir()
        (moved["--secrets-dir"] / "root-key").rename(credentials / "strongroom-root")
        first.options += ["--root", settings["--root"]]
        first.variables = {"CREDENTIALS_DIRECTORY": str(credentials)}
        assert first.start().healthy()
    finally:
        first.kill()


def test_service_manager_hears_of_ready_and_of_the_end(tmp_path):
    service = harness.Service(tmp_path / "data")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(harness.START_SECONDS)
        service.variables = {"NOTIFY_SOCKET": str(tmp_path / "notify")}
        try:
            service.start()
            assert manager.recv(512).decode() == f"READY=1\nSTATUS=Serves on https://127.0.0.1:{service.port}"
            # A start that is refused is none: the next that is heard is the first one's end.
            refused = service.cli("serve", "--data-dir", service.data_dir, "--listen", f"127.0.0.1:{harness.free_port()}",
                                  env=harness.clean_environment() | service.variables)
            assert refused.returncode != 0
            assert service.stop() == 0
            assert manager.recv(512).startswith(b"STOPPING=1\n")
        finally:
            service.kill()
