package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/copytax/copytax/experiment"
)

// A manifest1 is the manifest of schema 1: key for key what that wrote, since its
// seal is over these bytes.
type manifest1 struct {
	Schema   int             `json:"schema"`
	State    State           `json:"state"`
	Created  time.Time       `json:"created"`
	Finished time.Time       `json:"finished,omitzero"`
	Command  []string        `json:"command"`
	Version  Version         `json:"version"`
	Machine  json.RawMessage `json:"machine"`
	Plan     plan1           `json:"plan"`
	Warnings []string        `json:"warnings"`
	Files    map[string]File `json:"files"`
	Seal     string          `json:"seal"`
}

// A plan1 is each arm with each config once a block, or the cells of gauges.
type plan1 struct {
	Profile     string         `json:"profile"`
	Scenario    string         `json:"scenario"`
	Seed        uint64         `json:"seed"`
	Blocks      int            `json:"blocks"`
	Arms        []arm1         `json:"arms"`
	Configs     []config1      `json:"configs"`
	Unavailable []unavailable1 `json:"unavailable"`
	Cells       []cell1        `json:"cells,omitempty"`
}

type arm1 struct {
	Name      string `json:"name"`
	Transport string `json:"transport"`
	Rung      int    `json:"rung"`
	Summary   string `json:"summary"`
	Engine    string `json:"engine,omitempty"`
}

type config1 struct {
	Boids      int    `json:"boids"`
	Neighbours int    `json:"neighbours"`
	Mode       string `json:"mode"`
	Seed       uint64 `json:"seed"`
	WarmUp     int    `json:"warm_up"`
	Ticks      int    `json:"ticks"`
	Slots      int    `json:"slots"`
}

type unavailable1 struct {
	Transport string `json:"transport"`
	Reason    string `json:"reason"`
}

type cell1 struct {
	Scenario string `json:"scenario"`
	gaugeCell1
}

type gaugeCell1 struct {
	Arm         string            `json:"arm"`
	Params      map[string]string `json:"params"`
	Group       string            `json:"group,omitempty"`
	Unavailable string            `json:"unavailable,omitempty"`
}

// A schema1 reads the format before this one.
type schema1 struct{ was manifest1 }

func (f *schema1) manifest(raw []byte) (Manifest, error) {
	m := &f.was
	if err := decodeStrict(raw, m); err != nil {
		return Manifest{}, fmt.Errorf("line %d: %w%s", lineOf(raw, err), err, hint(raw))
	}
	want, err := m.sealed()
	if err != nil {
		return Manifest{}, err
	}
	if err := errors.Join(unedited(raw, want), m.State.check()); err != nil {
		return Manifest{}, err
	}
	return m.convert(), nil
}

// sealed returns the canonical bytes of m with its seal computed.
func (m manifest1) sealed() ([]byte, error) {
	m.Seal = ""
	open, err := canonical(m)
	if err != nil {
		return nil, err
	}
	m.Seal = sum(open)
	return canonical(m)
}

// convert returns the manifest in this schema, without the worlds, which are found
// in the samples. It keeps the seal of the folder.
func (m manifest1) convert() Manifest {
	out := Manifest{
		Schema: Schema, State: m.State, Created: m.Created, Finished: m.Finished, Command: m.Command,
		Version: m.Version, Machine: m.Machine, Plan: m.Plan.convert(), Warnings: m.Warnings,
		Converted: &Converted{From: "schema 1", Hash: m.Seal}, Files: m.Files, Seal: m.Seal,
	}
	out.normalize()
	return out
}

// convert lists the cells arm by arm, as their order was drawn.
func (p plan1) convert() experiment.Plan {
	out := experiment.Plan{
		Experiments: strings.Split(p.Scenario, ","), Profile: experiment.Profile(p.Profile), Seed: p.Seed, Blocks: p.Blocks,
	}
	for _, u := range p.Unavailable {
		out.Unavailable = append(out.Unavailable, experiment.Unavailable{What: u.Transport, Reason: u.Reason})
	}
	for _, a := range p.Arms {
		out.Levels = append(out.Levels, a.level())
		for _, c := range p.Configs {
			out.Cells = append(out.Cells, experiment.Cell{Experiment: p.Scenario, Factors: factors1(a, c)})
		}
	}
	for _, c := range p.Cells {
		out.Cells = append(out.Cells, c.convert())
	}
	return out
}

func (c cell1) convert() experiment.Cell {
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
	f := c.factors()
	f[experiment.Arm], f["transport"], f["engine"] = a.Name, a.Transport, "wasm"
	if a.Engine != "" {
		f["engine"] = a.Engine
	}
	return f
}

func (c config1) factors() experiment.Factors {
	return experiment.Factors{
		"boids": strconv.Itoa(c.Boids), "neighbours": strconv.Itoa(c.Neighbours), "mode": c.Mode,
		"seed": strconv.FormatUint(c.Seed, 10), "warm_up": strconv.Itoa(c.WarmUp),
		"ticks": strconv.Itoa(c.Ticks), "slots": strconv.Itoa(c.Slots),
	}
}
