package legacy

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/internal/store"
)

// rivals is the file of samples that rivals/shmipc/driver wrote.
type rivals struct {
	Started   time.Time         `json:"started"`
	Ended     time.Time         `json:"ended"`
	Machine   json.RawMessage   `json:"machine"` // before anything was measured
	LoadAfter string            `json:"load_after"`
	Versions  map[string]string `json:"versions"`
	Rounds    int               `json:"rounds"`
	Touch     string            `json:"touch"`
	GapNS     int64             `json:"gap_ns"`
	Cells     []rivalsCell      `json:"cells"`
	Samples   []rivalsSample    `json:"samples"`
}

type rivalsCell struct {
	Arm         string            `json:"arm"`
	Params      map[string]string `json:"params"` // bytes, as a reader sees them
	Unavailable string            `json:"unavailable"`
}

type rivalsSample struct {
	rivalsCell
	Block   int                `json:"block"`
	Error   string             `json:"error"`
	Latency *rivalsLatency     `json:"latency"`
	Used    *rivalsLatency     `json:"used"`
	CPUNS   map[string]float64 `json:"cpu_ns"` // by side
	Values  map[string]float64 `json:"values"`
}

type rivalsLatency struct {
	Count  int64   `json:"count"`
	MeanNS float64 `json:"mean_ns"`
	MinNS  int64   `json:"min_ns"`
	P50NS  int64   `json:"p50_ns"`
	P90NS  int64   `json:"p90_ns"`
	P99NS  int64   `json:"p99_ns"`
	P999NS int64   `json:"p999_ns"`
	MaxNS  int64   `json:"max_ns"`
	HDR    string  `json:"hdr"`
}

// histogram is the same in today's fields.
func (l rivalsLatency) histogram() *experiment.Histogram {
	return &experiment.Histogram{
		Count: l.Count, Mean: l.MeanNS, Min: l.MinNS, P50: l.P50NS, P90: l.P90NS, P99: l.P99NS, P999: l.P999NS, Max: l.MaxNS, HDR: l.HDR,
	}
}

// Rivals returns the run of rivals that a file of their own format holds, and its
// samples in the order of measuring, a trial each. levels describes the arms and
// sizes, given the versions of each library.
func Rivals(path string, levels func(versions map[string]map[string]string) []experiment.Level) (m store.Manifest, samples []experiment.Sample, err error) {
	var was rivals
	hash, err := read(path, &was)
	if err != nil {
		return m, nil, err
	}
	m = was.manifest(hash)
	m.Plan.Levels = levels(map[string]map[string]string{
		"iceoryx2":  {"iceoryx2": was.Versions["iceoryx2"], "rustc": was.Versions["rustc"]},
		"shmipc-go": {"shmipc-go": was.Versions["shmipc-go"], "go": was.Versions["go"]},
	})
	cells := map[string]int{} // by condition
	for _, c := range was.Cells {
		cell, err := c.cell()
		switch {
		case err != nil:
			return m, nil, fmt.Errorf("%s: %w", path, err)
		case c.Unavailable == "":
			cells[cell.String()] = len(m.Plan.Cells)
			m.Plan.Cells = append(m.Plan.Cells, cell)
		default:
			m.Plan.Unavailable = append(m.Plan.Unavailable, experiment.Unavailable{What: cell.String(), Reason: c.Unavailable})
		}
	}
	for n, s := range was.Samples {
		cell, err := s.cell()
		at, ok := cells[cell.String()]
		if err != nil || !ok {
			return m, nil, fmt.Errorf("%s: sample %d is of no cell: %s", path, n, cell)
		}
		sample := s.sample()
		sample.Trial, sample.Block, sample.Cell, sample.Of = n, s.Block, at, cell
		samples = append(samples, sample)
	}
	return m, samples, nil
}

func (was rivals) manifest(hash string) store.Manifest {
	var machine struct {
		Load []float64 `json:"load_average"`
	}
	_ = json.Unmarshal(was.Machine, &machine) // no load is no error
	before := strings.Trim(fmt.Sprintf("%.2f", machine.Load), "[]")
	return store.Manifest{
		Created: was.Started, Finished: was.Ended, Command: []string{"scripts/rivals.sh", fmt.Sprint(was.Rounds)}, Machine: was.Machine,
		Version:   store.Version{Copytax: was.Versions["copytax"], Go: was.Versions["go"]},
		Converted: &store.Converted{From: "rivals.json of rivals/shmipc/driver", Hash: hash, OwnOrder: true},
		Warnings:  []string{fmt.Sprintf("load averages: %s before the run, %s after it, its own load included", before, was.LoadAfter)},
		Plan: experiment.Plan{
			Experiments: []string{"rivals"}, Profile: experiment.Standard, Blocks: was.Rounds,
			Options: map[string]string{"touch": was.Touch, "gap": time.Duration(was.GapNS).String()},
		},
	}
}

// cell is the same with the bytes as a plain number.
func (c rivalsCell) cell() (cell experiment.Cell, err error) {
	for n := 1; n <= 1<<30; n *= 2 {
		if report.Bytes(n) == c.Params["bytes"] {
			bytes := fmt.Sprint(n)
			factors := experiment.Factors{experiment.Arm: c.Arm, "bytes": bytes}
			return experiment.Cell{Experiment: "rivals", Factors: factors, Group: bytes + " bytes"}, nil
		}
	}
	return cell, fmt.Errorf("a cell of %q bytes", c.Params["bytes"])
}

// sample is a sample without what identifies the trial.
func (s rivalsSample) sample() experiment.Sample {
	if s.Error != "" || s.Latency == nil || s.Used == nil {
		return experiment.Sample{Worker: experiment.Whole, Error: s.Error}
	}
	return experiment.Sample{
		Worker: "all",
		Metrics: map[string]float64{
			"cpu_writer_ns": s.CPUNS["writer"], "cpu_reader_ns": s.CPUNS["reader"], "others_cpus": s.Values["others_cpus"],
		},
		Histograms: map[string]*experiment.Histogram{"latency_ns": s.Latency.histogram(), "used_ns": s.Used.histogram()},
	}
}
