"""The command line as somebody meets it who gets things wrong: what is refused, how it is said, and what is left behind."""

import json
import os
import shutil
import signal
import socket
import ssl
import stat
import subprocess

import pytest

import harness
from conftest import kms_client
from harness import run

USAGE, FAILED, IO = 2, 1, 5


@pytest.fixture
def own(tmp_path):
    """A service of this test's own."""
    running = harness.Service(tmp_path / "own", root="key-file").start()
    yield running
    running.kill()


def serve(data_dir, *options, **more):
    """A `serve` that is expected to refuse to start."""
    return run("serve", "--data-dir", data_dir, "--listen", "127.0.0.1:0", *options, **more)


def exported(text):
    """What `strongroom env` printed, as a dictionary."""
    lines = (line.removeprefix("export ") for line in text.splitlines() if line.startswith("export "))
    return {name: value.strip("'") for name, value in (line.split("=", 1) for line in lines)}


def self_signed(folder):
    """A self-signed certificate for this machine and its key."""
    chain, key = folder / "chain.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=own", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                    "-keyout", str(key), "-out", str(chain)], check=True, capture_output=True)
    return chain, key


# --- the secrets folder

def test_secrets_of_another_data_directory_are_refused_and_untouched(own, tmp_path):
    own.stop()
    before = {path: path.read_bytes() for path in own.secrets_dir.iterdir()}
    done = serve(tmp_path / "new", "--secrets-dir", own.secrets_dir)
    assert done.returncode == FAILED and "belongs to another data directory" in done.stderr, done.stderr
    assert str(own.secrets_dir) in done.stderr
    assert {path: path.read_bytes() for path in own.secrets_dir.iterdir()} == before
    assert not (tmp_path / "new").exists()
    assert own.start().healthy()


def test_first_start_that_was_killed_after_the_root_key_goes_on(tmp_path):
    first = harness.Service(tmp_path / "own", root="key-file").start()
    first.kill()
    key = (first.secrets_dir / "root-key").read_bytes()
    shutil.rmtree(first.data_dir)
    (first.secrets_dir / "root-credentials.json").unlink()
    for later in ("rollback-anchor", "audit-checkpoint", "audit-public-keys"):
        (first.secrets_dir / later).unlink(missing_ok=True)
    try:
        assert kms_client(first.start().env()).list_keys()["Keys"] == []
        assert (first.secrets_dir / "root-key").read_bytes() == key
    finally:
        first.kill()


@pytest.mark.parametrize("folder, name, mode, wanted, fine", [
    ("secrets_dir", "root-key", 0o644, "600", 0o600), ("secrets_dir", "", 0o755, "700", 0o700),
    ("data_dir", "", 0o770, "go-w", 0o755), ("data_dir", "state", 0o702, "go-w", 0o700),
])
def test_secrets_open_to_others_are_refused(own, folder, name, mode, wanted, fine):
    """And a data directory that others may write to; that they read it is harmless."""
    own.stop()
    path = getattr(own, folder) / name
    path.chmod(mode)
    done = serve(own.data_dir)
    assert done.returncode == FAILED and f"mode {mode:o}" in done.stderr and f"chmod {wanted}" in done.stderr, done.stderr
    path.chmod(fine)
    assert own.start().healthy()


def test_what_a_confined_process_may_use_lies_outside_the_two_folders(own, tmp_path):
    own.stop()
    keys, pin = tmp_path / "keys", tmp_path / "pin"
    keys.mkdir()
    token = ["--pkcs11-module", "/bin/sh", "--pkcs11-token", "none", "--pkcs11-pin-file", pin]
    for folder in (own.secrets_dir, own.data_dir, tmp_path):
        for options in (["--oidc-keys", folder], [*token, "--pkcs11-path", keys, "--pkcs11-path", folder]):
            done = serve(own.data_dir, *options)
            assert done.returncode == USAGE and f"{folder} must lie outside" in done.stderr, (options, done.stderr)
    own.options = ["--oidc-keys", str(keys)]
    assert own.start().healthy(), "positive control: a folder beside them"


def test_slash_or_dot_at_the_end_of_the_data_directory_is_no_part_of_its_name(own):
    """Shells complete folder names with a slash. The secrets folder is the same by every name."""
    there = own.data_dir
    names = [("own", there.parent), ("own/", there.parent), ("./own/", there.parent), (f"{there}/", "/"), (".", there)]
    for name, here in names:
        done = serve(name, cwd=here)
        assert done.returncode == FAILED and "another strongroom (pid " in done.stderr, (name, done.stderr)
        done = run("env", "--data-dir", name, cwd=here)
        assert done.returncode == 0 and "AWS_SECRET_ACCESS_KEY" in done.stdout, (name, done.stderr)
    assert own.cli("user", "create", "somebody", "--data-dir", there).returncode == 0  # something to verify
    own.stop()
    for name, here in names:
        done = run("audit", "verify", "--data-dir", name, cwd=here)
        assert done.returncode == 0, (name, done.stderr)
    done = run("env", "--data-dir", "/")
    assert done.returncode == USAGE and "--secrets-dir" in done.stderr, done.stderr


# --- settings

@pytest.mark.parametrize("flag, value", [
    ("--log-level", "loud"), ("--tls-name", "a b"), ("--audit-budget-mib", "0"), ("--region", "Mars"),
    ("--account", "12"), ("--plaintext-listen", "0.0.0.0:0"), ("--listen", "nowhere"),
])
def test_setting_that_makes_no_sense_is_named(tmp_path, flag, value):
    done = run("serve", "--data-dir", tmp_path / "data", flag, value)
    assert done.returncode == USAGE and flag in done.stderr and value in done.stderr, done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments, text", [
    (["usage", "alias/a", "--since", "soon"], "is no time"),
    (["simulate", "--principal", "x", "--action", "kms:Decrypt", "--at", "tomorrow"], "is no time"), (["env", "--account", "12"], "twelve digits"),
    (["account", "create", "--id", "12"], "twelve digits"), (["quotas", "set", "nothing", "1"], "cryptography"),
    (["vault", "recovery", "create", "--shares", "2", "--threshold", "3"], "--threshold"),
    (["restore", "--from", "x", "--region", "Mars"], "us-east-1"),
])
def test_argument_that_makes_no_sense_is_named_without_a_service(tmp_path, arguments, text):
    done = run(*arguments, "--data-dir", tmp_path / "none")
    assert done.returncode == USAGE and text in done.stderr and done.stdout == "", done
    assert list(tmp_path.iterdir()) == []


def test_configuration_that_cannot_be_read_is_named_by_every_command(tmp_path):
    (tmp_path / "strongroom.toml").write_text("lisen = 1\n")
    for arguments in (["serve"], ["env"], ["status"], ["audit", "query"], ["seal", "strongroom.toml"]):
        done = run(*arguments, cwd=tmp_path)
        assert done.returncode == USAGE and "lisen" in done.stderr, (arguments, done)
    assert [path.name for path in tmp_path.iterdir()] == ["strongroom.toml"]


def test_flag_comes_before_variable_and_variable_before_file(tmp_path):
    """Told by which of three wrong values is refused."""
    for name in ("region", "account", "tls_min", "audit_durability", "log_level", "root"):
        flag = "--" + name.replace("_", "-")
        (tmp_path / "strongroom.toml").write_text(f'{name} = "of-file"\n')
        variable = harness.clean_environment() | {f"STRONGROOM_{name.upper()}": "of-variable"}
        for value, options, env in (("of-file", [], None), ("of-variable", [], variable),
                                    ("of-flag", [flag, "of-flag"], variable)):
            done = run("serve", "--data-dir", tmp_path / "data", *options, env=env, cwd=tmp_path)
            assert done.returncode == USAGE and f"{flag} {value}:" in done.stderr, (name, value, done.stderr)


def test_empty_variables_count_as_unset(tmp_path):
    names = ("TLS_NAME", "PLAINTEXT_LISTEN", "REGION", "ACCOUNT", "TLS_CERT", "TLS_KEY", "TLS_MIN", "SECRETS_DIR",
             "AUDIT_DURABILITY", "AUDIT_BUDGET_MIB", "LOG_LEVEL", "LISTEN", "DATA_DIR", "CONFIG")
    service = harness.Service(tmp_path / "data")
    environment = harness.clean_environment() | {f"STRONGROOM_{name}": "" for name in names}
    service.command = lambda: ["env", *(f"STRONGROOM_{name}=" for name in names), harness.binary(), "serve",
                               "--data-dir", str(service.data_dir), "--listen", f"127.0.0.1:{service.port}"]
    try:
        service.start()
        done = run("env", "--data-dir", service.data_dir, env=environment)
        assert exported(done.stdout)["AWS_REGION"] == "us-east-1", done.stderr
    finally:
        service.kill()


def test_data_directory_that_is_a_file_is_named(tmp_path):
    path = tmp_path / "file"
    path.write_text("x")
    done = serve(path)
    assert done.returncode == USAGE and f"{path} is not a folder" in done.stderr, done.stderr


def test_start_on_a_taken_port_leaves_no_folders(own, tmp_path):
    done = run("serve", "--data-dir", tmp_path / "second", "--listen", f"127.0.0.1:{own.port}")
    assert done.returncode == FAILED and str(own.port) in done.stderr
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("second")] == []


def test_refused_account_changes_nothing_and_blames_nobody(own):
    own.stop()
    endpoint = (own.data_dir / "endpoint").read_text()
    done = serve(own.data_dir, "--account", "111111111111", "--region", "eu-west-1")
    assert done.returncode == FAILED and "111111111111" in done.stderr, done.stderr
    assert (own.data_dir / "endpoint").read_text() == endpoint
    assert "eu-west-1" not in (own.secrets_dir / "root-credentials.json").read_text()
    assert "did not end" not in done.stderr


# --- env and status

def test_env_names_what_was_bound_whatever_the_configuration_says(own, tmp_path):
    (tmp_path / "strongroom.toml").write_text('listen = "127.0.0.1:1"\n')
    elsewhere = harness.clean_environment() | {"STRONGROOM_LISTEN": "127.0.0.1:2"}
    ask = lambda *flags: exported(run("env", "--data-dir", own.data_dir, *flags, env=elsewhere, cwd=tmp_path).stdout)
    assert ask()["AWS_ENDPOINT_URL_KMS"] == f"https://127.0.0.1:{own.port}"
    assert ask("--listen", "0.0.0.0:3")["AWS_ENDPOINT_URL_KMS"] == "https://127.0.0.1:3"
    assert ask("--listen", "[::]:4")["AWS_ENDPOINT_URL_KMS"] == "https://[::1]:4"


def test_folder_whose_name_is_no_text_is_refused(tmp_path):
    done = serve(os.fsdecode(os.fsencode(tmp_path) + b"/d\xff"))
    assert done.returncode == USAGE and "have to be UTF-8 text" in done.stderr, done
    assert list(tmp_path.iterdir()) == []


def test_env_follows_the_region_of_the_start(own):
    own.stop()
    own.options = ["--region", "eu-central-1"]
    own.start()
    assert own.env()["AWS_REGION"] == own.operator("status")["region"] == "eu-central-1"
    assert stat.S_IMODE((own.secrets_dir / "root-credentials.json").stat().st_mode) == 0o600


def test_root_access_key_that_a_crash_left_in_between_is_settled_by_the_next_start(own):
    """The new key is laid beside the old one before it is valid: the state says which of the two is."""
    valid, before = own.secrets_dir / "root-credentials.json", own.env()
    kept = valid.read_bytes()
    never = json.dumps(json.loads(kept) | {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "never valid"})
    # Beside the valid key one that never will be; then the valid key beside one that is no more.
    for in_place, beside in ((kept, never.encode()), (never.encode(), kept)):
        own.stop()
        laid = own.secrets_dir / f"root-credentials.{json.loads(beside)['access_key_id']}.next"
        for path, content in ((valid, in_place), (laid, beside)):
            path.write_bytes(content)
            path.chmod(0o600)
        unsettled = own.cli("env", "--data-dir", own.data_dir)
        assert unsettled.returncode == 0 and str(laid) in unsettled.stderr, unsettled.stderr
        own.start()
        assert own.env() == before and not list(own.secrets_dir.glob("*.next"))
        settled = own.cli("env", "--data-dir", own.data_dir)
        assert (settled.returncode, settled.stderr) == (0, "")
    assert kms_client(own.env()).list_keys()["Keys"] == []


def test_own_certificate_from_the_first_start(tmp_path):
    chain, key = self_signed(tmp_path)
    service = harness.Service(tmp_path / "data")
    service.options = ["--tls-cert", str(chain), "--tls-key", str(key)]
    try:
        environment = service.start().env()
        assert kms_client(environment).list_keys()["Keys"] == []
        assert "PRIVATE KEY" not in (service.data_dir / "ca.pem").read_text()
    finally:
        service.kill()


def secure(service, trusted, name="localhost"):
    """A TLS connection by that name; `trusted` is an SSL context."""
    plain = socket.create_connection(("127.0.0.1", service.port), timeout=10)
    return trusted.wrap_socket(plain, server_hostname=name)


def is_answered(connection):
    """Whether an open connection is still served."""
    connection.sendall(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
    return connection.recv(100).startswith(b"HTTP/1.1 200")


def test_own_certificate_that_was_replaced_is_what_new_connections_get(tmp_path):
    """First the chain, then the key, as a client of an ACME authority may leave them: half of it changes
    nothing, not for a front that is started again either."""
    chain, key = self_signed(tmp_path)
    (tmp_path / "new").mkdir()
    new_chain, new_key = self_signed(tmp_path / "new")
    old, new = (ssl.PEM_cert_to_DER_cert(file.read_text()) for file in (chain, new_chain))
    service = harness.Service(tmp_path / "data")
    service.options = ["--tls-cert", str(chain), "--tls-key", str(key)]

    def shown():
        return ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", service.port)))

    def replace(file, by):
        by.replace(file)
        service.process.send_signal(signal.SIGUSR1)

    try:
        service.start()
        believing_old = ssl.create_default_context(cafile=str(chain))
        assert shown() == old
        replace(chain, new_chain)
        harness.eventually("a chain without its key to be refused",
                           lambda: "a renewed certificate was refused" in "".join(service.log))
        front = service.child("front-process")
        os.kill(front, signal.SIGKILL)
        # Which trusts what clients are told to trust.
        harness.eventually("another front that serves",
                           lambda: service.child("front-process") not in (None, front) and service.healthy())
        assert shown() == old, "no front begins with what was refused"
        with secure(service, believing_old) as kept:
            replace(key, new_key)
            harness.eventually("the new certificate", lambda: shown() == new)
            assert is_answered(kept)
        harness.eventually("clients to be told of it", service.healthy)
        assert kms_client(service.env()).list_keys()["Keys"] == []
    finally:
        service.kill()


def test_certificate_of_the_private_ca_is_renewed_while_the_service_runs(own):
    """One is due once it is old; and when what says how old it is is gone."""
    ca = own.data_dir / "ca.pem"
    before, trusted = ca.read_bytes(), ssl.create_default_context(cafile=str(ca))
    roles = ("front-process", "vault-process")

    def serial():
        with secure(own, trusted) as connection:
            return connection.getpeercert()["serialNumber"]

    with secure(own, trusted) as kept:
        old, running = kept.getpeercert()["serialNumber"], [own.child(role) for role in roles]
        assert serial() == old and None not in running
        for name in ("server.json", "server.pem"):
            (own.secrets_dir / name).unlink()
        own.process.send_signal(signal.SIGUSR1)
        harness.eventually("another certificate by the same CA", lambda: serial() != old)
        assert is_answered(kept)
    assert [own.child(role) for role in roles] == running
    assert ca.read_bytes() == before
    assert kms_client(own.env()).list_keys()["Keys"] == []
    new = serial()
    own.stop()
    own.start()
    assert serial() == new, "it was kept"


def test_new_name_makes_a_new_ca_of_which_the_start_tells(own):
    name, told = "kms.example.org", "a new private CA was made: clients must trust it"
    before = ssl.create_default_context(cadata=(own.data_dir / "ca.pem").read_text())
    with secure(own, before) as connection:
        assert is_answered(connection)
    own.options = ["--tls-name", name]
    for _ in range(2):  # the second start makes nothing
        own.stop()
        own.start()
    assert "".join(own.log).count(told) == 1
    after = ssl.create_default_context(cafile=str(own.data_dir / "ca.pem"))
    for reached in (name, "localhost"):
        with secure(own, after, reached) as connection:
            assert is_answered(connection)
    for trusted, asked in ((before, name), (before, "localhost"), (after, "other.example.org")):
        with pytest.raises(ssl.SSLCertVerificationError):
            secure(own, trusted, asked)


def test_certificate_that_cannot_be_served_is_named(tmp_path):
    chain, key = self_signed(tmp_path)
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    for bad_chain, bad_key, named in ((empty, key, empty), (chain, empty, empty), (chain, chain, chain), (key, key, key)):
        done = serve(tmp_path / "data", "--tls-cert", bad_chain, "--tls-key", bad_key)
        assert done.returncode == FAILED and str(named) in done.stderr, done.stderr
        assert not (tmp_path / "data").exists()


def test_status_says_where_who_and_which(own):
    status = own.operator("status")
    assert status["url"] == f"https://127.0.0.1:{own.port}" and status["pid"] == own.process.pid
    assert f"strongroom {status['version']}" == run("--version").stdout.strip()


def test_key_of_another_certificate_is_named(tmp_path):
    (tmp_path / "other").mkdir()
    (chain, _), (_, other) = self_signed(tmp_path), self_signed(tmp_path / "other")
    done = serve(tmp_path / "data", "--tls-cert", chain, "--tls-key", other)
    assert done.returncode == FAILED and f"{other} does not belong to the certificate in {chain}" in done.stderr


# --- output that nobody reads

def test_closed_pipe_is_no_panic(own):
    commands = (["env", "--data-dir", own.data_dir], ["status", "--data-dir", own.data_dir], ["quickstart"], ["--help"],
                ["seal", "--help"], ["completions", "bash"])
    for arguments in commands:
        read, write = os.pipe()
        os.close(read)
        try:
            done = subprocess.run([harness.binary(), *map(str, arguments)], env=harness.clean_environment(), stdout=write,
                                  stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL, timeout=60)
        finally:
            os.close(write)
        assert done.returncode == 0 and done.stderr == "", (arguments, done)


def test_full_standard_output_is_said_and_fails(own):
    for arguments in (["--help"], ["seal", "--help"], ["--version"], ["completions", "bash"],
                      ["env", "--data-dir", own.data_dir], ["status", "--data-dir", own.data_dir],
                      ["audit", "query", "--data-dir", own.data_dir]):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([harness.binary(), *map(str, arguments)], env=harness.clean_environment(), stdout=full,
                                  stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL, timeout=60)
        assert done.returncode == FAILED and "cannot write to standard output" in done.stderr, (arguments, done)
        assert run(*arguments).returncode == 0, "positive control"


def test_service_lives_on_when_nobody_reads_its_log(tmp_path):
    service = harness.Service(tmp_path / "data")
    line = [harness.binary(), "serve", "--data-dir", str(service.data_dir), "--listen", f"127.0.0.1:{service.port}"]
    read, write = os.pipe()
    os.close(read)
    service.process = subprocess.Popen(line, env=harness.clean_environment(), stdin=subprocess.DEVNULL, stdout=write,
                                       stderr=write)
    os.close(write)
    try:
        harness.eventually("the service", lambda: (service.data_dir / "endpoint").exists() and service.healthy())
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(harness.STOP_SECONDS) == 0
    finally:
        service.kill()


def test_data_directory_may_lie_deeper_than_a_socket_path_may_be_long(tmp_path):
    service = harness.Service(tmp_path / ("n" * 120) / ("m" * 120) / "d", root="key-file")
    try:
        told = run("status", "--data-dir", service.start().data_dir)
        assert told.returncode == 0 and json.loads(told.stdout)["vault"] == "open", told
        assert stat.S_IMODE((service.data_dir / "operator.sock").stat().st_mode) == 0o600
    finally:
        service.kill()


# --- seal, open, inspect

@pytest.mark.parametrize("command", [["seal", "--key-id", "x"], ["open", "--key-id", "x"], ["inspect"]])
def test_missing_input_is_named(tmp_path, command):
    done = run(*command, "missing.sealed", cwd=tmp_path)
    assert done.returncode == IO and "missing.sealed" in done.stderr, done.stderr


def test_missing_folder_of_the_output_is_said_plainly(tmp_path):
    (tmp_path / "letter").write_text("x")
    done = run("seal", "--key-id", "x", "-o", "/nonexistent/x", "letter", cwd=tmp_path)
    assert done.returncode == IO and done.stderr == "strongroom: the folder of /nonexistent/x does not exist\n"


def test_hint_for_missing_credentials_and_unknown_certificate(own, tmp_path):
    (tmp_path / "letter").write_text("x")
    bare = harness.clean_environment() | {"AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "us-east-1",
                                          "HOME": str(tmp_path)}
    no_bundle = {k: v for k, v in own.env().items() if k != "AWS_CA_BUNDLE"}
    for environment, help_with in ((bare, "strongroom env"), (no_bundle, "AWS_CA_BUNDLE")):
        done = run("seal", "--key-id", "x", "letter", env=environment, cwd=tmp_path, timeout=120)
        assert done.returncode == 3 and "hint: " in done.stderr and help_with in done.stderr, done.stderr
    assert json.loads(run("status", "--data-dir", own.data_dir).stdout)["vault"] == "open"
