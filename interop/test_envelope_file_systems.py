"""`seal`, `open` and `rewrap` on file systems of other kinds: full ones (a real ENOSPC), and one on which every file has a
name, and there are no hard links. And over a file that may not be written to."""

import os
import signal
import subprocess

import pytest

import file_system
import harness
from test_envelope_manners import MIB, PAIRS, names_in, sealed, some_bytes

# ext4 tells at once that there is no room, tmpfs in the middle of writing; both hold one of the messages below, and not two.
SMALL_MIB = {"tmpfs": 8, "ext4": 12}
SAYS = {"tmpfs": "cannot write the output", "ext4": "cannot reserve room for the output"}
FITS = some_bytes(6 * MIB)
TOO_LONG = some_bytes(20 * MIB)


@pytest.fixture(params=sorted(SMALL_MIB))
def small(request, tmp_path):
    """The kind and the mount point of a small file system."""
    kind, mount = request.param, tmp_path / "small"
    mount.mkdir()
    if kind == "tmpfs":
        how = ("-t", "tmpfs", "-o", f"size={SMALL_MIB[kind]}m", "tmpfs")
    else:
        image = tmp_path / "image"
        subprocess.run(["truncate", "-s", f"{SMALL_MIB[kind]}M", image], check=True)
        # Without a journal, which would take most of it.
        subprocess.run(["mkfs.ext4", "-q", "-O", "^has_journal", image], check=True, capture_output=True)
        how = ("-o", "loop", image)
    subprocess.run(["mount", *how, mount], check=True, capture_output=True)
    try:
        if kind == "ext4":
            (mount / "lost+found").rmdir()
        yield kind, mount
    finally:
        subprocess.run(["umount", "-l", mount], check=True)


def no_room(done, kind):
    assert done.returncode == 5, done
    assert SAYS[kind] in done.stderr and "hint: make room" in done.stderr, done.stderr


def test_full_disk_is_said_and_leaves_what_was_there(service, env, shared_key, tmp_path, small):
    kind, mount = small
    key = ("--key-id", shared_key["Arn"])
    (tmp_path / "fits").write_bytes(FITS)
    message = sealed(service, env, shared_key, tmp_path, TOO_LONG, "long")
    (mount / "old").write_bytes(b"old")
    for force in ((), ("--force",)):
        output = mount / ("old" if force else "new")
        no_room(service.cli("seal", *force, *key, *PAIRS, "-o", output, tmp_path / "long", env=env), kind)
        no_room(service.cli("open", *force, *key, "-o", output, message, env=env), kind)
        assert names_in(mount) == ["old"] and (mount / "old").read_bytes() == b"old"
    done = service.cli("seal", *key, *PAIRS, "-o", mount / "new", tmp_path / "fits", env=env)
    assert done.returncode == 0, f"the positive control: {done.stderr}"
    assert names_in(mount) == ["new", "old"]


def test_full_disk_leaves_the_message_that_was_to_be_rewrapped(service, env, shared_key, key, tmp_path, small):
    kind, mount = small
    (tmp_path / "fits").write_bytes(FITS)
    message = mount / "doc.sealed"
    sealing = ("seal", "--key-id", shared_key["Arn"], *PAIRS, "-o", message, tmp_path / "fits")
    assert service.cli(*sealing, env=env).returncode == 0
    before = message.read_bytes()
    no_room(service.cli("rewrap", "--key-id", key["Arn"], message, env=env), kind)
    assert names_in(mount) == ["doc.sealed"] and message.read_bytes() == before
    moved = tmp_path / "doc.sealed"
    moved.write_bytes(before)
    done = service.cli("rewrap", "--key-id", key["Arn"], moved, env=env)
    assert done.returncode == 0, f"the positive control: {done.stderr}"


@pytest.mark.parametrize("small", ["tmpfs"], indirect=True)
def test_resumable_seal_goes_on_when_there_is_room(service, env, shared_key, tmp_path, small):
    kind, mount = small
    key = ("--key-id", shared_key["Arn"])
    (tmp_path / "long").write_bytes(TOO_LONG)
    sealing = ("seal", "--resumable", *key, *PAIRS, "-o", mount / "out", tmp_path / "long")
    no_room(service.cli(*sealing, env=env), kind)
    assert names_in(mount) == ["out.partial", "out.resume"]
    no_room(service.cli(*sealing, env=env), kind)  # and again, with what the first run left
    assert names_in(mount) == ["out.partial", "out.resume"]
    subprocess.run(["mount", "-o", "remount,size=64m", mount], check=True)
    done = service.cli(*sealing, env=env)
    assert done.returncode == 0, done.stderr
    assert names_in(mount) == ["out"]
    opened = service.cli("open", "-q", *key, "-o", "-", mount / "out", env=env, text=False)
    assert (opened.returncode, opened.stdout) == (0, TOO_LONG), opened.stderr


@pytest.mark.parametrize("small", ["ext4"], indirect=True)
def test_refused_resumable_seal_takes_no_room(service, env, shared_key, tmp_path, small):
    kind, mount = small
    key = ("--key-id", shared_key["Arn"])
    for name, content in (("fits", FITS), ("long", TOO_LONG)):
        (tmp_path / name).write_bytes(content)
    sealing = ("seal", "--resumable", *key, *PAIRS, "-o", mount / "out", tmp_path / "long")
    for run in ("first", "second"):
        no_room(service.cli(*sealing, env=env), kind)
        assert names_in(mount) == ["out.partial", "out.resume"], run
        other = service.cli("seal", *key, *PAIRS, "-o", mount / run, tmp_path / "fits", env=env)
        assert other.returncode == 0, f"after the {run} run: {other.stderr}"
        (mount / run).unlink()


# Root may write to any file; without these two it is like anybody else.
LIKE_ANYBODY = ("setpriv", *(f"--{of}=-dac_override,-dac_read_search" for of in ("bounding-set", "inh-caps")))


def test_resumable_seal_takes_its_read_only_partial_output(service, env, shared_key, tmp_path):
    """A run that ended before it replaced a read-only file leaves one."""
    (tmp_path / "doc").write_bytes(FITS)
    partial = tmp_path / "out.partial"
    partial.write_bytes(b"left")
    partial.chmod(0o444)
    refused = subprocess.run([*LIKE_ANYBODY, "sh", "-c", ': >> "$0"', partial], capture_output=True, text=True)
    assert refused.returncode != 0 and "denied" in refused.stderr, f"the control: {refused}"
    sealing = (service.program, "seal", "--resumable", "--key-id", shared_key["Arn"], *PAIRS, "-o", tmp_path / "out",
               tmp_path / "doc")
    done = subprocess.run([*LIKE_ANYBODY, *sealing], env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert names_in(tmp_path) == ["doc", "out"]


# --- where every file has a name


@pytest.fixture
def named_only(tmp_path):
    """A folder on a file system with neither files without a name, nor hard links, nor renames that mind the new name."""
    if missing := file_system.why_not():
        pytest.skip(missing)
    made = file_system.Mounted(tmp_path / "behind", tmp_path / "named")
    try:
        with pytest.raises(OSError):
            os.open(made.mount, os.O_TMPFILE | os.O_RDWR)
        (made.mount / "a").write_bytes(b"x")
        with pytest.raises(OSError):
            os.link(made.mount / "a", made.mount / "b")
        (made.mount / "a").unlink()
        yield made.mount
    finally:
        made.end()


def test_outputs_get_their_names_without_hard_links(service, env, shared_key, tmp_path, named_only):
    key = ("--key-id", shared_key["Arn"])
    document = tmp_path / "doc"
    document.write_bytes(FITS)
    for how in ((), ("--resumable",)):
        sealing = ("seal", *how, *key, *PAIRS, "-o", named_only / "out.sealed", document)
        done = service.cli(*sealing, env=env)
        assert done.returncode == 0, done.stderr
        taken = service.cli(*sealing, env=env)
        assert taken.returncode == 5 and "exists already" in taken.stderr, taken
        opened = service.cli("open", *key, "-o", named_only / "out", named_only / "out.sealed", env=env)
        assert opened.returncode == 0, opened.stderr
        assert (named_only / "out").read_bytes() == FITS
        assert names_in(named_only) == ["out", "out.sealed"]
        for name in ("out", "out.sealed"):
            (named_only / name).unlink()


def opening_a_pipe(service, env, key, output, how, disposition):
    """`open` of a pipe into a file, with what it does on a signal before it begins; and the pipe's end to write to."""
    reader, writer = os.pipe()
    command = [service.program, "open", "--key-id", key["Arn"], "-o", output, "-"]
    opening = subprocess.Popen(command, stdin=reader, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env, text=True,
                               preexec_fn=lambda: signal.signal(how, disposition))
    os.close(reader)
    return opening, open(writer, "wb")


def temporary_bytes(folder):
    """How long the temporary file is; None if there is none."""
    found = [path.stat().st_size for path in folder.iterdir() if path.name.startswith(".strongroom-")]
    return found[0] if found else None


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_leaves_no_plaintext_in_a_temporary_file(service, env, shared_key, tmp_path, named_only, how):
    message = sealed(service, env, shared_key, tmp_path, FITS).read_bytes()
    opening, pipe = opening_a_pipe(service, env, shared_key, named_only / "out", how, signal.SIG_DFL)
    with pipe:
        pipe.write(message[:-1000])
        pipe.flush()
        harness.eventually("plaintext in the temporary file", lambda: temporary_bytes(named_only))
        opening.send_signal(how)  # it waits for a pipe that goes on
        assert opening.wait(timeout=60) == 128 + how
    opening.communicate()
    assert names_in(named_only) == []


def test_signal_that_is_ignored_stays_ignored(service, env, shared_key, tmp_path, named_only):
    message = sealed(service, env, shared_key, tmp_path, FITS).read_bytes()
    how = signal.SIGHUP
    opening, pipe = opening_a_pipe(service, env, shared_key, named_only / "out", how, signal.SIG_IGN)
    with pipe:
        pipe.write(message[:-1000])
        pipe.flush()
        harness.eventually("plaintext in the temporary file", lambda: temporary_bytes(named_only))
        opening.send_signal(how)
        pipe.write(message[-1000:])
    _, said = opening.communicate(timeout=120)
    assert opening.returncode == 0, said
    assert (named_only / "out").read_bytes() == FITS
