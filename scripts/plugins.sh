#!/usr/bin/env bash
# Builds a copytax with the modules of examples/ as a user of another module would, runs
# what they add for a few ticks, and looks for each with its sum in list, manifest, table
# and figures. Then it builds what must not be built. Everything is in a folder that is
# removed.
#
#   scripts/plugins.sh [COPYTAX]   the program to build with; built from here without one
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

copytax=${1:-$dir/copytax}
[[ -n ${1:-} ]] || go build -buildvcs=false -o "$copytax" ./cmd/copytax
copytax=$(realpath "$copytax")
cd "$dir"

die() {
	echo "plugins: $*" >&2
	exit 1
}

with=()
for example in cbor pipe lateness; do
	with+=(--with "example.com/$example@v0.1.0=$root/examples/$example")
done
"$copytax" build --source "$root" "${with[@]}" -o mine
"$copytax" build --source "$root" "${with[@]}" -o again --keep mine.build --no-check
cmp mine again || die "a second build from the folder that was kept gives another program"

./mine run --transport pipe+cbor,direct --boids 100 --blocks 2 --out results/carried >/dev/null
./mine run --scenario lateness --blocks 1 --out results/late >/dev/null

# Each module and its sum must stand wherever something of it is shown.
sum_of() { ./mine version | awk -v module="example.com/$1" '$2 == module { print $4 }'; }
for example in cbor pipe lateness; do
	sum=$(sum_of "$example")
	[[ $sum == h1:* ]] || die "version tells no sum of $example: $sum"
	run=carried figures='taxes-100 phases-100 latency-100'
	[[ $example != lateness ]] || run=late figures=lateness
	grep -qF "example.com/$example v0.1.0 $sum" <<<"$(./mine list)" || die "list does not say what is of $example"
	grep -qF "example.com/$example v0.1.0 $sum" "results/$run/manifest.json" || die "the manifest of $run does not name $example"
	grep -qF "$sum" <<<"$(./mine show "$run")" || die "the table of $run does not name $example"
	for figure in $figures; do
		# The picture breaks lines between words, which the sum is one of.
		grep -qF "$sum" "reports/$run/$figure.svg" || die "$figure.svg does not name $example"
		grep -qF "$sum" <<<"$(./mine show "$run" --figure "$figure" --json)" || die "the caption of $figure does not name $example"
	done
done

# A program without the plugins still verifies the run, and draws the same report.
"$copytax" verify results/carried >/dev/null
"$copytax" verify results/late >/dev/null
"$copytax" report results/carried --out without >/dev/null
diff -r without reports/carried || die "the report of carried needs its plugins"
said=$("$copytax" report results/late --out late 2>&1) && die "reported on an experiment that is not there"
[[ $said == *"the run has it from example.com/lateness v0.1.0 $(sum_of lateness)"* ]] || die "report on late says '$said'"

# What new writes works under any name, as it lies there and built in.
with=()
for kind in carrier codec experiment transport; do
	said=$("$copytax" new "$kind" "my$kind" --source "$root")
	[[ $said == *"copytax build --source $root --with example.com/my$kind=my$kind"* ]] || die "new $kind says '$said'"
	(cd "my$kind" && GOWORK=off go test -count 1 . >/dev/null) || die "what new $kind writes fails its test"
	with+=(--with "example.com/my$kind=my$kind")
done
"$copytax" build --source "$root" "${with[@]}" -o my --no-check
for name in mycarrier+mycodec myexperiment mytransport; do
	grep -qF "$name" <<<"$(./my list)" || die "list does not have $name"
done

# refused WANT ARGUMENT... wants build to fail, with one line, and to leave no program.
refused() {
	local want=$1 said
	shift
	if said=$("$copytax" build --source "$root" -o refused "$@" 2>&1); then
		die "built with $*"
	fi
	[[ $said == *"$want"* && $(wc -l <<<"$said") == 1 ]] || die "build with $* says '$said', want '$want' in one line"
	[[ ! -e refused && ! -e refused.build ]] || die "build with $* left something behind"
}

# plugin NAME IMPORT CATALOGUE writes a plugin.
plugin() {
	mkdir "$1"
	printf 'module example.com/%s\n\ngo 1.26.0\n' "$1" >"$1/go.mod"
	printf 'package %s\n\nimport (\n\t"github.com/copytax/copytax/experiment"\n\t%s\n)\n\nfunc Plugin() experiment.Catalogue { return experiment.Catalogue{%s} }\n' "$1" "$2" "$3" >"$1/$1.go"
}

plugin clash '"github.com/copytax/copytax"' 'Codecs: []copytax.Format{{Name: "raw"}}'
refused 'codec "raw" is of github.com/copytax/copytax and of example.com/clash' --with example.com/clash=clash

plugin moves '_ "golang.org/x/mod/semver"' ''
have=$(awk '$1 == "golang.org/x/mod" { print $2 }' "$root/go.mod")
printf '\nrequire golang.org/x/mod v0.42.0\n' >>moves/go.mod
refused "example.com/moves moves golang.org/x/mod from $have to v0.42.0 (--allow golang.org/x/mod@v0.42.0)" --with example.com/moves=moves

plugin broken '"github.com/copytax/copytax"' 'Codecs: []copytax.Format{{Name: "none", Summary: "nothing"}}'
refused 'conformance: none format: a format needs' --with example.com/broken=broken

mkdir nothing && printf 'module example.com/nothing\n\ngo 1.26.0\n' >nothing/go.mod && echo 'package nothing' >nothing/nothing.go
refused 'example.com/nothing is no plugin: its root package needs func Plugin() experiment.Catalogue' --with example.com/nothing=nothing

echo "plugins: examples/ build, conform, and are named with their sums; what cannot be built is refused"
