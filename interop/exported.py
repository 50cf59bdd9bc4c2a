"""Exports of the audit log, read without the service: the log's lines made again of manifests and files (docs/sinks.md)."""

import bisect
import gzip
import hashlib
import json
from pathlib import Path

MANIFESTS = "Strongroom-Manifests"


def lines_of_folder(folder):
    """The log's lines in their order, one manifest in memory at a time. Manifests that do not follow each other are an error."""
    before = None
    for path in sorted((Path(folder) / MANIFESTS).glob("*.json")):
        manifest = json.loads(path.read_text())
        assert before is None or manifest["first"] > before, f"{path.name} has what the one before has, {before}"
        before = manifest["last"]
        yield from lines_of_export([manifest], lambda name: (Path(folder) / name).read_bytes())


def lines_of_export(manifests, read) -> list:
    """The log's lines, made again of manifests and files, whose hashes are checked."""
    lines = {}
    for manifest in manifests:
        assert manifest["version"] == 1
        for line in manifest["lines"]:
            lines[json.loads(line)["sequence"]] = line
        for file in manifest["files"]:
            content = read(file["name"])
            text = gzip.decompress(content)
            assert hashlib.sha256(content).hexdigest() == file["sha256"] and len(content) == file["bytes"]
            assert hashlib.sha256(text).hexdigest() == file["content_sha256"]
            of_file = [n for first, last in file["numbers"] for n in range(first, last + 1)]
            records = raw_records(text.decode())
            assert len(records) == len(of_file) == file["records"]
            for number, record in zip(of_file, records):
                around = manifest["around"][bisect.bisect_left(manifest["around"], number, key=lambda one: one["last"])]
                assert around["first"] <= number
                lines[number] = f'{{"sequence":{number}{around["head"]}{record}{around["tail"]}'
    return [lines[number] for number in sorted(lines)]


def raw_records(text: str) -> list:
    """The records of a CloudTrail log file as they are written."""
    start, end, decoder, found = '{"Records":[', "]}", json.JSONDecoder(), []
    assert text.startswith(start) and text.endswith(end)
    at = len(start)
    while at < len(text) - len(end):
        _, after = decoder.raw_decode(text, at)
        found.append(text[at:after])
        at = after + 1
    return found
