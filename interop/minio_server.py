"""MinIO's S3, as JuiceFS's gateway serves it on a folder: unlike moto it verifies signatures, and is used in earnest. It takes
no notice of `If-None-Match`."""

import contextlib
import os
import subprocess
from pathlib import Path

import boto3
from botocore.config import Config

import harness

# Not of this machine's setup: no update is looked for, and nothing is reported.
QUIETLY = ("--no-usage-report", "--no-banner")


@contextlib.contextmanager
def minio_server(folder: Path, access_key: str, secret_key: str):
    """A server with these credentials, without buckets, whose files are in the folder: its URL."""
    program, meta, log = "juicefs", f"sqlite3://{folder}/meta.db", folder / "log"
    env = harness.clean_environment() | {
        "MINIO_ROOT_USER": access_key, "MINIO_ROOT_PASSWORD": secret_key, "HOME": str(folder), "PATH": os.environ["PATH"]}
    with log.open("wb") as out:
        run = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": out, "env": env}
        made = [program, "format", "--storage", "file", "--bucket", f"{folder}/blocks", "--trash-days", "0", meta, "objects"]
        subprocess.run(made, check=True, timeout=60, **run)
        port = harness.free_port()
        server = subprocess.Popen([program, "gateway", "--multi-buckets", "--keep-etag", "--object-meta", "--cache-dir",
                                   f"{folder}/cache", "--log", f"{folder}/gateway.log", *QUIETLY, meta, f"127.0.0.1:{port}"],
                                  **run)
    url = f"http://127.0.0.1:{port}"
    client = boto3.client("s3", region_name="us-east-1", endpoint_url=url, aws_access_key_id=access_key,
                          aws_secret_access_key=secret_key, config=Config(retries={"total_max_attempts": 1}))

    def answers():
        assert server.poll() is None, log.read_text()
        try:
            return client.list_buckets()
        except Exception:  # not there yet
            return None

    try:
        harness.eventually("MinIO answers", answers)
        yield url
    finally:
        server.kill()
        server.wait()
