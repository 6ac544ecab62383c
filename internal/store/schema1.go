package store

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/judge"
)

// A manifest1 is the manifest of schema 1: that of this one with another plan.
type manifest1 struct {
	Manifest
	Plan plan1 `json:"plan"`
}

// A plan1 is each arm with each config once a block, or the cells of gauges.
type plan1 struct {
	Profile     experiment.Profile `json:"profile"`
	Scenario    string             `json:"scenario"`
	Seed        uint64             `json:"seed"`
	Blocks      int                `json:"blocks"`
	Arms        []arm1             `json:"arms"`
	Configs     []config1          `json:"configs"`
	Unavailable []unavailable1     `json:"unavailable"`
	Cells       []cell1            `json:"cells"`
}

type arm1 struct {
	Name, Transport, Summary, Engine string
	Rung                             int
}

type config1 struct {
	Boids, Neighbours, Ticks, Slots int
	WarmUp                          int `json:"warm_up"`
	Mode                            string
	Seed                            uint64
}

// An unavailable1 has the fields of an experiment.Unavailable under other keys.
type unavailable1 struct {
	What   string `json:"transport"`
	Reason string `json:"reason"`
}

type cell1 struct {
	Scenario, Arm, Group, Unavailable string
	Params                            map[string]string
}

// parseManifest1 decodes raw, of schema 1, checks its seal and turns it into this
// schema, without the worlds, which are found in the samples. It keeps the seal of the
// folder. Nothing writes schema 1 any more, so the seal is compared on the bytes that
// are there.
func parseManifest1(raw []byte) (Manifest, error) {
	var was manifest1
	if err := decodeManifest(raw, &was); err != nil {
		return Manifest{}, err
	}
	m := was.Manifest
	open := bytes.Replace(raw, []byte(`"seal": "`+m.Seal+`"`), []byte(`"seal": ""`), 1)
	if sum(open) != m.Seal {
		return m, fmt.Errorf("edited: the seal does not match%s", hint(raw))
	}
	m.Schema, m.Plan, m.Converted = Schema, was.Plan.convert(), &Converted{From: "schema 1", Hash: m.Seal}
	m.normalize()
	return m, nil
}

// convert lists the cells arm by arm, as their order was drawn.
func (p plan1) convert() experiment.Plan {
	out := experiment.Plan{Experiments: strings.Split(p.Scenario, ","), Profile: p.Profile, Seed: p.Seed, Blocks: p.Blocks}
	for _, u := range p.Unavailable {
		out.Unavailable = append(out.Unavailable, experiment.Unavailable(u))
	}
	for _, a := range p.Arms {
		out.Levels = append(out.Levels, a.level())
		for _, c := range p.Configs {
			out.Cells = append(out.Cells, experiment.Cell{Experiment: p.Scenario, Factors: factors1(a, c)})
		}
	}
	for _, c := range p.Cells {
		out.Cells = append(out.Cells, c.cell())
	}
	return out
}

func (c cell1) cell() experiment.Cell {
	f := experiment.Factors{experiment.Arm: c.Arm}
	maps.Copy(f, c.Params)
	return experiment.Cell{Experiment: c.Scenario, Factors: f, Group: c.Group}
}

// level describes an arm. Schema 1 left it to the program which transports claim
// zero copies: those of the hub without a private copy.
func (a arm1) level() experiment.Level {
	l := experiment.Level{Factor: experiment.Arm, Value: a.Name, Rank: a.Rung, Summary: a.Summary}
	if strings.HasPrefix(a.Transport, "shm:") {
		l.Claims = []string{experiment.ZeroCopy}
	}
	return l
}

// factors1 are the conditions of an arm with a config.
func factors1(a arm1, c config1) experiment.Factors {
	return experiment.Factors{
		experiment.Arm: a.Name, "transport": a.Transport, "engine": cmp.Or(a.Engine, "wasm"),
		"boids": strconv.Itoa(c.Boids), "neighbours": strconv.Itoa(c.Neighbours), "mode": c.Mode,
		"seed": strconv.FormatUint(c.Seed, 10), "warm_up": strconv.Itoa(c.WarmUp),
		"ticks": strconv.Itoa(c.Ticks), "slots": strconv.Itoa(c.Slots),
	}
}

// A line1 is what lines of both kinds have.
type line1 struct {
	Trial, Block int
	Error        string
	Latency      *latency1
	CPUNS        map[string]float64 `json:"cpu_ns"`
}

// A role1 is a line of a run of roles.
type role1 struct {
	line1
	config1
	Arm, Scenario, Transport, Role, Host string

	PID          int
	WallNS       float64 `json:"wall_ns"`
	ProcessCPUNS float64 `json:"process_cpu_ns"`
	SampledTicks float64 `json:"sampled_ticks"`
	Stride, Laps float64
	PhaseWallNS  map[string]float64 `json:"phase_wall_ns"`
	WireBytes    float64            `json:"wire_bytes"`
	CopiedBytes  float64            `json:"copied_bytes"`
	Syscalls     float64
	Usage        map[string]float64
	Evidence     struct {
		Digest, Chain, Genome string
		MeanNeighbours        *float64 `json:"mean_neighbours"`
	}
	Proof *copytax.AddressProof
}

// A gauge1 is a line of a run of gauges.
type gauge1 struct {
	line1
	cell1
	Counters, Values map[string]float64
}

// A latency1 has its histogram as pairs of roles, and encoded of gauges.
type latency1 struct {
	summary1
	Histogram [][2]int64 `json:"histogram_ns"` // upper edge of a bucket in ns, and its count
}

// A summary1 has the fields of an experiment.Histogram under other keys.
type summary1 struct {
	Count int64   `json:"count"`
	Mean  float64 `json:"mean_ns"`
	Min   int64   `json:"min_ns"`
	P50   int64   `json:"p50_ns"`
	P90   int64   `json:"p90_ns"`
	P99   int64   `json:"p99_ns"`
	P999  int64   `json:"p999_ns"`
	Max   int64   `json:"max_ns"`
	HDR   string  `json:"hdr"`
}

// parseSamples1 turns the lines of schema 1 into samples of this one. It finds the
// worlds: the reference is what direct saw.
func parseSamples1(raw []byte, m *Manifest) (experiment.Samples, error) {
	decode := decode1[gauge1]
	if len(m.Plan.Levels) > 0 { // those of gauges describe no arm
		decode = decode1[role1]
	}
	cells := map[string]int{}
	for i, c := range m.Plan.Cells {
		cells[cellKey(c)] = i
	}
	samples, err := parseSamples(raw, *m, func(line []byte) (experiment.Sample, error) {
		s, c, err := decode(line)
		if err != nil {
			return s, err
		}
		var ok bool
		if s.Cell, ok = cells[cellKey(c)]; !ok {
			return s, fmt.Errorf("trial %d: %s: %s is no cell of the plan", s.Trial, c.Experiment, c)
		}
		return s, nil
	})
	if err == nil {
		m.Worlds = worlds1(samples)
	}
	return samples, err
}

// cellKey is what tells cells apart. A sample of schema 1 does not name its engine,
// which is told by the arm.
func cellKey(c experiment.Cell) string { return c.Experiment + " " + c.Factors.Condition("engine") }

// decode1 decodes a line of one kind.
func decode1[T interface {
	convert() (experiment.Sample, experiment.Cell, error)
}](line []byte) (experiment.Sample, experiment.Cell, error) {
	var s T
	if err := decodeStrict(line, &s); err != nil {
		return experiment.Sample{}, experiment.Cell{}, err
	}
	return s.convert()
}

func (s gauge1) convert() (out experiment.Sample, c experiment.Cell, err error) {
	c = s.cell()
	out = experiment.Sample{Trial: s.Trial, Block: s.Block, Worker: experiment.Whole, Error: s.Error}
	if s.Error != "" {
		return out, c, nil
	}
	out.Worker, out.Metrics = "all", map[string]float64{}
	maps.Copy(out.Metrics, s.Counters)
	maps.Copy(out.Metrics, s.Values)
	addTimes(out.Metrics, "cpu_", s.CPUNS)
	if len(out.Metrics) != len(s.Counters)+len(s.Values)+len(s.CPUNS) {
		return out, c, errors.New("two figures of one name")
	}
	out.Histograms, err = s.Latency.convert()
	return out, c, err
}

// addTimes adds the times of phases, or of parts, to metrics.
func addTimes(metrics map[string]float64, prefix string, ns map[string]float64) {
	for name, v := range ns {
		metrics[prefix+name+"_ns"] = v
	}
}

// convert returns the sample of a role. Figures of a process are only those of the
// role whose process it is; schema 1 has zeros on the others.
func (s role1) convert() (out experiment.Sample, c experiment.Cell, err error) {
	c = experiment.Cell{Experiment: s.Scenario, Factors: factors1(arm1{Name: s.Arm, Transport: s.Transport}, s.config1)}
	out = experiment.Sample{Trial: s.Trial, Block: s.Block, Worker: s.Role, Error: s.Error}
	if s.Error != "" {
		return out, c, nil
	}
	if _, err := copytax.ParseRole(s.Role); err != nil {
		return out, c, err
	}
	out.PID, out.Proof, out.Evidence = s.PID, s.Proof, s.evidence()
	out.Metrics = map[string]float64{
		"sampled_ticks": s.SampledTicks, "stride": s.Stride, "laps": s.Laps,
		"wire_bytes": s.WireBytes, "copied_bytes": s.CopiedBytes, "syscalls": s.Syscalls,
	}
	addTimes(out.Metrics, "cpu_", s.CPUNS)
	addTimes(out.Metrics, "wall_", s.PhaseWallNS)
	if n := s.Evidence.MeanNeighbours; n != nil {
		out.Metrics["mean_neighbours"] = *n
	}
	process := map[string]float64{"wall_ns": s.WallNS, "process_cpu_ns": s.ProcessCPUNS}
	maps.Copy(process, s.Usage)
	if s.Host != s.Role {
		out.Shares = s.Host
		maps.DeleteFunc(process, func(_ string, v float64) bool { return v == 0 })
		if len(process) > 0 {
			return out, c, fmt.Errorf("trial %d: the %s has figures of a process, and ran in that of the %s", s.Trial, s.Role, s.Host)
		}
	}
	maps.Copy(out.Metrics, process)
	out.Histograms, err = s.Latency.convert()
	return out, c, err
}

func (s role1) evidence() map[string]string {
	all := map[string]string{"digest": s.Evidence.Digest, "chain": s.Evidence.Chain, "genome": s.Evidence.Genome}
	if s.Evidence.Chain != "" {
		all["frames"] = "all" // whoever gave a chain had read every frame
	}
	maps.DeleteFunc(all, func(_, value string) bool { return value == "" })
	return all
}

// The histogram that schema 1 wrote as pairs, of a series of latencies.
const (
	digits1  = 2
	longest1 = int64(600e9) // ns
)

func (l *latency1) convert() (map[string]*experiment.Histogram, error) {
	if l == nil {
		return nil, nil
	}
	out := experiment.Histogram(l.summary1)
	if out.HDR == "" {
		h := hdrhistogram.New(1, longest1, digits1)
		for _, pair := range l.Histogram {
			if err := h.RecordValues(pair[0], pair[1]); err != nil {
				return nil, fmt.Errorf("a bucket up to %d ns: %w", pair[0], err)
			}
		}
		encoded, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
		if err != nil {
			return nil, fmt.Errorf("encode the histogram: %w", err)
		}
		out.HDR = string(encoded)
	}
	return map[string]*experiment.Histogram{"latency_ns": &out}, nil
}

// worlds1 returns what direct saw of each world, once it was run without failing.
func worlds1(samples experiment.Samples) map[string]map[string]string {
	worlds := map[string]map[string]string{}
	for _, a := range attempts(samples) {
		f := a.samples[0].Of.Factors
		world := f.Condition(experiment.Arm, "transport", "engine")
		if f[experiment.Arm] == "direct" && !a.failed() && worlds[world] == nil {
			worlds[world] = judge.Evidence(a.samples)
		}
	}
	return worlds
}
