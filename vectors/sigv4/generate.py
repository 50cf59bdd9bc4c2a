"""Writes botocore.json: requests signed by botocore, as they look on the wire.

Run with any botocore; the clock is fixed, so the output does not depend on when it runs.
"""

import datetime
import json
from urllib.parse import urlsplit

import botocore
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ACCESS_KEY_ID = "AKIDEXAMPLE"
SECRET_ACCESS_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
NOW = datetime.datetime(2015, 8, 30, 12, 36, 0)
HOST = "example.amazonaws.com"
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
]


def signed(name, method, target_form, headers, body, region, service):
    request = AWSRequest(method=method, url=f"https://{HOST}{target_form}", data=body.encode())
    request.headers.add_header("Host", HOST)
    for header, value in headers:
        request.headers.add_header(header, value)
    credentials = Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY)
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


def main():
    botocore.auth.get_current_datetime = lambda *_, **__: NOW
    document = {
        "source": f"botocore {botocore.__version__}, generate.py",
        "access_key_id": ACCESS_KEY_ID,
        "secret_access_key": SECRET_ACCESS_KEY,
        "time": "20150830T123600Z",
        "requests": [signed(*request) for request in REQUESTS],
    }
    with open("botocore.json", "w", encoding="utf-8") as out:
        json.dump(document, out, indent=1, ensure_ascii=True)
        out.write("\n")


if __name__ == "__main__":
    main()
