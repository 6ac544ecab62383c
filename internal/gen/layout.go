package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strconv"
	"strings"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

// A constant is one number that languages share.
type constant struct {
	name  string // in upper snake case
	value uint64
	bits  int    // 64 or 32 for a word, 0 for a size or an index
	doc   string // in one line, may be empty
}

// A layout is where things lie in the hub, as constants grouped by what they
// describe.
type layout struct {
	sizes   []constant // of the hub and its parts
	lines   []constant // where the words of the control page lie
	columns []constant // indices of a frame's columns
	genes   []constant // indices of a genome's columns
	policy  []constant // offsets of a policy's fields, in bytes
}

// all returns the constants of all groups.
func (l layout) all() []constant { return join(l.sizes, l.lines, l.columns, l.genes, l.policy) }

func join(groups ...[]constant) (all []constant) {
	for _, group := range groups {
		all = append(all, group...)
	}
	return all
}

// readLayout gathers the layout from package zerocopy; words is the path of the
// file that declares the lines of the control page.
func readLayout(words string) (layout, error) {
	l := layout{
		sizes:   sizeConstants(),
		columns: indexed("X", "Y", "Z", "VX", "VY", "VZ", "ENERGY", "FITNESS"),
		genes:   indexed("GENE_SEPARATION", "GENE_ALIGNMENT", "GENE_COHESION", "GENE_GOAL"),
		policy:  policyConstants(),
	}
	if len(l.columns) != copytax.Columns || len(l.genes) != copytax.GenomeColumns {
		return l, fmt.Errorf("%d and %d columns are named, want %d and %d",
			len(l.columns), len(l.genes), copytax.Columns, copytax.GenomeColumns)
	}
	var err error
	l.lines, err = lineConstants(words)
	return l, err
}

func size(name string, v int) constant { return constant{name: name, value: uint64(v)} }

func sizeConstants() []constant {
	var l zerocopy.Layout
	return []constant{
		{name: "MAGIC", value: zerocopy.Magic, bits: 64},
		{name: "VERSION", value: uint64(zerocopy.Version), bits: 32},
		size("PAGE_BYTES", zerocopy.PageBytes),
		size("HEADER_BYTES", zerocopy.HeaderBytes),
		size("LINE_BYTES", zerocopy.LineBytes),
		size("MAX_READERS", zerocopy.MaxReaders),
		size("MAX_SLOTS", zerocopy.MaxSlots),
		size("MAX_BOIDS", zerocopy.MaxBoids),
		size("MAX_PAYLOAD", zerocopy.MaxPayload),
		size("POLICY_BYTES", copytax.PolicyBytes),
		size("POLICY_SLOT_BYTES", l.PolicyOffset(1)-l.PolicyOffset(0)),
		size("FRAME_COLUMNS", copytax.Columns),
		size("GENOME_COLUMNS", copytax.GenomeColumns),
		size("GENERATION_TICKS", copytax.GenerationTicks),
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
		cs = append(cs, size("POLICY_"+screaming(f.Name), int(f.Offset)))
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
		if cs := linesOf(block); len(cs) > 0 && cs[len(cs)-1].name == "LINES" {
			return cs, nil
		}
	}
	return nil, errors.New(path + " has no block of numbers that ends with lines")
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
		cs = append(cs, constant{
			name: screaming(v.Names[0].Name), value: n, doc: strings.TrimSpace(v.Comment.Text()),
		})
	}
	return cs
}

// layoutTable lists offsets, sizes, hashes and headers of layouts, one a line, for
// the tests of the formulas of other languages.
func layoutTable() string {
	var b strings.Builder
	b.WriteString("boids\tslots\tpayload\tpolicy0\tpolicy1\tgenome0\tgenome1\tgenomeBytes\tordersBytes\t" +
		"frame0\tframe1\tframeLast\tframeBytes\tslotBytes\tframesBytes\thash\theaderControl\theaderOrders\theaderFrames\n")
	const slots, boids, payload = zerocopy.MaxSlots, zerocopy.MaxBoids, zerocopy.MaxPayload
	for _, l := range []zerocopy.Layout{
		{Slots: 2}, {Boids: 1, Slots: 2}, {Boids: 4, Slots: 3}, {Boids: 5, Slots: 3}, {Boids: 101, Slots: 3},
		{Boids: 1000, Slots: 3}, {Boids: 10_000, Slots: 3}, {Boids: 100_001, Slots: slots},
		{Boids: boids, Slots: slots}, {Slots: 3, Payload: 64}, {Slots: 4, Payload: 4104},
		{Slots: 3, Payload: 64 << 10}, {Slots: 3, Payload: 64 << 20}, {Slots: slots, Payload: payload},
	} {
		for _, v := range []int{
			l.Boids, l.Slots, l.Payload, l.PolicyOffset(0), l.PolicyOffset(1), l.GenomeOffset(0), l.GenomeOffset(1),
			l.GenomeBytes(), l.OrdersBytes(), l.FrameOffset(0), l.FrameOffset(1), l.FrameOffset(l.Slots - 1),
			l.FrameBytes(), l.SlotBytes(), l.FramesBytes(),
		} {
			fmt.Fprintf(&b, "%d\t", v)
		}
		fmt.Fprintf(&b, "%016x\t%x\t%x\t%x\n", l.Hash(),
			l.Header(zerocopy.Control), l.Header(zerocopy.Orders), l.Header(zerocopy.Frames))
	}
	return b.String()
}
