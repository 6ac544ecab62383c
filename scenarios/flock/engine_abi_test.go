package flock

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/copytax/copytax"
)

var update = flag.Bool("update", false, "rewrite the generated and golden files of the flock")

const layoutFile = "../../rust/flock/src/layout.rs"

// TestRustLayoutIsCurrent holds the constants of the Rust crate to the types
// of this module: policy fields by writing each of them, columns, descriptor
// and status codes by value.
func TestRustLayoutIsCurrent(t *testing.T) {
	want := rustLayout(t)
	if *update {
		if err := os.WriteFile(layoutFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(layoutFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is stale: run go test ./scenarios/flock -run RustLayout -update", layoutFile)
	}
}

func rustLayout(t *testing.T) string {
	var b strings.Builder
	b.WriteString(`//! Where things lie. Generated from the Go side; do not edit:
//! go test ./scenarios/flock -run RustLayout -update
#![allow(missing_docs)]

`)
	line := func(name, kind string, v int) {
		fmt.Fprintf(&b, "pub const %s: %s = %d;\n", name, kind, v)
	}
	line("POLICY_BYTES", "usize", copytax.PolicyBytes)
	for _, f := range policyFields(t) {
		line("POLICY_"+f.name, "usize", f.offset)
	}
	line("FRAME_COLUMNS", "usize", copytax.Columns)
	line("X", "usize", int(copytax.X))
	line("VX", "usize", int(copytax.VX))
	line("ENERGY", "usize", int(copytax.Energy))
	line("FITNESS", "usize", int(copytax.Fitness))
	line("GENERATION_TICKS", "usize", copytax.GenerationTicks)
	line("GENOME_COLUMNS", "usize", copytax.GenomeColumns)
	for _, d := range descriptorFields() {
		line("DESC_"+d.name, "usize", d.offset)
	}
	for s, name := range []string{"OK", "DESCRIPTOR", "POLICY", "GRID", "POSITION", "STATE", "GENE"} {
		line("STATUS_"+name, "u32", s)
	}
	return b.String()
}

type field struct {
	name   string
	offset int
}

func descriptorFields() []field {
	return []field{
		{"NEIGHBOURS", descNeighbours}, {"SEED", descSeed}, {"POLICY", descPolicy},
		{"GENOME", descGenome}, {"FROM", descFrom}, {"TO", descTo}, {"SCRATCH", descScratch},
		{"SCRATCH_BYTES", descScratchBytes}, {"BOIDS", descBoids}, {"CELLS", descCells},
		{"CULPRIT", descCulprit}, {"DIMENSIONS", descDimensions}, {"RENUMBER", descRenumber},
		{"PARTS", descParts}, {"BYTES", descBytes},
	}
}

// policyFields finds the canonical offset of every float of a policy by
// setting it alone and looking for what changed.
func policyFields(t *testing.T) []field {
	var fields []field
	for i := range reflect.TypeFor[copytax.Policy]().NumField() {
		var p copytax.Policy
		v := reflect.ValueOf(&p).Elem().Field(i)
		switch v.Kind() {
		case reflect.Float32:
			v.SetFloat(1)
		case reflect.Array:
			v.Index(0).SetFloat(1)
		case reflect.Uint64: // epoch and generation are of no concern to the step
			continue
		default:
			t.Fatalf("policy field %d has kind %v", i, v.Kind())
		}
		var block [copytax.PolicyBytes]byte
		p.Put(block[:])
		one := binary.LittleEndian.AppendUint32(nil, math.Float32bits(1))
		at := bytes.Index(block[:], one)
		if at < 0 {
			t.Fatalf("policy field %d is not in its canonical form", i)
		}
		fields = append(fields, field{screaming(reflect.TypeFor[copytax.Policy]().Field(i).Name), at})
	}
	return fields
}

// screaming turns MaxSpeed into MAX_SPEED.
func screaming(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToUpper(r))
	}
	return b.String()
}
