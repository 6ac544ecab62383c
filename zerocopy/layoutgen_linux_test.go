package zerocopy

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/copytax/copytax"
)

var update = flag.Bool("update", false, "write the files that are generated from the layout")

// TestLayoutIsCurrent holds the constants of Rust, TypeScript and WGSL, the
// table that their tests compare themselves with, and the picture in the
// documents to the layout of this package.
func TestLayoutIsCurrent(t *testing.T) {
	c := layoutConstants(t)
	for path, want := range map[string]string{
		"../rust/hub/src/layout.rs":  c.rust(),
		"../browser/src/layout.ts":   c.typeScript(),
		"../browser/src/layout.wgsl": c.wgsl(),
		"testdata/layout.tsv":        layoutTable(),
		"../docs/hub.md":             withPicture(t, "../docs/hub.md", c.picture()),
	} {
		if *update {
			write(t, path, want)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s is stale: run go test ./zerocopy -run Layout -update", path)
		}
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A constant is one number that all languages share.
type constant struct {
	name  string // in upper snake case
	value uint64
	bits  int    // 64 or 32 for a word of the header, 0 for a size or an index
	doc   string // what a line of the control page holds
}

// constants are grouped by what they describe.
type constants struct {
	sizes    []constant // of the hub and its parts
	lines    []constant // where the words of the control page lie
	columns  []constant // indices of a frame's columns
	genes    []constant // indices of a genome's columns
	policy   []constant // offsets of a policy's fields, in bytes
	gathered []constant // all of them
}

func layoutConstants(t *testing.T) constants {
	c := constants{sizes: sizeConstants(), lines: lineConstants(t), policy: policyConstants()}
	c.columns = indexed("X", "Y", "Z", "VX", "VY", "VZ", "ENERGY", "FITNESS")
	c.genes = indexed("GENE_SEPARATION", "GENE_ALIGNMENT", "GENE_COHESION", "GENE_GOAL")
	if len(c.columns) != copytax.Columns || len(c.genes) != copytax.GenomeColumns {
		t.Fatalf("%d and %d columns are named, want %d and %d",
			len(c.columns), len(c.genes), copytax.Columns, copytax.GenomeColumns)
	}
	for _, group := range [][]constant{c.sizes, c.lines, c.columns, c.genes, c.policy} {
		c.gathered = append(c.gathered, group...)
	}
	return c
}

func sizeConstants() []constant {
	var l Layout
	size := func(name string, v int) constant { return constant{name: name, value: uint64(v)} }
	return []constant{
		{name: "MAGIC", value: magic, bits: 64},
		{name: "VERSION", value: uint64(version), bits: 32},
		size("PAGE_BYTES", PageBytes),
		size("HEADER_BYTES", HeaderBytes),
		size("LINE_BYTES", LineBytes),
		size("MAX_READERS", MaxReaders),
		size("MAX_SLOTS", MaxSlots),
		size("MAX_BOIDS", MaxBoids),
		size("MAX_PAYLOAD", MaxPayload),
		size("POLICY_BYTES", copytax.PolicyBytes),
		size("POLICY_SLOT_BYTES", l.PolicyOffset(1)-l.PolicyOffset(0)),
		size("FRAME_COLUMNS", copytax.Columns),
		size("GENOME_COLUMNS", copytax.GenomeColumns),
	}
}

func indexed(names ...string) []constant {
	var cs []constant
	for i, name := range names {
		cs = append(cs, constant{name: name, value: uint64(i)})
	}
	return cs
}

func policyConstants() []constant {
	var cs []constant
	// The memory of a policy is its canonical form, which a test of its own
	// package holds it to.
	typ := reflect.TypeFor[copytax.Policy]()
	for i := range typ.NumField() {
		f := typ.Field(i)
		cs = append(cs, constant{name: "POLICY_" + snake(f.Name), value: uint64(f.Offset)})
	}
	return cs
}

// lineConstants reads the block of line numbers in words.go with its comments,
// so that a new line reaches every language without being named again.
func lineConstants(t *testing.T) []constant {
	file, err := parser.ParseFile(token.NewFileSet(), "words.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range file.Decls {
		block, ok := decl.(*ast.GenDecl)
		if !ok || block.Tok != token.CONST {
			continue
		}
		if cs := linesOf(t, block); len(cs) > 0 && cs[len(cs)-1].name == "LINES" {
			return cs
		}
	}
	t.Fatal("words.go has no block of constants that ends with lines")
	return nil
}

func linesOf(t *testing.T, block *ast.GenDecl) []constant {
	var cs []constant
	for _, spec := range block.Specs {
		v := spec.(*ast.ValueSpec)
		literal, ok := v.Values[0].(*ast.BasicLit)
		if !ok {
			return nil
		}
		n, err := strconv.Atoi(literal.Value)
		if err != nil {
			t.Fatalf("%s: %v", v.Names[0].Name, err)
		}
		cs = append(cs, constant{
			name: snake(v.Names[0].Name), value: uint64(n), doc: strings.TrimSpace(v.Comment.Text()),
		})
	}
	return cs
}

// snake turns a name of Go into upper snake case.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToUpper(r))
	}
	return b.String()
}

// layoutTable lists offsets, sizes and hashes of layouts, one a line, for the
// tests of the other languages.
func layoutTable() string {
	var b strings.Builder
	b.WriteString("boids\tslots\tpayload\tpolicy0\tpolicy1\tgenome0\tgenome1\tgenomeBytes\tordersBytes\t" +
		"frame0\tframe1\tframeLast\tframeBytes\tslotBytes\tframesBytes\thash\theaderControl\theaderOrders\theaderFrames\n")
	for _, l := range []Layout{
		{Slots: 2}, {Boids: 1, Slots: 2}, {Boids: 4, Slots: 3}, {Boids: 5, Slots: 3}, {Boids: 101, Slots: 3},
		{Boids: 1000, Slots: 3}, {Boids: 10_000, Slots: 3}, {Boids: 100_001, Slots: MaxSlots},
		{Boids: MaxBoids, Slots: MaxSlots}, {Slots: 3, Payload: 64}, {Slots: 4, Payload: 4104},
		{Slots: 3, Payload: 64 << 10}, {Slots: 3, Payload: 64 << 20}, {Slots: MaxSlots, Payload: MaxPayload},
	} {
		for _, v := range []int{
			l.Boids, l.Slots, l.Payload, l.PolicyOffset(0), l.PolicyOffset(1), l.GenomeOffset(0), l.GenomeOffset(1),
			l.GenomeBytes(), l.OrdersBytes(), l.FrameOffset(0), l.FrameOffset(1), l.FrameOffset(l.Slots - 1),
			l.FrameBytes(), l.SlotBytes(), l.FramesBytes(),
		} {
			fmt.Fprintf(&b, "%d\t", v)
		}
		fmt.Fprintf(&b, "%016x\t%x\t%x\t%x\n", l.Hash(), l.header(Control), l.header(Orders), l.header(Frames))
	}
	return b.String()
}
