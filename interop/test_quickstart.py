"""`strongroom quickstart` as somebody meets it who has settings of his own, who interrupts it, or who looks at what it leaves."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path

import pytest

import harness
from harness import run


@pytest.fixture
def own(tmp_path):
    """A service of this test's own."""
    running = harness.Service(tmp_path / "own", root="key-file").start()
    yield running
    running.kill()


def test_quickstart_is_free_of_the_callers_configuration(own, tmp_path):
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "strongroom.toml").write_text('listen = "127.0.0.1:1"\nregion = "eu-west-1"\n')
    (folder / "letter.txt").write_text("Dear reader\n")
    credentials = (own.secrets_dir / "root-credentials.json").read_bytes()
    environment = harness.clean_environment() | {
        "STRONGROOM_SECRETS_DIR": str(own.secrets_dir), "STRONGROOM_DATA_DIR": str(own.data_dir),
        "STRONGROOM_ACCOUNT": "nonsense", "STRONGROOM_LISTEN": f"127.0.0.1:{own.port}", "STRONGROOM_CONFIG": "/nonexistent"}
    done = run("quickstart", "letter.txt", env=environment, cwd=folder, timeout=120)
    assert done.returncode == 0 and "identical" in done.stdout, done.stderr
    assert "LOSING EITHER FOLDER" not in done.stdout
    assert (own.secrets_dir / "root-credentials.json").read_bytes() == credentials
    assert sorted(path.name for path in folder.iterdir()) == ["letter.txt", "strongroom.toml"]
    assert own.healthy()


def test_quickstart_keeps_its_state_where_it_is_told(tmp_path):
    environment = harness.clean_environment() | {"PATH": "/usr/bin:/bin"}
    done = run("quickstart", "--data-dir", "kept here/", env=environment, cwd=tmp_path, timeout=120)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept here", "kept here.secrets"]
    # What it tells to do next can be copied into a shell that does not find this program yet.
    assert f"strongroom serve --data-dir '{tmp_path / 'kept here'}" in done.stdout, done.stdout
    assert f"export PATH={Path(harness.binary()).resolve().parent}:" in done.stdout, done.stdout


def below_that_runs(pid, word):
    """The processes below `pid` that were called with this word."""
    def words(child):
        with contextlib.suppress(OSError):
            return Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
        return []

    return [child for child in harness.children_of(pid) if word.encode() in words(child)]


def has_open(pid, path):
    """Whether a process has opened a file."""
    with contextlib.suppress(OSError):
        return any(os.readlink(entry) == str(path) for entry in Path(f"/proc/{pid}/fd").iterdir())
    return False


@contextlib.contextmanager
def quickstart_midway(tmp_path, number, *options):
    """A `quickstart` whose document never ends, and its temporary folder. In the end nothing that it started runs; without
    the `number` of a signal, when the document has ended."""
    temporary, endless = tmp_path / "temporary", tmp_path / "endless"
    temporary.mkdir()
    os.mkfifo(endless)
    writer, below = os.fdopen(os.open(endless, os.O_RDWR), "wb", 0), []
    # That the signal is ignored, as under nohup, would be inherited.
    process = subprocess.Popen([harness.binary(), "quickstart", *map(str, options), str(endless)], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               env=harness.clean_environment() | {"TMPDIR": str(temporary)},
                               preexec_fn=lambda: number and signal.signal(number, signal.SIG_DFL))
    try:
        any(b"arn:aws:kms:" in line for line in process.stdout)  # reads up to the key: next comes the document
        sealing = harness.eventually("it seals", lambda: below_that_runs(process.pid, "seal"))
        # One that opened it after the last writer has gone would wait for another for ever.
        harness.eventually("it reads the document", lambda: any(has_open(pid, endless) for pid in sealing))
        below = harness.children_of(process.pid)
        assert below_that_runs(process.pid, "vault-process"), "the service is among them"
        yield process, temporary
        if number is None:
            writer.close()  # nobody is left who would end what waits for the document
        harness.eventually("the end of all that it started", lambda: not any(map(harness.alive, [*sealing, *below])))
    finally:
        writer.close()
        process.kill()
        for pid in filter(harness.alive, below):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_quickstart_that_is_interrupted_leaves_neither_service_nor_secrets(tmp_path, number):
    with quickstart_midway(tmp_path, number) as (process, temporary):
        assert list(temporary.glob("*/data.secrets/root-key")), "positive control"
        process.send_signal(number)
        assert process.wait(60) == 128 + number
        assert list(temporary.iterdir()) == []


def test_interrupted_quickstart_keeps_the_folders_that_it_was_given(tmp_path):
    with quickstart_midway(tmp_path, signal.SIGTERM, "--data-dir", tmp_path / "kept") as (process, temporary):
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 128 + signal.SIGTERM
        assert list(temporary.iterdir()) == [] and (tmp_path / "kept.secrets" / "root-key").exists()


def test_quickstart_that_is_killed_leaves_no_service(tmp_path):
    with quickstart_midway(tmp_path, None) as (process, _):
        process.kill()
        process.wait(60)


def test_quickstart_looks_for_its_file_first(tmp_path):
    done = run("quickstart", "missing.txt", "--data-dir", tmp_path / "data", cwd=tmp_path)
    assert done.returncode == 1 and "missing.txt" in done.stderr and done.stdout == "", done
    assert list(tmp_path.iterdir()) == []
