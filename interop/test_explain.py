"""`strongroom explain`, `simulate` and `who-can`: the reason for a denial, as text and as JSON."""

import json
import uuid

import pytest

import harness
from conftest import ACCOUNT, allow, policy
from expect import error_of, refused
from principals import Account, identity, may, request_id, trust


@pytest.fixture(scope="module")
def root(service):
    return Account(service)


def encrypt(who, key, **context):
    return who.kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=context)


def denial_of(who, key, **context) -> str:
    """The request id of a denied Encrypt."""
    with refused("AccessDeniedException") as caught:
        encrypt(who, key, **context)
    return request_id(caught)


def explained(service, request) -> dict:
    """The single decision of a denial."""
    (decision,) = service.operator("explain", request, "--json")["decisions"]
    return decision


def text_of(service, *arguments) -> str:
    done = service.cli(*arguments, "--data-dir", service.data_dir)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_denial_in_json_and_in_text(service, root, key):
    user = root.user(may("kms:Encrypt", StringEquals={"kms:EncryptionContext:purpose": ["backup", "restore"]}))
    request = denial_of(user, key["Arn"], purpose="curiosity")
    answer = service.operator("explain", request, "--json")
    assert (answer["request_id"], answer["operation"], answer["error"]) == (request, "Encrypt", "AccessDeniedException")
    (decision,) = answer["decisions"]
    assert (decision["principal"], decision["action"], decision["resource"]) == (user.arn, "kms:Encrypt", key["Arn"])
    assert (decision["allowed"], decision["rule"], decision["rule_number"]) == (False, "NoIdentityPolicyAllows", 10)
    assert decision["message"] == answer["message"]
    by_key, by_user = decision["statements"]
    assert (by_key["statement"]["policy"], by_key["matched"]) == ("KeyPolicy", "Account")
    assert (by_user["statement"]["policy"], by_user["matched"]) == ({"Identity": "own"}, None)
    (condition,) = by_user["conditions"]
    assert condition == {"operator": "StringEquals", "key": "kms:EncryptionContext:purpose",
                         "wanted": ["backup", "restore"], "actual": ["curiosity"], "holds": False}
    text = text_of(service, "explain", request)
    assert text.startswith(f"Request   {request}\n")
    assert ('StringEquals kms:EncryptionContext:purpose: wanted "backup" or "restore", the request has "curiosity": '
            'DOES NOT HOLD') in text
    assert "Rule      R10 NoIdentityPolicyAllows" in text
    denial_without = text_of(service, "explain", denial_of(user, key["Arn"]))
    assert "the request has nothing: DOES NOT HOLD" in denial_without
    assert encrypt(user, key["Arn"], purpose="restore")


def test_what_the_caller_is_told_is_terse(root, key):
    user = root.user(may("kms:Encrypt", StringEquals={"kms:EncryptionContext:purpose": "hush-hush"}))
    with refused("AccessDeniedException") as caught:
        encrypt(user, key["Arn"])
    assert "hush-hush" not in json.dumps(caught.value.response)


@pytest.mark.parametrize("unknown, text", [
    (str(uuid.uuid4()), "nothing is kept about request"), ("nobody", "a request id is a UUID"), ("", "UUID"),
])
def test_unknown_request(service, unknown, text):
    for options in ([], ["--json"]):
        done = service.cli("explain", unknown, *options, "--data-dir", service.data_dir)
        assert done.returncode != 0 and text in done.stderr and not done.stdout


def test_request_that_was_allowed_is_not_kept(service, root, key):
    request = encrypt(root, key["Arn"])["ResponseMetadata"]["RequestId"]
    done = service.cli("explain", request, "--data-dir", service.data_dir)
    assert done.returncode != 0 and "only denials are kept" in done.stderr


def test_evidence_stays_as_it_was(service, root):
    user = root.user(may("kms:Encrypt", StringEquals={"aws:ResourceTag/stage": "live"}))
    key = root.key(Tags=[{"TagKey": "stage", "TagValue": "test"}])
    request = denial_of(user, key)
    before = text_of(service, "explain", request)
    assert 'wanted "live", the request has "test": DOES NOT HOLD' in before
    root.kms.tag_resource(KeyId=key, Tags=[{"TagKey": "stage", "TagValue": "live"}])
    assert encrypt(user, key)
    root.iam.put_user_policy(UserName=user.name, PolicyName="own", PolicyDocument=identity(may("kms:*")))
    root.kms.put_key_policy(KeyId=key, Policy=policy(allow("*", "kms:Encrypt", effect="Deny")))
    assert text_of(service, "explain", request) == before
    root.iam.delete_user_policy(UserName=user.name, PolicyName="own")
    root.iam.delete_access_key(UserName=user.name, AccessKeyId=user.env["AWS_ACCESS_KEY_ID"])
    root.iam.delete_user(UserName=user.name)
    assert text_of(service, "explain", request) == before


def apply(root, user, key, change):
    """Does with boto3 what a suggested change says."""
    if "Remove" in change:
        where, index = change["Remove"]["policy"], change["Remove"]["index"]
        assert where == "KeyPolicy"
        document = json.loads(root.kms.get_key_policy(KeyId=key)["Policy"])
        del document["Statement"][index]
        root.kms.put_key_policy(KeyId=key, Policy=json.dumps(document))
        return
    added = change["Add"]
    if added["to"] == "KeyPolicy":
        document = json.loads(root.kms.get_key_policy(KeyId=key)["Policy"])
        document["Statement"].append({"Effect": "Allow", "Principal": {"AWS": added["principal"]},
                                      "Action": added["action"], "Resource": added["resource"]})
        root.kms.put_key_policy(KeyId=key, Policy=json.dumps(document))
        return
    root.iam.put_user_policy(UserName=user.name, PolicyName=added["to"]["Identity"], PolicyDocument=identity(
        may(added["action"], resource=added["resource"])))


@pytest.mark.parametrize("case", ["nothing allows", "denied by the key policy", "denied and not allowed",
                                  "key policy without delegation"])
def test_suggested_change_flips_it(service, root, case):
    user = root.user(*([] if case == "denied and not allowed" else [may("kms:Encrypt")]))
    key = root.key()
    deny = allow("*", "kms:Encrypt", effect="Deny") | {"Sid": "NoEncryption"}
    if case.startswith("denied"):
        root.kms.put_key_policy(KeyId=key, Policy=policy(deny))
    elif case == "key policy without delegation":
        root.kms.put_key_policy(KeyId=key, Policy=policy(allow(root.arn, "kms:*")).replace(
            '"Principal": {"AWS"', '"Condition": {"StringEquals": {"aws:PrincipalType": "Account"}}, "Principal": {"AWS"'))
    else:
        root.iam.delete_user_policy(UserName=user.name, PolicyName="own")
    decision = explained(service, denial_of(user, key))
    changes = decision["changes"]
    assert len(changes) == (2 if case == "denied and not allowed" else 1), changes
    removed = [change for change in changes if "Remove" in change]
    assert len(removed) == (1 if case.startswith("denied") else 0)
    for at, change in enumerate(changes):
        assert error_of(encrypt, who=user, key=key) == "AccessDeniedException", f"change {at} was not needed"
        apply(root, user, key, change)
    assert encrypt(user, key)


def test_grants_are_told(service, root, key):
    user = root.user()
    grant = root.kms.create_grant(KeyId=key["Arn"], GranteePrincipal=user.arn, Operations=["Encrypt"],
                                  Constraints={"EncryptionContextSubset": {"tenant": "one"}})["GrantId"]
    decision = explained(service, denial_of(user, key["Arn"], tenant="two"))
    assert [(one["id"], one["mismatch"]) for one in decision["grants"]] == [(grant, "Constraints")]
    assert encrypt(user, key["Arn"], tenant="one")


def simulate(service, who, action, key, *more) -> dict:
    return service.operator("simulate", "--principal", who, "--action", action, "--key", key, *more, "--json")


def test_simulate_says_what_then_happens(service, root, key):
    user = root.user(may("kms:Encrypt", StringEquals={"kms:EncryptionContext:purpose": "backup"}))
    arn = key["Arn"]
    for context, allowed in (({"purpose": "backup"}, True), ({"purpose": "other"}, False), ({}, False)):
        pairs = [word for name, value in context.items() for word in ("--context", f"{name}={value}")]
        answer = simulate(service, user.arn, "kms:Encrypt", arn, *pairs)
        assert answer["allowed"] is allowed and answer["principal"] == user.arn
        assert error_of(encrypt, who=user, key=arn, **context) == ("" if allowed else "AccessDeniedException")
    text = text_of(service, "simulate", "--principal", user.arn, "--action", "kms:Encrypt", "--key", key["KeyId"],
                   "--context", "purpose=backup")
    assert "Answer    ALLOWED\n" in text and "by identity policy own, statement 1" in text


def test_simulate_of_long_values_against_many_statements(service, root, tmp_path):
    """All of it would be more than one message to the operator has room for."""
    user = root.user()
    reading = allow(user.arn, "kms:Encrypt") | {
        "Condition": {"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "none"}}}
    key = root.key(Policy=policy(*[reading] * 100))
    request = tmp_path / "request.json"
    names = {f"{number}{'n' * 300}": "" for number in range(60)}
    request.write_text(json.dumps({"request": {"encryption_context": names}}))
    answer = simulate(service, user.arn, "kms:Encrypt", key, "--request", str(request))
    assert answer["allowed"] is False and answer["statements"]
    assert len(json.dumps(answer, separators=(",", ":"))) < 1 << 20


def test_simulate_at_another_time_from_another_address_and_for_a_role(service, root, key):
    role = root.role(trust(root.arn), may("kms:Decrypt", DateLessThan={"aws:CurrentTime": "2030-01-01T00:00:00Z"},
                                          IpAddress={"aws:SourceIp": "192.0.2.0/24"}))["Arn"]

    def allowed(at, address):
        return simulate(service, role, "kms:Decrypt", key["Arn"], "--at", at, "--source-ip", address)["allowed"]

    assert allowed("2029-12-31T03:00:00Z", "192.0.2.7") is True
    assert allowed("2030-01-01T03:00:00Z", "192.0.2.7") is False
    assert allowed("2029-12-31T03:00:00Z", "198.51.100.7") is False


def test_simulate_the_retiring_of_a_grant(service, root, key):
    user = root.user()
    grants = [root.kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=root.arn, RetiringPrincipal=who,
                                    Operations=["Encrypt"])["GrantId"] for who in (user.arn, root.arn)]
    for grant, allowed in zip(grants, (True, False)):
        answer = simulate(service, user.arn, "kms:RetireGrant", key["Arn"], "--grant", grant)
        assert (answer["allowed"], answer["retirement"]["grant"]) == (allowed, grant)
        why = error_of(user.kms.retire_grant, KeyId=key["Arn"], GrantId=grant)
        assert why == ("" if allowed else "AccessDeniedException")


def test_simulate_the_holder_of_a_token(service, root, tmp_path):
    provider = root.iam.create_open_id_connect_provider(
        Url="https://simulated.example", ClientIDList=["app"])["OpenIDConnectProviderArn"]
    role = root.role(trust({"Federated": provider}, "sts:AssumeRoleWithWebIdentity",
                           StringEquals={"simulated.example:sub": "alice"}))["Arn"]
    for subject, allowed in (("alice", True), ("bob", False)):
        request = tmp_path / f"{subject}.json"
        request.write_text(json.dumps({"session": {"web_identity": {"audience": "app", "subject": subject}}}))
        answer = simulate(service, provider, "sts:AssumeRoleWithWebIdentity", role, "--request", str(request))
        assert (answer["allowed"], answer["principal"]) == (allowed, f"{provider}:app:{subject}")
    root.iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=provider)


@pytest.mark.parametrize("changed", [
    {"--principal": f"arn:aws:iam::{ACCOUNT}:user/nobody-{uuid.uuid4().hex}"}, {"--principal": "nobody"},
    {"--action": "nothing"}, {"--key": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{uuid.uuid4()}"}, {"--at": "tomorrow"},
    {"--source-ip": "here"}, {"--context": "no-pair"},
])
def test_simulate_that_asks_nothing(service, root, key, changed):
    asked = {"--principal": root.arn, "--action": "kms:Encrypt", "--key": key["Arn"]} | changed
    done = service.cli("simulate", *[word for pair in asked.items() for word in pair], "--data-dir", service.data_dir)
    assert done.returncode != 0 and done.stderr.startswith(("strongroom: ", "error:")) and not done.stdout, done
    # What is no time, address or pair is found before anybody is asked.
    assert (done.returncode == 2) == (not changed.keys().isdisjoint({"--at", "--source-ip", "--context"})), done


def test_who_can(service, root):
    holder, other = root.user(may("kms:Encrypt")), root.user()
    grantee = root.user()
    named = root.role(trust(root.arn))["Arn"]
    key = root.key(Policy=policy(allow(named, "kms:Encrypt") | {"Sid": "ForTheRole"}))
    grant = root.kms.create_grant(KeyId=key, GranteePrincipal=grantee.arn, Operations=["Encrypt"])["GrantId"]
    answer = service.operator("who-can", "kms:Encrypt", key, "--json")
    assert (answer["action"], answer["key"], answer["left_out"]) == ("kms:Encrypt", key, 0)
    rows = {row["principal"]: row for row in answer["principals"]}
    assert {name: rows[name]["allowed"] for name in (root.arn, holder.arn, named, grantee.arn, other.arn)} == {
        root.arn: True, holder.arn: True, named: True, grantee.arn: True, other.arn: False}
    assert [by["policy"] for by in rows[holder.arn]["by"]][-1] == {"Identity": "own"}
    assert rows[grantee.arn]["grant"] == grant
    assert (rows[other.arn]["rule_number"], rows[named]["by"][0]["sid"]) == (10, "ForTheRole")
    for who in (holder, grantee):
        assert encrypt(who, key)
    with refused("AccessDeniedException"):
        encrypt(other, key)
    text = text_of(service, "who-can", "kms:Encrypt", key)
    allowed, _, denied = text.partition("\nDenied\n")
    assert holder.arn in allowed and holder.arn not in denied and other.arn in denied and other.arn not in allowed
    root.iam.delete_user_policy(UserName=holder.name, PolicyName="own")
    answer = service.operator("who-can", "kms:Encrypt", key, "--json")
    assert {row["principal"]: row["allowed"] for row in answer["principals"]}[holder.arn] is False


def test_who_can_names_the_conditions_that_it_cannot_know(service, root, key):
    user = root.user(may("kms:Encrypt", StringEquals={"kms:EncryptionContext:purpose": "backup"}))
    answer = service.operator("who-can", "kms:Encrypt", key["Arn"], "--json")
    row = {row["principal"]: row for row in answer["principals"]}[user.arn]
    assert row["allowed"] is False
    assert any("kms:EncryptionContext:purpose" in unmet for unmet in row["unmet_conditions"])


def test_each_use_is_on_the_audit_record(service, root, key):
    request = denial_of(root.user(), key["Arn"])
    mark = service.audit_mark()
    service.operator("explain", request, "--json")
    simulate(service, root.arn, "kms:Encrypt", key["Arn"])
    service.operator("who-can", "kms:Encrypt", key["Arn"], "--json")
    assert len(service.audit_since(mark)) == 3


def decode(who, request) -> dict:
    """What DecodeAuthorizationMessage answers about a request id."""
    return json.loads(who.sts.decode_authorization_message(EncodedMessage=request)["DecodedMessage"])


def test_denial_is_decoded_by_its_request_id_with_permission(service, root):
    key = root.key()
    deny = allow("*", "kms:Encrypt", effect="Deny") | {"Sid": "NoEncryption"}
    root.kms.put_key_policy(KeyId=key, Policy=policy(deny))
    request = denial_of(root.user(may("kms:Encrypt")), key, purpose="backup")
    auditor, other = root.user(may("sts:DecodeAuthorizationMessage")), root.user(may("sts:AssumeRole"))
    mark = service.audit_mark()
    message = decode(auditor, request)
    assert (message["allowed"], message["explicitDeny"]) == (False, True)
    assert "NoEncryption" in [one["statementId"] for one in message["matchedStatements"]["items"]]
    assert (message["context"]["action"], message["context"]["resource"]) == ("kms:Encrypt", key)
    held = {one["key"]: [value["value"] for value in one["values"]["items"]]
            for one in message["context"]["conditions"]["items"]}
    assert held["kms:EncryptionContext:purpose"] == ["backup"]
    assert message["explanation"] == service.operator("explain", request, "--json")
    (record,) = service.audit_since(mark, "DecodeAuthorizationMessage")
    assert record["requestParameters"] == {"encodedMessage": request}
    with refused("AccessDenied", "is not authorized to perform: sts:DecodeAuthorizationMessage", 403):
        decode(other, request)


def test_what_is_no_denial_is_not_decoded(root, key):
    allowed = encrypt(root, key["Arn"])["ResponseMetadata"]["RequestId"]
    for text in (str(uuid.uuid4()), allowed, "nothing"):
        with refused("InvalidAuthorizationMessageException", "Message is not valid"):
            decode(root, text)
    assert decode(root, denial_of(root.user(), key["Arn"]))["allowed"] is False  # the control


def test_grant_that_somebody_else_may_retire(service, root):
    key, grantee, stranger = root.key(), root.user(), root.user()
    grant = root.kms.create_grant(KeyId=key, GranteePrincipal=grantee.arn, RetiringPrincipal=grantee.arn,
                                  Operations=["Encrypt"])["GrantId"]
    with refused("AccessDeniedException") as caught:
        stranger.kms.retire_grant(KeyId=key, GrantId=grant)
    request = request_id(caught)
    decision = explained(service, request)
    assert decision["retirement"]["grant"] == grant
    assert {(one["kind"], one["principal"], one["may"], one["matched"]) for one in decision["retirement"]["retirers"]} == {
        ("RetiringPrincipal", grantee.arn, True, None), ("Grantee", grantee.arn, False, None),
        ("IssuingAccount", root.arn, True, "Account")}
    text = text_of(service, "explain", request)
    assert f"Who may retire grant {grant}\n" in text and f"its retiring principal {grantee.arn}: is not the caller" in text
    (change,) = decision["changes"]
    apply(root, stranger, key, change)
    stranger.kms.retire_grant(KeyId=key, GrantId=grant)


def test_what_can_never_apply_is_in_the_log_and_in_the_explanation(service, root):
    """Of the key's policy and of the user's: as they are put, and when somebody is denied under them."""
    mark, via = len(service.log), {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
    user, key = root.user(may("kms:Encrypt", **via)), root.key()
    root.kms.put_key_policy(KeyId=key, Policy=policy(allow(user.arn, "kms:Encrypt") | {"Condition": via}))
    never = "uses the condition key kms:ViaService, which no request here has."
    for what in ("a key policy", "an identity policy"):
        said = f"{what} says what can never apply"
        harness.eventually(said, lambda: [line for line in service.log[mark:] if said in line and never in line])
    request = denial_of(user, key)
    of_key, of_user = f"Statement 1 {never}", f"Identity policy own: Statement 0 {never}"
    assert explained(service, request)["warnings"] == [of_key, of_user]
    text = text_of(service, "explain", request)
    assert "Never applies" in text and of_key in text and of_user in text
    mark = len(service.log)
    root.iam.put_user_policy(UserName=user.name, PolicyName="own", PolicyDocument=identity(may("kms:Encrypt")))
    assert encrypt(user, key), "the control: without the condition it applies"
    assert not [line for line in service.log[mark:] if "can never apply" in line]
    root.sts.get_federation_token(Name="guest", Policy=identity(may("kms:Decrpyt")))
    said = "a session policy says what can never apply"
    harness.eventually(said, lambda: [line for line in service.log[mark:] if said in line and "kms:decrpyt" in line])
