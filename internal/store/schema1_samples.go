package store

import (
	"errors"
	"fmt"
	"maps"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/judge"
)

// A role1 is a line of a run of roles.
type role1 struct {
	Trial     int    `json:"trial"`
	Block     int    `json:"block"`
	Arm       string `json:"arm"`
	Scenario  string `json:"scenario"`
	Transport string `json:"transport"`
	config1
	Role         string                `json:"role"`
	Host         string                `json:"host"`
	PID          int                   `json:"pid"`
	Error        string                `json:"error"`
	WallNS       float64               `json:"wall_ns"`
	ProcessCPUNS float64               `json:"process_cpu_ns"`
	SampledTicks float64               `json:"sampled_ticks"`
	Stride       float64               `json:"stride"`
	Laps         float64               `json:"laps"`
	CPUNS        map[string]float64    `json:"cpu_ns"`
	PhaseWallNS  map[string]float64    `json:"phase_wall_ns"`
	WireBytes    float64               `json:"wire_bytes"`
	CopiedBytes  float64               `json:"copied_bytes"`
	Syscalls     float64               `json:"syscalls"`
	Usage        usage1                `json:"usage"`
	Latency      *latency1             `json:"latency"`
	Evidence     evidence1             `json:"evidence"`
	Proof        *copytax.AddressProof `json:"proof"`
}

type usage1 struct {
	AllocBytes          float64 `json:"alloc_bytes"`
	AllocObjects        float64 `json:"alloc_objects"`
	Collections         float64 `json:"collections"`
	VoluntarySwitches   float64 `json:"voluntary_switches"`
	InvoluntarySwitches float64 `json:"involuntary_switches"`
	MinorFaults         float64 `json:"minor_faults"`
	MajorFaults         float64 `json:"major_faults"`
}

type evidence1 struct {
	Digest         string   `json:"digest"`
	Chain          string   `json:"chain"`
	Genome         string   `json:"genome"`
	MeanNeighbours *float64 `json:"mean_neighbours"`
}

// A latency1 has its histogram as pairs of roles, and encoded of gauges.
type latency1 struct {
	Count     int64      `json:"count"`
	MeanNS    float64    `json:"mean_ns"`
	MinNS     int64      `json:"min_ns"`
	P50NS     int64      `json:"p50_ns"`
	P90NS     int64      `json:"p90_ns"`
	P99NS     int64      `json:"p99_ns"`
	P999NS    int64      `json:"p999_ns"`
	MaxNS     int64      `json:"max_ns"`
	Histogram [][2]int64 `json:"histogram_ns"` // upper edge of a bucket in ns, and its count
	HDR       string     `json:"hdr"`
}

// A gauge1 is a line of a run of gauges.
type gauge1 struct {
	Trial    int    `json:"trial"`
	Block    int    `json:"block"`
	Scenario string `json:"scenario"`
	gaugeCell1
	Error    string             `json:"error"`
	Latency  *latency1          `json:"latency"`
	Counters map[string]float64 `json:"counters"`
	Values   map[string]float64 `json:"values"`
	CPUNS    map[string]float64 `json:"cpu_ns"`
}

// samples turns the lines of schema 1 into those of this one. It finds the worlds:
// the reference is what direct saw.
func (f *schema1) samples(raw []byte, m *Manifest) (samples experiment.Samples, err error) {
	cells := map[string]int{}
	for i, c := range m.Plan.Cells {
		cells[cellKey(c)] = i
	}
	err = eachLine(raw, func(line []byte) error {
		s, c, err := f.sample(line)
		if err != nil {
			return err
		}
		var ok bool
		if s.Cell, ok = cells[cellKey(c)]; !ok {
			return fmt.Errorf("trial %d: %s: %s is no cell of the plan", s.Trial, c.Experiment, c)
		}
		samples = append(samples, s)
		return nil
	})
	if err = errors.Join(err, fillIn(samples, *m)); err != nil {
		return nil, err
	}
	m.Worlds = worlds1(samples)
	return samples, nil
}

// cellKey is what tells cells apart. A sample of schema 1 does not name its engine,
// which is told by the arm.
func cellKey(c experiment.Cell) string { return c.Experiment + " " + c.Factors.Condition("engine") }

// sample decodes one line of the plan's kind.
func (f *schema1) sample(line []byte) (experiment.Sample, experiment.Cell, error) {
	if len(f.was.Plan.Cells) > 0 {
		var s gauge1
		if err := decodeStrict(line, &s); err != nil {
			return experiment.Sample{}, experiment.Cell{}, err
		}
		return s.convert()
	}
	var s role1
	if err := decodeStrict(line, &s); err != nil {
		return experiment.Sample{}, experiment.Cell{}, err
	}
	out, err := s.convert()
	c := experiment.Cell{Experiment: s.Scenario, Factors: factors1(arm1{Name: s.Arm, Transport: s.Transport}, s.config1)}
	return out, c, err
}

func (s gauge1) convert() (out experiment.Sample, c experiment.Cell, err error) {
	c = cell1{s.Scenario, s.gaugeCell1}.convert()
	out = experiment.Sample{Trial: s.Trial, Block: s.Block, Worker: experiment.Whole, Error: s.Error}
	if s.Error != "" {
		return out, c, nil
	}
	out.Worker, out.Metrics = "all", map[string]float64{}
	maps.Copy(out.Metrics, s.Counters)
	maps.Copy(out.Metrics, s.Values)
	prefixed(out.Metrics, "cpu_", s.CPUNS)
	if len(out.Metrics) != len(s.Counters)+len(s.Values)+len(s.CPUNS) {
		return out, c, errors.New("two figures of one name")
	}
	out.Histograms, err = s.Latency.convert()
	return out, c, err
}

// prefixed adds the times of phases, or of parts, to metrics.
func prefixed(metrics map[string]float64, prefix string, ns map[string]float64) {
	for name, v := range ns {
		metrics[prefix+name+"_ns"] = v
	}
}

// convert returns the sample of a role. Figures of a process are only those of the
// role whose process it is; schema 1 has zeros on the others.
func (s role1) convert() (out experiment.Sample, err error) {
	out = experiment.Sample{Trial: s.Trial, Block: s.Block, Worker: s.Role, Error: s.Error}
	if s.Error != "" {
		return out, nil
	}
	if _, err := copytax.ParseRole(s.Role); err != nil {
		return out, err
	}
	out.PID, out.Proof, out.Evidence = s.PID, s.Proof, s.Evidence.convert()
	out.Metrics = map[string]float64{
		"sampled_ticks": s.SampledTicks, "stride": s.Stride, "laps": s.Laps,
		"wire_bytes": s.WireBytes, "copied_bytes": s.CopiedBytes, "syscalls": s.Syscalls,
	}
	prefixed(out.Metrics, "cpu_", s.CPUNS)
	prefixed(out.Metrics, "wall_", s.PhaseWallNS)
	if n := s.Evidence.MeanNeighbours; n != nil {
		out.Metrics["mean_neighbours"] = *n
	}
	if s.Host != s.Role {
		out.Shares = s.Host
		if s.WallNS != 0 || s.ProcessCPUNS != 0 || s.Usage != (usage1{}) {
			return out, fmt.Errorf("trial %d: the %s has figures of a process, and ran in that of the %s", s.Trial, s.Role, s.Host)
		}
	} else {
		maps.Copy(out.Metrics, s.process())
	}
	out.Histograms, err = s.Latency.convert()
	return out, err
}

// process are the figures of a whole process.
func (s role1) process() map[string]float64 {
	return map[string]float64{
		"wall_ns": s.WallNS, "process_cpu_ns": s.ProcessCPUNS,
		"alloc_bytes": s.Usage.AllocBytes, "alloc_objects": s.Usage.AllocObjects, "collections": s.Usage.Collections,
		"voluntary_switches": s.Usage.VoluntarySwitches, "involuntary_switches": s.Usage.InvoluntarySwitches,
		"minor_faults": s.Usage.MinorFaults, "major_faults": s.Usage.MajorFaults,
	}
}

func (e evidence1) convert() map[string]string {
	all := map[string]string{}
	for name, value := range map[string]string{"digest": e.Digest, "chain": e.Chain, "genome": e.Genome} {
		if value != "" {
			all[name] = value
		}
	}
	if e.Chain != "" {
		all["frames"] = "all" // whoever gave a chain had read every frame
	}
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
	out := &experiment.Histogram{
		Count: l.Count, Mean: l.MeanNS, Min: l.MinNS, P50: l.P50NS, P90: l.P90NS, P99: l.P99NS, P999: l.P999NS, Max: l.MaxNS, HDR: l.HDR,
	}
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
	return map[string]*experiment.Histogram{"latency_ns": out}, nil
}

// worlds1 returns what direct saw of each world, once it was run without failing.
func worlds1(samples experiment.Samples) map[string]map[string]string {
	worlds := map[string]map[string]string{}
	for _, a := range attempts(samples) {
		f := a.samples[0].Of.Factors
		world := f.Condition(experiment.Arm, "transport", "engine")
		if f[experiment.Arm] != "direct" || a.failed() || worlds[world] != nil {
			continue
		}
		worlds[world] = judge.Evidence(a.samples)
	}
	return worlds
}
