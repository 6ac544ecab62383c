package legacy

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/store"
)

const kernelFormat = "copytax-kernel/1"

// kernel is the file that copytax kernel wrote: the experiment that is now physics.
type kernel struct {
	Format   string          `json:"format"`
	Complete bool            `json:"complete"`
	Command  []string        `json:"command"`
	Created  time.Time       `json:"created"`
	Finished time.Time       `json:"finished"`
	Version  store.Version   `json:"version"`
	Machine  json.RawMessage `json:"machine"`

	Profile string `json:"profile"`
	Seed    uint64 `json:"seed"`
	Rounds  int    `json:"rounds"`
	Threads int    `json:"threads"`

	Backends []string `json:"backends"`
	Missing  []struct {
		Backend string `json:"backend"`
		Reason  string `json:"reason"`
	} `json:"missing"`
	Warnings    []string           `json:"warnings"`
	Calibration map[string]float64 `json:"calibration"`
	Ceilings    []kernelCeiling    `json:"ceilings"`
	Worlds      []kernelWorld      `json:"worlds"`
	Failures    []kernelFailure    `json:"failures"`
	Timings     []kernelTiming     `json:"timings"` // in the order in which they were taken
}

type kernelCeiling struct {
	Backend    string  `json:"backend"`
	NS         float64 `json:"ns"`
	Boids      float64 `json:"boids"`
	Candidates float64 `json:"candidates"`
	Neighbours float64 `json:"neighbours"`
}

type kernelWorld struct {
	Name        string     `json:"name"`
	Series      string     `json:"series"`
	Source      string     `json:"source"`
	Differences string     `json:"differences"`
	Boids       int        `json:"boids"`
	Dimensions  int        `json:"dimensions"`
	Seed        uint64     `json:"seed"`
	Radius      float32    `json:"radius"`
	Edges       [3]float32 `json:"edges"`
	Cells       [3]uint32  `json:"cells"`
	Policy      string     `json:"policy"`
	Rounds      []struct {
		Tick       int     `json:"tick"`
		Chain      string  `json:"chain"`
		Candidates float64 `json:"candidates"`
	} `json:"rounds"`
}

type kernelFailure struct {
	World   string `json:"world"`
	Backend string `json:"backend"`
	Reason  string `json:"reason"`
}

type kernelTiming struct {
	World      string  `json:"world"`
	Round      int     `json:"round"`
	Backend    string  `json:"backend"`
	Phase      string  `json:"phase"`
	Reps       float64 `json:"reps"`
	NS         float64 `json:"ns"`
	Neighbours float64 `json:"neighbours"`
}

// Kernel returns the run of the physics that a file of copytax kernel holds, and its
// samples in the order of measuring, a trial each. levels describes the back ends of
// given names, with so many threads where they use several.
//
// What the file says of the machine was measured once: it is of block 0.
func Kernel(path string, levels func(backends []string, threads int) []experiment.Level) (m store.Manifest, samples []experiment.Sample, err error) {
	var was kernel
	hash, err := read(path, &was)
	if err != nil {
		return m, nil, err
	}
	if was.Format != kernelFormat || !was.Complete {
		return m, nil, fmt.Errorf("%s: format %q, complete %v: want all of %q", path, was.Format, was.Complete, kernelFormat)
	}
	k := &kernelRun{kernel: was, m: was.manifest(hash), cells: map[[2]string]int{}, trials: map[[3]string]int{}}
	k.m.Plan.Levels = levels(was.Backends, was.Threads)
	k.machine()
	for rank, w := range was.Worlds {
		k.world(rank, w)
	}
	for _, t := range was.Timings {
		if err := k.timing(t); err != nil {
			return m, nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return k.m, k.samples, nil
}

func (was kernel) manifest(hash string) store.Manifest {
	m := store.Manifest{
		Created: was.Created, Finished: was.Finished, Command: was.Command, Machine: was.Machine, Version: was.Version,
		Warnings: was.Warnings, Worlds: map[string]map[string]string{},
		Converted: &store.Converted{From: kernelFormat, Hash: hash, OwnOrder: true},
		Plan: experiment.Plan{
			Experiments: []string{"physics"}, Profile: experiment.Profile(was.Profile), Seed: was.Seed, Blocks: was.Rounds,
			Options: map[string]string{"threads": strconv.Itoa(was.Threads), "world": "", "backend": ""},
		},
	}
	for _, missing := range was.Missing {
		m.Plan.Unavailable = append(m.Plan.Unavailable, experiment.Unavailable{What: missing.Backend, Reason: missing.Reason})
	}
	return m
}

// A kernelRun is the run that becomes of it.
type kernelRun struct {
	kernel
	m       store.Manifest
	samples []experiment.Sample
	cells   map[[2]string]int // by world and back end
	trials  map[[3]string]int // by world, back end and round
}

// cell adds a cell to the plan.
func (k *kernelRun) cell(world, backend, group string) int {
	n := len(k.m.Plan.Cells)
	factors := experiment.Factors{"world": world, "backend": backend}
	k.m.Plan.Cells = append(k.m.Plan.Cells, experiment.Cell{Experiment: "physics", Factors: factors, Group: group})
	k.cells[[2]string{world, backend}] = n
	return n
}

// add adds the sample of a further trial.
func (k *kernelRun) add(block, cell int, s experiment.Sample) {
	s.Trial, s.Block, s.Cell, s.Of = len(k.samples), block, cell, k.m.Plan.Cells[cell]
	k.samples = append(k.samples, s)
}

// machine adds constants and ceilings. Rates of operations have lost their unit.
func (k *kernelRun) machine() {
	constants := map[string]float64{}
	for name, v := range k.Calibration {
		if !strings.HasSuffix(name, "_gbs") && !strings.HasSuffix(name, "_ghz") {
			name += "_per_ns"
		}
		constants[name] = v
	}
	if len(constants) > 0 {
		k.add(0, k.cell("constants", "native", "machine"), experiment.Sample{Worker: "native", Metrics: constants})
	}
	for _, c := range k.Ceilings {
		k.add(0, k.cell("ceiling", c.Backend, "machine"), experiment.Sample{Worker: c.Backend, Metrics: map[string]float64{
			"force_ns": c.NS, "boids": c.Boids, "candidates": c.Candidates, "neighbours": c.Neighbours,
		}})
	}
}

// world adds a world's level, cells and references.
func (k *kernelRun) world(rank int, w kernelWorld) {
	float := func(v float32) string { return strconv.FormatFloat(float64(v), 'g', -1, 32) }
	var edges, cells []string
	for axis := range w.Edges {
		cells = append(cells, fmt.Sprint(w.Cells[axis]))
		if axis < w.Dimensions {
			edges = append(edges, float(w.Edges[axis]))
		}
	}
	facts := map[string]string{
		"series": w.Series, "source": w.Source, "differences": w.Differences, "policy": w.Policy, "radius": float(w.Radius),
		"boids": strconv.Itoa(w.Boids), "dimensions": strconv.Itoa(w.Dimensions), "seed": strconv.FormatUint(w.Seed, 10),
		"edges": strings.Join(edges, " "), "cells": strings.Join(cells, " "),
	}
	maps.DeleteFunc(facts, func(_, fact string) bool { return fact == "" })
	k.m.Plan.Levels = append(k.m.Plan.Levels, experiment.Level{
		Factor: "world", Value: w.Name, Rank: rank, Facts: facts, Summary: fmt.Sprintf("%d boids in %d dimensions", w.Boids, w.Dimensions),
	})
	for _, b := range k.Backends {
		k.cell(w.Name, b, w.Name)
	}
	for _, r := range w.Rounds {
		k.m.Worlds[fmt.Sprintf("world=%s tick=%d", w.Name, r.Tick)] = map[string]string{"chain": r.Chain}
	}
}

// timing adds a phase to the sample of its trial. The first one makes the sample.
func (k *kernelRun) timing(t kernelTiming) error {
	key := [3]string{t.World, t.Backend, strconv.Itoa(t.Round)}
	n, ok := k.trials[key]
	if !ok {
		cell, known := k.cells[[2]string{t.World, t.Backend}]
		i := slices.IndexFunc(k.Worlds, func(w kernelWorld) bool { return w.Name == t.World })
		if !known || i < 0 || t.Round < 0 || t.Round >= len(k.Worlds[i].Rounds) {
			return fmt.Errorf("a timing of round %d of %s on %q, which the file does not have", t.Round, t.Backend, t.World)
		}
		n = len(k.samples)
		k.trials[key] = n
		k.add(t.Round, cell, k.sample(t, k.Worlds[i]))
	}
	if s := k.samples[n]; s.Error == "" {
		s.Metrics[t.Phase+"_ns"], s.Metrics[t.Phase+"_runs"] = t.NS, t.Reps
		if t.Phase == "step" {
			s.Metrics["neighbours"] = t.Neighbours
		}
	}
	return nil
}

// sample begins the sample of a trial. None of a back end that failed on a world
// counts there.
func (k *kernelRun) sample(t kernelTiming, w kernelWorld) experiment.Sample {
	for _, f := range k.Failures {
		if f.World == t.World && f.Backend == t.Backend {
			return experiment.Sample{Worker: experiment.Whole, Error: f.Reason}
		}
	}
	r := w.Rounds[t.Round]
	return experiment.Sample{Worker: t.Backend, Evidence: map[string]string{"chain": r.Chain},
		Metrics: map[string]float64{"tick": float64(r.Tick), "candidates": r.Candidates}}
}
