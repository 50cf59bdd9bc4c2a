#!/usr/bin/env bash
# Fetches Amazon's third S3 encryption client for Ruby out of Debian's unstable release, unpacks it into a folder of its own
# (nothing is installed), and runs test_s3_ruby_v3.py with it. Ruby itself is the machine's. A part of `cargo xtask soak`, for
# an unstable release has no versions to pin. The log names the version that came.
# Usage: interop/ruby_v3.sh BINARY   (as root or not; apt's lists are its own)
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
packages=(ruby-aws-eventstream ruby-aws-partitions ruby-aws-sdk-core ruby-aws-sdk-kms ruby-aws-sdk-s3 ruby-aws-sigv4
    ruby-base64 ruby-jmespath)

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial" "$folder/debs"
# The mirror that the machine uses, whichever it is.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | sed -n 1p)
[ -n "$mirror" ] || { echo "ruby_v3: no Debian mirror among apt's sources (apt-get update?)" >&2; exit 2; }
printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s sid main\n' "$mirror" > "$folder/sid.list"
apt() {
    apt-get -qq -o Dir::Etc::SourceList="$folder/sid.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$folder/lists" -o Dir::Cache="$folder/cache" -o APT::Sandbox::User= "$@"
}
apt update
(cd "$folder/debs" && apt download "${packages[@]}")
for package in "$folder"/debs/*.deb; do
    dpkg-deb -x "$package" "$folder/unpacked"
done
dpkg-deb -f "$folder"/debs/ruby-aws-sdk-s3_*.deb Package Version
STRONGROOM_RUBYLIB=$(printf '%s:' "$folder"/unpacked/usr/share/rubygems-integration/all/gems/*/lib)
export STRONGROOM_RUBYLIB
STRONGROOM_KILLS=0 STRONGROOM_FAULTS=0 "$here/run.sh" "$1" -k test_s3_ruby_v3
