"""The recipes of docs/audit-queries.md, run as they stand there."""

import os
import re
import subprocess
from pathlib import Path

import pytest

import harness
from principals import Account, may, trust

TEXT = (Path(__file__).resolve().parent.parent / "docs" / "audit-queries.md").read_text()
RECIPES = dict(re.findall(r"^### ([^\n]+)\n\n```sh\n(.*?)```$", TEXT, re.MULTILINE | re.DOTALL))

# What each prints has to hold this.
EXPECTED = {
    "Who uses a key": r"^ +3 arn:aws:iam::\d+:root$",
    "What was denied in the last day": r"^ +1 arn:aws:iam::\d+:user/\S+\tDescribeKey\tUser: .* is not authorized",
    "What the sessions of a role did": r"^\S+Z\tDescribeKey\tsession\tok$",
    "Which encryption contexts a key sees": r'^ +2 \{"document":"7"\}$',
    "Who changed what": r"^\S+Z\tCreateKey\tarn:aws:iam::\d+:root\tarn:aws:kms:",
    "Who changed a key's policy and then read under it":
        r"\A\S+Z\t\S+Z\tDecrypt\tarn:aws:iam::\d+:user/\S+\tarn:aws:kms:\S+\n\Z",
    "What the operator did": r"^\S+Z\tOperatorStatus$",
    "Which clients have no post-quantum key exchange": r"\A( +\d+ \S+\t.*\n)*\Z",
    "Calls by minute": r"^ +\d+ \d{4}-\d\d-\d\dT\d\d:\d\d$",
    "One request, with everything about it": r'"sequence": \d+',
    "Operations in an export": r"^ +2 Encrypt$",
}


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """Runs a text in bash where a service has records for every recipe."""
    own = harness.Service(tmp_path_factory.mktemp("recipes") / "own").start()
    root = Account(own)
    key = root.key()
    blobs = [root.kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"document": "7"}) for _ in range(2)]
    assert len(blobs) == 2
    stranger = root.user()
    for refused in (stranger.kms.describe_key, stranger.kms.disable_key):
        with pytest.raises(stranger.kms.exceptions.ClientError):
            refused(KeyId=key)
    role = root.role(trust(root.arn), may("kms:DescribeKey"))
    root.user(may("sts:AssumeRole")).assume(role).kms.describe_key(KeyId=key)
    guarded = root.key()
    officer = root.user(may("kms:*"))
    blob = officer.kms.generate_data_key_without_plaintext(KeyId=guarded, KeySpec="AES_256")["CiphertextBlob"]
    officer.kms.decrypt(CiphertextBlob=blob)
    policy = officer.kms.get_key_policy(KeyId=guarded)["Policy"]
    officer.kms.put_key_policy(KeyId=guarded, Policy=policy)
    # What others read after the change, and the officer before it, is not told.
    root.kms.decrypt(CiphertextBlob=blob)
    officer.kms.decrypt(CiphertextBlob=blob)
    own.operator("status")
    tools = own.data_dir.parent / "bin"
    tools.mkdir()
    (tools / "strongroom").symlink_to(own.program)
    variables = {"PATH": f"{tools}:{os.environ['PATH']}", "STRONGROOM_DATA_DIR": str(own.data_dir), "KEY": key,
                 "ROLE": role["Arn"]}

    def run(text: str) -> str:
        done = subprocess.run(["bash", "-euc", text], env=harness.clean_environment() | variables, text=True,
                              cwd=tools, capture_output=True, timeout=120)
        assert done.returncode == 0 and not done.stderr, done.stderr
        return done.stdout

    yield run
    own.kill()


def test_every_recipe_has_an_expectation():
    assert set(RECIPES) == set(EXPECTED)


@pytest.mark.parametrize("recipe", EXPECTED)
def test_recipe(shell, recipe):
    printed = shell(RECIPES[recipe])
    assert re.search(EXPECTED[recipe], printed, re.MULTILINE), printed


def test_change_that_was_refused_is_not_told_as_one(shell):
    recipe, refused = RECIPES["Who changed what"], re.compile(r"^\S+Z\tDisableKey\t", re.MULTILINE)
    with_refusals = shell(recipe.replace(" --outcome ok", ""))
    assert refused.search(with_refusals), with_refusals
    printed = shell(recipe)
    assert not refused.search(printed), printed
