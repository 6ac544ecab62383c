#!/usr/bin/env bash
# Makes the published run anew: a standard run and its report replace
# results/reference and reports/reference, and the README's table follows.
# The old ones go only when the new run is whole and verified.
set -euo pipefail
cd "$(dirname "$0")/.."

new=results/reference.new
if [[ -e $new ]]; then
	echo "reference: $new is left from an earlier attempt: continue it with" >&2
	echo "    ./copytax run --resume $new    or remove it" >&2
	exit 1
fi
./copytax doctor
./copytax run --all --profile standard --out "$new"
./copytax verify "$new"
rm -rf results/reference reports/reference reports/reference.new
mv "$new" results/reference
./copytax report results/reference
./copytax verify results/reference
scripts/readme.sh
echo "reference: look at every picture in reports/reference, then commit results/reference, reports/reference and README.md"
