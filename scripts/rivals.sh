#!/usr/bin/env bash
# Measures the hub beside iceoryx2, shmipc-go and a plain unix socket, and writes
# docs/rivals.md and results/rivals.json.
#
#   scripts/rivals.sh [ROUNDS] [flags of rivals/shmipc/driver]   10 rounds if not said
#   scripts/rivals.sh test                                       builds, lints and tests the workers
#
# The libraries are heavy: they live in modules of their own under rivals/ and
# are fetched by go and cargo, in the versions of the lock files there. A worker
# that cannot be built here becomes rows that say why.
#
#   RIVALS_TARGET   cargo's folder for what it builds (rivals/iceoryx2/target)
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
target=${RIVALS_TARGET:-$root/rivals/iceoryx2/target}
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT

# Debian's compiler, as for everything else in Rust here.
cargo_in_rivals() {
	(cd "$root/rivals/iceoryx2" && PATH=/usr/bin:$PATH RUSTC=/usr/bin/rustc CARGO_TARGET_DIR=$target /usr/bin/cargo "$@")
}

# A change that is not committed shows only if it bears on what is measured.
revision() {
	local commit
	commit=$(git -C "$root" rev-parse --short=12 HEAD 2>/dev/null) || commit=unknown
	[[ -z $(git -C "$root" status --porcelain -- zerocopy rivals 2>/dev/null) ]] || commit+=" with changes"
	echo "$commit"
}

last_error() { grep -m1 -E '^error|cannot|not found|No such file' "$1" || tail -n1 "$1"; }

check() {
	(cd "$root/rivals/shmipc" && go mod tidy -diff && go vet ./... && go test ./...)
	cargo_in_rivals fmt --check
	cargo_in_rivals clippy --all-targets --locked --quiet -- -D warnings
	cargo_in_rivals test --locked --quiet
}

measure() {
	local missing=() flags=(-rounds "$1" -commit "$(revision)")
	shift
	(cd "$root/rivals/shmipc" && go build -o "$bin/driver" ./driver)
	if (cd "$root/rivals/shmipc" && go build -o "$bin/shmipc-worker" ./worker) 2>"$bin/log"; then
		flags+=(-shmipc "$bin/shmipc-worker")
	else
		missing+=("shmipc-go: $(last_error "$bin/log")")
	fi
	if cargo_in_rivals build --release --locked 2>"$bin/log"; then
		flags+=(-iceoryx2 "$target/release/iceoryx2-worker" -rustc "$(/usr/bin/rustc --version)")
	else
		missing+=("iceoryx2: $(last_error "$bin/log")")
	fi
	for why in "${missing[@]}"; do echo "rivals: not built: $why" >&2; done
	if [[ ${#missing[@]} != 0 ]]; then
		flags+=(-missing "not built: $(printf '%s; ' "${missing[@]}")")
	fi
	"$bin/driver" "${flags[@]}" -json "$root/results/rivals.json" -table "$root/docs/rivals.md" "$@"
	echo "rivals: wrote docs/rivals.md and results/rivals.json" >&2
}

case ${1:-} in
test) check ;;
'' | -*) measure 10 "$@" ;;
*[!0-9]*)
	echo "usage: scripts/rivals.sh [ROUNDS] [flags] | test" >&2
	exit 2
	;;
*) measure "$@" ;;
esac
