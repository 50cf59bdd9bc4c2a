"""Users, roles and sessions for the suites: each is an environment to make clients of, with what it may do."""

import json
import uuid

from conftest import kms_client


def identity(*statements) -> str:
    """An identity policy (or session policy, or boundary)."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def may(*actions, resource="*", effect="Allow", **condition) -> dict:
    """A statement of an identity policy; operators of its condition by name: `StringEquals={...}`."""
    made = {"Effect": effect, "Action": list(actions), "Resource": resource}
    return made | {"Condition": condition} if condition else made


def trust(principal, *actions, effect="Allow", **condition) -> str:
    """A trust policy of one statement; without actions, sts:AssumeRole."""
    named = {"AWS": principal} if isinstance(principal, str) else principal
    made = {"Effect": effect, "Principal": named, "Action": list(actions or ["sts:AssumeRole"])}
    return json.dumps({"Version": "2012-10-17", "Statement": [made | {"Condition": condition} if condition else made]})


def unique(prefix: str) -> str:
    """A name that is free."""
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def request_id(caught) -> str:
    """The id of the request that `refused` caught."""
    return caught.value.response["ResponseMetadata"]["RequestId"]


class Principal:
    """Somebody with credentials: `env` as in a shell, `arn`, and `name` where there is one."""

    def __init__(self, env, arn="", name=""):
        self.env, self.arn, self.name = env, arn, name
        self.kms, self.iam, self.sts = (kms_client(env, service=service) for service in ("kms", "iam", "sts"))

    def with_credentials(self, credentials: dict, arn="") -> "Principal":
        """Who has the Credentials of an answer of STS."""
        return Principal(self.env | {"AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
                                     "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
                                     "AWS_SESSION_TOKEN": credentials["SessionToken"]}, arn)

    def assume(self, role: dict, session="session", **parameters) -> "Principal":
        """A session of a role (a `Role` of IAM's answers) that this principal assumes."""
        made = self.sts.assume_role(RoleArn=role["Arn"], RoleSessionName=session, **parameters)
        return self.with_credentials(made["Credentials"], made["AssumedRoleUser"]["Arn"])


class Account(Principal):
    """An account, by its root principal, and whom it makes."""

    def __init__(self, service, account=None):
        env = service.env(account)
        self.id = env["AWS_ACCOUNT_ID"]
        super().__init__(env, f"arn:aws:iam::{self.id}:root")

    def user(self, *statements, **parameters) -> Principal:
        """A new user with an access key, and an inline policy `own` of these statements if there are any."""
        name = unique("user")
        arn = self.iam.create_user(UserName=name, **parameters)["User"]["Arn"]
        if statements:
            self.iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=identity(*statements))
        made = self.iam.create_access_key(UserName=name)["AccessKey"]
        return Principal(self.env | {"AWS_ACCESS_KEY_ID": made["AccessKeyId"],
                                     "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"]}, arn, name)

    def role(self, trusted, *statements, **parameters) -> dict:
        """A new role, trusted as the text `trusted` says, with an inline policy `own` if there are statements."""
        name = unique("role")
        made = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusted, **parameters)["Role"]
        if statements:
            self.iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=identity(*statements))
        return made

    def policy(self, *statements) -> str:
        """The ARN of a new managed policy."""
        return self.iam.create_policy(PolicyName=unique("policy"), PolicyDocument=identity(*statements))["Policy"]["Arn"]

    def key(self, **parameters) -> str:
        """The ARN of a new key."""
        return self.kms.create_key(**parameters)["KeyMetadata"]["Arn"]
