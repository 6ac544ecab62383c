#!/usr/bin/env bash
# Builds and checks the module for every system that it is written for, and then reads
# published runs on one that is not Linux: WASI, in wazero, which the module links
# anyway. There a verb that reads must say what it says here, and one that measures
# must refuse in one line.
#
#   scripts/portable.sh
#
# Where reports are compared their numbers are left out: processors, not systems, differ
# in the last digits of exponentials, on which intervals rest.
set -euo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}
# What others build on: the vocabularies, the layout, the codecs and the workload, whose
# tests need a host that WASI has not.
tested=(. ./experiment/... ./zerocopy ./transports/codec/...)
vocabulary=("${tested[@]}" ./scenarios/flock)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

fail() {
	echo "portable.sh: $*" >&2
	exit 1
}

# there runs the program on WASI. It sees this folder, which is the root of its files,
# and $out as /out. Its output must be a file: to a pipe it takes minutes.
there() {
	timeout 300 "$out/bin/wazero" run -cachedir "$out/wazero" -mount "$PWD:/:ro" -mount "$out:/out" "$out/copytax.wasm" "$@" \
		</dev/null >"$out/stdout" 2>"$out/stderr"
}

# same has a verb say the same here and there.
same() {
	there "$@" || fail "$*: $(<"$out/stderr")"
	"$out/here" "$@" >"$out/expected"
	cmp "$out/expected" "$out/stdout" || fail "$*: says something else"
}

# refuses has a verb say in one line that it takes Linux.
refuses() {
	local status=0
	there "$@" || status=$?
	[[ $status == 1 && ! -s $out/stdout && $(<"$out/stderr") == "copytax: measures on Linux only"* && $(wc -l <"$out/stderr") == 1 ]] ||
		fail "$*: status $status, and: $(<"$out/stderr")"
}

numberless() { sed -E 's/-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?/N/g' "$1"; }

# draws has a report drawn there be that of this folder, but for its numbers.
draws() {
	there report "results/$1" --out "/out/$1" || fail "report $1: $(<"$out/stderr")"
	diff <(ls "reports/$1") <(ls "$out/$1") || fail "report $1: has other files"
	local text
	for text in $(ls "reports/$1" | grep -v "\.png$"); do
		diff <(numberless "reports/$1/$text") <(numberless "$out/$1/$text") >&2 || fail "report $1: another $text"
	done
}

for target in linux/arm64 darwin/arm64 darwin/amd64 windows/amd64; do
	echo "portable.sh: $target: everything, tests included"
	GOOS=${target%/*} GOARCH=${target#*/} "$go" vet ./...
	GOOS=${target%/*} GOARCH=${target#*/} "$go" build ./...
done
for system in js wasip1; do
	echo "portable.sh: $system/wasm: the vocabulary"
	GOOS=$system GOARCH=wasm "$go" build "${vocabulary[@]}"
done

echo "portable.sh: wasip1/wasm: the tests of the vocabulary, in wazero"
"$go" build -buildvcs=false -o "$out/bin/wazero" github.com/tetratelabs/wazero/cmd/wazero
# The go command finds in lib/wasm how to run such tests; what is compiled stays in $out.
PATH=$out/bin:$("$go" env GOROOT)/lib/wasm:$PATH TMPDIR=$out GOWASIRUNTIME=wazero GOOS=wasip1 GOARCH=wasm \
	"$go" test -short "${tested[@]}"

echo "portable.sh: wasip1/wasm: the program, in wazero"
"$go" build -buildvcs=false -o "$out/here" ./cmd/copytax
GOOS=wasip1 GOARCH=wasm "$go" build -buildvcs=false -o "$out/copytax.wasm" ./cmd/copytax
for run in rivals physics; do
	same verify "results/$run"
	same export "results/$run"
	draws "$run"
done
same list
there show results/physics || fail "show: $(<"$out/stderr")"
there version || fail "version: $(<"$out/stderr")"
for verb in 'run --all' doctor 'watch @flock' 'role kernel' 'worker fanout-writer'; do
	read -ra words <<<"$verb"
	refuses "${words[@]}"
done
echo "portable.sh: all passed"
