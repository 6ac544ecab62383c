package store

import (
	"encoding/json"
	"time"

	"github.com/copytax/copytax/experiment"
)

// Schema is the version of the format that this package writes. It grows when a
// field changes its meaning, is added or goes away.
const Schema = 2

// The files of a run, and TicksName.
const (
	ManifestName = "manifest.json"
	SamplesName  = "samples.jsonl"
)

// temporaryName is where a manifest is written before it replaces the old one.
const temporaryName = ManifestName + ".tmp"

// A State says whether all of a plan has been run.
type State string

// The states of a run.
const (
	Running  State = "running"  // being written, or killed: may be resumed
	Complete State = "complete" // every trial of the plan is recorded
)

// A Manifest says what a run is, on which machine and with which programs it
// was made, and what its files must hash to.
type Manifest struct {
	Schema   int             `json:"schema"`
	State    State           `json:"state"`
	Created  time.Time       `json:"created"`           // UTC, to the millisecond
	Finished time.Time       `json:"finished,omitzero"` // UTC, to the millisecond; absent while running
	Command  []string        `json:"command"`           // arguments of the program, its name first
	Version  Version         `json:"version"`
	Machine  json.RawMessage `json:"machine"` // a JSON object, the fingerprint of the machine
	Plan     experiment.Plan `json:"plan"`
	// Worlds are the references: what every trial of a world must have seen, by
	// world and by name of the evidence. Each is recorded before a trial of its
	// world is judged.
	Worlds    map[string]map[string]string `json:"worlds"`
	Warnings  []string                     `json:"warnings"` // what a reader of the figures must know
	Converted *Converted                   `json:"converted,omitempty"`
	Files     map[string]File              `json:"files"` // by name in the run's folder
	Seal      string                       `json:"seal"`  // BLAKE3 of the manifest with an empty seal, in hex
}

// A Version names the programs that made a run.
type Version struct {
	Copytax string            `json:"copytax"`
	Go      string            `json:"go"`
	Modules map[string]string `json:"modules"` // version of each Go dependency by module path
	Program string            `json:"program"` // BLAKE3 of the executable, in hex
	Wasm    string            `json:"wasm"`    // BLAKE3 of the embedded engine module, in hex
	// Engine is the native engine; absent where no arm has it.
	Engine *NativeEngine `json:"engine,omitempty"`
}

// A NativeEngine names the program that is the engine of native arms.
type NativeEngine struct {
	Version string `json:"version"` // what the program says of itself, its back end included
	BLAKE3  string `json:"blake3"`  // of the program, in hex
}

// Converted says that a run was recorded in another format, and by which hash the
// original is known.
type Converted struct {
	From string `json:"from"` // the format, as "schema 1"
	Hash string `json:"hash"` // the original's seal, or its BLAKE3, in hex
	// OwnOrder is set when the trials were not run in the order of the plan: their
	// numbers are then those of the order in which they are recorded.
	OwnOrder bool `json:"own_order,omitempty"`
	// Absent is how many trials of the plan the original does not have, in an order
	// of its own.
	Absent int `json:"absent,omitempty"`
}

// conversions are all runs whose trials are in an order of their own: nothing else
// may claim that, since such a run can lack any of its trials.
var conversions = []Converted{
	{From: "copytax-kernel/1", Hash: "9bf3613424c7e445686f61a2f657cabec195e63574cd3ad8b06578596a8e8e46", OwnOrder: true, Absent: 30},
	{From: "rivals.json of rivals/shmipc/driver", Hash: "1ee86d0261a6c9000927b25105f72692acd022df26c6f567d951ff9211595370", OwnOrder: true},
}

// A File is what a file of the run must be.
type File struct {
	Bytes  int64  `json:"bytes"`
	BLAKE3 string `json:"blake3"` // of its first Bytes bytes, in hex
}

// normalize brings m into the one form that encodes to canonical bytes: no nil
// list, times in UTC without the digits that no reader needs.
func (m *Manifest) normalize() {
	m.Created = m.Created.UTC().Truncate(time.Millisecond)
	m.Finished = m.Finished.UTC().Truncate(time.Millisecond)
	m.Command, m.Warnings = list(m.Command), list(m.Warnings)
	m.Plan.Experiments, m.Plan.Cells = list(m.Plan.Experiments), list(m.Plan.Cells)
	m.Plan.Unavailable = list(m.Plan.Unavailable)
	m.Plan.Options, m.Version.Modules = table(m.Plan.Options), table(m.Version.Modules)
	m.Worlds = table(m.Worlds)
	if len(m.Machine) == 0 {
		m.Machine = json.RawMessage("{}")
	}
}

func list[T any](s []T) []T { return append([]T{}, s...) }

func table[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return m
}

// sealed returns the canonical bytes of m with its seal computed.
func (m Manifest) sealed() ([]byte, error) {
	m.normalize()
	m.Seal = ""
	open, err := canonical(m)
	if err != nil {
		return nil, err
	}
	m.Seal = sum(open)
	return canonical(m)
}

// parseManifest decodes raw, of this package's schema, and checks its seal.
func parseManifest(raw []byte) (Manifest, error) {
	var m Manifest
	if err := decodeManifest(raw, &m); err != nil {
		return m, err
	}
	want, err := m.sealed()
	if err != nil {
		return m, err
	}
	return m, unedited(raw, want)
}
