"""Looks for known secrets in whatever a service left behind: bytes, files, and the memory of processes. `canary.py` sends the
secrets through; `planted` is the control of a scan that finds nothing."""

import base64
import gc
import gzip
import os
import re
import time
from array import array
from pathlib import Path

import zstandard

PAGE = os.sysconf("SC_PAGE_SIZE")
PRESENT_OR_SWAPPED = 0b11 << 62
CHUNK = 16 << 20


def base64_forms(secret: bytes):
    """The secret in Base64 at each alignment, in both alphabets, without the characters that neighbours take part in."""
    forms = set()
    for shift in range(3):
        whole = base64.b64encode(bytes(shift) + secret)
        inner = whole[(4 if shift else 0):-4]
        forms |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return forms


def spellings(secret: bytes):
    """The forms in which a secret could lie in a file, each of them backwards too."""
    numbers = [str(byte) for byte in secret]
    forms = {secret, secret.hex().encode(), secret.hex().upper().encode(), *base64_forms(secret),
             ", ".join(numbers).encode(), ",".join(numbers).encode()}
    return forms | {form[::-1] for form in forms}


def spellings_in_memory(secret: bytes):
    """Those that a process makes of it on the way, few enough for hundreds of megabytes."""
    return {secret, secret.hex().encode(), base64.b64encode(secret)[:-4]}


class Scanner:
    """Looks for secrets by name."""

    def __init__(self, secrets: dict, forms=spellings):
        self.needles = [(name, form) for name, secret in secrets.items() for form in forms(secret)]

    def find(self, content: bytes):
        """The names of the secrets in there."""
        return sorted({name for name, form in self.needles if form in content})

    def files(self, folder):
        """What is found in files below a folder, in what is compressed too: {path: names}."""
        found = {}
        for path in sorted(p for p in Path(folder).rglob("*") if p.is_file() and not p.is_symlink()):
            if names := self.find(content_of(path)):
                found[str(path)] = names
        return found

    def memory(self, pid: int):
        """What is found in a process: {mapping: names}."""
        found = {}
        for mapping, content in memory(pid):
            if names := self.find(content):
                found.setdefault(mapping, set()).update(names)
        return {mapping: sorted(names) for mapping, names in found.items()}


def content_of(path: Path) -> bytes:
    """What a file holds; of exported records and sealed segments of the audit log what was compressed."""
    content = path.read_bytes()
    if path.suffix == ".zst":
        return zstandard.ZstdDecompressor().stream_reader(content, read_across_frames=True).read()
    return gzip.decompress(content) if path.suffix == ".gz" else content


def memory(pid: int):
    """Mapping and content of all writable memory of a process that is there, that root can read, and that swap or a core file
    could take. `memfd_secret` cannot be read, and neither takes it; of what is locked and left out of core files the same
    holds."""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as mem, open(f"/proc/{pid}/pagemap", "rb", buffering=0) as pages:
        for fields, flags in mappings(pid):
            if not fields[1].startswith("rw") or {"lo", "dd"} <= flags:
                continue
            mapping = f"{fields[5] if len(fields) > 5 else 'anonymous'} {fields[0]}"
            start, end = (int(bound, 16) for bound in fields[0].split("-"))
            for first, last in runs_of_pages(pages, start, end):
                try:
                    mem.seek(first)
                    yield mapping, mem.read(last - first)
                except OSError:
                    continue


def mappings(pid: int):
    """Every mapping of a process: the fields of its line in `maps`, and its flags (proc(5), VmFlags)."""
    fields = []
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if re.match("[0-9a-f]+-[0-9a-f]+ ", line):
            fields = line.split(maxsplit=5)
        elif line.startswith("VmFlags:"):
            yield fields, set(line.split()[1:])


def runs_of_pages(pages, start: int, end: int):
    """The parts of a range that hold something, in pieces that overlap by a page."""
    pages.seek(start // PAGE * 8)
    flags = array("Q")
    raw = pages.read((end - start) // PAGE * 8)
    flags.frombytes(raw[:len(raw) // 8 * 8])
    first = None
    for number, flag in enumerate([*flags, 0]):
        at = start + number * PAGE
        if flag & PRESENT_OR_SWAPPED:
            first = at if first is None else first
            if at - first >= CHUNK:
                yield first, at + PAGE
                first = at
        elif first is not None:
            yield first, at
            first = None


def found_when_quiet(scanner, pid: int):
    """What is found in a process that has nothing to do. Connections that nobody holds any more are closed first; buffers
    are wiped when the service notices, so it is looked at more than once."""
    gc.collect()
    for _ in range(8):
        if not (found := scanner.memory(pid)):
            break
        time.sleep(1)  # for the process to become quiet
    return found


def planted(scanner, secrets: dict, folder):
    """The control: what the scanner does not find of what is planted, in a log line, a core-like image and
    a compressed file. Empty."""
    missed, folder, compress = [], Path(folder), zstandard.ZstdCompressor().compress
    folder.mkdir()
    for name, secret in secrets.items():
        for number, form in enumerate(sorted(spellings(secret))):
            line = b'{"level":"TRACE","fields":{"message":"' + form + b'"}}\n'
            if name not in scanner.find(line):
                missed.append((name, number, "line"))
    some = next(iter(secrets))
    for number, form in enumerate(sorted(spellings(secrets[some]))):
        (folder / f"planted-{number}").write_bytes(bytes(PAGE - 7) + form + bytes(PAGE))
        record = b'{"Records":["' + form + b'"]}'
        (folder / f"planted-{number}.json.gz").write_bytes(gzip.compress(record))
        (folder / f"planted-{number}.jsonl.zst").write_bytes(compress(b"{}\n") + compress(record))
    found = scanner.files(folder)
    missed += [(some, path.name, "file") for path in folder.iterdir() if some not in found.get(str(path), [])]
    return missed
