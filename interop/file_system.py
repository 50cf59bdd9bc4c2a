"""A file system that is slow or read-only when it is told so: a FUSE server of a few calls over a folder, for files of the audit log.

It speaks the kernel's protocol (linux/fuse.h, 7.31) over /dev/fuse itself, so that nothing has to be installed. It is a process
of its own: whoever uses the file system would wait for itself. It reads orders, a line each, from its standard input, answers
each with a line, and ends, with the mount, when that is closed:

- `delay SECONDS`: from now on each write and each sync takes so long; what waits already ends when the new time is over;
- `delay-syncs SECONDS`: from now on each sync takes so much longer than a write;
- `fail ERRNO`: whatever changes something fails so, as on a file system that was made read-only; `fail 0`: no longer.

Usage: file_system.py FOLDER MOUNT. `Mounted` starts it, and is what tests use.
"""

import ctypes
import os
import stat
import struct
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

DEVICE = "/dev/fuse"

# Opcodes (enum fuse_opcode).
(LOOKUP, FORGET, GETATTR, SETATTR, MKDIR, UNLINK, RMDIR, RENAME, OPEN, READ, WRITE, STATFS, RELEASE, FSYNC, FLUSH, INIT, OPENDIR,
 READDIR, RELEASEDIR, FSYNCDIR, CREATE, INTERRUPT, DESTROY, BATCH_FORGET, RENAME2) = (
    1, 2, 3, 4, 9, 10, 11, 12, 14, 15, 16, 17, 18, 20, 25, 26, 27, 28, 29, 30, 35, 36, 38, 42, 45)

SYNCS = {FSYNC, FSYNCDIR}
SLOW = {WRITE} | SYNCS
CHANGES = {SETATTR, MKDIR, UNLINK, RMDIR, RENAME, WRITE, CREATE, RENAME2}

MAX_WRITE = 128 << 10
FUSE_BIG_WRITES = 1 << 5
FATTR_MODE, FATTR_SIZE, FATTR_ATIME, FATTR_MTIME, FATTR_FH = 1, 8, 16, 32, 64
ENOSYS, EINVAL, EROFS = 38, 22, 30

# Nothing is kept by the kernel: what is asked is answered.
NO_TIME = 0


class Nodes:
    """The files that the kernel knows, each held by a descriptor: it stays the same file whatever becomes of its name."""

    def __init__(self, folder):
        root = os.open(folder, os.O_PATH | os.O_DIRECTORY)
        self.turn, self.known, self.by_inode = threading.Lock(), {1: [root, 1, None]}, {}
        self.next = 2

    def __getitem__(self, node):
        return self.known[node][0]

    def path(self, node):
        """A path that opens the very file."""
        return f"/proc/self/fd/{self[node]}"

    def look_up(self, parent, name):
        """The node of a name, once more known to the kernel, and its attributes."""
        descriptor = os.open(name, os.O_PATH | os.O_NOFOLLOW, dir_fd=self[parent])
        found = os.fstat(descriptor)
        inode = (found.st_dev, found.st_ino)
        with self.turn:
            node = self.by_inode.get(inode)
            if node is None:
                node, self.next = self.next, self.next + 1
                self.known[node], self.by_inode[inode] = [descriptor, 0, inode], node
            else:
                os.close(descriptor)
            self.known[node][1] += 1
        return node, found

    def forget(self, node, times):
        with self.turn:
            entry = self.known[node]
            entry[1] -= times
            if entry[1] == 0 and node != 1:
                del self.known[node], self.by_inode[entry[2]]
                os.close(entry[0])


class Faults:
    """What the file system is told to do."""

    def __init__(self):
        self.changed, self.delay, self.sync_delay, self.errno = threading.Condition(), 0.0, 0.0, 0

    def order(self, line):
        kind, value = line.split()
        with self.changed:
            if kind == "delay":
                self.delay = float(value)
            elif kind == "delay-syncs":
                self.sync_delay = float(value)
            else:
                self.errno = int(value)
            self.changed.notify_all()

    def wait(self, opcode):
        began = time.monotonic()

        def left():
            return began + self.delay + (self.sync_delay if opcode in SYNCS else 0) - time.monotonic()

        with self.changed:
            while (seconds := left()) > 0:
                self.changed.wait(seconds)

    def check(self):
        if self.errno:
            raise OSError(self.errno, "told so")


def attributes(found):
    """struct fuse_attr."""
    seconds = [time_ns // 10**9 for time_ns in (found.st_atime_ns, found.st_mtime_ns, found.st_ctime_ns)]
    parts = [time_ns % 10**9 for time_ns in (found.st_atime_ns, found.st_mtime_ns, found.st_ctime_ns)]
    return struct.pack("<6Q10I", found.st_ino, found.st_size, found.st_blocks, *seconds, *parts, found.st_mode, found.st_nlink,
                       found.st_uid, found.st_gid, found.st_rdev & 0xffff_ffff, found.st_blksize, 0)


def entry(node, found):
    """struct fuse_entry_out."""
    return struct.pack("<4Q2I", node, 0, NO_TIME, NO_TIME, 0, 0) + attributes(found)


def attr_out(found):
    """struct fuse_attr_out."""
    return struct.pack("<Q2I", NO_TIME, 0, 0) + attributes(found)


class FileSystem:
    """Answers of the kernel's requests: one method each, named like its opcode; an OSError is an answer too."""

    def __init__(self, folder, faults):
        self.nodes, self.faults = Nodes(folder), faults
        self.methods = {opcode: getattr(self, name.lower()) for name, opcode in globals().items()
                        if isinstance(opcode, int) and hasattr(self, name.lower())}

    def answer(self, opcode, node, body):
        """The answer's bytes, or the negative error."""
        method = self.methods.get(opcode)
        if method is None:
            return -ENOSYS
        try:
            if opcode in SLOW:
                self.faults.wait(opcode)
            if opcode in CHANGES:
                self.faults.check()
            return method(node, body)
        except OSError as error:
            return -(error.errno or EINVAL)

    def init(self, _, body):
        (major, _, readahead, _) = struct.unpack_from("<4I", body)
        return struct.pack("<4I2H2I2H8I", major, 31, readahead, FUSE_BIG_WRITES, 0, 0, MAX_WRITE, 1, 0, 0, *[0] * 8)

    def lookup(self, node, body):
        return entry(*self.nodes.look_up(node, names(body)[0]))

    def getattr(self, node, _):
        return attr_out(os.fstat(self.nodes[node]))

    def setattr(self, node, body):
        valid, _, handle, size, _, atime, mtime, _, atime_ns, mtime_ns, _, mode = struct.unpack_from("<2I6Q4I", body)
        if valid & FATTR_SIZE and valid & FATTR_FH:
            os.ftruncate(handle, size)
        elif valid & FATTR_SIZE:
            os.truncate(self.nodes.path(node), size)
        if valid & FATTR_MODE:
            os.chmod(self.nodes.path(node), stat.S_IMODE(mode))
        if valid & FATTR_ATIME and valid & FATTR_MTIME:
            os.utime(self.nodes.path(node), ns=(atime * 10**9 + atime_ns, mtime * 10**9 + mtime_ns))
        return attr_out(os.fstat(self.nodes[node]))

    def mkdir(self, node, body):
        mode, umask = struct.unpack_from("<2I", body)
        name = names(body[8:])[0]
        os.mkdir(name, mode & ~umask, dir_fd=self.nodes[node])
        return entry(*self.nodes.look_up(node, name))

    def unlink(self, node, body):
        os.unlink(names(body)[0], dir_fd=self.nodes[node])
        return b""

    def rmdir(self, node, body):
        os.rmdir(names(body)[0], dir_fd=self.nodes[node])
        return b""

    def rename(self, node, body):
        (to,) = struct.unpack_from("<Q", body)
        return self._renamed(node, to, body[8:])

    def rename2(self, node, body):
        to, flags = struct.unpack_from("<QI", body)
        return -EINVAL if flags else self._renamed(node, to, body[16:])

    def _renamed(self, node, to, rest):
        old, new = names(rest)
        os.rename(old, new, src_dir_fd=self.nodes[node], dst_dir_fd=self.nodes[to])
        return b""

    def open(self, node, body):
        (flags,) = struct.unpack_from("<I", body)
        if flags & os.O_ACCMODE != os.O_RDONLY:
            self.faults.check()
        # Where to write is the kernel's to say: it sends places, also of what is appended.
        handle = os.open(self.nodes.path(node), flags & ~(os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW))
        return struct.pack("<Q2I", handle, 0, 0)

    def opendir(self, node, _):
        return struct.pack("<Q2I", os.open(self.nodes.path(node), os.O_RDONLY | os.O_DIRECTORY), 0, 0)

    def create(self, node, body):
        flags, mode, umask = struct.unpack_from("<3I", body)
        name = names(body[16:])[0]
        handle = os.open(name, (flags & ~os.O_APPEND) | os.O_CREAT, mode & 0o7777 & ~umask, dir_fd=self.nodes[node])
        return entry(*self.nodes.look_up(node, name)) + struct.pack("<Q2I", handle, 0, 0)

    def read(self, _, body):
        handle, offset, size = struct.unpack_from("<2QI", body)
        return os.pread(handle, size, offset)

    def write(self, _, body):
        handle, offset, size = struct.unpack_from("<2QI", body)
        return struct.pack("<2I", os.pwrite(handle, body[40:40 + size], offset), 0)

    def fsync(self, _, body):
        handle, flags = struct.unpack_from("<QI", body)
        (os.fdatasync if flags & 1 else os.fsync)(handle)
        return b""

    def fsyncdir(self, _, body):
        os.fsync(struct.unpack_from("<Q", body)[0])
        return b""

    def flush(self, *_):
        return b""

    def release(self, _, body):
        os.close(struct.unpack_from("<Q", body)[0])
        return b""

    releasedir = release

    def readdir(self, _, body):
        handle, offset, size = struct.unpack_from("<2QI", body)
        found, answer = [".", "..", *sorted(os.listdir(handle))], b""
        for place, name in enumerate(found[offset:], offset + 1):
            encoded = name.encode()
            one = struct.pack("<2Q2I", 1, place, len(encoded), 0) + encoded
            one += bytes(-len(one) % 8)
            if len(answer) + len(one) > size:
                break
            answer += one
        return answer

    def statfs(self, *_):
        found = os.fstatvfs(self.nodes[1])
        return struct.pack("<5Q4I6I", found.f_blocks, found.f_bfree, found.f_bavail, found.f_files, found.f_ffree, found.f_bsize,
                           found.f_namemax, found.f_frsize, 0, *[0] * 6)


def names(body):
    """The names in a request, each ended by a zero."""
    return [os.fsdecode(name) for name in bytes(body).split(b"\0")[:-1]]


def mounted(mount):
    """The descriptor of a mount that was made now."""
    device = os.open(DEVICE, os.O_RDWR)
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"fd={device},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}"
    if libc.mount(b"strongroom", os.fsencode(mount), b"fuse", 0, options.encode()) != 0:
        raise OSError(ctypes.get_errno(), f"mount {mount}: {os.strerror(ctypes.get_errno())}")
    return device


def serve(device, file_system):
    """Answers until the mount is gone. What waits holds up nothing else."""
    with ThreadPoolExecutor(32) as pool:
        while True:
            try:
                request = os.read(device, MAX_WRITE + 4096)
            except OSError:
                return
            _, opcode, unique, node = struct.unpack_from("<2I2Q", request)
            body = request[40:]
            if opcode == FORGET:
                file_system.nodes.forget(node, struct.unpack_from("<Q", body)[0])
            elif opcode == BATCH_FORGET:
                for place in range(struct.unpack_from("<I", body)[0]):
                    file_system.nodes.forget(*struct.unpack_from("<2Q", body, 8 + 16 * place))
            elif opcode in (INTERRUPT, DESTROY):
                pass  # whoever was interrupted waits for his answer
            else:
                pool.submit(reply, device, unique, file_system, opcode, node, body)


def reply(device, unique, file_system, opcode, node, body):
    found = file_system.answer(opcode, node, body)
    error, content = (found, b"") if isinstance(found, int) else (0, found)
    try:
        os.write(device, struct.pack("<IiQ", 16 + len(content), error, unique) + content)
    except OSError:
        pass  # nobody waits any more


def main():
    folder, mount = sys.argv[1:]
    # Modes are the caller's, whose mask the kernel has applied.
    os.umask(0)
    faults = Faults()
    file_system = FileSystem(folder, faults)
    device = mounted(mount)
    threading.Thread(target=serve, args=(device, file_system), daemon=True).start()
    print("mounted", flush=True)
    for line in sys.stdin:
        faults.order(line)
        print("done", flush=True)
    ctypes.CDLL(None).umount2(os.fsencode(mount), 2)  # MNT_DETACH
    os._exit(0)


# --- for tests


class Mounted:
    """`folder`, served at `mount`; both are made."""

    def __init__(self, folder, mount):
        self.folder, self.mount = Path(folder), Path(mount)
        for path in (self.folder, self.mount):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.process = subprocess.Popen([sys.executable, __file__, self.folder, self.mount], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self._expect("mounted")

    def _expect(self, word):
        said = self.process.stdout.readline().strip()
        assert said == word, f"the file system says {said!r}; {word!r} was expected"

    def _order(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        self._expect("done")

    def delay(self, seconds):
        """Each write and each sync takes so long."""
        self._order(f"delay {seconds}")

    def delay_syncs(self, seconds):
        """Each sync takes so much longer than a write."""
        self._order(f"delay-syncs {seconds}")

    def read_only(self, is_so):
        """Whether whatever changes something is refused as on a file system that is read-only."""
        self._order(f"fail {EROFS if is_so else 0}")

    def end(self):
        """Unmounts it. Whoever still uses it is told that it is gone."""
        self.process.stdin.close()
        self.process.wait(10)


def why_not():
    """What is missing for it, or None."""
    return None if os.access(DEVICE, os.R_OK | os.W_OK) else f"{DEVICE} is missing"


if __name__ == "__main__":
    main()
