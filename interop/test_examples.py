"""Both programs of examples/ against the live service."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def calls(service, mark):
    return [record["eventName"] for record in service.audit_since(mark)]


def holds_only_what_is_sealed(database):
    assert b"the parties agree" not in database.read_bytes()
    (row,) = sqlite3.connect(database).execute("SELECT sealed, encrypted_key FROM documents")
    assert len(row[0]) == 12 + len("the parties agree") + 16 and len(row[1]) > 32


def test_python_example(service, env, shared_key, tmp_path):
    mark, database = service.audit_mark(), tmp_path / "documents.db"
    done = subprocess.run([sys.executable, EXAMPLES / "python" / "envelope.py"], capture_output=True, text=True,
                          env=env | {"KEY_ID": shared_key["Arn"], "DATABASE": str(database)}, timeout=120)
    assert (done.returncode, done.stdout) == (0, "the parties agree\n"), done.stderr
    assert calls(service, mark) == ["GenerateDataKey", "Decrypt"]
    holds_only_what_is_sealed(database)


def test_javascript_example(service, env, shared_key, tmp_path):
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        # STRONGROOM_REQUIRE_NODE=1 (CI) turns this skip into a failure.
        assert os.environ.get("STRONGROOM_REQUIRE_NODE") != "1", "Node.js is required here and is not installed"
        pytest.skip("Node.js is not installed")
    program = tmp_path / "javascript"
    shutil.copytree(EXAMPLES / "javascript", program, ignore=shutil.ignore_patterns("node_modules"))
    # npm talks to its registry with the caller's own trust, not with the service's certificate.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    subprocess.run([npm, "ci", "--no-audit", "--no-fund", "--silent"], cwd=program, env=plain, check=True, timeout=240)
    mark, database = service.audit_mark(), tmp_path / "documents.db"
    done = subprocess.run([node, "envelope.mjs"], cwd=program, capture_output=True, text=True, timeout=120,
                          env=env | {"KEY_ID": shared_key["Arn"], "DATABASE": str(database)})
    assert (done.returncode, done.stdout) == (0, "the parties agree\n"), done.stderr
    assert calls(service, mark) == ["GenerateDataKey", "Decrypt"]
    holds_only_what_is_sealed(database)
