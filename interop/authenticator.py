"""An authenticator as people have it on their phones: TOTP (RFC 6238) with HMAC-SHA-1, steps of 30 seconds, six digits."""

import base64
import hashlib
import hmac
import struct
import time

STEP = 30


def code_of(seed: str, step: int) -> str:
    """The code that a seed (Base32) gives for a step since 1970."""
    tag = hmac.digest(base64.b32decode(seed), struct.pack(">Q", step), hashlib.sha1)
    number, = struct.unpack_from(">I", tag, tag[-1] & 15)
    return f"{(number & 0x7fffffff) % 10 ** 6:06}"


class Authenticator:
    """A virtual MFA device that was made by `iam`. It shows each code once, as its user has to wait for the next one."""

    def __init__(self, iam, name):
        made = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
        self.iam, self.serial = iam, made["SerialNumber"]
        self.seed = made["Base32StringSeed"].decode()
        self.next = int(time.time()) // STEP - 2

    def code(self, step) -> str:
        """The code of a step since 1970."""
        return code_of(self.seed, step)

    def show(self) -> str:
        """The next code: of two steps ago at first, of the coming step at last."""
        self.next += 1
        return self.code(self.next - 1)

    def enable(self, user):
        """Makes it a user's, with two codes in a row. Two more are good then without waiting: of now, and of the step to come."""
        self.iam.enable_mfa_device(UserName=user, SerialNumber=self.serial, AuthenticationCode1=self.show(),
                                   AuthenticationCode2=self.show())
        return self

    def factor(self, code=None) -> dict:
        """The parameters of STS."""
        return {"SerialNumber": self.serial, "TokenCode": code or self.show()}
