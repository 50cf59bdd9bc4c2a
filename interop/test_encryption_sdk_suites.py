"""Every suite with every kind of key: `strongroom` opens what the AWS Encryption SDKs for Python and for JavaScript write,
and they open what it writes."""

import pytest

from encryption_sdks import COMMITTING, PADDINGS, Javascript, Python, aes_key, kms_key, rsa_key

SUITES = [0x0014, 0x0046, 0x0078, 0x0114, 0x0146, 0x0178, 0x0214, 0x0346, 0x0378, 0x0478, 0x0578]
KEYS = ["kms", "aes-16", "aes-24", "aes-32", *PADDINGS]
SDKS = ["python", "javascript"]
MIB = 1 << 20
FRAME = 4096
# Sizes around the edges of the frames that `seal` writes, and of those that the SDKs are asked to write.
SEALED_SIZES = [0, 1, MIB, MIB + 1]
SDK_SIZES = [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME]
# Pairs whose order by UTF-8, by UTF-16 and by locale differ; and one that a shell would spoil.
CONTEXT = {"B": "2", "a": "1", "\uff5e": "tilde", "\U00010302": "old italic", "empty": "", "with space": "=x=y"}
PUBLIC_KEY = "aws-crypto-public-key"


@pytest.fixture(scope="module")
def keys(tmp_path_factory, shared_key):
    folder = tmp_path_factory.mktemp("keys")
    raw = {f"aes-{length}": aes_key(folder, length) for length in (16, 24, 32)}
    return raw | {padding: rsa_key(folder, padding) for padding in PADDINGS} | {"kms": kms_key(shared_key["Arn"])}


@pytest.fixture(scope="module", params=SDKS)
def sdk(request, env, kms):
    made = Python(kms) if request.param == "python" else Javascript(env)
    yield made
    made.close()


def some_bytes(size):
    """Bytes without a short period, so that swapped frames are seen."""
    block = bytes((i * i * 31 + i // 251) % 256 for i in range(min(size, 65537)))
    return (block * (size // max(len(block), 1) + 1))[:size]


def documents(folder, sizes):
    """One document of each size."""
    paths = [folder / str(size) for size in sizes]
    for path, size in zip(paths, sizes):
        path.write_bytes(some_bytes(size))
    return paths


def pairs(context):
    return [word for name, value in context.items() for word in ("--encryption-context", f"{name}={value}")]


def writing(suite):
    policy = "require-encrypt-require-decrypt" if suite in COMMITTING else "forbid-encrypt-allow-decrypt"
    return ("--suite", f"{suite:04x}", "--commitment-policy", policy)


def reading(suite):
    """The default policy suffices where the suite commits."""
    return () if suite in COMMITTING else ("--commitment-policy", "require-encrypt-allow-decrypt")


@pytest.mark.parametrize("key_name", KEYS)
@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: f"{suite:04x}")
def test_the_sdk_opens_what_seal_writes(service, env, sdk, keys, suite, key_name, tmp_path):
    key, paths = keys[key_name], documents(tmp_path, SEALED_SIZES)
    done = service.cli("seal", "-q", *writing(suite), *key.flags, *pairs(CONTEXT), *paths, env=env)
    assert done.returncode == 0, done.stderr
    for path, size in zip(paths, SEALED_SIZES):
        found, context = sdk.decrypt(tmp_path / f"{size}.sealed", tmp_path / "back", key)
        assert (tmp_path / "back").read_bytes() == path.read_bytes(), size
        assert found == suite and {name: context[name] for name in context if name != PUBLIC_KEY} == CONTEXT
        assert (PUBLIC_KEY in context) == (suite in (0x0214, 0x0346, 0x0378, 0x0578))


@pytest.mark.parametrize("key_name", KEYS)
@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: f"{suite:04x}")
def test_open_opens_what_the_sdk_writes(service, env, sdk, keys, suite, key_name, tmp_path):
    key, paths = keys[key_name], documents(tmp_path, SDK_SIZES)
    for path in paths:
        sdk.encrypt(path, path.with_name(f"{path.name}.sealed"), suite, FRAME, CONTEXT, key)
        path.rename(path.with_name(f"{path.name}.original"))
    sealed = [path.with_name(f"{path.name}.sealed") for path in paths]
    done = service.cli("open", "-q", *reading(suite), *key.flags, *pairs(CONTEXT), *sealed, env=env)
    assert done.returncode == 0, done.stderr
    for path in paths:
        assert path.read_bytes() == path.with_name(f"{path.name}.original").read_bytes(), path.name


@pytest.mark.parametrize("opened_with", ["kms", "aes-32", "oaep-sha256"])
def test_each_of_several_recipients_suffices(service, env, sdk, keys, opened_with, tmp_path):
    (path,) = documents(tmp_path, [MIB + 1])
    every = [word for name in ("kms", "aes-32", "oaep-sha256") for word in keys[name].flags]
    done = service.cli("seal", "-q", *every, path, env=env)
    assert done.returncode == 0, done.stderr
    sdk.decrypt(tmp_path / f"{path.name}.sealed", tmp_path / "back", keys[opened_with])
    assert (tmp_path / "back").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("suite", [0x0178, 0x0378], ids=lambda suite: f"{suite:04x}")
def test_what_does_not_commit_is_refused_by_default(service, env, sdk, keys, suite, tmp_path):
    (path,) = documents(tmp_path, [1])
    sdk.encrypt(path, tmp_path / "m.sealed", suite, FRAME, CONTEXT, keys["aes-32"])
    opening = ("open", *keys["aes-32"].flags, "-o", tmp_path / "out", tmp_path / "m.sealed")
    done = service.cli(*opening, env=env)
    assert done.returncode == 4 and not (tmp_path / "out").exists(), done.stderr
    assert service.cli(*opening, *reading(suite), env=env).returncode == 0


def test_a_signed_message_without_its_end_is_not_opened(service, env, sdk, keys, tmp_path):
    (path,) = documents(tmp_path, [3 * FRAME + 5])
    message, out = tmp_path / "m.sealed", tmp_path / "out"
    sdk.encrypt(path, message, 0x0578, FRAME, CONTEXT, keys["aes-32"])
    whole, opening = message.read_bytes(), ("open", *keys["aes-32"].flags, "-o", out, message)
    for damaged in (whole[:-1], whole[:-110], whole[:-20] + bytes([whole[-20] ^ 1]) + whole[-19:], whole + b"\0"):
        message.write_bytes(damaged)
        done = service.cli(*opening, env=env)
        assert done.returncode == 4 and sorted(p.name for p in tmp_path.iterdir()) == ["12293", "m.sealed"], done.stderr
    message.write_bytes(whole)
    assert service.cli(*opening, env=env).returncode == 0 and out.read_bytes() == path.read_bytes()
