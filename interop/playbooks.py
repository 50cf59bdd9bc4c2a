"""The real Ansible, with the modules of its collection amazon.aws, manages users, groups, roles, policies, access keys,
sessions and keys: `playbooks/` as it would be played (--check), played, played again, with something else, and taken away.
What is there already changes nothing. `interop/run.sh` runs it with STRONGROOM_ANSIBLE=1; it takes two minutes.

Usage: playbooks.py [--binary PATH]
       playbooks.py --unpack FOLDER TARGET   (run.sh: the collection out of the wheel of the package `ansible`)
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import harness

FOLDER = Path(__file__).resolve().parent / "playbooks"
# The wheel holds a hundred collections, 400 MB of them.
COLLECTION = "ansible_collections/amazon/aws/"

MADE = {"managed policy", "user", "group", "role", "inline policies", "key"}
GONE = {f"{name} gone" for name in MADE}


def unpack(folder, target):
    """The collection of the one wheel in a folder."""
    (wheel,) = Path(folder).glob("ansible-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(target, [name for name in packed.namelist() if name.startswith(COLLECTION)])


class Ansible:
    """`ansible-playbook` of the suites' environment, as the root principal of a service; `home` is a folder for it."""

    def __init__(self, env, home):
        self.program = shutil.which("ansible-playbook")
        collections = os.environ.get("STRONGROOM_COLLECTIONS")
        assert self.program and collections, "start the suites with interop/run.sh: it brings Ansible along"
        # Ansible runs in a UTF-8 locale only.
        self.env = env | {"HOME": str(home), "LC_ALL": "C.UTF-8", "ANSIBLE_COLLECTIONS_PATH": collections,
                          "ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCALHOST_WARNING": "False"}
        self.account = env["AWS_ACCOUNT_ID"]

    def play(self, book, *options, **variables) -> set:
        """Plays a book; the names of the tasks that changed something."""
        given = {"account": self.account, "prefix": "ansible"} | variables
        extra = [word for name, value in given.items() for word in ("-e", f"{name}={value}")]
        done = subprocess.run([self.program, str(FOLDER / book), *options, *extra], env=self.env, capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return changed(done.stdout)


def changed(text) -> set:
    """The tasks of ansible-playbook's output that changed something; each has run or was skipped."""
    tasks, task = set(), None
    for line in text.splitlines():
        begun = re.match(r"TASK \[(.*)\] \*+$", line)
        task = begun[1] if begun else task
        if line.startswith("changed: "):
            tasks.add(task)
    assert task is not None, f"no task ran:\n{text}"
    return tasks


def steps(ansible):
    """Each play of the whole life: what it is, and whether it changed what it had to."""
    def present(*options, **variables):
        return ansible.play("manage.yml", *options, state="present", **variables)

    def absent(*options, **variables):
        return ansible.play("manage.yml", *options, state="absent", **variables)

    yield "as it would make everything", present("--check", nobody_there=True) == MADE - {"inline policies"}
    yield "makes everything", present() == MADE
    yield "again: nothing changes", present() == set()
    yield "as it would change everything but the group", present("--check", revised=True) == MADE - {"group"}
    yield "changes everything but the group", present(revised=True) == MADE - {"group"}
    yield "again: nothing changes", present(revised=True) == set()
    yield "an access key, a role without and with permission, a session, a key that is switched off", (
        "role" in ansible.play("session.yml"))
    yield "as it would take everything away", absent("--check") == GONE
    yield "takes everything away", absent() == GONE
    yield "again: nothing changes", absent(nobody_there=True) == set()


def run(binary):
    with tempfile.TemporaryDirectory(prefix="strongroom-ansible-") as folder:
        service = harness.Service(Path(folder) / "data", program=binary).start()
        try:
            began = time.monotonic()
            for name, right in steps(Ansible(service.env(), folder)):
                print(f"ansible: {time.monotonic() - began:5.0f} s  {name}: {'yes' if right else 'NO'}", flush=True)
                if not right:
                    return 1
        finally:
            service.kill()
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=harness.binary())
    parser.add_argument("--unpack", nargs=2, metavar=("FOLDER", "TARGET"))
    asked = parser.parse_args()
    sys.exit(unpack(*asked.unpack) if asked.unpack else run(asked.binary))


if __name__ == "__main__":
    main()
