"""boto3: virtual MFA devices, and keys that nobody uses without a second factor.

The codes are computed as an authenticator does it; no test waits for the next one.
"""

import time

import pytest

from authenticator import STEP, Authenticator
from conftest import ACCOUNT, allow, policy
from expect import refused
from principals import Account, may, request_id, trust, unique
from test_story_cli import answer, aws, credentials  # noqa: F401 (a fixture)

WRONG = "MultiFactorAuthentication failed with invalid MFA one time pass code."
UNKNOWN = "MultiFactorAuthentication failed, unable to validate MFA code."
NEVER_WITHOUT = {"Effect": "Deny", "Principal": "*", "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*",
                 "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}


@pytest.fixture(scope="module")
def root(service):
    return Account(service)


@pytest.fixture
def phone(root):
    return Authenticator(root.iam, unique("phone"))


def encrypt(who, key):
    return who.kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]


def session(user, phone, code=None):
    return user.with_credentials(user.sts.get_session_token(**phone.factor(code))["Credentials"], user.arn)


def denied(action="kms:Encrypt"):
    return refused("AccessDeniedException", f"is not authorized to perform: {action}")


def test_key_that_is_closed_without_a_second_factor(root, phone):
    """Create, enable, deny without MFA, be refused, be allowed with a code, replay it, deactivate."""
    user = root.user(may("kms:Encrypt", "kms:Decrypt"))
    key = root.key(Policy=policy(allow(user.arn, "kms:Encrypt", "kms:Decrypt"), NEVER_WITHOUT))
    phone.enable(user.name)
    with denied():
        encrypt(user, key)
    with denied():
        encrypt(user.with_credentials(user.sts.get_session_token()["Credentials"]), key)
    code = phone.show()
    verified = session(user, phone, code)
    blob = encrypt(verified, key)
    assert verified.kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    for past in (code, phone.code(phone.next - 2)):
        with refused("AccessDenied", WRONG, 403):
            session(user, phone, past)
    root.iam.deactivate_mfa_device(UserName=user.name, SerialNumber=phone.serial)
    with refused("AccessDenied", UNKNOWN, 403):
        session(user, phone)
    assert encrypt(verified, key)  # what was proved stays proved until the session ends


def test_long_lived_keys_have_no_second_factor_and_sessions_say_whether_they_have(root, phone, key):
    """AWS's pattern `BoolIfExists`, and `Bool`."""
    if_there = root.user(may("kms:Encrypt"), may("kms:Encrypt", effect="Deny", BoolIfExists={
        "aws:MultiFactorAuthPresent": "false"}))
    required = root.user(may("kms:Encrypt", Bool={"aws:MultiFactorAuthPresent": "true"}))
    fresh = root.user(may("kms:Encrypt", NumericLessThan={"aws:MultiFactorAuthAge": "300"}))
    old = root.user(may("kms:Encrypt", NumericGreaterThan={"aws:MultiFactorAuthAge": "300"}))
    for who in (required, fresh, old):
        with denied():
            encrypt(who, key["Arn"])
    with denied():  # a condition with IfExists holds where its key is missing
        encrypt(if_there, key["Arn"])
    without = if_there.with_credentials(if_there.sts.get_session_token()["Credentials"])
    with denied():
        encrypt(without, key["Arn"])
    for who, allowed in ((if_there, True), (required, True), (fresh, True), (old, False)):
        device = Authenticator(root.iam, unique("phone")).enable(who.name)
        verified = session(who, device)
        if allowed:
            assert encrypt(verified, key["Arn"])
        else:
            with denied():
                encrypt(verified, key["Arn"])


def test_role_that_is_assumed_with_a_second_factor(root, phone, key):
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    user = root.user(may("sts:AssumeRole"))
    other = Authenticator(root.iam, unique("phone")).enable(root.user().name)
    phone.enable(user.name)
    role = root.role(trust(user.arn, **condition), may("kms:Encrypt", **condition))
    with refused("AccessDenied", "is not authorized to perform: sts:AssumeRole", 403):
        user.assume(role)
    for parameters, text in ((other.factor(), UNKNOWN), ({"SerialNumber": phone.serial}, "must provide both"),
                             ({"TokenCode": "123456"}, "must provide both"), (phone.factor("000000"), WRONG)):
        with refused("AccessDenied", text, 403):
            user.assume(role, **parameters)
    assert encrypt(user.assume(role, **phone.factor()), key["Arn"])


CODE_BROUGHT = [["aws:MultiFactorAuthPresent", "true"], ["aws:MultiFactorAuthAge", "0"]]


def suggested(service, caught):
    """The changes that `explain` suggests for the request that was refused."""
    (decision,) = service.operator("explain", request_id(caught), "--json")["decisions"]
    return decision["changes"]


@pytest.mark.parametrize("statements", [
    [may("kms:Encrypt", Bool={"aws:MultiFactorAuthPresent": "true"})],
    [may("kms:Encrypt", NumericLessThan={"aws:MultiFactorAuthAge": "300"})],
    [may("kms:Encrypt"), may("kms:*", effect="Deny", BoolIfExists={"aws:MultiFactorAuthPresent": "false"})],
], ids=["allowed with a code", "allowed with a fresh code", "denied without a code"])
def test_explain_says_to_bring_a_code_and_then_it_is_allowed(service, root, phone, key, statements):
    user = root.user(*statements)
    with denied() as caught:
        encrypt(user, key["Arn"])
    (change,) = suggested(service, caught)
    assert change["Bring"]["values"] == CODE_BROUGHT
    text = service.cli("explain", request_id(caught), "--data-dir", service.data_dir).stdout
    assert "GetSessionToken or AssumeRole with SerialNumber and TokenCode" in text
    simulated = service.operator("simulate", "--principal", user.arn, "--action", "kms:Encrypt", "--key", key["Arn"], "--json")
    assert simulated["changes"] == [change]
    phone.enable(user.name)
    assert encrypt(session(user, phone), key["Arn"])


def test_explain_says_to_assume_the_role_with_a_code(service, root, phone):
    user = root.user(may("sts:AssumeRole"))
    phone.enable(user.name)
    role = root.role(trust(user.arn, Bool={"aws:MultiFactorAuthPresent": "true"}))
    with refused("AccessDenied", "is not authorized to perform: sts:AssumeRole", 403) as caught:
        user.assume(role)
    (change,) = suggested(service, caught)
    assert change["Bring"]["values"] == CODE_BROUGHT
    assert user.assume(role, **phone.factor())


def test_who_can_says_who_may_with_a_code(service, root):
    user = root.user(may("kms:Encrypt"))
    key = root.key(Policy=policy(allow(user.arn, "kms:Encrypt"), NEVER_WITHOUT))
    answer = service.operator("who-can", "kms:Encrypt", key, "--json")
    rows = {row["principal"]: row for row in answer["principals"]}
    assert (rows[user.arn]["allowed"], rows[user.arn]["rule_number"]) == (False, 1)
    assert rows[user.arn]["unmet_conditions"] == ["BoolIfExists aws:MultiFactorAuthPresent"]
    assert rows[root.arn]["unmet_conditions"] == []  # a root has no device here


def test_sessions_of_users_reach_iam_with_a_second_factor_only(root, phone):
    user = root.user(may("iam:ListUsers", Bool={"aws:MultiFactorAuthPresent": "true"}))
    phone.enable(user.name)
    with refused("AccessDenied", "is not authorized to perform: iam:ListUsers", 403):
        user.iam.list_users()
    with refused("InvalidClientTokenId", status=403):
        user.with_credentials(user.sts.get_session_token()["Credentials"]).iam.list_users()
    assert session(user, phone).iam.list_users()["Users"]


def test_life_of_a_device(root, phone):
    user, name = root.user(), phone.serial.rsplit("/")[-1]
    assert phone.serial == f"arn:aws:iam::{ACCOUNT}:mfa/{name}" and len(phone.seed) == 64
    with refused("EntityAlreadyExists", "MFADevice entity at the same path and name already exists.", 409):
        root.iam.create_virtual_mfa_device(VirtualMFADeviceName=name)
    with refused("InvalidAuthenticationCode", "Authentication code for device is not valid.", 403):
        root.iam.enable_mfa_device(UserName=user.name, SerialNumber=phone.serial, AuthenticationCode1="000000",
                                   AuthenticationCode2="000000")
    serials = {status: [device["SerialNumber"] for page in root.iam.get_paginator("list_virtual_mfa_devices").paginate(
        AssignmentStatus=status) for device in page["VirtualMFADevices"]] for status in ("Assigned", "Unassigned")}
    assert phone.serial in serials["Unassigned"] and phone.serial not in serials["Assigned"]
    phone.enable(user.name)
    with refused("EntityAlreadyExists", "is in use already", 409):
        phone.enable(user.name)
    phone.next -= 2
    listed = root.iam.list_mfa_devices(UserName=user.name)["MFADevices"]
    assert [(device["UserName"], device["SerialNumber"]) for device in listed] == [(user.name, phone.serial)]
    shown = root.iam.get_mfa_device(SerialNumber=phone.serial, UserName=user.name)
    assert shown["EnableDate"] == listed[0]["EnableDate"]
    with refused("DeleteConflict", "Must deactivate first", 409):
        root.iam.delete_virtual_mfa_device(SerialNumber=phone.serial)
    root.iam.delete_access_key(UserName=user.name, AccessKeyId=user.env["AWS_ACCESS_KEY_ID"])
    with refused("DeleteConflict", "must delete MFA device first", 409):
        root.iam.delete_user(UserName=user.name)
    root.iam.deactivate_mfa_device(UserName=user.name, SerialNumber=phone.serial)
    root.iam.delete_virtual_mfa_device(SerialNumber=phone.serial)
    root.iam.delete_user(UserName=user.name)
    with refused("NoSuchEntity", f"VirtualMFADevice with serial number {phone.serial} doesn't exist.", 404):
        root.iam.delete_virtual_mfa_device(SerialNumber=phone.serial)


def test_clock_of_a_device_is_off_until_it_is_synchronised(root, phone):
    user = root.user()
    phone.enable(user.name)
    ahead = int(time.time()) // STEP + 10
    with refused("AccessDenied", WRONG, 403):
        session(user, phone, phone.code(ahead))
    root.iam.resync_mfa_device(UserName=user.name, SerialNumber=phone.serial, AuthenticationCode1=phone.code(ahead - 2),
                               AuthenticationCode2=phone.code(ahead - 1))
    assert session(user, phone, phone.code(ahead)).sts.get_caller_identity()["Arn"] == user.arn


def test_a_guess_is_no_way_in(service, root, phone):
    """After five wrong codes the right one is refused too, for five minutes; other devices are not touched. The record of
    the code that locks the device, and of those after it, says that it is locked."""
    user = root.user()
    phone.enable(user.name)
    mark = service.audit_mark()
    for _ in range(5):
        with refused("AccessDenied", WRONG, 403):
            session(user, phone, phone.code(1))
    with refused("AccessDenied", WRONG, 403):
        session(user, phone)
    records = service.audit_since(mark, "GetSessionToken")
    locked = {"lockedMfaDevice": phone.serial}
    assert [record.get("additionalEventData") for record in records] == [None] * 4 + [locked] * 2
    other = root.user()
    assert session(other, Authenticator(root.iam, unique("phone")).enable(other.name))


def test_neither_seeds_nor_codes_are_on_the_record(service, root):
    user, mark = root.user(), service.audit_mark()
    phone = Authenticator(root.iam, unique("phone")).enable(user.name)
    session(user, phone).sts.get_caller_identity()
    made, enabled, given, used = service.audit_since(mark)
    assert made["responseElements"] == {"virtualMFADevice": {"serialNumber": phone.serial}}
    assert enabled["requestParameters"] == {"serialNumber": phone.serial, "userName": user.name}
    assert given["requestParameters"] == {"serialNumber": phone.serial}
    assert used["userIdentity"]["sessionContext"]["attributes"]["mfaAuthenticated"] == "true"
    assert phone.seed not in service.audit_text()


def test_the_aws_cli_makes_a_device_and_asks_with_its_code(aws, root, tmp_path):  # noqa: F811
    name, user = unique("cli"), root.user(may("kms:ListKeys", Bool={"aws:MultiFactorAuthPresent": "true"}))
    made = answer(aws("iam", "create-virtual-mfa-device", "--virtual-mfa-device-name", name, "--bootstrap-method",
                      "Base32StringSeed", "--outfile", str(tmp_path / "seed")))
    phone = Authenticator.__new__(Authenticator)
    phone.iam, phone.serial = root.iam, made["VirtualMFADevice"]["SerialNumber"]
    phone.seed, phone.next = (tmp_path / "seed").read_text(), int(time.time()) // STEP - 2
    answer(aws("iam", "enable-mfa-device", "--user-name", user.name, "--serial-number", phone.serial,
               "--authentication-code1", phone.show(), "--authentication-code2", phone.show()))
    given = answer(aws("sts", "get-session-token", "--serial-number", phone.serial, "--token-code", phone.show(),
                       who=user.env))
    assert aws("kms", "list-keys", who=user.env).returncode != 0
    assert "Keys" in answer(aws("kms", "list-keys", who=user.env | credentials(given["Credentials"])))
