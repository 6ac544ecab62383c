#!/usr/bin/env bash
# Keeps the documents true.
#
#   scripts/readme.sh           puts reports/reference/table.md between the
#                               README's table markers
#   scripts/readme.sh --check   fails where that table is not current, or where
#                               a document names a make target, a file or a verb
#                               of ./copytax (built before) that does not exist
set -euo pipefail
cd "$(dirname "$0")/.."

readonly documents=(README.md CONTRIBUTING.md METHODOLOGY.md BIAS.md RATIONALE.md)
readonly table=reports/reference/table.md
readonly begin='<!-- table:begin -->' end='<!-- table:end -->'
errors=0

complain() {
	echo "readme: $*" >&2
	errors=$((errors + 1))
}

# What belongs between the markers. Without a published run the README says so.
wanted() {
	if [[ -e $table ]]; then
		cat "$table"
	else
		echo "No reference run has been published yet."
	fi
}

# Prints the README with the table replaced; fails without exactly one marker each.
filled() {
	if [[ $(grep -cxF -e "$begin" README.md) != 1 || $(grep -cxF -e "$end" README.md) != 1 ]]; then
		echo "readme: README.md must hold the lines $begin and $end once each" >&2
		return 1
	fi
	sed "/^$begin\$/q" README.md
	wanted
	sed -n "/^$end\$/,\$p" README.md
}

check_table() {
	if ! diff <(filled) README.md >&2; then
		complain "the table of README.md is not that of $table: run make readme"
	fi
}

# Targets as `make NAME` in code or code blocks.
check_targets() {
	local target
	for target in $(grep -ohE '(^ *|`)make [a-z-]+' "${documents[@]}" | awk '{ print $NF }' | sort -u); do
		grep -qE "^$target:" Makefile || complain "make $target: no such target"
	done
}

# Relative links, to files that a clean checkout holds.
check_links() {
	local doc link
	for doc in "${documents[@]}"; do
		for link in $(grep -oE '\]\([^)]+\)' "$doc" | sed -E 's/^\]\(//; s/\)$//; s/#.*//' | grep -vE '^(https?:|mailto:|$)' | sort -u || true); do
			[[ -e $link ]] || complain "$doc links to $link: no such file"
		done
	done
}

# Verbs as `copytax VERB` in code or code blocks.
check_verbs() {
	local verb
	for verb in $(grep -ohE '(^ *|`)(\./)?copytax [a-z]+' "${documents[@]}" | awk '{ print $NF }' | sort -u); do
		./copytax "$verb" --help >/dev/null 2>&1 || complain "copytax $verb: no such verb"
	done
}

case ${1:-} in
"")
	text=$(filled)
	printf '%s\n' "$text" >README.md
	;;
--check)
	check_table
	check_targets
	check_links
	check_verbs
	if [[ $errors != 0 ]]; then
		echo "readme: $errors errors" >&2
		exit 1
	fi
	echo "readme: table, make targets, links and verbs are current"
	;;
*)
	echo "usage: scripts/readme.sh [--check]" >&2
	exit 2
	;;
esac
