package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

// A constant is one number that languages share.
type constant struct {
	Name  string // in camel case
	Value uint64
	Bits  int    // 64 or 32 for a word, 0 for a size or an index
	Doc   string // in one line, may be empty
}

// A layout is where things lie in the hub, as constants grouped by what they
// describe.
type layout struct {
	Sizes   []constant // of the hub and its parts
	Lines   []constant // where the words of the control page lie
	Columns []constant // indices of a frame's columns
	Genes   []constant // indices of a genome's columns
	Policy  []constant // offsets of a policy's fields, in bytes
}

// All returns the constants of all groups.
func (l layout) All() []constant {
	return slices.Concat(l.Sizes, l.Lines, l.Columns, l.Genes, l.Policy)
}

// readLayout gathers the layout from package zerocopy; lines is the path of the
// file that declares the lines of the control page.
func readLayout(lines string) (layout, error) {
	l := layout{
		Sizes:   sizeConstants(),
		Columns: indexed("x", "y", "z", "vx", "vy", "vz", "energy", "fitness"),
		Genes:   indexed("geneSeparation", "geneAlignment", "geneCohesion", "geneGoal"),
		Policy:  policyConstants(),
	}
	if len(l.Columns) != copytax.Columns || len(l.Genes) != copytax.GenomeColumns {
		return l, fmt.Errorf("%d and %d columns are named, want %d and %d",
			len(l.Columns), len(l.Genes), copytax.Columns, copytax.GenomeColumns)
	}
	var err error
	l.Lines, err = lineConstants(lines)
	return l, err
}

func size(name string, v int) constant { return constant{Name: name, Value: uint64(v)} }

func sizeConstants() []constant {
	var l zerocopy.Layout
	return []constant{
		{Name: "magic", Value: zerocopy.Magic, Bits: 64},
		{Name: "version", Value: uint64(zerocopy.Version), Bits: 32},
		size("pageBytes", zerocopy.PageBytes),
		size("headerBytes", zerocopy.HeaderBytes),
		size("lineBytes", zerocopy.LineBytes),
		size("maxReaders", zerocopy.MaxReaders),
		size("maxSlots", zerocopy.MaxSlots),
		size("maxBoids", zerocopy.MaxBoids),
		size("maxPayload", zerocopy.MaxPayload),
		size("policyBytes", copytax.PolicyBytes),
		size("policySlotBytes", l.PolicyOffset(1)-l.PolicyOffset(0)),
		size("frameColumns", copytax.Columns),
		size("genomeColumns", copytax.GenomeColumns),
		size("generationTicks", copytax.GenerationTicks),
	}
}

func indexed(names ...string) (cs []constant) {
	for i, name := range names {
		cs = append(cs, size(name, i))
	}
	return cs
}

// policyConstants are the offsets of the fields in memory. The memory of a policy
// is its canonical form, which a test of package copytax holds it to.
func policyConstants() (cs []constant) {
	policy := reflect.TypeFor[copytax.Policy]()
	for i := range policy.NumField() {
		f := policy.Field(i)
		cs = append(cs, size("policy"+f.Name, int(f.Offset)))
	}
	return cs
}

// lineConstants reads the block of line numbers in a file with its comments, so
// that a new line reaches every language without being named again.
func lineConstants(path string) ([]constant, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	for _, decl := range file.Decls {
		block, ok := decl.(*ast.GenDecl)
		if !ok || block.Tok != token.CONST {
			continue
		}
		if cs := linesOf(block); len(cs) > 0 && cs[len(cs)-1].Name == "lines" {
			return cs, nil
		}
	}
	return nil, errors.New(path + " has no block of numbers that ends with Lines")
}

// linesOf returns the constants of a block, none if one of them is no number.
func linesOf(block *ast.GenDecl) (cs []constant) {
	for _, spec := range block.Specs {
		v := spec.(*ast.ValueSpec)
		literal, ok := v.Values[0].(*ast.BasicLit)
		if !ok {
			return nil
		}
		n, err := strconv.ParseUint(literal.Value, 10, 64)
		if err != nil {
			return nil
		}
		cs = append(cs, constant{Name: camel(v.Names[0].Name), Value: n, Doc: strings.TrimSpace(v.Comment.Text())})
	}
	return cs
}

// Layouts are the examples whose offsets, sizes, hashes and headers the tests of the
// formulas of other languages compare.
func (layout) Layouts() []zerocopy.Layout {
	const slots, boids, payload = zerocopy.MaxSlots, zerocopy.MaxBoids, zerocopy.MaxPayload
	return []zerocopy.Layout{
		{Slots: 2}, {Boids: 1, Slots: 2}, {Boids: 4, Slots: 3}, {Boids: 5, Slots: 3}, {Boids: 101, Slots: 3},
		{Boids: 1000, Slots: 3}, {Boids: 10_000, Slots: 3}, {Boids: 100_001, Slots: slots},
		{Boids: boids, Slots: slots}, {Slots: 3, Payload: 64}, {Slots: 4, Payload: 4104},
		{Slots: 3, Payload: 64 << 10}, {Slots: 3, Payload: 64 << 20}, {Slots: slots, Payload: payload},
	}
}

// Kinds are the kinds of regions that have a header.
func (layout) Kinds() []zerocopy.Kind {
	return []zerocopy.Kind{zerocopy.Control, zerocopy.Orders, zerocopy.Frames}
}
