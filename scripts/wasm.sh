#!/bin/sh
# Builds the WebAssembly modules from rust/ with Debian's own compiler: flock, the
# engine's; flock-scalar, the same without vectors, for comparison only; flock-low,
# the same for a memory that is also that of a module which Go has linked.
#
#   scripts/wasm.sh             build, and replace scenarios/flock/wasmhost/flock*.wasm and their stamps
#   scripts/wasm.sh --check     build, and fail when a committed module is not current
#   scripts/wasm.sh --to FILE   build flock only, to FILE
#
# Needs the Debian packages rustc-web cargo-web rust-web-src lld-19. A compiler
# managed by rustup is not used: it can neither build core for this target on a
# stable channel nor give the bytes that Debian's gives.
set -eu

cd "$(dirname "$0")/.."
root=$PWD
folder=scenarios/flock/wasmhost
cargo=${COPYTAX_CARGO:-/usr/bin/cargo}
rustc=${COPYTAX_RUSTC:-/usr/bin/rustc}
linker=${COPYTAX_WASM_LD:-/usr/bin/wasm-ld-19}

fail() {
	echo "wasm.sh: $*" >&2
	exit 1
}

for tool in "$cargo" "$rustc" "$linker"; do
	[ -x "$tool" ] || fail "$tool is missing: apt-get install rustc-web cargo-web rust-web-src lld-19"
done
[ -d "$("$rustc" --print sysroot)/lib/rustlib/src/rust/library/core" ] ||
	fail "the sources of core are missing: apt-get install rust-web-src"

# One hash over everything that decides what the module is: the crates, the
# lock file and this script, each by name and content.
sources() {
	find rust/Cargo.toml rust/Cargo.lock rust/flock/Cargo.toml rust/flock/src \
		rust/flock-wasm/Cargo.toml rust/flock-wasm/src scripts/wasm.sh -type f |
		LC_ALL=C sort | xargs sha256sum | sha256sum | cut -d' ' -f1
}

# build NAME OUT: the module to OUT. Paths are remapped so that they do not reach
# the module, and the target folder is fresh so that nothing old does.
#
# The scalar module has no vectors at all, so that LLVM cannot bring them back by
# itself. Every instance on one memory needs a stack of its own, hence the export.
#
# What a module keeps as data lies behind its stack. That of flock-low has 4 KiB, so that
# its data is where Go's linker leaves 8 KiB to the arguments that the script of js/wasm
# writes and that of WASI does not. The host gives it a stack of the usual size elsewhere.
build() {
	vectors=+simd128, features= lints= stack=65536
	case $1 in
	flock-scalar) vectors= features='--features scalar' lints=-Adead_code ;; # what only vectors use
	flock-low) stack=4096 ;;
	esac
	target=$(mktemp -d)
	trap 'rm -rf "$target"' EXIT
	flags="-Clinker=$linker -Clinker-flavor=wasm-ld"
	flags="$flags -Ctarget-feature=$vectors+atomics,+bulk-memory,+mutable-globals"
	flags="$flags $lints -Zunstable-options -Cpanic=immediate-abort"
	# Strength reduction moves a base pointer into the middle of what it points to,
	# and every access below and above it then costs wazero a bounds check.
	flags="$flags -Cllvm-args=-disable-lsr"
	flags="$flags --remap-path-prefix=$root=/copytax --remap-path-prefix=$target=/target"
	flags="$flags -Clink-arg=--shared-memory -Clink-arg=--import-memory -Clink-arg=--max-memory=4294967296"
	flags="$flags -Clink-arg=--no-entry -Clink-arg=--stack-first -Clink-arg=-zstack-size=$stack"
	flags="$flags -Clink-arg=--export=__heap_base -Clink-arg=--export=__stack_pointer ${COPYTAX_WASM_FLAGS:-}"
	(
		cd rust
		# rustup's cargo and rustc must not be found by Debian's cargo.
		PATH=/usr/bin:/bin RUSTC=$rustc RUSTC_BOOTSTRAP=1 RUSTFLAGS=$flags CARGO_TARGET_DIR=$target \
			CARGO_INCREMENTAL=0 "$cargo" build --quiet --release --locked -p flock-wasm \
			-Zbuild-std=core --target wasm32-unknown-unknown $features ${COPYTAX_WASM_FEATURES:-}
	)
	install -m 644 "$target/wasm32-unknown-unknown/release/flock_wasm.wasm" "$2"
	rm -rf "$target"
}

# replace NAME: the committed module and its stamp by what the sources build to.
replace() {
	module=$folder/$1.wasm
	build "$1" "$module"
	printf '{\n  "sources": "%s",\n  "rustc": "%s",\n  "module": "%s"\n}\n' \
		"$(sources)" "$compiler" "$(sha256sum <"$module" | cut -d' ' -f1)" >"$module.json"
	echo "$module: $(wc -c <"$module") bytes"
}

# check NAME: fails unless the committed module is what the sources build to.
check() {
	module=$folder/$1.wasm
	field() { sed -n "s/.*\"$1\": \"\(.*\)\".*/\1/p" "$module.json"; }
	[ "$(field sources)" = "$(sources)" ] ||
		fail "$module was built from other sources: run scripts/wasm.sh"
	[ "$(field module)" = "$(sha256sum <"$module" | cut -d' ' -f1)" ] ||
		fail "$module is not the file that its stamp names: run scripts/wasm.sh"
	rebuilt=$(mktemp)
	build "$1" "$rebuilt"
	if [ "$(field rustc)" != "$compiler" ]; then
		echo "wasm.sh: built with $(field rustc), here is $compiler: the bytes are not compared" >&2
	elif ! cmp -s "$rebuilt" "$module"; then
		rm -f "$rebuilt"
		fail "$module differs from what its sources build to: run scripts/wasm.sh"
	fi
	rm -f "$rebuilt"
	echo "$module is current"
}

compiler=$("$rustc" --version)
case ${1-} in
'')
	replace flock
	replace flock-scalar
	replace flock-low
	;;
--to)
	build flock "${2:?--to needs a file}"
	;;
--check)
	check flock
	check flock-scalar
	check flock-low
	;;
*)
	fail "unknown argument $1: want nothing, --check or --to FILE"
	;;
esac
