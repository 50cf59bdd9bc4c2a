"""Writes botocore.json and presigned.json: requests as they look on the wire.

Signed by botocore; what botocore cannot sign (a repeated query name, an unsigned token) is signed by a few lines here
that follow the documentation of Signature Version 4. Run with any botocore; the clock is fixed, so the output does not
depend on when it runs.
"""

import datetime
import hashlib
import hmac
import json
from urllib.parse import quote, unquote, urlsplit

import botocore
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ACCESS_KEY_ID = "AKIDEXAMPLE"
SECRET_ACCESS_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
NOW = datetime.datetime(2015, 8, 30, 12, 36, 0)
HOST = "example.amazonaws.com"
SESSION_TOKEN = "SRS1.AAECAwQFBgcICQoLDA0ODw_-+/=="
JSON = [("Content-Type", "application/x-amz-json-1.1")]


def target(operation):
    return [("X-Amz-Target", f"TrentService.{operation}")]


REQUESTS = [
    # name, method, path and query, further headers, body, Region, service
    ("get_vanilla", "GET", "/", [], "", "us-east-1", "service"),
    ("post_vanilla", "POST", "/", [], "", "us-east-1", "service"),
    ("get_vanilla_query_order", "GET", "/?Param2=value2&Param1=value1", [], "", "us-east-1", "service"),
    ("get_repeated_name_in_query", "GET", "/?a=2&a=1&A=3&a=", [], "", "us-east-1", "service"),
    ("get_unreserved_query", "GET", "/?-._~0aZ=-._~0aZ", [], "", "us-east-1", "service"),
    ("get_encoded_query", "GET", "/?%E1%88%B4=bar%20baz&x=%2B%2F", [], "", "us-east-1", "service"),
    ("get_dot_segments", "GET", "/a/./b/../../c//d/", [], "", "us-east-1", "service"),
    ("get_only_slashes", "GET", "//", [], "", "us-east-1", "service"),
    ("get_encoded_path", "GET", "/example%20space/%E1%88%B4/a%2Fb~c", [], "", "us-east-1", "service"),
    ("get_sub_delimiters_in_path", "GET", "/a:b@c!d$e'(f)*g+h,i;j=k", [], "", "us-east-1", "service"),
    ("get_header_spaces", "GET", "/", [("My-Header", "  a   b   c  ")], "", "us-east-1", "service"),
    (
        "get_header_repeated",
        "GET",
        "/",
        [("My-Header", "value2"), ("Other", "o"), ("My-Header", " value1 "), ("My-Header", "value3")],
        "",
        "us-east-1",
        "service",
    ),
    ("get_header_empty", "GET", "/", [("My-Header", "")], "", "us-east-1", "service"),
    ("kms_list_keys", "POST", "/", JSON + target("ListKeys"), "{}", "us-east-1", "kms"),
    (
        "kms_decrypt_other_region",
        "POST",
        "/",
        JSON + target("Decrypt") + [("Amz-Sdk-Request", "attempt=1; max=3")],
        '{"CiphertextBlob":"AAEC","EncryptionContext":{"k":"\u00e9"}}',
        "eu-central-1",
        "kms",
    ),
    ("kms_path_prefix", "POST", "/kms/v1", JSON + target("ListKeys"), "{}", "us-gov-west-1", "kms"),
    (
        "kms_user_agent_not_signed",
        "POST",
        "/",
        JSON + target("ListKeys") + [("User-Agent", "x/1"), ("Expect", "100-continue")],
        "{}",
        "us-east-1",
        "kms",
    ),
    (
        "kms_date_header_only",
        "POST",
        "/",
        JSON + target("ListKeys") + [("Date", "replaced by botocore")],
        "{}",
        "us-east-1",
        "kms",
    ),
    (
        "sts_form_body",
        "POST",
        "/",
        [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")],
        "Action=GetCallerIdentity&Version=2011-06-15",
        "us-east-1",
        "sts",
    ),
    ("kms_session_token", "POST", "/", JSON + target("ListKeys"), "{}", "us-east-1", "kms", SESSION_TOKEN),
]


def signed(name, method, target_form, headers, body, region, service, token=None):
    request = AWSRequest(method=method, url=f"https://{HOST}{target_form}", data=body.encode())
    request.headers.add_header("Host", HOST)
    for header, value in headers:
        request.headers.add_header(header, value)
    credentials = Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY, token)
    botocore.auth.SigV4Auth(credentials, service, region).add_auth(request)
    parts = urlsplit(request.url)
    return {
        "name": name,
        "method": method,
        "path": parts.path,
        "query": parts.query,
        "headers": [[header.lower(), value] for header, value in request.headers.items()],
        "body": body,
        "region": region,
        "service": service,
    }


PRESIGNED = [
    # name, method, path and query, further headers, body, Region, service, seconds, session token
    ("kms_list_keys", "POST", "/", JSON + target("ListKeys"), "{}", "us-east-1", "kms", 60, None),
    ("kms_longest", "POST", "/", JSON + target("ListKeys"), "{}", "eu-central-1", "kms", 900, None),
    ("kms_session_token", "POST", "/", JSON + target("ListKeys"), "{}", "us-east-1", "kms", 60, SESSION_TOKEN),
    ("kms_path_prefix", "POST", "/kms/v1", JSON + target("ListKeys"), "{}", "us-east-1", "kms", 60, None),
    ("sts_get", "GET", "/?Action=GetCallerIdentity&Version=2011-06-15", [], "", "us-east-1", "sts", 60, None),
    ("get_encoded_query", "GET", "/?%E1%88%B4=bar%20baz&x=%2B%2F", [], "", "us-east-1", "service", 60, None),
    ("get_header_spaces", "GET", "/", [("My-Header", "  a   b   c  ")], "", "us-east-1", "service", 60, None),
    ("get_dot_segments", "GET", "/a/./b/../../c//d/", [], "", "us-east-1", "service", 60, None),
    ("get_encoded_path", "GET", "/example%20space/a%2Fb~c", [], "", "us-east-1", "service", 60, None),
]

BY_HAND = [
    # name, path, query, whether the token is signed, session token
    ("repeated_name", "/", "a=2&a=1&A=3&a=", True, None),
    ("empty_value_and_none", "/", "b&a=&c=1", True, None),
    ("plus_is_a_plus", "/", "a=b+c", True, None),
    ("space_is_escaped", "/", "a=b%20c", True, None),
    ("lower_case_escapes", "/", "a=%c3%a9%2f", True, None),
    ("escapes_of_unreserved", "/", "%61=%7e%2D", True, None),
    ("equal_sign_in_value", "/", "a=b=c", True, None),
    ("only_slashes", "//", "", True, None),
    ("double_slash_inside", "/a//b", "", True, None),
    ("escaped_slash_in_path", "/a%2Fb", "", True, None),
    ("space_in_path", "/a%20b", "", True, None),
    ("token_signed", "/", "", True, SESSION_TOKEN),
    ("token_added_after_signing", "/", "", False, SESSION_TOKEN),
]


class QueryAuth(botocore.auth.SigV4QueryAuth):
    """Presigns a request whose body stays a body: botocore would move it into the query."""

    def __init__(self, *args, body, **kwargs):
        super().__init__(*args, **kwargs)
        self.body = body

    def payload(self, request):
        return hashlib.sha256(self.body).hexdigest()


def presigned(name, method, target_form, headers, body, region, service, seconds, token):
    request = AWSRequest(method=method, url=f"https://{HOST}{target_form}")
    request.headers.add_header("Host", HOST)
    for header, value in headers:
        request.headers.add_header(header, value)
    credentials = Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY, token)
    QueryAuth(credentials, service, region, expires=seconds, body=body.encode()).add_auth(request)
    parts = urlsplit(request.url)
    return entry(name, method, parts.path, parts.query, request.headers.items(), body, region, service, token)


def entry(name, method, path, query, headers, body, region, service, token):
    return {
        "name": name,
        "method": method,
        "path": path,
        "query": query,
        "headers": [[header.lower(), value] for header, value in headers],
        "body": body,
        "region": region,
        "service": service,
        "session_token": token,
    }


def canonical_path(path):
    segments = []
    for segment in path.split("/"):
        if segment == "..":
            segments = segments[:-1]
        elif segment not in ("", "."):
            segments.append(quote(segment, safe="-._~"))
    end = "/" if path.endswith("/") and segments else ""
    return "/" + "/".join(segments) + end


def canonical_query(query):
    pairs = [pair.partition("=")[::2] for pair in query.split("&") if pair]
    encoded = sorted(tuple(quote(unquote(part), safe="-._~") for part in pair) for pair in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded)


def by_hand(name, path, query, token_is_signed, token):
    """A presigned GET, as the documentation of the query form has it."""
    region, service, day, time = "us-east-1", "service", f"{NOW:%Y%m%d}", f"{NOW:%Y%m%dT%H%M%SZ}"
    scope = f"{day}/{region}/{service}/aws4_request"
    parameters = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{ACCESS_KEY_ID}/{scope}",
        "X-Amz-Date": time,
        "X-Amz-Expires": "60",
        "X-Amz-SignedHeaders": "host",
    }
    parts = [query] if query else []
    parts += [f"{key}={quote(value, safe='-._~')}" for key, value in parameters.items()]
    token_part = [f"X-Amz-Security-Token={quote(token, safe='-._~')}"] if token else []
    signed_query = "&".join(parts + (token_part if token_is_signed else []))
    request = ["GET", canonical_path(path), canonical_query(signed_query), f"host:{HOST}", "", "host"]
    request = "\n".join(request + [hashlib.sha256(b"").hexdigest()])
    to_sign = "\n".join(["AWS4-HMAC-SHA256", time, scope, hashlib.sha256(request.encode()).hexdigest()])
    key = b"AWS4" + SECRET_ACCESS_KEY.encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    sent = "&".join(parts + token_part + [f"X-Amz-Signature={signature}"])
    return entry(name, "GET", path, sent, [("host", HOST)], "", region, service, token)


def write(name, requests):
    document = {
        "source": f"botocore {botocore.__version__}, generate.py",
        "access_key_id": ACCESS_KEY_ID,
        "secret_access_key": SECRET_ACCESS_KEY,
        "time": "20150830T123600Z",
        "requests": requests,
    }
    with open(name, "w", encoding="utf-8") as out:
        json.dump(document, out, indent=1, ensure_ascii=True)
        out.write("\n")


def main():
    botocore.auth.get_current_datetime = lambda *_, **__: NOW
    write("botocore.json", [signed(*request) for request in REQUESTS])
    write("presigned.json", [presigned(*request) for request in PRESIGNED] + [by_hand(*request) for request in BY_HAND])


if __name__ == "__main__":
    main()
