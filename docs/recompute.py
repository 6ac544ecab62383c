#!/usr/bin/env python3
"""Recomputes the headline numbers of a run from its export, with nothing of copytax.

    ./copytax export reference > reference.csv
    python3 docs/recompute.py reference.csv reports/reference

It is written from docs/export.md, docs/results-format.md and METHODOLOGY.md alone, and
uses Python's standard library alone. It prints CPU and taxes of every arm of the flock,
and compares them with taxes.csv and costs.csv of the report, if one is given: to 1e-9 of
the value. Exit status 1: a number differs, or is in one of the two only.
"""

import csv
import math
import sys

BASELINE = "direct"
TOLERANCE = 1e-9
CONFIDENCE = 0.95
FEWEST_FOR_RANKS = 6  # blocks; below it the mean with Student's t
MOST_COUNTED = 60  # blocks; above it the normal distribution
STATISTICS = {"mean": "mean", "p50": "p50", "p99": "p99", "p999": "p99.9"}  # in an export, in a report
# A quantile takes so many ticks. Where a trial has fewer a report pools the histograms of
# several, which an export does not have.
NEEDED = {"p99": 300, "p999": 3000}


class Trial:
    """One attempt at one trial: the sums over its workers."""

    def __init__(self, row):
        self.arm, self.error = row["arm"], row["error"]
        self.moment = (row["block"], row["attempt"], row.get("group", ""))
        self.attempt = int(row["attempt"])
        self.ticks = int(row["ticks"])
        self.placement = placement(row)
        self.world = tuple(row.get(f, "") for f in ("boids", "neighbours", "mode", "warm_up", "ticks", "slots")) + place_and_pace(row)
        self.sums, self.latency = {}, {}

    def add(self, row):
        name, of, statistic = row["metric"].partition(".")
        if name == "latency_ns" and of:
            self.latency[statistic] = float(row["value"])
        elif not of:
            self.sums[name] = self.sums.get(name, 0.0) + float(row["value"])

    def cpu(self):
        return self.sums["process_cpu_ns"]

    def compute_share(self):
        return (self.sums.get("cpu_compute_ns", 0.0) + self.sums.get("cpu_draw_ns", 0.0)) / self.cpu()


def placement(row):
    """Runs from before placements have the factor engine instead."""
    return {"wasm": "go", "native": "go,native,go"}.get(row.get("engine", ""), row.get("placement") or "go")


def place_and_pace(row):
    place = ""
    if placement(row) == "tab":
        display = row.get("display") or "none"  # such as canvas, or page:640x360
        place = "tab" if display == "none" else "tab-" + display.replace(":", "-")
    return place, row.get("pace") or "lockstep", row.get("frames") or "every"


def read_trials(file):
    """The successful trials: of each the last try of the last attempt."""
    attempts = {}
    for row in csv.DictReader(file):
        if row["experiment"] != "flock" or row["counts"] != "true":
            continue
        trial = attempts.setdefault((int(row["trial"]), int(row["attempt"])), Trial(row))
        if row["metric"]:
            trial.add(row)
    last = {}
    for (number, attempt), trial in attempts.items():
        if number not in last or last[number].attempt < attempt:
            last[number] = trial
    return [t for t in last.values() if not t.error]


def left_out(n):
    """How many means lie outside the interval at either end, the outermost in it included."""
    tail = (1 - CONFIDENCE) / 2
    if n > MOST_COUNTED:
        z = normal_quantile(1 - tail)
        return math.floor(n * (n + 1) / 4 - z * math.sqrt(n * (n + 1) * (2 * n + 1) / 24))
    ways = [1] + [0] * (n * (n + 1) // 2)  # patterns of signs by the sum of their positive ranks
    for rank in range(1, n + 1):
        for s in range(len(ways) - 1, rank - 1, -1):
            ways[s] += ways[s - rank]
    below = 0
    for k, w in enumerate(ways):
        below += w
        if below > tail * 2**n:
            return k
    return 0


def center(values):
    """value, low, high, n, mean, t_low, t_high of values, one a block."""
    xs = [x for x in values if math.isfinite(x)]
    n, none = len(xs), math.nan
    if n == 0:
        return (none, none, none, 0, none, none, none)
    mean = math.fsum(xs) / n
    if n == 1:
        return (mean, none, none, 1, mean, none, none)
    deviation = math.sqrt(math.fsum((x - mean) ** 2 for x in xs) / (n - 1))
    half = student_quantile((1 + CONFIDENCE) / 2, n - 1) * deviation / math.sqrt(n)
    student = (mean, mean - half, mean + half)
    if n < FEWEST_FOR_RANKS:
        return (*student, n, *student)
    means = sorted((x + y) / 2 for i, x in enumerate(xs) for y in xs[i:])
    m, k = len(means), left_out(n)
    value = (means[(m - 1) // 2] + means[m // 2]) / 2
    return (value, means[k - 1], means[m - k], n, *student)


def log(x):
    return math.log(x) if x > 0 else math.nan


def tax(ratios):
    """1 - ratio, of ratios floor ÷ cost: by way of their logarithms."""
    value, low, high, n, mean, t_low, t_high = center([log(r) for r in ratios])
    back = lambda x: -math.expm1(x)
    return (back(value), back(high), back(low), n, back(mean), back(t_high), back(t_low))


def cost(values):
    """A cost by way of its logarithm; as it is, where one is nothing or less."""
    if any(v <= 0 for v in values):
        return center(values)
    return tuple(v if i == 3 else math.exp(v) for i, v in enumerate(center([log(v) for v in values])))


def normal_quantile(p):
    low, high = 0.0, 40.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if math.erf(middle / math.sqrt(2)) < 2 * p - 1 else (low, middle)
    return low


def student_quantile(p, freedom):
    """The distribution function for whole degrees of freedom is a finite sum (Abramowitz and
    Stegun 26.7.3, 26.7.4), here inverted by bisection."""

    def inside(t):  # probability of -t to t
        angle = math.atan(t / math.sqrt(freedom))
        c, s = math.cos(angle), math.sin(angle)
        if freedom == 1:
            return 2 * angle / math.pi
        term = total = c if freedom % 2 else 1.0
        for i in range(3 if freedom % 2 else 2, freedom - 1, 2):
            term *= c * c * (i - 1) / i
            total += term
        return 2 / math.pi * (angle + s * total) if freedom % 2 else s * total

    low, high = 0.0, 1000.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if inside(middle) < 2 * p - 1 else (low, middle)
    return low


def pairs(base, arm):
    """The trials of a floor and of an arm in one block, attempt and group."""
    at = {}
    for t in base:
        if t.moment in at:
            sys.exit(f"recompute: two trials of {t.arm} in one block, attempt and group: {t.moment}")
        at[t.moment] = t
    return [(at[t.moment], t) for t in arm if t.moment in at]


def recompute(trials):
    """Estimates by (boids, neighbours, mode, arm, place, pace, frames), tax and statistic."""
    found, worlds = {}, {}
    for t in trials:
        worlds.setdefault(t.world, {}).setdefault(t.arm, []).append(t)
    for world, arms in worlds.items():
        base = arms.get(BASELINE, [])
        for arm, of in arms.items():
            key = (*world[:3], arm, *world[6:])
            if (key, "cost", "cpu") in found:
                sys.exit(f"recompute: two cells of {key} differ in seed, slots or length alone: a report has no name for each")
            put = lambda name, statistic, e: found.__setitem__((key, name, statistic), e)
            put("cost", "cpu", cost([t.cpu() / t.ticks / 1000 for t in of]))
            put("additive", "cpu", tax([t.compute_share() for t in of]))
            foreign = base and of[0].placement != base[0].placement
            floor = arms.get(arm.removesuffix("#aa"), []) if arm.endswith("#aa") else base
            skips = any(t.sums.get("skipped_frames", 0) > 0 for t in of)
            both = [] if arm == BASELINE or foreign or skips else pairs(floor, of)
            put("differential", "cpu", tax([b.cpu() / t.cpu() for b, t in both]))
            for statistic, name in STATISTICS.items():
                if of[0].ticks >= NEEDED.get(statistic, 1):
                    put("latency", name, tax([b.latency[statistic] / t.latency[statistic] for b, t in both]))
    return found


COLUMNS = ("value", "low", "high", "n", "mean", "t_low", "t_high")


def read_report(folder):
    """The same of a report's files. Numbers that it does not have are NaN."""
    found = {}
    for file, name in (("taxes", None), ("costs", "cost")):
        with open(f"{folder}/{file}.csv", newline="", encoding="utf-8") as f:
            for row in csv.DictReader(f):
                key = (row["boids"], row["neighbours"], row["mode"], row["arm"], row.get("place", ""), row.get("pace") or "lockstep", row.get("frames") or "every")
                statistic = row["cost"] if name else row["statistic"]
                if (name or row["tax"]) in ("cost", "additive", "differential", "latency") and (not name or statistic == "cpu"):
                    found[key, name or row["tax"], statistic] = tuple(float(row[c]) if row[c] else math.nan for c in COLUMNS)
    return found


def differs(a, b):
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) != math.isnan(b)
    return abs(a - b) > TOLERANCE * max(abs(a), abs(b))


def compare(mine, report):
    """How many numbers are the same, and what differs."""
    same, wrong = 0, []
    pooled = {what for what in report.keys() - mine.keys() if what[1] == "latency" and what[2] in ("p10", "p99", "p99.9")}
    for what in sorted((mine.keys() | report.keys()) - pooled):
        if what not in mine or what not in report:
            wrong.append(f"{what}: only in the {'export' if what in mine else 'report'}")
            continue
        for column, a, b in zip(COLUMNS, mine[what], report[what]):
            if differs(a, b):
                wrong.append(f"{what} {column}: recomputed {a!r}, the report has {b!r}")
            else:
                same += 1
    return same, wrong


def show(found):
    for boids in sorted({what[0][0] for what in found}, key=int):
        print(f"{boids} boids\n  {'arm':<24}{'CPU µs/tick':>30}{'additive':>26}{'differential':>26}{'latency p50':>26}")
        for key in dict.fromkeys(what[0] for what in found if what[0][0] == boids):
            words = [f"  {' '.join((key[3], *filter(None, key[4:5]))):<24}"]
            for name, statistic, scale, unit in (("cost", "cpu", 1, ""), ("additive", "cpu", 100, "%"), ("differential", "cpu", 100, "%"), ("latency", "p50", 100, "%")):
                value, low, high, n, *_ = found[key, name, statistic]
                text = f"{scale * value:,.1f} [{scale * low:,.1f}, {scale * high:,.1f}]{unit}" if n else "-"
                words.append(f"{text:>{30 if name == 'cost' else 26}}")
            print("".join(words))


def main(arguments):
    if len(arguments) not in (1, 2) or arguments[0].startswith("--"):
        print("usage: recompute.py EXPORT.csv|- [REPORT-FOLDER]", file=sys.stderr)
        return 2
    if arguments[0] == "-":
        trials = read_trials(sys.stdin)
    else:
        with open(arguments[0], newline="", encoding="utf-8") as f:
            trials = read_trials(f)
    if not trials:
        print(f"recompute: {arguments[0]} has no trial of the flock", file=sys.stderr)
        return 2
    found = recompute(trials)
    show(found)
    if len(arguments) == 1:
        return 0
    same, wrong = compare(found, read_report(arguments[1]))
    for line in wrong:
        print("recompute:", line, file=sys.stderr)
    print(f"recompute: {same} numbers of {arguments[1]} are the same to {TOLERANCE:g}, {len(wrong)} are not")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
