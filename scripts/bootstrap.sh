#!/usr/bin/env bash
# Installs what `make run` or `make test` needs and this machine lacks.
#
#   scripts/bootstrap.sh run    Go is all it takes; certificates to fetch modules
#   scripts/bootstrap.sh test   also the Rust toolchain and the code generators
#
# It looks before it acts: on a machine that has everything it changes nothing
# and needs no privileges. Packages come from Debian by apt.
set -euo pipefail

die() {
	echo "bootstrap: $*" >&2
	exit 1
}

# Since Go 1.21 an older go command fetches the version that go.mod names.
check_go() {
	command -v go >/dev/null || die "go not found in PATH: install Go 1.21 or newer from https://go.dev/dl/ first"
	local version minor
	version=$(GOTOOLCHAIN=local go env GOVERSION)
	minor=${version#go1.}
	minor=${minor%%[!0-9]*}
	if [[ $version == go1.* && ${minor:-0} -lt 21 ]]; then
		die "$(command -v go) is $version: this needs Go 1.21 or newer, which fetches what go.mod asks for by itself"
	fi
}

# Each line is a file and the Debian package that brings it.
needed_to_run() {
	echo /etc/ssl/certs/ca-certificates.crt ca-certificates
}

needed_to_test() {
	needed_to_run
	cat <<-'LIST'
		/usr/bin/git git
		/usr/bin/gcc gcc
		/usr/include/stdio.h libc6-dev
		/usr/bin/rustc rustc-web
		/usr/bin/cargo cargo-web
		/usr/bin/rustfmt rustfmt-web
		/usr/bin/clippy-driver rust-web-clippy
		/usr/lib/rustlib/src/rust/library/core rust-web-src
		/usr/bin/wasm-ld-19 lld-19
		/usr/bin/flatc flatbuffers-compiler
		/usr/bin/protoc protobuf-compiler
		/usr/bin/node nodejs
		/usr/bin/npm npm
		/usr/bin/python3 python3
		/usr/bin/aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
		/usr/bin/aarch64-linux-gnu-objdump binutils-aarch64-linux-gnu
		/usr/bin/chromium-headless-shell chromium-headless-shell
		/usr/aarch64-linux-gnu/include/stdio.h libc6-dev-arm64-cross
		/usr/bin/qemu-aarch64-static qemu-user-static
	LIST
}

missing() {
	local file package
	while read -r file package; do
		[[ -e $file ]] || echo "$package"
	done
}

install() {
	command -v apt-get >/dev/null ||
		die "missing: $*. This is no Debian: install their like by hand, see CONTRIBUTING.md"
	local sudo=()
	if [[ $(id -u) != 0 ]]; then
		command -v sudo >/dev/null ||
			die "missing: $*. Neither root nor sudo here; ask root for: apt-get install $*"
		sudo=(sudo)
	fi
	echo "bootstrap: installing $*"
	"${sudo[@]}" apt-get update -q </dev/null
	"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
		apt-get install -q -y --no-install-recommends "$@" </dev/null
}

check_go
case ${1:-} in
run) packages=$(needed_to_run | missing) ;;
test) packages=$(needed_to_test | missing) ;;
*)
	echo "usage: scripts/bootstrap.sh run|test" >&2
	exit 2
	;;
esac
if [[ -n $packages ]]; then
	# shellcheck disable=SC2086 # one word a package
	install $packages
fi
