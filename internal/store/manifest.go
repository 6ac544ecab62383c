package store

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/zeebo/blake3"

	"github.com/copytax/copytax"
)

// Schema is the version of the format that this package writes and reads. It
// grows when a field changes its meaning, is added or goes away.
const Schema = 1

// The two files of a run.
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
	Plan     Plan            `json:"plan"`
	Warnings []string        `json:"warnings"` // what a reader of the figures must know
	Files    map[string]File `json:"files"`    // by name in the run's folder
	Seal     string          `json:"seal"`     // BLAKE3 of the manifest with an empty seal, in hex
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

// A NativeEngine names the program that plays the engine of native arms.
type NativeEngine struct {
	Version string `json:"version"` // what the program says of itself, its back end included
	BLAKE3  string `json:"blake3"`  // of the program, in hex
}

// A Plan is everything that is to be run: each arm with each config, once a block.
type Plan struct {
	Profile     string           `json:"profile"`
	Scenario    string           `json:"scenario"`
	Seed        uint64           `json:"seed"` // of the order of trials
	Blocks      int              `json:"blocks"`
	Arms        []Arm            `json:"arms"`
	Configs     []copytax.Config `json:"configs"`
	Unavailable []Unavailable    `json:"unavailable"`
	// Cells are what is run instead of arms and configs when the scenarios are
	// gauges of the hub, each once a block; Scenario then names them all.
	Cells []Cell `json:"cells,omitempty"`
}

// Gauges reports whether the plan is one of gauges of the hub, whose samples
// are gauge.Samples.
func (p Plan) Gauges() bool { return len(p.Cells) > 0 }

// Native is the Engine of an arm whose engine is a process without Go or
// WebAssembly in it.
const Native = "native"

// An Arm is one side of the comparison: a transport with an engine, or the
// second half of the A/A pair.
type Arm struct {
	Name      string `json:"name"` // the transport, with "@native" behind it for that engine, "#aa" for the A/A pair
	Transport string `json:"transport"`
	Rung      int    `json:"rung"` // place on the ladder, 0 for direct
	Summary   string `json:"summary"`
	// Engine is Native, or absent for the engine in WebAssembly, which direct
	// has as well: only arms of that engine can be compared with it.
	Engine string `json:"engine,omitempty"`
}

// Unavailable is a transport, or a cell of a gauge, that the machine cannot run.
type Unavailable struct {
	Transport string `json:"transport"`
	Reason    string `json:"reason"`
}

// Missing returns what the plan leaves out, that of one reason as one entry
// with its names joined, in order of the first of each.
func (p Plan) Missing() (missing []Unavailable) {
	at := map[string]int{}
	for _, u := range p.Unavailable {
		i, ok := at[u.Reason]
		if !ok {
			at[u.Reason] = len(missing)
			missing = append(missing, u)
			continue
		}
		missing[i].Transport += "; " + u.Transport
	}
	return missing
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
	m.Command = notNil(m.Command)
	m.Warnings = notNil(m.Warnings)
	m.Plan.Arms = notNil(m.Plan.Arms)
	m.Plan.Configs = notNil(m.Plan.Configs)
	m.Plan.Unavailable = notNil(m.Plan.Unavailable)
	if m.Version.Modules == nil {
		m.Version.Modules = map[string]string{}
	}
	if len(m.Machine) == 0 {
		m.Machine = json.RawMessage("{}")
	}
}

func notNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// sealed returns the canonical bytes of m with its seal computed.
func (m Manifest) sealed() ([]byte, error) {
	m.normalize()
	m.Seal = ""
	open, err := m.encode()
	if err != nil {
		return nil, err
	}
	m.Seal = sum(open)
	return m.encode()
}

// encode returns m as JSON, indented by two spaces, ending in a newline.
func (m Manifest) encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // a command line with & or < should read as it was typed
	e.SetIndent("", "  ")
	if err := e.Encode(m); err != nil {
		return nil, fmt.Errorf("encode manifest: %w", err)
	}
	return b.Bytes(), nil
}

// readManifest returns the manifest of the run in dir. It fails when a byte of
// it is not what this package wrote.
func readManifest(dir string) (Manifest, error) {
	path := filepath.Join(dir, ManifestName)
	raw, err := os.ReadFile(path)
	if err != nil {
		return Manifest{}, fmt.Errorf("read manifest: %w", err)
	}
	m, err := parseManifest(raw)
	if err != nil {
		return Manifest{}, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// parseManifest decodes raw and checks its seal. The bytes must be the very
// ones that encoding the result gives: so a changed space, a repeated key or a
// key in other letters is found although it decodes to the same values.
func parseManifest(raw []byte) (Manifest, error) {
	var m Manifest
	if err := decodeStrict(raw, &m); err != nil {
		return m, fmt.Errorf("line %d: %w", lineOf(raw, err), err)
	}
	if m.Schema != Schema {
		return m, fmt.Errorf("schema %d, this version reads schema %d", m.Schema, Schema)
	}
	want, err := m.sealed()
	if err != nil {
		return m, err
	}
	if i := firstDifference(raw, want); i >= 0 {
		return m, fmt.Errorf("edited: the seal does not match, first at line %d", 1+bytes.Count(raw[:i], []byte("\n")))
	}
	if m.State != Running && m.State != Complete {
		return m, fmt.Errorf("state %q, want %q or %q", m.State, Running, Complete)
	}
	return m, nil
}

// decodeStrict decodes exactly one JSON value and refuses unknown fields.
func decodeStrict(raw []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("data behind the JSON value")
	}
	return nil
}

// lineOf returns the line of raw, from 1, that a decoding error points at, and
// the last line when it names no place.
func lineOf(raw []byte, err error) int {
	at := int64(len(raw))
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		at = syntax.Offset
	case errors.As(err, &kind):
		at = kind.Offset
	}
	at = min(at, int64(len(raw)))
	return 1 + bytes.Count(raw[:at], []byte("\n"))
}

// firstDifference returns the first index at which a and b differ, -1 if none.
func firstDifference(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	if len(a) != len(b) {
		return n
	}
	return -1
}

// sum returns the BLAKE3 of b in lower-case hex.
func sum(b []byte) string {
	h := blake3.Sum256(b)
	return hex.EncodeToString(h[:])
}
