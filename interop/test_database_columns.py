"""Sealed values in database columns: the programs of examples/databases against the live service, and the calls they make."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import aws_encryption_sdk
import pytest
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import CreateAwsKmsKeyringInput

import harness

EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "databases"
BOUND = {"table": "notes", "column": "body", "tenant": "acme"}
FLAGS = [word for name, value in BOUND.items() for word in (f"--{name}", value)]


def calls(service, mark):
    return [record["eventName"] for record in service.audit_since(mark)]


@pytest.fixture
def program_env(env, shared_key, key, tmp_path):
    """The environment of an example: the binary under test as `strongroom`, two keys."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "strongroom").symlink_to(Path(harness.binary()).resolve())
    path = f"{tools}:{os.environ['PATH']}"
    return env | {"PATH": path, "KEY_ID": shared_key["Arn"], "NEW_KEY_ID": key["Arn"], "DATABASE": str(tmp_path / "notes.db")}


def test_sqlite_example(service, program_env, tmp_path):
    mark = service.audit_mark()
    done = subprocess.run([sys.executable, EXAMPLES / "sqlite.py"], env=program_env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "['note 9', 'note 10', 'note 11']\n500 notes are as they were\n"
    made = calls(service, mark)
    # A process a page, and a data key a process: three pages are resealed, each with one call each way. And one call for each of
    # the two values that are sealed the strict way.
    assert made.count("GenerateDataKey") == 1 + 3 + 2, made
    assert len(made) < 20, made
    bound = [(record.get("requestParameters") or {}).get("encryptionContext") or {} for record in service.audit_since(mark)]
    assert {pairs.get("row") for pairs in bound if pairs.get("table") == "patients"} == {"7", "8"}, "each row is named"
    assert b"note 499" not in (tmp_path / "notes.db").read_bytes()
    values = [value for (value,) in sqlite3.connect(tmp_path / "notes.db").execute("SELECT body FROM notes")]
    assert len(set(values)) == 500 and all(program_env["NEW_KEY_ID"].encode() in value for value in values)


@pytest.fixture
def postgresql():
    """The PG* variables of a server of this test's own."""
    where = os.pathsep.join([os.environ["PATH"], *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")))])
    initdb, pg_ctl = shutil.which("initdb", path=where), shutil.which("pg_ctl", path=where)
    if not initdb or not pg_ctl or not shutil.which("psql"):
        pytest.skip("PostgreSQL is not installed")
    folder = Path("/tmp") / f"strongroom-pg-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    # The server refuses to run as root.
    as_user = []
    if os.getuid() == 0:
        shutil.chown(folder, "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    run = lambda *command: subprocess.run([*as_user, *map(str, command)], check=True, capture_output=True, cwd="/", timeout=120)
    data = folder / "data"
    run(initdb, "-D", data, "--username", "tester", "--auth", "trust", "--no-sync")
    run(pg_ctl, "-D", data, "-w", "-l", folder / "log", "-o", f"-c listen_addresses= -k {folder}", "start")
    yield {"PGHOST": str(folder), "PGUSER": "tester", "PGDATABASE": "postgres"}
    run(pg_ctl, "-D", data, "-w", "-m", "immediate", "stop")
    shutil.rmtree(folder, ignore_errors=True)


def test_postgresql_example(service, program_env, postgresql):
    mark = service.audit_mark()
    done = subprocess.run([EXAMPLES / "postgresql.sh"], env=program_env | postgresql, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "10: note 10\n11: note 11\n12: note 12\n500 notes are as they were\n"
    assert calls(service, mark).count("GenerateDataKey") == 2, "one data key for all values, one for all of them anew"


def test_the_sdk_opens_a_value_when_it_is_given_the_pairs(service, env, kms, shared_key):
    done = service.cli("column", "seal", *FLAGS, "--bind-row", "--key-id", shared_key["Arn"], env=env, input="7\t76616c7565\n")
    assert done.returncode == 0, done.stderr
    message = bytes.fromhex(done.stdout.split("\t")[1])
    providers = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())
    keyring = providers.create_aws_kms_keyring(CreateAwsKmsKeyringInput(kms_key_id=shared_key["Arn"], kms_client=kms))
    sdk = aws_encryption_sdk.EncryptionSDKClient()
    assert sdk.decrypt(source=message, keyring=keyring, encryption_context=BOUND | {"row": "7"})[0] == b"value"
    with pytest.raises(Exception):
        sdk.decrypt(source=message, keyring=keyring, encryption_context=BOUND | {"row": "8"})


def test_a_value_opens_only_where_it_belongs(service, env, shared_key):
    sealing = ("column", "seal", *FLAGS, "--key-id", shared_key["Arn"])
    sealed = service.cli(*sealing, env=env, input="7\t00\n8\t01\n").stdout
    assert service.cli("column", "open", *FLAGS, env=env, input=sealed).stdout == "7\t00\n8\t01\n"
    moved = sealed.splitlines()[0].replace("7\t", "8\t", 1) + "\n"
    done = service.cli("column", "open", *FLAGS, env=env, input=moved)
    assert (done.returncode, done.stdout) == (4, "") and "row" in done.stderr, done.stderr
    for name in ("table", "column", "tenant"):
        elsewhere = [word for key, value in (BOUND | {name: "other"}).items() for word in (f"--{key}", value)]
        done = service.cli("column", "open", *elsewhere, env=env, input=sealed)
        assert done.returncode in (3, 4) and done.stdout == "", (name, done.stderr)


def test_reseal_passes_over_what_is_done_names_each_line_and_refuses_an_alias(service, env, shared_key, key):
    lines = "".join(f"{row}\t{row:04x}\n" for row in range(40))
    sealed = service.cli("column", "seal", *FLAGS, "--key-id", shared_key["Arn"], env=env, input=lines).stdout.splitlines()
    newer = service.cli("column", "seal", *FLAGS, "--key-id", key["Arn"], env=env, input=lines).stdout.splitlines()
    mixed = "\n".join([*sealed[:10], "10\t00", *sealed[11:20], *newer[20:]]) + "\n"
    for named in (key["Arn"], key["KeyId"]):
        mark = service.audit_mark()
        done = service.cli("column", "reseal", *FLAGS, "--key-id", named, env=env, input=mixed)
        assert done.returncode == 4 and 'line 11, row "10"' in done.stderr and done.stderr.count("strongroom: line") == 1, done.stderr
        rows = [line.split("\t") for line in done.stdout.splitlines()]
        assert [row[0] for row in rows] == [str(row) for row in range(20) if row != 10]
        assert calls(service, mark) == ["Decrypt", "GenerateDataKey"]
        again = "".join(f"{row}\t{new}\n" for row, _, new in rows)
        assert service.cli("column", "open", *FLAGS, env=env, input=again).stdout == "".join(f"{row}\t{int(row):04x}\n" for row, _, _ in rows)
    done = service.cli("column", "reseal", *FLAGS, "--key-id", "alias/any", env=env, input=mixed)
    assert done.returncode == 2 and "needs the key's ARN or id" in done.stderr, done.stderr


def test_each_data_key_of_a_page_is_asked_for_once(service, env, shared_key, key):
    lines = "".join(f"{row}\t{row:04x}\n" for row in range(200))
    sealed = [service.cli("column", "seal", *FLAGS, "--key-id", arn, env=env, input=lines).stdout.splitlines() for arn in (shared_key["Arn"], key["Arn"])]
    page = "".join(f"{one}\n{other}\n" for one, other in zip(*sealed))
    mark = service.audit_mark()
    done = service.cli("column", "open", *FLAGS, env=env, input=page)
    assert done.returncode == 0 and done.stdout == "".join(f"{line}\n{line}\n" for line in lines.splitlines()), done.stderr
    assert calls(service, mark) == ["Decrypt", "Decrypt"]
