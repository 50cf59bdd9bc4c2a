"""The unit in deploy/ under a real systemd: set up as docs/operations.md says, used from outside, killed, stopped, rebooted.

The systemd is process 1 of namespaces of its own (`machine.py`); nothing of this machine is changed. The commands and the drop-ins
are those of the documentation, word for word. Where no such systemd can be started, the reason is said and nothing is shown;
STRONGROOM_REQUIRE_SYSTEMD=1 makes that a failure.
Usage: under_systemd.py --binary BINARY
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

import harness
import machine as machines
from test_deploy import EXPOSURE_MAX, UNIT

REPOSITORY = Path(__file__).resolve().parent.parent
OPERATIONS = REPOSITORY / "docs" / "operations.md"
NAME, USER = "strongroom.service", "strongroom"
DATA, SECRETS = "/var/lib/strongroom", "/var/lib/strongroom-secrets"
ROOT_KEY = "/etc/strongroom/root-key"
DROP_IN = f"/etc/systemd/system/{NAME}.d/override.conf"
CALLERS = 4

# The documentation says `sudo`; whoever runs a command in the machine is root already.
SUDO = """#!/bin/sh
if [ "$1" = -u ]; then
    user=$2; shift 2
    exec setpriv --reuid "$user" --regid "$user" --init-groups -- "$@"
fi
exec "$@"
"""

# What the unit takes from whatever it starts, tried from inside: each line says yes or no.
PROBE = r"""#!/bin/bash
try() { name=$1; shift; if "$@" > /dev/null 2>&1; then echo "$name yes"; else echo "$name no"; fi; }
{
try "reads its root key" cat "$CREDENTIALS_DIRECTORY/strongroom-root"
try "writes its folder" touch /var/lib/strongroom/probe
try "reads the root key's file" cat /etc/strongroom/root-key
try "writes elsewhere" touch /srv/open/probe
try "sees homes" cat /home/somebody/letter
try "sees what others left in /tmp" cat /tmp/letter
try "sees processes of others" cat /proc/1/status
try "sees the machine in /proc" cat /proc/meminfo
try "opens sockets of netlink" perl -e 'use Socket; socket(my $s, 16, SOCK_RAW, 0) or exit 1'
try "gives files away" chown strongroom /var/lib/strongroom/probe
} > /var/lib/strongroom/probed
"""
STILL = {"reads its root key", "writes its folder"}
NEVER = {"reads the root key's file"}


def said(text):
    print(f"under systemd: {text}", flush=True)


def documented(language, word):
    """The first block of this language that has this word, in the section on systemd."""
    section = OPERATIONS.read_text().split("\n## As a systemd service\n")[1].split("\n## ")[0]
    return next(block for block in re.findall(rf"```{language}\n(.*?)```", section, re.S) if word in block)


class Deployment:
    """The machine with the service on it, and its clients outside."""

    def __init__(self, binary):
        self.binary = binary
        self.machine = machines.Machine()
        self.key, self.texts, self.confinement = None, {}, None

    # --- systemd

    def systemctl(self, *words, check=True):
        return self.machine.run("systemctl", *words, check=check)

    def state(self):
        """Whether it is active, why it ended, how often systemd started it again, and its main process."""
        return self.machine.unit(NAME, "ActiveState", "SubState", "Result", "NRestarts", "MainPID", "ExecMainStatus", "StatusText")

    def role(self, word):
        """The process whose command line has this word, for us."""
        return next(number for number, words in self.machine.processes_of(NAME).items() if word in words)

    def drop_in(self, text):
        """`systemctl edit`; None takes it back."""
        if text is None:
            self.machine.path(DROP_IN).unlink()
        else:
            self.machine.write(DROP_IN, text)
        self.systemctl("daemon-reload")

    def operator(self, *words):
        """`strongroom` with these words, as its user and outside the unit; what it printed."""
        return self.machine.run("sudo", "-u", USER, "strongroom", *words, "--data-dir", DATA).stdout

    # --- clients

    def env(self):
        """What `strongroom env` tells a client on this machine's side."""
        out = machines.run(self.binary, "env", "--data-dir", self.machine.path(DATA), "--secrets-dir", self.machine.path(SECRETS),
                           env=harness.clean_environment()).stdout
        done = machines.run("bash", "-c", 'eval "$1"; env -0', "eval", out, env=harness.clean_environment())
        return dict(pair.split("=", 1) for pair in done.stdout.split("\0") if "=" in pair)

    def kms(self):
        """boto3 without retries: what fails must be seen."""
        env = self.env()
        return boto3.client(
            "kms", region_name=env["AWS_REGION"], endpoint_url=env["AWS_ENDPOINT_URL_KMS"], verify=env["AWS_CA_BUNDLE"],
            aws_access_key_id=env["AWS_ACCESS_KEY_ID"], aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30))

    def use(self):
        """Encrypts, and decrypts everything that was encrypted so far; raises what the client raises."""
        kms = self.kms()
        if self.key is None:
            self.key = kms.create_key()["KeyMetadata"]["KeyId"]
        text = f"text {len(self.texts)}".encode()
        self.texts[kms.encrypt(KeyId=self.key, Plaintext=text)["CiphertextBlob"]] = text
        for blob, text in self.texts.items():
            assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == text

    def serves(self):
        """Whether `use` succeeds now."""
        try:
            self.use()
            return True
        except (ClientError, BotoCoreError):
            return False


def set_up(it):
    """The section's commands, in a folder that has what a built checkout has."""
    for inside, here in (("target/release/strongroom", it.binary), (f"deploy/{NAME}", UNIT),
                         ("deploy/strongroom.sysusers.conf", UNIT.parent / "strongroom.sysusers.conf")):
        there = it.machine.path(f"/srv/strongroom/{inside}")
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(here, there)
    it.machine.write("/usr/local/sbin/sudo", SUDO, 0o755)
    last = ""
    for line in documented("sh", "sysusers").splitlines():
        if line.startswith("#"):
            continue
        if " strongroom serve " in line:
            by_hand(it, line)
        else:
            last = it.machine.run("bash", "-ec", line, cwd="/srv/strongroom").stdout
    assert json.loads(last)["vault"] == "open", last
    state = it.state()
    assert (state["ActiveState"], state["SubState"], state["NRestarts"]) == ("active", "running", "0"), state
    assert state["StatusText"] == "Serves on https://127.0.0.1:8443", state
    assert it.machine.path(f"/etc/systemd/system/{NAME}").read_bytes() == UNIT.read_bytes()
    said(f"started as documented, {it.machine.run('systemctl', '--version').stdout.splitlines()[0]}: {state['StatusText']}")


def by_hand(it, line):
    """The first start, ended with Ctrl-C once it serves."""
    process = subprocess.Popen(it.machine.command("bash", "-ec", f"echo $$ > /run/by-hand; exec {line}"), stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    log = ""
    for text in process.stderr:
        log += text
        if "ready on" in text:
            it.machine.run("bash", "-c", "kill -INT $(cat /run/by-hand)")
    assert process.wait(harness.STOP_SECONDS) == 0, log
    it.confinement = confinement(log)
    assert len(it.confinement) == 3, log  # supervisor, vault, front


def confinement(log):
    """What the processes say that they gave up."""
    return set(re.findall(r'"(?:confinement|report)":"([^"]*)"', log))


def clients(it):
    """boto3 and the AWS CLI, who are no processes of the machine."""
    it.use()
    env = it.env() | {"AWS_PAGER": "", "HOME": str(it.machine.folder)}
    listed = json.loads(machines.run(shutil.which("aws"), "kms", "list-keys", env=env).stdout)
    assert [key["KeyId"] for key in listed["Keys"]] == [it.key]
    said("boto3 and the AWS CLI use it from outside")


def processes(it):
    """What systemd has taken from each of them, as the kernel says it."""
    owner = it.machine.path(DATA).stat().st_uid
    assert owner != 0
    seen = it.machine.processes_of(NAME)
    for number, words in seen.items():
        status = dict(line.split(":\t", 1) for line in Path(f"/proc/{number}/status").read_text().splitlines() if ":\t" in line)
        assert status["Uid"].split() == [str(owner)] * 4, (words, status["Uid"])
        assert (status["NoNewPrivs"], status["Seccomp"], status["CapBnd"]) == ("1", "2", "0" * 16), (words, status)
        assert os.readlink(f"/proc/{number}/ns/user") != os.readlink("/proc/self/ns/user"), words
    assert sorted(words[1] for words in seen.values()) == ["front-process", "serve", "vault-process"]
    # What they confine themselves with is all there, as without the unit's filter.
    assert confinement(it.machine.journal(f"--unit={NAME}", "--lines=all")) == it.confinement
    said(f"{len(seen)} processes, without capabilities, behind systemd's filter, in a user namespace")


def probed(it, unit):
    """What a program can do that is started by this unit's settings."""
    text = re.sub(r"(?m)^ExecStart=.*$", "ExecStart=/usr/local/bin/probe", unit)
    text = re.sub(r"(?m)^Type=.*$", "Type=oneshot", re.sub(r"(?m)^(Restart|TimeoutStart|StartLimit).*\n", "", text))
    it.machine.write("/etc/systemd/system/probe.service", text)
    it.systemctl("daemon-reload")
    it.systemctl("start", "probe.service")
    lines = it.machine.path(f"{DATA}/probed").read_text().splitlines()
    for name in ("probed", "probe"):
        it.machine.path(f"{DATA}/{name}").unlink()
    it.machine.path("/srv/open/probe").unlink(missing_ok=True)
    return {line.rpartition(" ")[0] for line in lines if line.endswith(" yes")}, {line.rpartition(" ")[0] for line in lines}


def sandbox(it):
    """A program in the service's place can do nothing but its work; without the hardening, the control, it can do the rest."""
    it.machine.write("/usr/local/bin/probe", PROBE, 0o755)
    it.machine.write("/home/somebody/letter", "letter")
    it.machine.write("/tmp/letter", "letter")
    it.machine.path("/srv/open").mkdir()
    it.machine.path("/srv/open").chmod(0o1777)
    can, everything = probed(it, UNIT.read_text())
    assert can == STILL, can
    bare = re.sub(r"(?m)^(Protect|Private|Proc|Restrict|SystemCall|Capability|NoNew)\w*=.*\n", "", UNIT.read_text())
    can, _ = probed(it, bare)
    assert can == everything - NEVER, everything - NEVER - can
    it.machine.path("/etc/systemd/system/probe.service").unlink()
    it.systemctl("daemon-reload")
    said(f"{len(everything - STILL)} things that the service has no need of are refused; {len(everything - STILL - NEVER)} of them by the unit")


def score(it):
    """systemd's measure, of the unit that it has loaded."""
    done = it.machine.run("systemd-analyze", "security", "--no-pager", f"--threshold={EXPOSURE_MAX}", NAME)
    said(f"exposure {re.search(r'Overall exposure level for [^:]*: ([0-9.]+)', done.stdout)[1]} of 10")


def kills(it):
    """Front and vault are the supervisor's to heal; the supervisor is systemd's."""
    main = it.state()["MainPID"]
    for role in ("vault-process", "front-process"):
        gone = it.role(role)
        os.kill(gone, signal.SIGKILL)
        harness.eventually(f"another {role}", lambda: any(role in words for number, words in it.machine.processes_of(NAME).items()
                                                          if number != gone))
        harness.eventually(f"served after a kill of the {role}", it.serves)
    state = it.state()
    assert (state["MainPID"], state["NRestarts"]) == (main, "0"), state
    before = set(it.machine.processes_of(NAME))
    os.kill(it.role("serve"), signal.SIGKILL)
    harness.eventually("systemd starts it again", lambda: it.state()["NRestarts"] == "1" and it.state()["ActiveState"] == "active")
    assert before.isdisjoint(it.machine.processes_of(NAME)), "no process outlives the supervisor"
    it.use()
    it.systemctl("kill", "--signal=KILL", NAME)
    harness.eventually("again", lambda: it.state()["NRestarts"] == "2" and it.state()["ActiveState"] == "active")
    it.use()
    said("kills of vault, front, main process and all of them at once are healed")


def stop_under_load(it):
    """Everybody who was answered got an answer; then nothing is left, and the log is whole."""
    ending, acknowledged, strange = threading.Event(), [], []

    def call():
        kms = it.kms()
        while not ending.is_set():
            try:
                acknowledged.append(kms.encrypt(KeyId=it.key, Plaintext=b"load")["CiphertextBlob"])
            except BotoCoreError:
                time.sleep(0.05)  # nobody listens any more
            except ClientError as error:
                strange.append(str(error))

    threads = [threading.Thread(target=call) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    harness.eventually("load", lambda: len(acknowledged) > 50)
    began = time.monotonic()
    it.systemctl("stop", NAME)
    seconds = time.monotonic() - began
    ending.set()
    for thread in threads:
        thread.join()
    state = it.state()
    assert (state["ActiveState"], state["Result"], state["ExecMainStatus"]) == ("inactive", "success", "0"), state
    assert not it.machine.processes_of(NAME) and not strange, strange[:3]
    it.operator("audit", "verify", "--secrets-dir", SECRETS)
    it.systemctl("start", NAME)
    it.texts |= {blob: b"load" for blob in acknowledged[-20:]}
    it.use()
    it.systemctl("restart", NAME)
    it.use()
    said(f"stopped under load in {seconds:.2f} s after {len(acknowledged)} answers, no call was refused; started, restarted")


def faults_of_the_start(it):
    """What a restart would not heal is left; what it may heal is tried until it does."""
    line = re.search(r"(?m)^ExecStart=.*$", UNIT.read_text())[0]
    it.drop_in(f"[Service]\nExecStart=\n{line} --region nowhere/\n")
    done = it.systemctl("restart", NAME, check=False)
    assert done.returncode != 0, "systemctl says that it did not start"
    time.sleep(3)  # longer than RestartSec
    state = it.state()
    assert (state["ActiveState"], state["ExecMainStatus"], state["NRestarts"]) == ("failed", "2", "0"), state
    it.drop_in(None)
    key, away = it.machine.path(ROOT_KEY), it.machine.path(f"{ROOT_KEY}.away")
    key.rename(away)
    it.systemctl("start", "--no-block", NAME)
    harness.eventually("tried again and again", lambda: int(it.state()["NRestarts"]) >= 6)
    away.rename(key)
    harness.eventually("started by itself", lambda: it.state()["ActiveState"] == "active")
    it.use()
    said("a senseless setting ends it with status 2 for good; a root key that was away is waited for")


def drop_ins(it):
    """Those of the documentation."""
    for line in documented("sh", "systemd-creds").splitlines():
        it.machine.run("bash", "-ec", line)
    assert not it.machine.path(ROOT_KEY).exists()
    sealed = documented("ini", "the sealed root key")
    it.drop_in(sealed)
    it.systemctl("restart", NAME)
    it.use()
    assert b"SRROOT1" not in it.machine.path(f"{ROOT_KEY}.cred").read_bytes()
    low = documented("ini", "a port below 1024")
    it.drop_in(sealed + low)
    it.systemctl("restart", NAME)
    it.use()
    assert it.env()["AWS_ENDPOINT_URL_KMS"] == "https://127.0.0.1:443"
    state = {words[1]: Path(f"/proc/{number}/status").read_text() for number, words in it.machine.processes_of(NAME).items()}
    able = [role for role, status in state.items() if not re.search(r"(?m)^CapEff:\t0+$", status)]
    assert able == ["serve"], able
    it.drop_in(sealed)
    it.systemctl("restart", NAME)
    said("drop-ins of the documentation: a sealed root key, port 443")


def token(it):
    """The root key moves into a token, by the documentation's drop-in."""
    it.machine.run("install", "-d", "-m", "700", "-o", USER, "/var/lib/strongroom-token")
    it.machine.write("/etc/strongroom/softhsm2.conf", "directories.tokendir = /var/lib/strongroom-token\nlog.level = ERROR\n")
    it.machine.path("/etc/strongroom").chmod(0o755)
    it.machine.write("/etc/strongroom/pin", "98765432\n", 0o600)
    it.machine.run("sudo", "-u", USER, "env", "SOFTHSM2_CONF=/etc/strongroom/softhsm2.conf", "softhsm2-util", "--init-token", "--free",
                   "--label", "strongroom", "--so-pin", "12345678", "--pin", "98765432")
    sealed, in_token = documented("ini", "the sealed root key"), documented("ini", "a root key in a PKCS#11 token")
    it.drop_in(in_token.replace("--root pkcs11", "--root credential") + sealed.splitlines()[-1] + "\n")
    it.systemctl("restart", NAME)
    it.operator("vault", "enroll", "--kind", "pkcs11")
    it.operator("vault", "remove", "key-file")
    it.drop_in(in_token)
    it.systemctl("restart", NAME)
    it.use()
    os.kill(it.role("token-process"), signal.SIGKILL)
    harness.eventually("another token worker", lambda: any("token-process" in words for words in it.machine.processes_of(NAME).values()))
    harness.eventually("served after a kill of the token worker", it.serves)
    said("the root key is in a token, and nowhere else")


def refused_pin(it):
    """A first start whose PIN the token refuses: nobody gives it that PIN a second time, for tokens lock."""
    in_token = documented("ini", "a root key in a PKCS#11 token")
    it.machine.write("/etc/strongroom/pin", "98765433\n", 0o600)
    it.drop_in(in_token.replace(f"--data-dir {DATA} --secrets-dir {SECRETS} ", f"--data-dir {DATA}/first --secrets-dir {SECRETS}/first "))
    done = it.systemctl("restart", NAME, check=False)
    assert done.returncode != 0, "systemctl says that it did not start"
    time.sleep(3)  # longer than RestartSec
    state = it.state()
    assert (state["ActiveState"], state["ExecMainStatus"], state["NRestarts"]) == ("failed", "77", "0"), state
    assert not it.machine.path(f"{DATA}/first").exists()
    # The control: the right PIN, and the same unit.
    it.machine.write("/etc/strongroom/pin", "98765432\n", 0o600)
    it.drop_in(in_token)
    it.systemctl("restart", NAME)
    it.use()
    said("a refused PIN ends it with status 77 for good")


def reboot(it):
    """It is enabled: it comes back with the machine."""
    it.machine.power_off()
    assert not it.serves()
    it.machine.boot()
    assert it.state()["ActiveState"] == "active"
    it.use()
    said(f"back after a reboot; {len(it.texts)} ciphertexts decrypt")


def secrets_in_the_log(it, root_key):
    """The machine's whole journal has neither the root key nor an access key's secret, and has what the service said."""
    journal = it.machine.journal("--lines=all")
    assert "strongroom: ready on https://127.0.0.1:8443" in journal
    for secret in (root_key, it.env()["AWS_SECRET_ACCESS_KEY"], "98765432"):
        assert secret and secret not in journal
    said("no secret in the journal")


def show(binary):
    """Everything, one after the other."""
    machines.enter_namespaces()
    it = Deployment(binary)
    try:
        it.machine.boot()
        set_up(it)
        root_key = it.machine.path(ROOT_KEY).read_text().strip()
        for part in (clients, processes, sandbox, score, kills, stop_under_load, faults_of_the_start, drop_ins, token, refused_pin, reboot):
            part(it)
        secrets_in_the_log(it, root_key)
    except BaseException:
        if it.machine.process and it.machine.process.poll() is None:
            print(it.machine.journal(), file=sys.stderr)
        raise
    finally:
        it.machine.close()
    said("all of it as documented")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=harness.binary())
    arguments = parser.parse_args()
    if reason := machines.why_not():
        said(f"SKIPPED, {reason}")
        return int(os.environ.get("STRONGROOM_REQUIRE_SYSTEMD") == "1")
    show(Path(arguments.binary).resolve())
    return 0


if __name__ == "__main__":
    sys.exit(main())
