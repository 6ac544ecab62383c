#!/usr/bin/env bash
# Follows the pages docs/adding-a-….md: extracts the module that each shows, holds it
# against the one in examples/, tests it, and builds all of them into a copytax, which
# puts them through the conformance kit. A reader who copies a page must get what it
# promises.
#
#   scripts/contributing.sh            with ./copytax, built before
#   scripts/contributing.sh --write    puts the code of examples/ into the pages
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# The pages, and the example that each shows.
readonly pages=('codec cbor' 'carrier pipe' 'transport rawpipe' 'experiment lateness')

# page KIND names its file.
page() { [[ $1 == experiment ]] && echo docs/adding-an-experiment.md || echo "docs/adding-a-$1.md"; }

# A file is the code block behind a line "<!-- file: NAME -->".
extract() {
	mkdir "$2"
	awk -v dir="$2" '
		/^<!-- file: [a-z_]+\.go -->$/ { name = $3; next }
		name != "" && /^```go$/ { writing = 1; next }
		writing && /^```$/ { writing = 0; close(dir "/" name); name = ""; next }
		writing { print > (dir "/" name) }
	' "$1"
}

# fill EXAMPLE prints the page on standard input with each code block replaced.
fill() {
	awk -v dir="examples/$1" '
		/^<!-- file: [a-z_]+\.go -->$/ { name = $3 }
		writing && /^```$/ { writing = 0; name = "" }
		!writing { print }
		name != "" && /^```go$/ { writing = 1; while ((getline line < (dir "/" name)) > 0) print line; close(dir "/" name) }
	'
}

if [[ ${1:-} == --write ]]; then
	for entry in "${pages[@]}"; do
		read -r kind example <<<"$entry"
		text=$(fill "$example" <"$(page "$kind")")
		printf '%s\n' "$text" >"$(page "$kind")"
	done
	exit
fi

with=()
for entry in "${pages[@]}"; do
	read -r kind example <<<"$entry"
	extract "$(page "$kind")" "$dir/$example"
	diff -r --exclude go.mod --exclude go.sum "examples/$example" "$dir/$example" || {
		echo "contributing: $(page "$kind") does not show examples/$example: scripts/contributing.sh --write" >&2
		exit 1
	}
	sed "s|=> ../..$|=> $root|" "examples/$example/go.mod" >"$dir/$example/go.mod"
	cp "examples/$example/go.sum" "$dir/$example"
	unformatted=$("$(go env GOROOT)/bin/gofmt" -l "$dir/$example")
	[[ -z $unformatted ]] || {
		echo "contributing: gofmt would change $unformatted" >&2
		exit 1
	}
	(cd "$dir/$example" && go vet . && go test -count 1 .)
	with+=(--with "example.com/$example=$dir/$example")
done
./copytax build --source . "${with[@]}" -o "$dir/copytax"
