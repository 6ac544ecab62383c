#!/usr/bin/env bash
# Cross-compiles the tests of the physics for aarch64 and runs them in an
# emulator, so that machines without NEON hold the NEON back end to the golden
# chains. Fails too where the compiler fused a multiplication and an addition or
# estimated a root or a quotient: those round differently from all other machines.
#
#   scripts/neon.sh
#
# What it builds stays in rust/target/neon. The first run compiles the standard
# library as well: Debian has it for aarch64 only as a foreign architecture.
set -euo pipefail
cd "$(dirname "$0")/../rust"
target=aarch64-unknown-linux-gnu
cross=/usr/bin/aarch64-linux-gnu
# Of the standard library only what is inlined here has to be fast.
what=(--release --locked -p flock --lib --test golden --target "$target"
	-Zbuild-std=std,panic_unwind,test --config 'profile.release.package."*".opt-level=0')
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

fail() {
	echo "neon.sh: $*" >&2
	exit 1
}

# Each line is a file and the Debian package that brings it.
missing() {
	local file package
	while read -r file package; do
		[[ -e $file ]] || echo -n " $package"
	done <<-LIST
		/usr/bin/rustc rustc-web
		/usr/bin/cargo cargo-web
		/usr/bin/clippy-driver rust-web-clippy
		/usr/lib/rustlib/src/rust/library/core rust-web-src
		$cross-gcc gcc-aarch64-linux-gnu
		$cross-objdump binutils-aarch64-linux-gnu
		/usr/aarch64-linux-gnu/include/stdio.h libc6-dev-arm64-cross
		/usr/bin/qemu-aarch64-static qemu-user-static
	LIST
}

# Debian's cargo ARGUMENT..., for the target. The profile is that of what ships,
# except that tests unwind, that the harness is not optimised as a whole, which
# takes long, and that the disassembly gets its symbols.
cargo() {
	env PATH=/usr/bin:/bin CARGO=/usr/bin/cargo RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 RUSTFLAGS= \
		CARGO_INCREMENTAL=0 CARGO_TARGET_DIR=target/neon CARGO_TERM_COLOR=never \
		CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER="$cross-gcc" \
		CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64-static -L /usr/aarch64-linux-gnu" \
		CARGO_PROFILE_RELEASE_PANIC=unwind CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_STRIP=none \
		"$@"
}

# The instructions of FILE that round once for two operations, or estimate.
inexact() {
	"$cross-objdump" -d --no-show-raw-insn "$1" >"$temporary/listing"
	grep -E '[[:space:]](fn?m(add|sub)|b?fml[as]l?[2bt]?|fcmla|fr(ecp|sqrt)[esx])[[:space:]]' "$temporary/listing" || true
}

# A search that finds nothing proves nothing unless it can find something.
check_search() {
	local code=(
		'fmadd s0,s1,s2,s3' 'fmsub s0,s1,s2,s3' 'fnmadd s0,s1,s2,s3' 'fnmsub s0,s1,s2,s3'
		'fmla v0.4s,v1.4s,v2.4s' 'fmls v0.4s,v1.4s,v2.4s' 'fmla v0.4s,v1.4s,v2.s[1]'
		'frecpe v0.4s,v1.4s' 'frecps v0.4s,v1.4s,v2.4s' 'frsqrte s0,s1' 'frsqrts s0,s1,s2'
	)
	printf '%s\n' "${code[@]}" | "$cross-as" -o "$temporary/control.o" -
	local found
	found=$(inexact "$temporary/control.o" | wc -l)
	[[ $found == "${#code[@]}" ]] || fail "the search finds $found of ${#code[@]} inexact instructions"
}

check_code() {
	local found
	found=$(inexact "$1")
	[[ -z $found ]] || fail "$1 has instructions that round as no other machine does:"$'\n'"$found"
	for instruction in fmul fadd fsub fdiv fsqrt; do
		grep -qE "[[:space:]]$instruction[[:space:]]+v[0-9]+\.4s" "$temporary/listing" ||
			fail "$1 has no $instruction of four lanes: is this the NEON back end?"
	done
}

absent=$(missing)
[[ -z $absent ]] || fail "missing: apt-get install$absent"
check_search
cargo /usr/bin/cargo test "${what[@]}" 2>&1 | tee "$temporary/log"
for test in scalar neon; do
	grep -q "^test ${test}_gives_the_golden_chain \.\.\. ok$" "$temporary/log" ||
		fail "${test}_gives_the_golden_chain did not run"
done
binary=$(sed -n 's/^ *Running tests\/golden\.rs (\(.*\))$/\1/p' "$temporary/log")
[[ -x $binary ]] || fail "cargo did not name the test program: got '$binary'"
check_code "$binary"
# The lints of a host that is no aarch64 never see this back end.
cargo /usr/bin/cargo-clippy clippy "${what[@]}" -- -D warnings
echo "neon.sh: the golden chains hold, and nothing is fused"
