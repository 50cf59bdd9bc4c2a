"""`strongroom audit query` and `tail`: records by every condition, of the running service and from files."""

import json
import os
import subprocess
import threading
import uuid

import pytest

import harness
from conftest import ACCOUNT, kms_client
from expect import refused
from principals import Account, may, request_id, trust


@pytest.fixture(scope="module")
def root(service):
    return Account(service)


@pytest.fixture
def own(tmp_path):
    """A service of this test's own."""
    running = harness.Service(tmp_path / "own").start()
    yield running
    running.kill()


def query(service, *conditions) -> list:
    """The records that a query finds."""
    return [json.loads(line) for line in lines(service, "--json", *conditions)]


def lines(service, *options) -> list:
    """The lines that a query prints."""
    done = service.cli("audit", "query", *options, "--data-dir", service.data_dir)
    assert done.returncode == 0, done.stderr
    return done.stdout.removesuffix("\n").split("\n") if done.stdout else []


def ids(records) -> list:
    return [record["requestID"] for record in records]


def test_records_of_a_key_are_those_of_the_log(service, root, key):
    mark = service.audit_mark()
    blob = root.kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    root.kms.decrypt(CiphertextBlob=blob)
    root.kms.describe_key(KeyId=key["KeyId"])
    written = [r for r in service.audit_since(mark) if r["eventName"] in ("Encrypt", "Decrypt", "DescribeKey")]
    for name in (key["Arn"], key["KeyId"]):
        assert query(service, "--key", name)[-3:] == written


def test_json_is_the_record_byte_for_byte_and_raw_is_the_line(service, root, key):
    root.kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext={"ä\u2028\"\\": "\n\x7f"})
    (record,) = lines(service, "--json", "--key", key["Arn"], "--operation", "Encrypt")
    (line,) = lines(service, "--raw", "--key", key["Arn"], "--operation", "Encrypt")
    assert line in service.audit_text().split("\n")
    assert line.endswith(f',"kind":"event","uses":1,"record":{record}}}')


def test_each_condition_finds_its_records_and_no_others(service, root, key):
    user = root.user(may("kms:Encrypt"))
    asked = {}
    for document in ("1", "2"):
        answer = user.kms.encrypt(KeyId=key["Arn"], Plaintext=b"x", EncryptionContext={"document": document, "a": "b"})
        asked[document] = answer["ResponseMetadata"]["RequestId"]
    with refused("AccessDeniedException") as caught:
        user.kms.disable_key(KeyId=key["Arn"])
    denied = request_id(caught)
    with refused("ValidationException"):
        user.kms.encrypt(KeyId=key["Arn"], Plaintext=b"x" * 4097)
    access_key = user.env["AWS_ACCESS_KEY_ID"]

    def of(*conditions) -> list:
        return ids(query(service, "--principal", user.arn, *conditions))

    assert of("--operation", "DisableKey") == [denied]
    assert of("--outcome", "denied") == [denied] == of("--outcome", "AccessDenied")
    assert of("--context", "document=1") == [asked["1"]] == of("--context", "document=1", "--context", "a=b")
    assert of("--context", "document=1", "--context", "a=c") == []
    assert of("--outcome", "ok") == [asked["1"], asked["2"]]
    assert of("--request-id", asked["2"]) == [asked["2"]]
    assert len(of("--key", key["Arn"], "--account", ACCOUNT)) >= 3
    assert of("--account", "999999999999") == []
    assert ids(query(service, "--principal", access_key)) == of()


def test_times_bound_a_query(service, root, key):
    root.kms.describe_key(KeyId=key["Arn"])
    records = query(service, "--key", key["Arn"])
    first, last = records[0]["eventTime"], records[-1]["eventTime"]
    assert query(service, "--key", key["Arn"], "--since", first) == records
    assert query(service, "--key", key["Arn"], "--until", first) == []
    assert query(service, "--key", key["Arn"], "--since", "1h", "--until", "2100-01-01") == records
    assert all(r["eventTime"] == last for r in query(service, "--key", key["Arn"], "--since", last))


def test_alias_stands_for_its_key(service, root, key, alias):
    root.kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    root.kms.describe_key(KeyId=key["Arn"])
    assert query(service, "--key", alias) == query(service, "--key", key["Arn"])


def test_role_finds_all_its_sessions(service, root, key):
    role = root.role(trust(root.arn), may("kms:DescribeKey"))
    for session in ("one", "two"):
        root.user(may("sts:AssumeRole")).assume(role, session).kms.describe_key(KeyId=key["Arn"])
    found = query(service, "--principal", role["Arn"], "--operation", "DescribeKey")
    assert [r["userIdentity"]["arn"].split("/")[-1] for r in found] == ["one", "two"]
    (one,) = query(service, "--principal", found[0]["userIdentity"]["arn"], "--operation", "DescribeKey")
    assert one == found[0]


def test_reverse_and_limit(service, root, key):
    for _ in range(3):
        root.kms.describe_key(KeyId=key["Arn"])
    records = query(service, "--key", key["Arn"])
    assert query(service, "--key", key["Arn"], "--reverse") == records[::-1]
    assert query(service, "--key", key["Arn"], "--limit", "2") == records[:2]
    assert query(service, "--key", key["Arn"], "--reverse", "--limit", "1") == records[-1:]


def test_table_shows_a_line_for_each_record_and_no_control_characters(service, root, key):
    user = root.user()
    with refused("AccessDeniedException"):
        user.kms.describe_key(KeyId=key["Arn"])
    head, *rows = lines(service, "--key", key["Arn"])
    assert head.split() == ["TIME", "OPERATION", "OUTCOME", "PRINCIPAL", "KEY", "REQUEST"]
    assert len(rows) == len(query(service, "--key", key["Arn"]))
    assert f"{ACCOUNT}:user/{user.name}" in rows[-1] and " AccessDenied " in rows[-1] and key["KeyId"] in rows[-1]
    assert not any(c in "".join(rows) for c in "\x1b\r\x00")


@pytest.mark.parametrize("options, text", [
    (["--since", "yesterday"], "is no time"), (["--key", ""], "must not be empty"), (["--context", "a"], "NAME=VALUE"),
    (["--json", "--raw"], "cannot be used with"), (["--limit", "many"], "invalid"), (["--key", "nope"], "alias/NAME"),
    (["--key", "arn:aws:iam::111122223333:user/a"], "key/ID"), (["--until", "2026-13-01"], "is no time"),
    (["--account", "12"], "twelve digits"),
])
def test_query_that_cannot_be_asked(service, options, text):
    done = service.cli("audit", "query", *options, "--data-dir", service.data_dir)
    assert (done.returncode, done.stdout) == (2, "") and text in done.stderr, done.stderr


def test_query_that_finds_nothing_says_so(service, root, key):
    unknown = str(uuid.uuid4())
    for options, text in ((["--key", unknown], f"no record of {unknown}\n"), (["--principal", "nobody"], "no record"),
                          (["--key", key["Arn"], "--since", "2100-01-01"], f"no record of {key['Arn']} meets")):
        for command in ("query", "tail"):
            done = service.cli("audit", command, *options, "--data-dir", service.data_dir)
            assert done.returncode == 0 and text in done.stderr, done
            assert done.stdout.split() == ["TIME", "OPERATION", "OUTCOME", "PRINCIPAL", "KEY", "REQUEST"]
    found = service.cli("audit", "query", "--key", key["Arn"], "--data-dir", service.data_dir)
    assert found.returncode == 0 and found.stderr == "", "positive control"


def test_query_is_on_the_record_once_however_many_pages_it_has(own):
    kms = kms_client(own.env())
    for _ in range(1_010):
        kms.generate_random(NumberOfBytes=1)
    mark = own.audit_mark()
    assert len(query(own, "--operation", "GenerateRandom")) == 1_010
    (look,) = own.audit_since(mark, "OperatorQueryAudit")
    assert look["requestParameters"] == {"operation": "GenerateRandom"} and look["readOnly"] is True
    mark = own.audit_mark()
    query(own, "--files", "--operation", "GenerateRandom")
    assert own.audit_since(mark) == []


def test_files_answer_as_the_service_did(own):
    kms = kms_client(own.env())
    key = kms.create_key()["KeyMetadata"]["Arn"]
    for number in range(5):
        kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"n": str(number)})
    conditions = ["--key", key], ["--key", key, "--context", "n=3"], ["--operation", "Encrypt", "--reverse"]
    live = [query(own, *condition) for condition in conditions]
    assert [query(own, "--files", *condition) for condition in conditions] == live
    assert own.stop() == 0
    assert [query(own, *condition) for condition in conditions] == live
    assert [len(records) for records in live] == [6, 1, 5]


def test_directory_that_is_none_is_named(service, tmp_path):
    done = service.cli("audit", "query", "--data-dir", tmp_path / "nowhere")
    assert done.returncode != 0 and "nowhere" in done.stderr and "data directory" in done.stderr


def test_tail_prints_the_newest_in_their_order(service, root, key):
    for _ in range(4):
        root.kms.describe_key(KeyId=key["Arn"])
    done = service.cli("audit", "tail", "-n", "3", "--json", "--key", key["Arn"], "--data-dir", service.data_dir)
    assert [json.loads(line) for line in done.stdout.splitlines()] == query(service, "--key", key["Arn"])[-3:]


def test_tail_follows_what_comes_and_misses_and_repeats_nothing(service, root, key):
    root.kms.describe_key(KeyId=key["Arn"])
    command = [service.program, "audit", "tail", "-f", "-n", "1", "--json", "--key", key["Arn"],
               "--data-dir", str(service.data_dir)]
    seen = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=harness.clean_environment()) as tail:
        reader = threading.Thread(target=lambda: seen.extend(json.loads(line) for line in tail.stdout), daemon=True)
        reader.start()
        try:
            harness.eventually("the newest record", lambda: len(seen) == 1)
            for count in range(2, 7):
                root.kms.describe_key(KeyId=key["Arn"])
                harness.eventually("what came", lambda: len(seen) == count)
        finally:
            tail.kill()
        reader.join(30)
    assert seen == query(service, "--key", key["Arn"])[-6:]


def test_tail_goes_on_when_the_service_was_started_again(own):
    kms = kms_client(own.env())
    command = [own.program, "audit", "tail", "-f", "-n", "1", "--json", "--operation", "ListAliases",
               "--data-dir", str(own.data_dir)]
    kms.list_aliases()
    seen = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=harness.clean_environment()) as tail:
        reader = threading.Thread(target=lambda: seen.extend(json.loads(line) for line in tail.stdout), daemon=True)
        reader.start()
        try:
            harness.eventually("the newest record", lambda: len(seen) == 1)
            for count in range(2, 4):
                assert own.stop() == 0
                own.start()
                kms_client(own.env()).list_aliases()
                harness.eventually("what came", lambda: len(seen) == count)
            assert tail.poll() is None
        finally:
            tail.kill()
        reader.join(30)
    assert seen == query(own, "--operation", "ListAliases")


def test_operators_acts_are_found_by_who_did_them(service):
    service.operator("status")
    found = query(service, "--principal", f"operator (uid {os.getuid()})", "--operation", "OperatorStatus")
    assert found and all("type" not in record["userIdentity"] for record in found)
