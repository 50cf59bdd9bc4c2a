"""A writer of the crash loop and the fault loop: a process that adds keys, aliases, tag pairs and ciphertexts for as long as it
runs, and keeps a journal of what it intends and of what was acknowledged to it.
Usage: crash_writer.py --name NAME --seed N --port PORT --ca FILE --journal FILE, with CRASH_ACCESS_KEY and CRASH_SECRET
"""

import argparse
import base64
import http.client
import json
import os
import random
import time

import rawhttp

BROKEN = (OSError, http.client.HTTPException)

# No call is under way for longer than five seconds by the service's own bounds; with room for a second one, it hung.
HUNG_SECONDS = 10


class Journal:
    """What one writer intends and what was acknowledged to it: JSON lines, an acknowledgement is fsynced."""

    def __init__(self, path):
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, entry, durably):
        os.write(self.file, json.dumps(entry).encode() + b"\n")
        if durably:
            os.fsync(self.file)


class Writer:
    """Adds keys, aliases, tag pairs and ciphertexts for as long as it runs."""

    def __init__(self, name, seed, where, credentials, journal):
        self.name, self.random, self.journal = name, random.Random(seed), Journal(journal)
        self.where, self.credentials, self.client = where, credentials, None
        self.count, self.keys, self.tags = 0, [], {}

    def call(self, operation, parameters):
        """The answer, or None when it is unknown whether the call had its effect."""
        try:
            self.client = self.client or connection(self.where, self.credentials)
            answer = answered(self.client, operation, parameters)
        except BROKEN:
            self.client = None
            time.sleep(0.01)  # the service is down
            return None
        if answer.status >= 500:
            return None
        if answer.status != 200:
            raise SystemExit(f"{operation} {parameters}: {answer.status} {answer.body}")
        return answer

    def step(self, operation, parameters, fact):
        """Intent, call, acknowledgement."""
        self.count += 1
        entry = {"id": f"{self.name}-{self.count}", "operation": operation} | fact
        self.journal.write({"intent": entry}, durably=False)
        answer = self.call(operation, parameters(entry["id"]))
        if answer is None:
            return
        made = answer.json if answer.body else {}
        if operation == "CreateKey":
            entry["key"] = made["KeyMetadata"]["KeyId"]
        if operation == "Encrypt":
            entry["blob"] = made["CiphertextBlob"]
        entry["request"] = answer.headers["x-amzn-requestid"]
        self.journal.write({"ack": entry}, durably=True)
        if operation == "CreateKey":
            self.keys.append(entry["key"])

    def create_key(self):
        self.step("CreateKey", lambda name: {"Description": name, "Tags": pair(name)}, {})

    def create_alias(self, key):
        self.step("CreateAlias", lambda name: {"AliasName": f"alias/{name}", "TargetKeyId": key}, {"key": key})

    def tag(self, key):
        if self.tags.get(key, 0) >= 20:
            return  # at most 50 tags a key; those of unknown outcome count too
        self.tags[key] = self.tags.get(key, 0) + 1
        self.step("TagResource", lambda name: {"KeyId": key, "Tags": pair(name)}, {"key": key})

    def encrypt(self, key):
        self.step("Encrypt", lambda name: {"KeyId": key, "Plaintext": encoded(name), "EncryptionContext": {"n": name}},
                  {"key": key})

    def run(self):
        aliases = {}
        while True:
            if not self.keys or self.random.random() < 0.15:
                self.create_key()
                continue
            key = self.random.choice(self.keys[-8:])
            choice = self.random.randrange(3)
            if choice == 0 and aliases.get(key, 0) < 40:
                aliases[key] = aliases.get(key, 0) + 1
                self.create_alias(key)
            elif choice == 1:
                self.tag(key)
            else:
                self.encrypt(key)


def endpoint(service):
    """Where the service listens, and the certificate of its CA."""
    return service.port, str(service.data_dir / "ca.pem")


def connection(where, credentials):
    """A client over TLS that gives up on a call that hangs."""
    port, ca = where
    return rawhttp.Client("127.0.0.1", port, credentials, cafile=ca, timeout=HUNG_SECONDS)


def answered(client, operation, parameters):
    """The answer. A call that hangs is the end of this process, and of the run with it."""
    try:
        return client.call(operation, parameters)
    except TimeoutError:
        raise SystemExit(f"FAILED, {operation} {parameters} hung: no answer for {HUNG_SECONDS} s") from None


def pair(name):
    """Two tags that must appear together or not at all."""
    return [{"TagKey": f"{name}-a", "TagValue": name}, {"TagKey": f"{name}-b", "TagValue": name}]


def encoded(name):
    return base64.b64encode(name.encode()).decode()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("name", "ca", "journal"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("seed", "port"):
        parser.add_argument(f"--{name}", type=int, required=True)
    given = parser.parse_args()
    credentials = (os.environ["CRASH_ACCESS_KEY"], os.environ["CRASH_SECRET"])
    Writer(given.name, given.seed, (given.port, given.ca), credentials, given.journal).run()


if __name__ == "__main__":
    main()
