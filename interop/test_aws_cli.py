"""The AWS CLI (version 1, from PyPI) after nothing but `eval "$(strongroom env)"`."""

import base64
import json
import shutil
import subprocess

import pytest


@pytest.fixture
def aws(env, tmp_path):
    """Runs `aws ...` as a user would; the finished process."""
    program = shutil.which("aws")
    assert program, "the AWS CLI of interop/requirements.txt is not on the PATH; start the suites with interop/run.sh"
    home = env | {"HOME": str(tmp_path), "AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "1"}

    def run(*arguments, **changes):
        return subprocess.run([program, *arguments], env=home | changes, cwd=tmp_path, capture_output=True, text=True,
                              timeout=120)
    return run


def answer(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else None


def test_key_and_data_key(aws, tmp_path):
    made = answer(aws("kms", "create-key", "--description", "made by the CLI", "--tags", "TagKey=a,TagValue=b"))
    key_id = made["KeyMetadata"]["KeyId"]
    assert key_id in [k["KeyId"] for k in answer(aws("kms", "list-keys"))["Keys"]]
    assert answer(aws("kms", "create-alias", "--alias-name", f"alias/cli-{key_id}", "--target-key-id", key_id)) is None
    data_key = answer(aws("kms", "generate-data-key", "--key-id", f"alias/cli-{key_id}", "--key-spec", "AES_256",
                          "--encryption-context", "document=42"))
    (tmp_path / "key.bin").write_bytes(base64.b64decode(data_key["CiphertextBlob"]))
    opened = answer(aws("kms", "decrypt", "--ciphertext-blob", "fileb://key.bin", "--encryption-context", "document=42"))
    assert opened["Plaintext"] == data_key["Plaintext"] and len(base64.b64decode(opened["Plaintext"])) == 32


def test_encrypt_and_decrypt_a_small_file(aws, shared_key, tmp_path):
    (tmp_path / "in.txt").write_text("a small secret\n")
    blob = answer(aws("kms", "encrypt", "--key-id", shared_key["KeyId"], "--plaintext", "fileb://in.txt"))
    (tmp_path / "blob").write_bytes(base64.b64decode(blob["CiphertextBlob"]))
    opened = answer(aws("kms", "decrypt", "--ciphertext-blob", "fileb://blob", "--key-id", shared_key["Arn"]))
    assert base64.b64decode(opened["Plaintext"]) == b"a small secret\n"


def test_list_keys_pages_by_itself(aws, kms):
    made = {kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(3)}
    listed = answer(aws("kms", "list-keys", "--page-size", "1", "--query", "Keys[].KeyId"))
    assert made <= set(listed) and len(listed) == len(set(listed))


@pytest.mark.parametrize("arguments, text", [
    (("describe-key", "--key-id", "alias/nobody"),
     "An error occurred (NotFoundException) when calling the DescribeKey operation: Alias arn:aws:kms:"),
    (("create-alias", "--alias-name", "nobody", "--target-key-id", "x"),
     "An error occurred (ValidationException) when calling the CreateAlias operation: Alias must start with"),
    (("decrypt", "--ciphertext-blob", "fileb:///dev/null"), "ValidationException|Parameter validation failed"),
])
def test_errors_as_the_cli_prints_them(aws, arguments, text):
    done = aws("kms", *arguments)
    assert done.returncode != 0 and any(part in done.stderr for part in text.split("|")), done.stderr


def test_wrong_secret_as_the_cli_prints_it(aws):
    done = aws("kms", "list-keys", AWS_SECRET_ACCESS_KEY="x" * 40)
    assert done.returncode != 0 and "InvalidSignatureException" in done.stderr


def test_user_is_refused_as_the_cli_prints_it(aws, alice, shared_key):
    done = aws("kms", "encrypt", "--key-id", shared_key["Arn"], "--plaintext", "fileb:///proc/version",
               AWS_ACCESS_KEY_ID=alice["AccessKeyId"], AWS_SECRET_ACCESS_KEY=alice["SecretAccessKey"])
    assert done.returncode != 0 and "AccessDeniedException" in done.stderr
    assert f"User: {alice['Arn']} is not authorized to perform: kms:Encrypt" in done.stderr
