#!/usr/bin/env bash
# Counts the places where handwritten code (Go, Rust, TypeScript, JavaScript, tests
# included) is there twice, and fails when they are more than is recorded here. Who
# adds one removes one, or raises the number with a reason in the commit.
#
#   scripts/duplicates.sh          the count, and the places if they are too many
#   scripts/duplicates.sh --list   the places
set -euo pipefail
cd "$(dirname "$0")/.."
readonly most=2
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# jscpd at the version of browser/package-lock.json. A clone is at least six lines
# and fifty tokens. Generated code does not count.
[[ -x browser/node_modules/.bin/jscpd ]] || (cd browser && npm ci --silent --no-audit --no-fund --ignore-scripts)
git ls-files -z '*.go' '*.rs' '*.ts' '*.mjs' | while IFS= read -r -d '' file; do
	[[ -f $file ]] || continue
	head -n 5 "$file" | grep -qiE '(code|automatically) generated' && continue
	mkdir -p "$out/code/$(dirname "$file")"
	cp "$file" "$out/code/$file"
done
browser/node_modules/.bin/jscpd "$out/code" --min-lines 6 --min-tokens 50 --format go,rust,typescript,javascript \
	--reporters json --output "$out" --silent >/dev/null
node -e '
	const { duplicates } = JSON.parse(require("fs").readFileSync(process.argv[1] + "/jscpd-report.json"));
	const most = Number(process.argv[2]), list = process.argv[3] === "--list";
	const place = (f) => `${f.name.split("/code/").pop()}:${f.start}-${f.end}`;
	if (list || duplicates.length > most)
		for (const d of duplicates) console.error(`${place(d.firstFile)} ~ ${place(d.secondFile)}`);
	console.log(`duplicates: ${duplicates.length} places, ${most} allowed`);
	process.exit(duplicates.length > most ? 1 : 0);
' "$out" "$most" "${1:-}"
