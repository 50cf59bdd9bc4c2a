"""The folder `javascript/` with the packages of its lock file, installed once a run."""

import atexit
import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent / "javascript"


def node() -> str:
    """Node.js, if npm is there too; a skip otherwise, which STRONGROOM_REQUIRE_NODE=1 (CI) turns into a failure."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        assert os.environ.get("STRONGROOM_REQUIRE_NODE") != "1", "Node.js is required here and is not installed"
        pytest.skip("Node.js is not installed")
    return node


@functools.cache
def installed() -> Path:
    """A copy of the folder, with its packages."""
    program = Path(tempfile.mkdtemp(prefix="strongroom-javascript-")) / "javascript"
    atexit.register(shutil.rmtree, program.parent, ignore_errors=True)
    shutil.copytree(FOLDER, program, ignore=shutil.ignore_patterns("node_modules"))
    # npm talks to its registry with the caller's own trust, not with the service's certificate.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    command = [shutil.which("npm"), "ci", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(command, cwd=program, env=plain, check=True, timeout=240)
    return program
