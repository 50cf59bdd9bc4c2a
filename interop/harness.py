"""Starts, stops and looks into one `strongroom serve`: what conftest.py and crash.py share.

Nothing here knows a test. A `Service` is a data directory plus the processes that serve it.
"""

import atexit
import functools
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request
import ssl
from pathlib import Path

START_SECONDS = 60
STOP_SECONDS = 40


def binary() -> str:
    """The binary under test: STRONGROOM_BINARY, else the release build of this checkout."""
    default = Path(__file__).resolve().parent.parent / "target" / "release" / "strongroom"
    return os.environ.get("STRONGROOM_BINARY", str(default))


def run(*arguments, env=None, cwd=None, timeout=60):
    """`strongroom` with these arguments, as text."""
    return subprocess.run([binary(), *map(str, arguments)], env=env or clean_environment(), cwd=cwd,
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=timeout)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on now, below the range that outgoing connections take theirs
    from: a client that calls a port of that range while nobody listens can be connected to itself."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def clean_environment() -> dict:
    """This process's environment without any AWS or Strongroom setting."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "STRONGROOM_"))}


def eventually(what, check, seconds=30.0):
    """Polls `check` until it answers something true; an AssertionError naming `what` after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        found = check()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


def children_of(pid: int) -> list:
    """The process ids below `pid`, children and grandchildren, read from /proc."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                stat = Path(f"/proc/{entry}/stat").read_text()
            except OSError:
                continue  # it ended while we looked
            parents[int(entry)] = int(stat.rpartition(")")[2].split()[1])
    found, wave = [], [pid]
    while wave:
        wave = [child for child, parent in parents.items() if parent in wave]
        found.extend(wave)
    return found


def alive(pid: int) -> bool:
    """Whether a process runs: one that has ended and that nobody has asked after does not. While a thread of it runs, what
    it has open stays open, even when its first thread has ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state not in ("Z", "X") or len(os.listdir(f"/proc/{pid}/task")) > 1
    except OSError:
        return False


def peak_memory_bytes(pid: int) -> int:
    """VmHWM of a running process; 0 when it has ended."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().split("\n"):
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


class Token:
    """A SoftHSM token in a folder of its own, and the file with its PIN."""

    MODULE, LABEL, PIN = "/usr/lib/softhsm/libsofthsm2.so", "strongroom", "pin-fedcba9876"

    def __init__(self, folder):
        self.folder = Path(folder)
        (self.folder / "tokens").mkdir(parents=True)
        (self.folder / "softhsm2.conf").write_text(
            f"directories.tokendir = {self.folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
        self.pin_file = self.folder / "pin"
        self.write_pin(self.PIN)
        self.variables = {"SOFTHSM2_CONF": str(self.folder / "softhsm2.conf")}
        self.initialise(self.LABEL)

    def initialise(self, label):
        """Makes a token of this label, with the same PIN, in the same folder."""
        done = subprocess.run(
            ["softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", "12345678", "--pin", self.PIN],
            env=clean_environment() | self.variables, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def write_pin(self, pin):
        self.pin_file.write_text(pin + "\n")
        self.pin_file.chmod(0o600)

    def options(self):
        """The flags of `serve` that name it."""
        return ["--pkcs11-module", self.MODULE, "--pkcs11-token", self.LABEL, "--pkcs11-pin-file", str(self.pin_file)]

    def take_away(self):
        (self.folder / "tokens").rename(self.folder / "elsewhere")

    def bring_back(self):
        (self.folder / "elsewhere").rename(self.folder / "tokens")


def root_of_the_run() -> str:
    """`key-file`, or `pkcs11` by STRONGROOM_INTEROP_ROOT: what opens the services that do not say otherwise."""
    return os.environ.get("STRONGROOM_INTEROP_ROOT") or "key-file"


@functools.cache
def token_of_the_run() -> Token:
    """One token for every service of the run, so that a copy of a data directory opens too."""
    folder = tempfile.mkdtemp(prefix="strongroom-token-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Token(Path(folder) / "token")


def segment_text(name: Path) -> str:
    """The lines of one segment of the audit log; `name` is its path without suffixes."""
    sealed = Path(f"{name}.jsonl.zst")
    if not sealed.exists():
        return Path(f"{name}.jsonl").read_text()
    # Here, because scripts that look into no log run outside the tests' environment.
    import zstandard

    with open(sealed, "rb") as file:
        return zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True).read().decode()


class Service:
    """One data directory and the service on it. `root`: `key-file`, or `pkcs11`; that of the run when it is not given."""

    def __init__(self, data_dir, plaintext=False, program=None, root=None, token=None):
        self.program = program or binary()
        self.token = token or (token_of_the_run() if (root or root_of_the_run()) == "pkcs11" else None)
        self.data_dir = Path(data_dir)
        self.secrets_dir = Path(str(data_dir) + ".secrets")
        self.port = free_port()
        self.plaintext_port = free_port() if plaintext else None
        self.options = []  # further flags of `serve`
        self.variables = {}  # and of its environment
        self.descriptors = ()  # what it inherits, by these numbers
        self.process = None
        self.log = []

    # --- running it

    def command(self):
        """The command line of `strongroom serve`."""
        line = [self.program, "serve", "--data-dir", str(self.data_dir), "--listen", f"127.0.0.1:{self.port}"]
        if self.plaintext_port:
            line += ["--plaintext-listen", f"127.0.0.1:{self.plaintext_port}"]
        if self.token and "--root" not in self.options:
            line += ["--root", "pkcs11", *self.token.options()]
        return line + self.options

    def start(self):
        """Starts the service and returns when it says that it is ready."""
        ready = threading.Event()  # one for each start: the last words of an earlier process must not count
        environment = clean_environment() | (self.token.variables if self.token else {}) | self.variables
        # umask 0: file modes must come from the service, not from a careful caller (threat T-42).
        self.process = subprocess.Popen(
            self.command(), env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, umask=0,
            pass_fds=self.descriptors,
        )
        said = []
        threading.Thread(target=self._read_log, args=(self.process, ready, said), daemon=True).start()
        if not ready.wait(START_SECONDS) or not said:
            self.kill()
            raise AssertionError("strongroom serve did not get ready:\n" + "".join(self.log[-40:]))
        return self

    def _read_log(self, process, ready, said):
        for line in process.stderr:
            self.log.append(line)
            if "ready on " in line:
                said.append(line)
                ready.set()
        ready.set()  # the end of the log wakes a waiting start, which then looks at what was said

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    def kill(self):
        """SIGKILL for the supervisor and everything below it, at once. They have gone when it returns: the next start needs
        the address that one of them listens on."""
        if self.process is None:
            return
        children = children_of(self.process.pid)
        for pid in [self.process.pid, *children]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        eventually("the children of a killed service end", lambda: not any(map(alive, children)))

    def child(self, role: str):
        """The process id of the child whose command line names `role` (`vault-process`, `front-process`), or None."""
        return next(self._children(role), None)

    def children(self, role: str) -> list:
        """The process ids of all of them: there may be several `token-process`."""
        return list(self._children(role))

    def _children(self, role):
        for pid in children_of(self.process.pid):
            try:
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if role.encode() in words:
                yield pid

    # --- talking to it

    def cli(self, *arguments, env=None, **options):
        """Runs `strongroom` with arguments and returns the finished process; output as text unless told otherwise."""
        options.setdefault("text", True)
        options.setdefault("timeout", 300)
        if "input" not in options:
            options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run([self.program, *map(str, arguments)], env=env or clean_environment(),
                              capture_output=True, **options)

    def operator(self, *arguments) -> dict:
        """An operator command on this data directory whose answer is JSON."""
        done = self.cli(*arguments, "--data-dir", self.data_dir)
        assert done.returncode == 0, f"strongroom {' '.join(arguments)}: {done.stderr}"
        return json.loads(done.stdout)

    def env(self, account=None) -> dict:
        """The environment after `eval "$(strongroom env)"` in a shell, as a user would have it; of one account's root."""
        script = 'out=$("$0" env --data-dir "$@") || exit 1; eval "$out"; env -0'
        chosen = ["--account", account] if account else []
        seed = clean_environment() | {"AWS_PROFILE": "somebody-elses", "AWS_SESSION_TOKEN": "stale"}
        done = subprocess.run(["bash", "-c", script, self.program, str(self.data_dir), *chosen], env=seed,
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return dict(pair.split("=", 1) for pair in done.stdout.split("\0") if "=" in pair)

    def env_for(self, access_key: dict) -> dict:
        """The same environment with another principal's access key (the answer of `user create`)."""
        return self.env() | {"AWS_ACCESS_KEY_ID": access_key["AccessKeyId"],
                             "AWS_SECRET_ACCESS_KEY": access_key["SecretAccessKey"]}

    def healthy(self) -> bool:
        """Whether GET /health over TLS answers 200 now."""
        context = ssl.create_default_context(cafile=str(self.data_dir / "ca.pem"))
        try:
            with urllib.request.urlopen(f"https://127.0.0.1:{self.port}/health", context=context, timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    # --- its audit log

    def audit(self) -> list:
        """Every line of the audit log, in order."""
        lines = []
        for line in self.audit_text().split("\n"):
            try:
                lines.append(json.loads(line))
            except ValueError:
                lines.append({"sequence": -1, "kind": "torn", "record": None})
        return lines

    def audit_text(self) -> str:
        """The whole log as it lies in its files, sealed segments too."""
        folder = self.data_dir / "audit"
        while True:
            # A segment that is being sealed has both files for a moment, and loses the first.
            numbers = sorted({path.name.split(".")[0] for path in folder.glob("*.jsonl*")} - {""})
            try:
                return "".join(segment_text(folder / number) for number in numbers)
            except FileNotFoundError:
                continue

    def audit_lines(self):
        """The lines of the log of a service that has ended, one segment in memory at a time; torn ones left out."""
        return (line for line, _ in self.audit_lines_and_texts())

    def audit_lines_and_texts(self):
        """The same, each with its text."""
        folder = self.data_dir / "audit"
        for number in sorted({path.name.split(".")[0] for path in folder.glob("*.jsonl*")} - {""}):
            for line in segment_text(folder / number).split("\n"):
                try:
                    yield json.loads(line), line
                except ValueError:
                    continue

    def audit_mark(self) -> int:
        """The highest sequence number in the log now."""
        return max((line["sequence"] for line in self.audit()), default=-1)

    def audit_since(self, mark: int, name=None) -> list:
        """CloudTrail records of the calls written after `mark`, of one operation if `name` is given."""
        records = [line["record"] for line in self.audit() if line["sequence"] > mark and line["kind"] == "event"]
        return [r for r in records if name is None or r["eventName"] == name]
