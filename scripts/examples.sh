#!/usr/bin/env bash
# Writes the modules in examples/ from the templates of `copytax new`. A test of package
# app holds them to these.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$(mktemp -d)
trap 'rm -rf "$program"' EXIT
go build -buildvcs=false -o "$program/copytax" ./cmd/copytax
for example in 'codec cbor' 'carrier pipe' 'transport rawpipe' 'experiment lateness'; do
	read -r kind name <<<"$example"
	rm -rf "examples/${name:?}"
	"$program/copytax" new "$kind" "$name" --dir "examples/$name" --source . >/dev/null
done
