#!/usr/bin/env bash
# Follows CONTRIBUTING.md: extracts the transport that it shows, builds it as a
# package of another module, and puts it through the conformance kit. A reader
# who copies the page must get what the page promises.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# A file is the code block behind a line "<!-- file: NAME -->".
awk -v dir="$dir" '
	/^<!-- file: [a-z_]+\.go -->$/ { name = $3; next }
	name != "" && /^```go$/ { writing = 1; next }
	writing && /^```$/ { writing = 0; close(dir "/" name); name = ""; next }
	writing { print > (dir "/" name) }
' CONTRIBUTING.md

for file in pipe.go end.go kernel.go engine.go viewer.go pipe_test.go; do
	[[ -s $dir/$file ]] || {
		echo "contributing: CONTRIBUTING.md shows no $file" >&2
		exit 1
	}
done

version=$(sed -n 's/^go //p' go.mod)
printf 'module example.com/pipe\n\ngo %s\n' "$version" >"$dir/go.mod"
printf 'go %s\n\nuse (\n\t.\n\t%s\n)\n' "$version" "$root" >"$dir/go.work"

unformatted=$("$(go env GOROOT)/bin/gofmt" -l "$dir")
if [[ -n $unformatted ]]; then
	echo "contributing: gofmt would change $unformatted" >&2
	exit 1
fi
cd "$dir"
go vet .
go test -count 1 .
