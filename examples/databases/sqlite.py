"""A sealed BLOB column in SQLite: seal what is there, read it, and move it to another KMS key; and one sealed the strict way.

Needs `strongroom` in the PATH, the AWS environment of `strongroom env`, and the keys in KEY_ID and NEW_KEY_ID.
"""

import os
import sqlite3
import subprocess

BOUND = ["--table", "notes", "--column", "body", "--tenant", "acme"]
STRICT = ["--table", "patients", "--column", "diagnosis", "--tenant", "acme", "--bind-row"]


def column(how, rows, *more, bound=BOUND):
    """Rows of (id, bytes, ...) through the filter: one process for all of them, and but for --bind-row one data key."""
    lines = "".join(f"{row}\t{bytes(value).hex()}\n" for row, value in rows)
    done = subprocess.run(["strongroom", "column", how, *bound, *more], input=lines, stdout=subprocess.PIPE, text=True, check=True)
    for line in done.stdout.splitlines():
        row, *values = line.split("\t")
        yield int(row), *map(bytes.fromhex, values)


database = sqlite3.connect(os.environ.get("DATABASE", "notes.db"))
database.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")
database.executemany("INSERT INTO notes (body) VALUES (?)", [(f"note {n}".encode(),) for n in range(500)])

# Seal: values leave the table as they are and come back sealed.
with database:
    plain = database.execute("SELECT id, body FROM notes").fetchall()
    sealed = column("seal", plain, "--key-id", os.environ["KEY_ID"])
    database.executemany("UPDATE notes SET body = ? WHERE id = ?", [(value, row) for row, value in sealed])

# Read: a page of rows at a time.
page = database.execute("SELECT id, body FROM notes WHERE id BETWEEN 10 AND 12").fetchall()
print([value.decode() for _, value in column("open", page)])

# The strict way: the row is bound by the encryption context. Each value has a call to KMS, and each read is a line in its audit
# log that names the row.
database.execute("CREATE TABLE patients (id INTEGER PRIMARY KEY, diagnosis BLOB NOT NULL)")
diagnoses = [(7, b"a cold"), (8, b"none")]
with database:
    sealed = column("seal", diagnoses, "--key-id", os.environ["KEY_ID"], bound=STRICT)
    database.executemany("INSERT INTO patients (id, diagnosis) VALUES (?, ?)", sealed)
patients = database.execute("SELECT id, diagnosis FROM patients ORDER BY id").fetchall()
assert list(column("open", patients, bound=STRICT)) == diagnoses
try:  # a value in another row: KMS gives no data key for it
    list(column("open", [(7, patients[1][1])], bound=STRICT))
except subprocess.CalledProcessError as refused:
    assert not refused.stdout
else:
    raise AssertionError("a value opened in another row")

# New key: in pages of the primary key. A row that somebody changed meanwhile keeps its value and comes up again.
last = 0
while page := database.execute("SELECT id, body FROM notes WHERE id > ? ORDER BY id LIMIT 200", (last,)).fetchall():
    with database:
        renewed = column("reseal", page, "--key-id", os.environ["NEW_KEY_ID"])
        database.executemany("UPDATE notes SET body = ? WHERE id = ? AND body = ?", [(new, row, old) for row, old, new in renewed])
    last = page[-1][0]
everything = database.execute("SELECT id, body FROM notes").fetchall()
print(sum(value == f"note {row - 1}".encode() for row, value in column("open", everything)), "notes are as they were")
database.execute("VACUUM")  # what was deleted is still in the file until then
