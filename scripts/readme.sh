#!/usr/bin/env bash
# Keeps the documents true.
#
#   scripts/readme.sh           puts the figure and the table of 10,000 boids from
#                               reports/reference between the README's markers
#   scripts/readme.sh --check   fails where these are not current, or where a
#                               document names a make target, a file, a verb or a
#                               transport of ./copytax (built before) that does
#                               not exist, or a dependency has no reason
set -euo pipefail
cd "$(dirname "$0")/.."

readonly documents=(README.md CONTRIBUTING.md METHODOLOGY.md BIAS.md RATIONALE.md)
readonly report=reports/reference
readonly figure=$report/phases-10000.png heading='10,000 boids'
readonly none='No reference run has been published yet.'
errors=0

complain() {
	echo "readme: $*" >&2
	errors=$((errors + 1))
}

figure_text() {
	if [[ -e $report/index.md ]]; then
		[[ -e $figure ]] || {
			echo "readme: $report has no $(basename "$figure")" >&2
			return 1
		}
		echo "[![CPU time of one tick by phase, for each transport, with 10,000 boids]($figure)]($report/index.md)"
	else
		echo "$none"
	fi
}

# The table of the report's summary with the heading, and where it was measured.
table_text() {
	if [[ ! -e $report/index.md ]]; then
		echo "$none"
		return
	fi
	local table
	table=$(awk -v heading="**$heading**" '
		index($0, heading) == 1 { on = 1; print; next }
		on && (/^\*\*/ || /^#/) { exit }
		on { print }' "$report/index.md")
	if [[ $table != *'| direct '* ]]; then
		echo "readme: $report/index.md has no table of $heading" >&2
		return 1
	fi
	printf '%s\n\n' "$table"
	echo "All sizes, figures and caveats: [$report/index.md]($report/index.md)."
}

# Reads the README, writes it with what stands between two markers replaced.
replace() {
	local name=$1
	TEXT=$2 awk -v begin="<!-- $name:begin -->" -v end="<!-- $name:end -->" -v name="$name" '
		$0 == begin { print; print ENVIRON["TEXT"]; inside = 1; begins++; next }
		$0 == end { inside = 0; ends++ }
		!inside { print }
		END {
			if (begins != 1 || ends != 1) {
				print "readme: README.md must hold the markers of " name " once each" > "/dev/stderr"
				exit 1
			}
		}'
}

filled() {
	local picture table
	picture=$(figure_text)
	table=$(table_text)
	replace figure "$picture" <README.md | replace table "$table"
}

check_regions() {
	local text
	text=$(filled)
	if ! diff <(printf '%s\n' "$text") README.md >&2; then
		complain "figure or table of README.md are not those of $report: run make readme"
	fi
}

# Words behind a command in code or in code blocks: `make run`, "    make run".
mentioned() {
	grep -ohE "(^ +|\`)(\./)?$1 [a-z][a-z-]*" "${documents[@]}" | awk '{ print $NF }' | sort -u
}

check_targets() {
	local target
	for target in $(mentioned make); do
		grep -qE "^$target:" Makefile || complain "make $target: no such target"
	done
}

check_verbs() {
	local verb help
	help=$(./copytax help)
	for verb in $(mentioned copytax); do
		grep -qE "^  $verb " <<<"$help" || complain "copytax $verb: no such verb"
	done
}

# Relative links, to files that a clean checkout holds.
check_links() {
	local doc link
	for doc in "${documents[@]}"; do
		for link in $(grep -oE '\]\([^)]+\)' "$doc" | sed -E 's/^\]\(//; s/\)$//; s/#.*//' |
			{ grep -vE '^(https?:|mailto:|$)' || true; } | sort -u); do
			[[ -e $link ]] || complain "$doc links to $link: no such file"
		done
	done
}

# The transports of the README's ladder are those of the default set.
check_ladder() {
	local name listed
	listed=$(./copytax list)
	for name in $(awk '/^## The ladder/ { on = 1; next } /^## / { on = 0 } on && /^\| [0-9]/' README.md |
		cut -d'|' -f3 | grep -oE '`[^`]+`' | tr -d '`'); do
		grep -qwF -e "$name" <<<"$listed" || complain "transport $name: not in copytax list"
	done
}

# Every direct dependency has a reason.
check_dependencies() {
	local module
	for module in $(awk '$1 == "require" && $2 != "(" { print $2, $NF }
		/^require \(/ { on = 1; next } /^\)/ { on = 0 } on { print $1, $NF }' go.mod |
		grep -v ' indirect$' | cut -d' ' -f1); do
		grep -qF -e "\`$module\`" RATIONALE.md || complain "RATIONALE.md does not say why $module is needed"
	done
}

case ${1:-} in
"")
	text=$(filled)
	printf '%s\n' "$text" >README.md
	;;
--check)
	check_regions
	check_targets
	check_verbs
	check_links
	check_ladder
	check_dependencies
	if [[ $errors != 0 ]]; then
		echo "readme: $errors errors" >&2
		exit 1
	fi
	echo "readme: figure, table, make targets, verbs, links, transports and dependencies are current"
	;;
*)
	echo "usage: scripts/readme.sh [--check]" >&2
	exit 2
	;;
esac
