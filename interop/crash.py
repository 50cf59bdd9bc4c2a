"""The crash loop: nothing acknowledged is lost when every process of the service dies at once, or one of them alone.

Writers are processes of their own. Each says what it is about to do, does it over TLS, and writes down the
acknowledgement durably (fsync) before it goes on. The harness kills with SIGKILL, by chance, the supervisor and all its
children at once, or the supervisor alone, whose children end with it, and starts the service again as a service manager
does; or one child alone, which the supervisor starts again: the front, the vault, the courier (the log is delivered to a
folder), the worker of a custom key store's token, or the fetcher of key sets. It checks, through the API:

- every acknowledged change is there: key, description, tags, alias, tag pair; every acknowledged ciphertext opens;
- every change that was not acknowledged is wholly there or wholly absent;
- no call hangs: one that is not answered within `crash_writer.HUNG_SECONDS`, and whose connection does not break, ends the run;
- what is in the token can still be used;
- at the end, the audit log holds a record of every acknowledged call, sealed segments too, and `audit verify` agrees; the
  folder has the log's lines, all of them and byte for byte.

Writers only add, so an acknowledgement stays true for ever and can be checked while they go on writing. Before they begin,
the checks are tried on acknowledgements that never happened: each of those has to be reported as lost.
Usage: crash.py --binary BINARY [--kills N] [--writers W] [--seed S]
"""

import argparse
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import exported
import harness
from crash_writer import BROKEN, answered, connection, encoded, endpoint, pair
from surroundings import OLD, PROBE, Surroundings

# Segments are an eighth of it: a loop of some length seals some.
AUDIT_BUDGET = ("--audit-budget-mib", "256")

# What is killed, and how often of twenty times.
VICTIMS = {"all": 6, "supervisor": 2, "front-process": 3, "vault-process": 3, "courier-process": 2, "token-process": 2,
           "fetcher-process": 2}

# The sink may lack so many records when the service is told to end, which then delivers them.
LAG_RECORDS = 1_000


# --- the checks

class Checker:
    """Compares the writers' journals with what the service answers."""

    def __init__(self, client, journals):
        self.client, self.journals = client, journals
        self.offsets = dict.fromkeys(journals, 0)
        self.acks, self.intents, self.requests, self.losses = {}, {}, [], []

    def read_journals(self):
        """The acknowledgements that are new since the last reading."""
        fresh = []
        for path in self.journals:
            if not path.exists():
                continue
            with open(path, "rb") as journal:
                journal.seek(self.offsets[path])
                for line in journal:
                    if not line.endswith(b"\n"):
                        break  # being written
                    self.offsets[path] += len(line)
                    ((kind, entry),) = json.loads(line).items()
                    if kind == "ack":
                        self.acks[entry["id"]] = entry
                        self.requests.append(entry["request"])
                        fresh.append(entry)
                    else:
                        self.intents[entry["id"]] = entry
        return fresh

    def read_first(self):
        """Reads the journals until somebody was acknowledged something; checks that."""
        self.check_acknowledged(self.read_journals())
        return self.acks

    def ask(self, operation, **parameters):
        # A 500 says "try again": the writers go on changing what is being read.
        for _ in range(5):
            answer = answered(self.client, operation, parameters)
            if answer.status < 500:
                break
        return answer.json if answer.status == 200 else {"error": answer.body.decode(errors="replace")}

    def every(self, operation, member, **parameters):
        """All pages of a list."""
        found, page = [], self.ask(operation, **parameters)
        while True:
            if "error" in page:
                return found
            found.extend(page[member])
            if not page["Truncated"]:
                return found
            page = self.ask(operation, Marker=page["NextMarker"], **parameters)

    def lost(self, entry, what):
        self.losses.append(f"{entry['operation']} {entry['id']}: {what}")

    def check_acknowledged(self, entries):
        """Everything acknowledged is there."""
        by_key = {}
        for entry in entries:
            by_key.setdefault(entry["key"], []).append(entry)
        for key, of_key in by_key.items():
            kinds = {entry["operation"] for entry in of_key}
            tags = aliases = {}
            if kinds & {"CreateKey", "TagResource"}:
                tags = {t["TagKey"]: t["TagValue"] for t in self.every("ListResourceTags", "Tags", KeyId=key)}
            if "CreateAlias" in kinds:
                aliases = {a["AliasName"] for a in self.every("ListAliases", "Aliases", KeyId=key)}
            for entry in of_key:
                self.check_one(entry, key, tags, aliases)

    def check_one(self, entry, key, tags, aliases):
        name, operation = entry["id"], entry["operation"]
        if operation == "CreateKey":
            answer = self.ask("DescribeKey", KeyId=key)
            described = answer.get("KeyMetadata", answer)
            if described.get("Description") != name or described.get("KeyState") != "Enabled":
                self.lost(entry, f"key {key} is {described}")
        if operation in ("CreateKey", "TagResource") and not all(tags.get(t["TagKey"]) == name for t in pair(name)):
            self.lost(entry, f"tags of {key} are {sorted(tags)}")
        if operation == "CreateAlias" and f"alias/{name}" not in aliases:
            self.lost(entry, f"aliases of {key} are {sorted(aliases)}")
        if operation == "Encrypt":
            opened = self.ask("Decrypt", CiphertextBlob=entry["blob"], EncryptionContext={"n": name})
            if opened.get("Plaintext") != encoded(name):
                self.lost(entry, f"does not open: {opened}")

    def check_everything(self):
        """All acknowledged changes again; what was not acknowledged is whole or absent. The count of those present."""
        self.check_acknowledged(list(self.acks.values()))
        open_intents = {i: e for i, e in self.intents.items() if i not in self.acks}
        present = 0
        acknowledged = {e["key"] for e in self.acks.values()}
        for key in (entry["KeyId"] for entry in self.every("ListKeys", "Keys", Limit=1000)):
            tags = {t["TagKey"]: t["TagValue"] for t in self.every("ListResourceTags", "Tags", KeyId=key)}
            if key not in acknowledged:
                present += self.check_unacknowledged_key(key, tags, open_intents)
            present += self.check_unacknowledged_tags(key, tags, open_intents)
        for alias in self.every("ListAliases", "Aliases", Limit=100):
            name = alias["AliasName"].removeprefix("alias/")
            entry = open_intents.get(name)
            if entry:
                present += 1
                if alias["TargetKeyId"] != entry["key"]:
                    self.lost(entry, f"unacknowledged alias points to {alias['TargetKeyId']}")
            elif name not in self.acks:
                self.losses.append(f"alias {name} was never asked for")
        return len(open_intents), present

    def check_unacknowledged_key(self, key, tags, open_intents):
        name = self.ask("DescribeKey", KeyId=key).get("KeyMetadata", {}).get("Description")
        if name == PROBE:
            return 0  # the harness made it
        entry = open_intents.get(name)
        if entry is None or entry["operation"] != "CreateKey":
            self.losses.append(f"key {key} ({name}) was never asked for")
            return 0
        whole = tags == {t["TagKey"]: t["TagValue"] for t in pair(name)} and "Policy" in self.ask("GetKeyPolicy", KeyId=key)
        blob = self.ask("Encrypt", KeyId=key, Plaintext=encoded(name)).get("CiphertextBlob", "")
        if not whole or self.ask("Decrypt", CiphertextBlob=blob).get("Plaintext") != encoded(name):
            self.lost(entry, f"unacknowledged key {key} is there in part: {tags}")
        return 1

    def check_unacknowledged_tags(self, key, tags, open_intents):
        present = 0
        for name in {tag.rpartition("-")[0] for tag in tags} & open_intents.keys():
            if open_intents[name]["operation"] == "TagResource":
                present += 1
                if not all(tags.get(t["TagKey"]) == name for t in pair(name)):
                    self.lost(open_intents[name], f"unacknowledged tags of {key} are there in part: {sorted(tags)}")
        return present

    def works(self, service, credentials):
        """Whether front and vault answer for an acknowledged key."""
        self.client = connection(endpoint(service), credentials)
        key = next(iter(self.acks.values()))["key"]
        try:
            return answered(self.client, "GenerateDataKey", {"KeyId": key, "KeySpec": "AES_256"}).status == 200
        except BROKEN:
            return False

    def opens(self, blob):
        """Whether the ciphertext under the key in the token opens. A wrong answer is a loss."""
        answer = self.ask("Decrypt", CiphertextBlob=blob)
        if answer.get("Plaintext", OLD) != OLD:
            self.losses.append(f"the key in the token gives {answer}")
        return answer.get("Plaintext") is not None

    def check_sink(self, service, folder):
        """The sink of a service that has ended has every line of its log, in order and as it is."""
        count = 0
        pairs = itertools.zip_longest((text for _, text in service.audit_lines_and_texts()), exported.lines_of_folder(folder))
        for count, (written, delivered) in enumerate(pairs, 1):
            if written != delivered:
                self.losses.append(f"the sink has {delivered} in the place of {written}")
                break
        done = service.cli("audit", "verify", "--export", folder, "--data-dir", service.data_dir, timeout=3600)
        if done.returncode != 0:
            self.losses.append(f"audit verify of the sink: {done.stderr}")
        print(f"sink: {count} lines of the log, {'all of them delivered' if not self.losses else 'compared'}", flush=True)

    def unrecorded(self, recorded):
        """What is lost of the acknowledged calls when these requests are on the record."""
        return [f"no audit record of request {request}" for request in self.requests if request not in recorded]

    def check_audit(self, service):
        """Ends the service. Every acknowledged call is on the record, and the record is what was signed."""
        if service.stop() != 0:
            self.losses.append("the service did not end well: " + "".join(service.log[-5:]))
        recorded = recorded_requests(service)
        self.losses += self.unrecorded(recorded)
        done = service.cli("audit", "verify", "--data-dir", service.data_dir, timeout=3600)
        if done.returncode != 0:
            self.losses.append(f"audit verify: {done.stderr}")
        sealed = len(list((service.data_dir / "audit").glob("*.zst")))
        print(f"audit: {len(self.requests)} acknowledged calls beside {len(recorded)} on the record, {sealed} segments "
              "sealed; audit verify: " + "; ".join(done.stdout.splitlines()[:3]), flush=True)


def recorded_requests(service):
    """The request ids of every record that counts: a gap line takes back the numbers from its `from` to its own."""
    requests, gaps = {}, []
    for line in service.audit_lines():
        record = line["record"]
        if line["kind"] == "gap" and "from" in record:
            gaps.append(range(record["from"], line["sequence"]))
        elif line["kind"] in ("event", "correction") and "requestID" in record:
            requests.setdefault(record["requestID"], []).append(line["sequence"])
    return {request for request, numbers in requests.items()
            if not all(any(number in gap for gap in gaps) for number in numbers)}


def control(service, credentials, folder):
    """What was acknowledged and never happened is reported as lost, of every kind; or the checks show nothing."""
    entries = [{"id": f"never-{operation}", "operation": operation, "key": str(uuid.uuid4()), "blob": encoded("never"),
                "request": str(uuid.uuid4())} for operation in ("CreateKey", "CreateAlias", "TagResource", "Encrypt")]
    journal = Path(folder) / "never.jsonl"
    journal.write_text("".join(json.dumps({"ack": entry}) + "\n" for entry in entries))
    checker = Checker(connection(endpoint(service), credentials), [journal])
    checker.check_acknowledged(checker.read_journals())
    checker.client.close()
    for entry in entries:
        if not any(loss.startswith(f"{entry['operation']} {entry['id']}: ") for loss in checker.losses):
            raise SystemExit(f"FAILED, the control: {entry} is not missed, only {checker.losses}")
    if len(checker.unrecorded(recorded_requests(service))) != len(entries):
        raise SystemExit("FAILED, the control: calls that never happened are taken for recorded")


# --- the harness

def check_writers(writers):
    """Ends the run when a writer has ended."""
    if any(writer.poll() is not None for writer in writers):
        raise SystemExit("FAILED, a writer got an answer that it must not get, or none; see above")


def start_writers(count, seed, where, credentials, folder):
    """The writer processes and their journals."""
    journals, writers = [], []
    for number in range(count):
        journal = Path(folder) / f"writer-{number}.jsonl"
        environment = harness.clean_environment() | {"CRASH_ACCESS_KEY": credentials[0], "CRASH_SECRET": credentials[1]}
        writers.append(subprocess.Popen(
            [sys.executable, Path(__file__).with_name("crash_writer.py"), "--name", f"w{number}",
             "--seed", str(seed * 1000 + number), "--port", str(where[0]), "--ca", where[1],
             "--journal", str(journal)], env=environment))
        journals.append(journal)
    return writers, journals


def dealt(count, chance):
    """What is killed, so many times, in any order: of each twenty each as often as `VICTIMS` says."""
    deck = []
    while len(deck) < count:
        twenty = [victim for victim, times in VICTIMS.items() for _ in range(times)]
        chance.shuffle(twenty)
        deck += twenty
    return deck[:count]


def kill_supervisor(service):
    """Kills the supervisor alone. Its children end with it: nobody would start them again, and nobody else may serve meanwhile."""
    children = harness.children_of(service.process.pid)
    service.process.kill()
    service.process.wait()
    harness.eventually("the children of a killed supervisor end", lambda: not any(map(harness.alive, children)))


def kill(victim, service, checker, credentials, blob):
    """Kills all of the service, or one process of it, and returns when it serves again: what was acknowledged up to the
    kill and had not been read."""
    if victim in ("all", "supervisor"):
        service.kill() if victim == "all" else kill_supervisor(service)
        fresh = checker.read_journals()
        service.start()
        checker.client = connection(endpoint(service), credentials)
        return fresh
    pid = harness.eventually(f"there is a {victim}", lambda: service.child(victim))
    os.kill(pid, signal.SIGKILL)
    fresh = checker.read_journals()
    # It may still answer while it dies.
    harness.eventually(f"{victim} {pid} has gone", lambda: not Path(f"/proc/{pid}").exists())
    harness.eventually(f"it serves after a kill of {victim}", lambda: checker.works(service, credentials))
    harness.eventually(f"there is another {victim}", lambda: service.child(victim))
    if victim == "token-process":
        harness.eventually("the key in the token can be used", lambda: checker.opens(blob))
    return fresh


def kills(arguments, service, checker, writers, credentials, blob):
    """All kills; how often each victim was killed."""
    chance = random.Random(arguments.seed)
    victims = dict.fromkeys(VICTIMS, 0)
    harness.eventually("the first acknowledgement", checker.read_first)
    for number, victim in enumerate(dealt(arguments.kills, chance)):
        time.sleep(chance.uniform(0.05, 0.6))  # the moment of the kill is what is random
        victims[victim] += 1
        checker.check_acknowledged(kill(victim, service, checker, credentials, blob))
        checker.client.close()
        check_writers(writers)
        if checker.losses:
            break
        if (number + 1) % 50 == 0:
            print(f"crash: {number + 1} kills, {len(checker.acks)} acknowledged changes, none lost", flush=True)
    return victims


def run(arguments):
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="strongroom-crash-") as folder:
        service = harness.Service(Path(folder) / "data", program=arguments.binary)
        service.options = list(AUDIT_BUDGET)
        around = Surroundings(folder, service)
        writers = []
        try:
            env = service.start().env()
            credentials = (env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"])
            client = connection(endpoint(service), credentials)
            around.make_hosted_key(client)
            control(service, credentials, folder)
            writers, journals = start_writers(arguments.writers, arguments.seed, endpoint(service), credentials, folder)
            checker = Checker(client, journals)
            victims = kills(arguments, service, checker, writers, credentials, around.blob)
        except BaseException:
            print("the service said at last:", *service.log[-40:], sep="\n", flush=True)
            service.kill()  # nothing may go on running when the loop ends early
            raise
        finally:
            for writer in writers:
                writer.kill()
                writer.wait()
        try:
            checker.read_journals()
            checker.client = connection(endpoint(service), credentials)
            unacknowledged, present = checker.check_everything()
            harness.eventually("the key in the token can be used", lambda: checker.opens(around.blob))
            harness.eventually("the sink catches up", lambda: around.lag(service) < LAG_RECORDS, seconds=300)
            checker.check_audit(service)
            checker.check_sink(service, around.export)
        finally:
            service.kill()
    for loss in checker.losses[:20]:
        print("crash: LOST", loss)
    kinds = {}
    for entry in checker.acks.values():
        kinds[entry["operation"]] = kinds.get(entry["operation"], 0) + 1
    print(f"crash: {arguments.kills} kills {victims} in {time.monotonic() - began:.0f} s (seed {arguments.seed}), "
          f"{len(checker.acks)} acknowledged changes {kinds}, {len(checker.losses)} lost; "
          f"{unacknowledged} not acknowledged, {present} of them wholly present, none in part"
          if not checker.losses else f"crash: FAILED, {len(checker.losses)} losses (seed {arguments.seed})")
    # A loop that acknowledged next to nothing has shown nothing.
    enough = len(checker.acks) >= 5 * arguments.kills and len(kinds) == 4
    if not enough:
        print(f"crash: FAILED, too few acknowledgements to show anything: {kinds}")
    return 0 if enough and not checker.losses else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=harness.binary())
    parser.add_argument("--kills", type=int, default=int(os.environ.get("STRONGROOM_KILLS", 200)))
    parser.add_argument("--writers", type=int, default=3)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("STRONGROOM_SEED", time.time())))
    sys.exit(run(parser.parse_args()))


if __name__ == "__main__":
    main()
