#!/usr/bin/env bash
# Measures the hub beside iceoryx2, shmipc-go and a plain unix socket: builds the
# workers and runs the experiment rivals.
#
#   scripts/rivals.sh [flags of copytax run]   --profile standard if none are given
#   scripts/rivals.sh test                     builds, lints and tests the workers
#
# The libraries are heavy: they live in modules of their own under rivals/ and
# are fetched by go and cargo, in the versions of the lock files there. The arms
# of a worker that cannot be built here are listed by the run as unavailable.
#
#   RIVALS_TARGET   cargo's folder for what it builds (rivals/iceoryx2/target)
set -euo pipefail

cd "$(dirname "$0")/.."
target=${RIVALS_TARGET:-$PWD/rivals/iceoryx2/target}
shmipc=$PWD/rivals/bin/shmipc-worker
iceoryx2=$target/release/iceoryx2-worker

# Debian's compiler, as for everything else in Rust here.
cargo_in_rivals() {
	(cd rivals/iceoryx2 && PATH=/usr/bin:$PATH RUSTC=/usr/bin/rustc CARGO_TARGET_DIR=$target /usr/bin/cargo "$@")
}

check() {
	(cd rivals/shmipc && go mod tidy -diff && go vet ./... && go test ./...)
	cargo_in_rivals fmt --check
	cargo_in_rivals clippy --all-targets --locked --quiet -- -D warnings
	cargo_in_rivals test --locked --quiet
}

# A worker that cannot be built is not to be there: an old one would be measured.
build() {
	if ! (cd rivals/shmipc && go build -o "$shmipc" ./worker); then
		echo "rivals: no worker of shmipc-go: see above" >&2
		rm -f "$shmipc"
	fi
	if ! cargo_in_rivals build --release --locked --quiet; then
		echo "rivals: no worker of iceoryx2: see above" >&2
		rm -f "$iceoryx2"
	fi
}

if [[ ${1:-} == test ]]; then
	check
	exit
fi
[[ -x copytax ]] || { echo "rivals: no ./copytax: make build" >&2 && exit 1; }
build
[[ $# != 0 ]] || set -- --profile standard
exec ./copytax run --scenario rivals --shmipc "$shmipc" --iceoryx2 "$iceoryx2" "$@"
