"""Others who sign the audit log's checkpoints, and what an operator does to the log: all of it is on the record."""

import json

import pytest

import harness
from conftest import kms_client
from watched import Watched
from witness import HttpWitness, Witness


@pytest.fixture
def own(tmp_path):
    """A service of this test's own; not started yet."""
    running = Watched(tmp_path / "own")
    yield running
    running.kill()


@pytest.fixture
def asked():
    """A witness that can be asked."""
    witness = HttpWitness("witness.example/asked")
    yield witness
    witness.stop()


def audit(service, *arguments):
    """`strongroom audit ...` on this data directory; the finished process."""
    return service.cli("audit", *arguments, "--data-dir", service.data_dir)


def acts(service, operation) -> list:
    """The records of an operation."""
    return [json.loads(line) for line in audit(service, "query", "--json", "--operation", operation).stdout.splitlines()]


def signed(service, witness) -> int:
    """How many records a witness has signed, as the program knows it."""
    for line in audit(service, "witness", "list").stdout.splitlines():
        name, verb, *rest = line.split(" ")
        if name == witness.name and verb == "signed":
            return int(rest[0])
    return 0


def test_configured_witness_signs_what_grew_out_of_what_it_signed(own, asked, tmp_path):
    file = tmp_path / "strongroom.toml"
    file.write_text(f"[[audit.witness]]\nurl = {json.dumps(asked.url)}\nkey = {json.dumps(asked.key())}\n")
    own.variables = {"STRONGROOM_CONFIG": str(file)}
    own.start()
    first = harness.eventually("a signature", lambda: signed(own, asked))
    assert first == asked.seen[0]
    (added,) = acts(own, "AddAuditWitness")
    assert added["requestParameters"] == {"key": asked.key()}
    kept = audit(own, "witness", "remove", asked.name)
    assert kept.returncode != 0 and "[[audit.witness]]" in kept.stderr
    kms = kms_client(own.env())
    for _ in range(5):
        kms.create_key()
    # It is asked again a minute later.
    lacks = lambda: own.reading("strongroom_audit_unwitnessed_records", witness=asked.name)  # noqa: E731
    harness.eventually("what it has not signed in the figures", lambda: (lacks() or 0) > 0)
    assert own.reading("strongroom_audit_cosignature_age_seconds", witness=asked.name) < 60
    assert own.stop() == 0
    own.start()
    second = harness.eventually("a newer one", lambda: signed(own, asked) > first and signed(own, asked))
    assert second == asked.seen[0] and set(asked.answers) == {200}, "every proof held"
    assert own.stop() == 0
    # Whoever lost what the witness had signed is told by it.
    (own.data_dir / "audit" / "cosignatures").unlink()
    own.start()
    harness.eventually("a signature after a conflict", lambda: signed(own, asked) >= second)
    assert 409 in asked.answers and set(asked.answers) == {200, 409}
    assert len(acts(own, "AddAuditWitness")) == 1, "it was known already"


def test_dropped_checkpoint_is_taken_if_a_known_witness_signed_it(own):
    own.start()
    known, stranger = Witness("witness.example/known"), Witness("witness.example/stranger")
    assert audit(own, "witness", "add", known.key()).returncode == 0
    (added,) = acts(own, "OperatorAddAuditWitness")
    assert added["userIdentity"]["invokedBy"].startswith("operator (uid ")
    folder = own.data_dir / "audit" / "witness"
    folder.mkdir()
    newest = own.data_dir / "audit" / "checkpoint"
    note = harness.eventually("a checkpoint of a record", lambda: (text := newest.read_text()).split("\n")[1] != "0" and text)
    for name, witness in (("one", known), ("other", stranger)):
        (folder / f".{name}").write_text(note + witness.line(note))
        (folder / f".{name}").rename(folder / name)
    harness.eventually("both are put away", lambda: [f.name for f in folder.iterdir()] == ["other.refused"])
    assert signed(own, known) > 0 and signed(own, stranger) == 0
    assert audit(own, "witness", "remove", known.name).returncode == 0
    assert audit(own, "witness", "remove", known.name).returncode != 0
    gone, none = acts(own, "OperatorRemoveAuditWitness")
    assert "errorCode" not in gone and none["errorCode"] == "Refused"


def test_holds_are_on_the_record_while_a_service_runs(own):
    own.start()
    assert audit(own, "hold", "add", "case 7", "--reason", "the court asks").returncode == 0
    assert audit(own, "hold", "add", "case 7").returncode != 0
    made, refused = acts(own, "OperatorAddAuditHold")
    assert made["requestParameters"] == {"name": "case 7", "reason": "the court asks"}
    assert "there is a hold case 7 already" in refused["errorMessage"]
    intents = [line["record"] for line in own.audit() if line["kind"] == "intent"]
    held = [intent["requestParameters"]["name"] for intent in intents if intent["eventName"] == "OperatorAddAuditHold"]
    assert held == ["case 7", "case 7"], "the record says it before it is done"
    assert own.stop() == 0
    ended = audit(own, "hold", "remove", "case 7")
    assert ended.returncode == 0 and "the record does not say so" in ended.stderr
    assert audit(own, "hold", "list").stdout == ""


def test_query_that_fails_prints_no_head(own, tmp_path):
    done = own.cli("audit", "query", "--data-dir", tmp_path / "nowhere")
    assert done.returncode != 0 and done.stdout == "" and "is this a data directory?" in done.stderr
