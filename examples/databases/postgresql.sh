#!/usr/bin/env bash
# A sealed bytea column in PostgreSQL: seal what is there, read it, and move it to another KMS key.
# Needs psql with its usual PG* variables, strongroom in the PATH, the AWS environment of `strongroom env`, and the keys in
# KEY_ID and NEW_KEY_ID.
set -euo pipefail

bound=(--table notes --column body --tenant acme)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
run() { psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 "$@"; }
rows() { run --tuples-only --no-align --field-separator=$'\t' --command "$1"; }

run <<'SQL'
create table notes (id bigint generated always as identity primary key, body bytea not null);
insert into notes (body) select convert_to('note ' || n, 'UTF8') from generate_series(1, 500) as n;
SQL

# Seal: values leave the table as they are and come back sealed, in one transaction.
rows "select id, encode(body, 'hex') from notes order by id" |
    strongroom column seal "${bound[@]}" --key-id "$KEY_ID" > "$work/sealed"
run <<SQL
begin;
create temporary table sealed (id bigint primary key, value text not null) on commit drop;
\\copy sealed from '$work/sealed'
update notes set body = decode(sealed.value, 'hex') from sealed where notes.id = sealed.id;
commit;
SQL

# Read.
rows "select id, encode(body, 'hex') from notes where id between 10 and 12 order by id" |
    strongroom column open "${bound[@]}" |
    while IFS=$'\t' read -r id value; do printf '%s: %b\n' "$id" "$(sed 's/../\\x&/g' <<< "$value")"; done

# New key. A row that somebody changed meanwhile keeps its value and comes up in the next round.
rows "select id, encode(body, 'hex') from notes order by id" |
    strongroom column reseal "${bound[@]}" --key-id "$NEW_KEY_ID" > "$work/renewed"
run <<SQL
begin;
create temporary table renewed (id bigint primary key, old text not null, new text not null) on commit drop;
\\copy renewed from '$work/renewed'
update notes set body = decode(renewed.new, 'hex') from renewed
    where notes.id = renewed.id and notes.body = decode(renewed.old, 'hex');
commit;
SQL
rows "select id, encode(body, 'hex') from notes order by id" | strongroom column open "${bound[@]}" | wc -l |
    sed 's/^ *\(.*\)/\1 notes are as they were/'
run --command "vacuum full notes"  # what was deleted is still in the file until then
