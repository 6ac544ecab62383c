#!/usr/bin/env bash
# Makes a published run anew: a standard run and its report replace those of the
# same name. The old ones go only when the new run is whole and verified.
#
#   scripts/reference.sh            every transport; the README's table follows
#   scripts/reference.sh hub        the gauges of the hub
#   scripts/reference.sh physics    the physics alone (after make workers)
#   scripts/reference.sh rivals     the hub beside other libraries (after scripts/rivals.sh build)
#   scripts/reference.sh tab        a browser's tab, in lock-step
#   scripts/reference.sh screen     a tab that draws, at 60 and 120 Hz
set -euo pipefail
cd "$(dirname "$0")/.."

name=${1:-reference}
case $name in
reference) what=(--all --placement go) ;;
tab) what=(--transport 'sab:*,transfer,clone,post+*' --placement tab) ;;
screen) what=(--transport sab:park,post+json --placement tab --display canvas --pace 60hz,120hz --boids 10k --blocks 3) ;;
hub | physics | rivals) what=(--scenario "$name") ;;
*)
	echo "usage: scripts/reference.sh [reference|hub|physics|rivals|tab|screen]" >&2
	exit 2
	;;
esac
new=results/$name.new
if [[ -e $new ]]; then
	echo "reference: $new is left from an earlier attempt: continue it with" >&2
	echo "    ./copytax run --resume $new    or remove it" >&2
	exit 1
fi
./copytax doctor
./copytax run "${what[@]}" --profile standard --out "$new"
./copytax verify "$new"
rm -rf "results/$name" "reports/$name" "reports/$name.new"
mv "$new" "results/$name"
./copytax report "results/$name"
./copytax verify "results/$name"
[[ $name != reference ]] || scripts/readme.sh
echo "reference: look at every picture in reports/$name, then commit results/$name and reports/$name (and README.md if it changed)"
