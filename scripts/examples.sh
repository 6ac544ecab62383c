#!/usr/bin/env bash
# Writes the modules in examples/ from the templates of `copytax new`, or with --check
# fails where one of them is not what a template gives.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$PWD/examples
if [[ ${1:-} == --check ]]; then
	mkdir -p .examples # beside the real ones: go.mod holds the relative folder of the checkout
	out=$PWD/.examples
fi
program=$(mktemp -d)
trap 'rm -rf "$program" .examples' EXIT
go build -buildvcs=false -o "$program/copytax" ./cmd/copytax
for example in 'codec cbor' 'carrier pipe' 'transport rawpipe' 'experiment lateness'; do
	read -r kind name <<<"$example"
	rm -rf "${out:?}/$name"
	"$program/copytax" new "$kind" "$name" --dir "$(basename "$out")/$name" --source . >/dev/null
done
if [[ ${1:-} == --check ]]; then
	diff -r examples .examples || {
		echo "examples: not current; scripts/examples.sh writes them" >&2
		exit 1
	}
fi
