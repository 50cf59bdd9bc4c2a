"""boto3: rotation, automatic and on demand. Old blobs open for ever."""

import datetime

import pytest

from expect import refused
from test_boto3_keys import pages


def test_rotation_schedule(kms, key):
    arn = key["Arn"]
    status = kms.get_key_rotation_status(KeyId=key["KeyId"])
    assert (status["KeyRotationEnabled"], status["KeyId"]) == (False, arn) and "NextRotationDate" not in status
    kms.enable_key_rotation(KeyId=arn)
    assert kms.get_key_rotation_status(KeyId=arn)["RotationPeriodInDays"] == 365
    kms.enable_key_rotation(KeyId=arn, RotationPeriodInDays=90)
    status = kms.get_key_rotation_status(KeyId=arn)
    assert status["KeyRotationEnabled"] and status["RotationPeriodInDays"] == 90
    wait = status["NextRotationDate"] - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(days=89) < wait < datetime.timedelta(days=91)
    for _ in range(2):
        kms.disable_key_rotation(KeyId=arn)
    assert not kms.get_key_rotation_status(KeyId=arn)["KeyRotationEnabled"]


@pytest.mark.parametrize("days", [89, 2561])
def test_rotation_period_out_of_range(loose, key, days):
    with refused("ValidationException", f"Value '{days}' at 'rotationPeriodInDays' failed to satisfy constraint"):
        loose.enable_key_rotation(KeyId=key["KeyId"], RotationPeriodInDays=days)


def test_rotation_of_a_key_pending_deletion_is_reported_off(kms, key):
    kms.enable_key_rotation(KeyId=key["KeyId"])
    kms.schedule_key_deletion(KeyId=key["KeyId"])
    assert not kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]
    kms.cancel_key_deletion(KeyId=key["KeyId"])
    assert kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]


def test_rotate_on_demand_uses_new_material_and_opens_old_blobs(kms, key):
    arn, blobs, materials = key["Arn"], [], [key["CurrentKeyMaterialId"]]
    for turn in range(3):
        blobs.append(kms.encrypt(KeyId=arn, Plaintext=f"turn {turn}".encode())["CiphertextBlob"])
        assert kms.rotate_key_on_demand(KeyId=key["KeyId"])["KeyId"] == arn
        materials.append(kms.describe_key(KeyId=arn)["KeyMetadata"]["CurrentKeyMaterialId"])
    assert len(set(materials)) == 4
    assert kms.generate_data_key(KeyId=arn, KeySpec="AES_256")["KeyMaterialId"] == materials[-1]
    for turn, blob in enumerate(blobs):
        opened = kms.decrypt(CiphertextBlob=blob)
        assert (opened["Plaintext"], opened["KeyMaterialId"]) == (f"turn {turn}".encode(), materials[turn])
    rotations, count = pages(kms, "list_key_rotations", "Rotations", KeyId=arn, PaginationConfig={"PageSize": 2})
    assert len(rotations) == 3 and count == 2 and {r["RotationType"] for r in rotations} == {"ON_DEMAND"}
    everything = kms.list_key_rotations(KeyId=arn, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    assert sorted(r["KeyMaterialId"] for r in everything) == sorted(materials)
    states = {r["KeyMaterialId"]: r["KeyMaterialState"] for r in everything}
    assert [states[m] for m in materials] == ["NON_CURRENT"] * 3 + ["CURRENT"]
    (first,) = [r for r in everything if r["KeyMaterialId"] == materials[0]]
    assert "RotationDate" not in first and "RotationType" not in first


def test_rotate_on_demand_is_limited_to_twenty_five(kms, key):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"first")["CiphertextBlob"]
    for _ in range(25):
        kms.rotate_key_on_demand(KeyId=key["KeyId"])
    with refused("LimitExceededException", f"The on-demand rotations limit has been reached for the given keyId. "
                                           f"No more on-demand rotations can be performed for this key: {key['Arn']}"):
        kms.rotate_key_on_demand(KeyId=key["KeyId"])
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"first"


def test_list_key_rotations_marker_that_nobody_made(kms, key):
    with refused("InvalidMarkerException"):
        kms.list_key_rotations(KeyId=key["KeyId"], Marker="nobody")
