"""The fault loop: parts of the service fail one at a time under load, and it comes back by itself.

The service has its root key in a PKCS#11 token and its data on a small file system of its own. The writers of `crash.py`
add keys, aliases, tags and ciphertexts meanwhile. Each round takes one fault by chance, each kind as often as the others:

- `vault`: the vault process is killed;
- `token`: the process that holds the vendor's library is killed, or stopped so that it hangs;
- `both`: the token's process is stopped and the vault killed, so that the next vault has to wait for the next library;
- `disk`: the file system is filled to the last byte, for a moment.

After each the harness waits until the service creates a key and opens an old ciphertext again, and checks what was
acknowledged. At the end all of it, and the audit record of every acknowledged call. A call that is not answered within
`HUNG_SECONDS` ends the run. Usage: faults.py --binary BINARY [--faults N] [--writers W] [--seed S]
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import crash
import harness
import rawhttp

# Room for what the writers add, the ballast and the audit log's reserve.
DISK_MIB = 512
HUNG_SECONDS = 15
BACK_SECONDS = 60


class Faults:
    """What can be done to the parts of a running service."""

    def __init__(self, service, mount, chance):
        self.service, self.filler, self.chance = service, mount / "filler", chance

    def signal(self, role, which):
        pid = self.service.child(role)
        if pid is not None:
            os.kill(pid, which)

    def vault(self):
        self.signal("vault-process", signal.SIGKILL)

    def token(self):
        self.signal("token-process", self.chance.choice([signal.SIGKILL, signal.SIGSTOP]))

    def both(self):
        self.signal("token-process", signal.SIGSTOP)
        self.signal("vault-process", signal.SIGKILL)

    def disk(self):
        with open(self.filler, "ab", buffering=0) as file:
            for piece in (1 << 20, 1 << 12, 1):
                try:
                    while True:
                        file.write(b"x" * piece)
                except OSError:
                    continue
        time.sleep(self.chance.uniform(0.05, 0.5))  # how long the disk is full is what is random
        self.filler.unlink()


def back(client, blob):
    """Seconds until a change and a decryption succeed again."""
    began = time.monotonic()
    while time.monotonic() - began < BACK_SECONDS:
        asked = time.monotonic()
        made = client.call("CreateKey", {"Description": "probe"})
        opened = client.call("Decrypt", {"CiphertextBlob": blob})
        if time.monotonic() - asked > HUNG_SECONDS:
            raise SystemExit(f"faults: FAILED, an answer took {time.monotonic() - asked:.1f} s")
        if made.status == 200 and opened.status == 200:
            if opened.json["Plaintext"] != crash.encoded("old"):
                raise SystemExit(f"faults: FAILED, a wrong answer: {opened.json}")
            return time.monotonic() - began
        time.sleep(0.02)
    raise SystemExit(f"faults: FAILED, not back after {BACK_SECONDS} s: {made.body} {opened.body}")


def dealt(kinds, count, chance):
    """So many faults, each kind as often as the others, in any order."""
    deck = [kinds[number % len(kinds)] for number in range(count)]
    chance.shuffle(deck)
    return deck


def rounds(arguments, service, mount, checker, writers, chance):
    """All faults; how often each came, and how long the service was away after each."""
    client = checker.client
    key = client.call("CreateKey", {"Description": "probe"}).json["KeyMetadata"]["KeyId"]
    blob = client.call("Encrypt", {"KeyId": key, "Plaintext": crash.encoded("old")}).json["CiphertextBlob"]
    faults, away = Faults(service, mount, chance), {"vault": [], "token": [], "both": [], "disk": []}
    for number, fault in enumerate(dealt(list(away), arguments.faults, chance)):
        time.sleep(chance.uniform(0.02, 0.3))  # the moment is random
        getattr(faults, fault)()
        away[fault].append(back(client, blob))
        checker.check_acknowledged(checker.read_journals())
        if any(writer.poll() is not None for writer in writers):
            raise SystemExit("a writer got an answer that it must not get; see above")
        if checker.losses:
            break
        if (number + 1) % 50 == 0:
            print(f"faults: {number + 1}, {len(checker.acks)} acknowledged changes, none lost", flush=True)
    return away


class Probed(crash.Checker):
    """The same checks where the harness makes keys of its own."""

    def check_unacknowledged_key(self, key, tags, open_intents):
        if self.ask("DescribeKey", KeyId=key).get("KeyMetadata", {}).get("Description") == "probe":
            return 0
        return super().check_unacknowledged_key(key, tags, open_intents)


def run(arguments):
    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory(prefix="strongroom-faults-") as folder:
        mount = Path(folder) / "small"
        mount.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", mount], check=True)
        token = harness.Token(Path(folder) / "token")
        service = harness.Service(mount / "data", plaintext=True, program=arguments.binary, token=token)
        writers = []
        try:
            env = service.start().env()
            credentials = (env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"])
            client = rawhttp.Client("127.0.0.1", service.plaintext_port, credentials)
            writers, journals = crash.start_writers(arguments.writers, arguments.seed, service.plaintext_port,
                                                    credentials, folder)
            checker = Probed(client, journals)
            away = rounds(arguments, service, mount, checker, writers, chance)
            for writer in writers:
                writer.kill()
                writer.wait()
            checker.read_journals()
            checker.check_everything()
            checker.check_audit(service)
        finally:
            for writer in writers:
                writer.kill()
            service.kill()
            subprocess.run(["umount", "-l", mount], check=True)
    return judge(arguments, checker, away)


def judge(arguments, checker, away):
    """Prints the result; the exit code."""
    for loss in checker.losses[:20]:
        print("faults: LOST", loss)
    for fault, seconds in away.items():
        middle = sorted(seconds)[len(seconds) // 2] if seconds else 0
        print(f"faults: {fault} {len(seconds)} times, away {middle:.2f} s in the middle, {max(seconds, default=0):.2f} s at most")
    enough = len(checker.acks) >= arguments.faults and all(away.values())
    print(f"faults: {arguments.faults} (seed {arguments.seed}), {len(checker.acks)} acknowledged changes, "
          f"{len(checker.losses)} lost" + ("" if enough else "; FAILED, too few to show anything"))
    return 0 if enough and not checker.losses else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=harness.binary())
    parser.add_argument("--faults", type=int, default=1000)
    parser.add_argument("--writers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("STRONGROOM_SEED", time.time())))
    sys.exit(run(parser.parse_args()))


if __name__ == "__main__":
    main()
