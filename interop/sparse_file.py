"""A sparse file of 100 GiB through `seal | open | cmp`: every byte comes back, and neither process needs more memory than for
1 GiB. Nothing of it is on the disk. `cargo xtask soak` runs it; it takes some minutes.

Usage: sparse_file.py [--binary PATH] [--bytes N]
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import harness

GIB = 1 << 30
MIB = 1 << 20
# What a process may have at most, and by how much the large file's figure may be above the small one's.
PEAK_MAX = 100 * MIB
GROWTH_MAX = 8 * MIB
# Pieces of data in the hole, each across the edge of a frame.
PIECES = 200


def sparse(path, size):
    """A file that is one hole but for some pieces."""
    with path.open("wb") as file:
        file.truncate(size)
        for index in range(PIECES):
            at = index * (size // PIECES) // MIB * MIB
            file.seek(max(at - 2048, 0))
            file.write(os.urandom(4096))


def pipeline(binary, folder, path):
    """`seal FILE | open | cmp FILE`; the peaks of `seal` and of `open` in bytes."""
    common = ("-q", "--raw-aes-key", f"soak:key:{folder / 'key'}", "-o", "-")
    env = harness.clean_environment()
    seal = subprocess.Popen([binary, "seal", *common, path], env=env, stdout=subprocess.PIPE)
    opening = subprocess.Popen([binary, "open", *common, "-"], env=env, stdin=seal.stdout, stdout=subprocess.PIPE)
    compare = subprocess.Popen(["cmp", "-", path], stdin=opening.stdout)
    # Each process alone holds its ends now: if one ends early, its neighbours notice.
    seal.stdout.close()
    opening.stdout.close()
    peaks = [0, 0]
    while compare.poll() is None:
        peaks = [max(peak, harness.peak_memory_bytes(process.pid)) for peak, process in zip(peaks, (seal, opening))]
        time.sleep(0.02)
    codes = [process.wait(timeout=60) for process in (seal, opening, compare)]
    assert codes == [0, 0, 0], f"seal, open and cmp ended with {codes}"
    assert all(peaks), "nobody's memory was seen"
    return peaks


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=harness.binary())
    parser.add_argument("--bytes", type=int, default=100 * GIB)
    arguments = parser.parse_args()
    sizes = [GIB, arguments.bytes]
    found = []
    with tempfile.TemporaryDirectory(prefix="strongroom-sparse-") as name:
        folder = Path(name)
        (folder / "key").write_text("07" * 32)
        for size in sizes:
            path = folder / "sparse"
            sparse(path, size)
            start = time.monotonic()
            peaks = pipeline(arguments.binary, folder, path)
            seconds = time.monotonic() - start
            path.unlink()
            found.append(peaks)
            print(f"{size / GIB:.0f} GiB sealed, opened and compared in {seconds:.0f} s, {size / seconds / 1e9:.2f} GB/s; "
                  f"peak of seal {peaks[0] / MIB:.0f} MiB, of open {peaks[1] / MIB:.0f} MiB", flush=True)
    for what, small, large in zip(("seal", "open"), *found):
        assert large <= PEAK_MAX, f"{what} had {large} bytes"
        assert large <= small + GROWTH_MAX, f"{what} grew from {small} to {large} bytes"
    print("sparse file: memory stayed the same, every byte came back")


if __name__ == "__main__":
    sys.exit(main())
