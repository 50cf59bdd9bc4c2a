"""A machine to be rebooted: a real systemd as process 1 of namespaces of its own, on this machine's programs.

`Machine` knows nothing of Strongroom. Its root is a tmpfs: /usr is this machine's, read-only, /etc and /var (on the disk) are its own. Process
ids, mounts, cgroups, host name and network are its own too; `enter_namespaces` puts the calling process into the same network
and beside the mounts, so that it is a client from outside, and nothing is left once it ends.
"""

import ctypes
import fcntl
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

import harness

SYSTEMD = "/lib/systemd/systemd"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
BOOT_SECONDS, OFF_SECONDS = 90, 90

CLONE_NEWNS, CLONE_NEWNET = 0x0002_0000, 0x4000_0000
SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1

# Run with the root's folder and the machine's cgroup, as process 1 of the new namespaces, which becomes systemd. /proc/sys is
# read-only, as in every container: settings of the kernel are not the machine's to change.
FIRST_PROCESS = r"""
set -euo pipefail
echo 0 > "$2/cgroup.procs"
exec unshare --cgroup bash -c '
set -euo pipefail
cd "$1"
mount -t proc -o nosuid,nodev,noexec proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755,nosuid,nodev run run
mount -t tmpfs -o mode=755,nosuid dev dev
for name in $2; do touch "dev/$name"; mount --bind "/dev/$name" "dev/$name"; done
mkdir dev/shm dev/pts
mount -t tmpfs -o mode=1777,nosuid,nodev shm dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,nosuid,noexec devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mkdir -p old
mount --make-private .
pivot_root . old
umount --lazy /old
mount --make-rshared /
exec env -i container=strongroom PATH="$3" "$4" --system --unit=multi-user.target --log-target=journal --show-status=no
' first "$1" "$3" "$4" "$5"
"""


def why_not():
    """What this machine lacks for it, or None."""
    if os.geteuid() != 0:
        return "only root makes such namespaces"
    lacking = [name for name in ("unshare", "nsenter", "pivot_root", "setpriv", "systemctl", "bash", "mount")
               if not shutil.which(name, path=PATH + ":/sbin:/bin")]
    lacking += [] if Path(SYSTEMD).exists() else ["systemd"]
    if lacking:
        return f"not installed: {', '.join(lacking)}"
    probe = subprocess.run(["unshare", "--mount", "--net", "--pid", "--cgroup", "--fork", "bash", "-c",
                            "mount -t cgroup2 c /mnt && mkdir /mnt/probe-$$ && rmdir /mnt/probe-$$"], capture_output=True, text=True)
    return None if probe.returncode == 0 else f"no namespaces, or no cgroup2 to write to: {probe.stderr.strip()}"


def enter_namespaces():
    """Puts this process, which has one thread still, into a mount and a network namespace of its own, with a loopback device."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS | CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    run("mount", "--make-rprivate", "/")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


def run(*command, **options):
    """A command that has to succeed; the finished process."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done


class Machine:
    """One root and the systemd on it. `enter_namespaces` comes first."""

    def __init__(self):
        # Other mounts lie on this folder: it is never emptied, only unmounted and removed.
        self.folder = Path(tempfile.mkdtemp(prefix="strongroom-machine-"))
        # Nothing is ever mounted in this one. On the disk, because systemd-creds takes no key from a tmpfs.
        self.disk = Path(tempfile.mkdtemp(prefix="strongroom-machine-", dir="/var/tmp"))
        self.disk.chmod(0o755)
        run("mount", "-t", "tmpfs", "-o", "mode=700", "machine", self.folder)
        self.root, self.cgroups = self.folder / "root", self.folder / "cgroups"
        self.root.mkdir()
        self.cgroups.mkdir()
        run("mount", "-t", "cgroup2", "cgroup2", self.cgroups)
        here = next(line for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::"))
        self.cgroup = self.cgroups / here.removeprefix("0::").strip("/") / f"strongroom-machine-{os.getpid()}"
        self.process = None
        self.make_root()

    def make_root(self):
        run("mount", "-t", "tmpfs", "-o", "mode=755", "root", self.root)
        for name in ("usr", "etc/systemd/system", "var", "run", "proc", "sys", "dev", "root", "home", "srv", "tmp"):
            (self.root / name).mkdir(parents=True)
        (self.root / "tmp").chmod(0o1777)
        run("mount", "--bind", self.disk, self.root / "var")
        run("mount", "--bind", "/usr", self.root / "usr")
        run("mount", "-o", "remount,bind,ro", self.root / "usr")
        for name in ("bin", "sbin", "lib", "lib64"):
            there = Path("/", name)
            if there.is_symlink():
                (self.root / name).symlink_to(os.readlink(there))
            elif there.is_dir():
                (self.root / name).mkdir()
                run("mount", "--bind", "-o", "ro", there, self.root / name)
        # What an administrator writes to in /usr is the machine's own.
        own = {path: path.read_text() for path in Path("/usr/lib/sysusers.d").glob("*.conf")}
        for name in ("usr/local", "usr/lib/sysusers.d"):
            run("mount", "-t", "tmpfs", "-o", "mode=755", "own", self.root / name)
        for path, text in own.items():
            self.write(path, text)
        for name in ("bin", "sbin"):
            (self.root / "usr/local" / name).mkdir()
        self.write("/etc/machine-id", uuid.uuid4().hex + "\n")
        self.write("/etc/passwd", "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n")
        self.write("/etc/group", "root:x:0:\nnogroup:x:65534:\n")
        self.write("/etc/shadow", "root:*:1::::::\n", 0o600)
        self.write("/etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files\n")
        self.write("/etc/hosts", "127.0.0.1 localhost\n")
        if Path("/etc/ld.so.cache").exists():
            shutil.copy("/etc/ld.so.cache", self.root / "etc/ld.so.cache")

    def path(self, inside) -> Path:
        """Where a file of the machine lies for us."""
        return self.root / str(inside).lstrip("/")

    def write(self, inside, text, mode=0o644):
        path = self.path(inside)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    # --- running it

    def boot(self):
        """Starts systemd and returns when it has started what it starts at boot."""
        self.cgroup.mkdir(exist_ok=True)
        console = open(self.folder / "console", "wb")
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", "--fork", "--kill-child", "--pid", "--mount", "--uts", "--ipc",
             "--propagation", "private", "bash", "-c", FIRST_PROCESS, "first", self.root, self.cgroup, " ".join(DEVICES), PATH, SYSTEMD],
            stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT)
        console.close()
        end = time.monotonic() + BOOT_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            if self.first_process() and self.run("systemctl", "is-system-running", check=False).stdout.strip() in (
                    "running", "degraded"):
                return
            time.sleep(0.1)
        self.kill()
        raise AssertionError(f"systemd did not boot: {(self.folder / 'console').read_text(errors='replace')}")

    def first_process(self):
        """The number that systemd has for us, or None as long as it is not there."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        try:
            number = int(children.read_text().split()[0])
            return number if os.readlink(f"/proc/{number}/exe").endswith("/systemd") else None
        except (OSError, IndexError):
            return None

    def power_off(self):
        """As an administrator does it: services are stopped first."""
        self.run("systemctl", "poweroff", check=False)
        self.process.wait(OFF_SECONDS)

    def kill(self):
        """Ends every process of the machine at once."""
        if self.process is None:
            return
        if (number := self.first_process()) and self.process.poll() is None:
            os.kill(number, 9)  # the others of its process namespace end with it
        self.process.kill()
        self.process.wait()

    def close(self):
        self.kill()
        deepest_first = sorted(self.cgroup.rglob("*"), key=lambda path: -len(path.parts)) if self.cgroup.exists() else []
        for path in [*(path for path in deepest_first if path.is_dir()), *([self.cgroup] if self.cgroup.exists() else [])]:
            harness.eventually(f"{path} is empty", lambda: path.joinpath("cgroup.procs").read_text() == "")
            path.rmdir()
        run("umount", "--lazy", "--recursive", self.folder)
        self.folder.rmdir()
        shutil.rmtree(self.disk)

    # --- in it

    def command(self, *words, cwd="/"):
        """The command line that runs `words` in the machine as root."""
        return ["nsenter", f"--target={self.first_process()}", "--mount", "--uts", "--ipc", "--pid", "--cgroup", "env", "-i",
                f"--chdir={cwd}", f"PATH={PATH}", "HOME=/root", "TERM=dumb", "LANG=C.UTF-8", "SYSTEMD_COLORS=0", *map(str, words)]

    def run(self, *words, check=True, **options):
        """Runs a command in the machine as root."""
        cwd = options.pop("cwd", "/")
        done = subprocess.run(self.command(*words, cwd=cwd), capture_output=True, text=True, timeout=180,
                              stdin=subprocess.DEVNULL, **options)
        assert done.returncode == 0 or not check, (
            f"{' '.join(map(str, words))}: {done.stdout}{done.stderr}\n{self.journal()}")
        return done

    def journal(self, *words) -> str:
        """The last lines of the machine's log; `words` as for journalctl."""
        return self.run("journalctl", "--no-pager", "--output=cat", *(words or ("--lines=40",)), check=False).stdout

    def unit(self, name, *properties) -> dict:
        """What systemd says of a unit."""
        shown = self.run("systemctl", "show", name, *(f"--property={one}" for one in properties)).stdout
        return dict(line.split("=", 1) for line in shown.splitlines())

    def processes_of(self, unit) -> dict:
        """The command lines of a unit's processes, by the number that each has for us."""
        found = {}
        group = self.cgroup / "system.slice" / unit / "cgroup.procs"
        for number in group.read_text().split() if group.exists() else []:
            try:
                found[int(number)] = Path(f"/proc/{number}/cmdline").read_bytes().decode().split("\0")
            except OSError:
                pass  # it ended while we looked
        return found
