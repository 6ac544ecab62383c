#!/usr/bin/env bash
# Has docs/recompute.py, which shares nothing with copytax but the documents, compute the
# published taxes from the exported numbers.
#
#   scripts/recompute.sh RUN...        with ./copytax, built before
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for run in "$@"; do
	./copytax export "results/$run" >"$out/run.csv"
	python3 docs/recompute.py "$out/run.csv" "reports/$run" | tail -n 1
	# A number that is wrong by one part in ten thousand is found.
	awk -F, -v OFS=, '!done && /,process_cpu_ns,/ { $(NF-2) *= 1.0001; done = 1 } { print }' OFMT='%.17g' CONVFMT='%.17g' "$out/run.csv" >"$out/wrong.csv"
	status=0
	python3 docs/recompute.py "$out/wrong.csv" "reports/$run" >"$out/stdout" 2>"$out/stderr" || status=$?
	[[ $status == 1 && -s $out/stderr ]] || {
		echo "recompute: $run with a wrong number passes (status $status)" >&2
		exit 1
	}
	# A second set of trials in each block, three times as dear and in a group of its own, is
	# paired with itself: the means of the taxes are the same, of twice as many pairs.
	awk -F, -v OFS=, -v OFMT='%.17g' -v CONVFMT='%.17g' 'NR == 1 { $8 = $8 ",group"; print; next }
		{ line = $0; $8 = $8 ",a"; print; $0 = line; $3 += 100000; $8 = $8 ",b" }
		/,process_cpu_ns,/ { $(NF-2) *= 3 } { print }' "$out/run.csv" >"$out/groups.csv"
	PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=docs python3 - "$out/run.csv" "$out/groups.csv" <<-'PYTHON'
		import sys
		from recompute import read_trials, recompute
		one, two = (recompute(read_trials(open(path, newline=""))) for path in sys.argv[1:])
		for what, e in one.items():
		    if what[1] == "differential" and not (two[what][3] == 2 * e[3] and (e[3] == 0 or abs(two[what][4] - e[4]) < 1e-9)):
		        sys.exit(f"recompute: {what}: {e} alone, {two[what]} with a second group")
	PYTHON
done
