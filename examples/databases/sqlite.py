"""A sealed BLOB column in SQLite: seal what is there, read it, and move it to another KMS key.

Needs `strongroom` in the PATH, the AWS environment of `strongroom env`, and the keys in KEY_ID and NEW_KEY_ID.
"""

import os
import sqlite3
import subprocess

BOUND = ["--table", "notes", "--column", "body", "--tenant", "acme"]


def column(how, rows, *more):
    """Rows of (id, bytes, ...) through the filter: one process and one data key for all of them."""
    lines = "".join(f"{row}\t{bytes(value).hex()}\n" for row, value in rows)
    done = subprocess.run(["strongroom", "column", how, *BOUND, *more], input=lines, stdout=subprocess.PIPE, text=True, check=True)
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
