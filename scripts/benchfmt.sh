#!/usr/bin/env bash
# Has benchstat read what copytax export --format benchfmt writes of the published run,
# and compares its medians with those of the CSV export.
#
#   scripts/benchfmt.sh BENCHSTAT      with ./copytax, built before
#
# BENCHSTAT is the program with its version, for go run. It is no dependency of the module.
set -euo pipefail
cd "$(dirname "$0")/.."
readonly benchstat=${1:?say which benchstat: scripts/benchfmt.sh golang.org/x/perf/cmd/benchstat@VERSION}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

./copytax export results/reference >"$out/run.csv"
./copytax export results/reference --format benchfmt >"$out/run.txt"
go run "$benchstat" -format csv "$out/run.txt" >"$out/stat.csv" 2>"$out/complaints" ||
	{ cat "$out/complaints" >&2; exit 1; }
# Two runs differ in these lines, and benchstat must still put them side by side.
sed -E 's/^(run|seal|copytax): .*/\1: another/' "$out/run.txt" >"$out/other.txt"
go run "$benchstat" -ignore run,seal,copytax "$out/run.txt" "$out/other.txt" >"$out/both.txt" 2>"$out/complaints"
grep -q 'vs base' "$out/both.txt" || {
	echo "benchfmt: benchstat does not compare two runs: $(head -c 300 "$out/both.txt" "$out/complaints")" >&2
	exit 1
}
python3 - "$out/run.csv" "$out/stat.csv" <<'PYTHON'
import csv, statistics, sys
trials = {}  # CPU and wall of a trial, by arm and boids
with open(sys.argv[1], newline="") as f:
    for row in csv.DictReader(f):
        trial = trials.setdefault((row["arm"], row["boids"]), {}).setdefault(row["trial"], {"ticks": int(row["ticks"]), "cpu": 0.0, "p50": 0.0})
        if row["metric"] == "process_cpu_ns":
            trial["cpu"] += float(row["value"])
        if row["metric"] == "latency_ns.p50":
            trial["p50"] = float(row["value"])
unit, read = None, {}
with open(sys.argv[2], newline="") as f:
    for row in csv.reader(f):
        if len(row) > 1 and row[0] == "" and row[1] != "" and not row[1].endswith(".txt"):
            unit = row[1]
        elif unit in ("cpu-sec/op", "p50-sec") and row and row[0].startswith("Flock/"):
            parts = dict(p.split("=", 1) for p in row[0].split("/")[1:])
            read[unit, parts.get("arm", parts["transport"]), parts["boids"]] = float(row[1])
wrong = 0
for (arm, boids), all in trials.items():
    for unit, want in (("cpu-sec/op", [t["cpu"] / t["ticks"] for t in all.values()]), ("p50-sec", [t["p50"] for t in all.values()])):
        want, got = statistics.median(want) * 1e-9, read.pop((unit, arm, boids), float("nan"))
        if not abs(got - want) <= 1e-9 * want:
            print(f"benchfmt: {unit} of {arm} with {boids} boids: benchstat says {got}, the CSV {want}", file=sys.stderr)
            wrong += 1
if wrong or read or not trials:
    sys.exit(f"benchfmt: {wrong} medians differ, {len(read)} are of no arm")
print(f"benchfmt: benchstat reads {2 * len(trials)} medians as the CSV has them")
PYTHON
