#!/bin/sh
# Generates the Go code of the codecs' schemas:
#
#	scripts/codegen.sh          writes it
#	scripts/codegen.sh --check  fails when what is committed is not current
#
# It needs protoc and flatc (Debian: protobuf-compiler, flatbuffers-compiler).
# protoc-gen-go is built from the module version that go.mod names, so that
# generator and library agree. Another protoc or flatc than the ones below may
# write other code for the same schema: that is said, and is no failure of its own.
set -eu

want_protoc=3.21.12
want_flatc=2.0.8

cd "$(dirname "$0")/.."
pb=transports/codec/protobuf/pb
fb=transports/codec/flatbuffers/fb

check=
case "${1-}" in
'') ;;
--check) check=1 ;;
*)
	echo "usage: $0 [--check]" >&2
	exit 2
	;;
esac

for tool in protoc flatc go; do
	if ! command -v "$tool" >/dev/null; then
		echo "codegen: $tool is not installed (Debian: protobuf-compiler, flatbuffers-compiler)" >&2
		exit 1
	fi
done

other=
note() { # tool, version found, version wanted
	if [ "$2" != "$3" ]; then
		echo "codegen: $1 is $2, the committed code was made by $3" >&2
		other=1
	fi
}
note protoc "$(protoc --version | sed 's/.* //')" "$want_protoc"
note flatc "$(flatc --version | sed 's/.* //')" "$want_flatc"

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
mkdir "$out/bin" "$out/pb" "$out/fb"

go build -o "$out/bin/protoc-gen-go" google.golang.org/protobuf/cmd/protoc-gen-go
PATH="$out/bin:$PATH" protoc -I "$pb" --go_out="$out/pb" --go_opt=paths=source_relative flock.proto
flatc --go -o "$out" "$fb/flock.fbs" # a file a type, under the namespace's name
gofmt -w "$out/fb"

if [ -z "$check" ]; then
	rm -f "$fb"/*.go
	cp "$out/pb/flock.pb.go" "$pb/"
	cp "$out"/fb/*.go "$fb/"
	exit 0
fi

# compare does without the lines that name the generator's version.
compare() {
	mkdir -p "$out/old" "$out/new"
	for f in $(cd "$1" && ls -- *.go; cd "$2" && ls -- *.go); do
		for side in "old $1" "new $2"; do
			dir=${side#* }
			[ ! -f "$dir/$f" ] || sed '/^\/\/.*protoc  *v/d' "$dir/$f" >"$out/${side%% *}/$f"
		done
	done
	diff -ruN "$out/old" "$out/new" >&2 && return
	if [ -n "$other" ]; then
		echo "codegen: $1 differs, perhaps only because the tools do: not decided" >&2
		return
	fi
	echo "codegen: $1 is stale; run scripts/codegen.sh" >&2
	exit 1
}
compare "$pb" "$out/pb"
compare "$fb" "$out/fb"
