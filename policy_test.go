package copytax

import (
	"testing"
	"unsafe"
)

// filled returns a policy whose every field is different and not zero.
func filled() *Policy {
	p := &Policy{Epoch: 1<<40 + 1, Generation: 1<<33 + 2}
	for i, f := range p.floats() {
		*f = float32(i) + 0.25
	}
	return p
}

func TestPolicyRoundTrip(t *testing.T) {
	var block [PolicyBytes]byte
	want := filled()
	want.Put(block[:])
	var got Policy
	if err := got.Get(block[:]); err != nil {
		t.Fatal(err)
	}
	if got != *want {
		t.Errorf("got %+v, want %+v", got, *want)
	}
	if err := got.Get(block[:PolicyBytes-1]); err == nil {
		t.Error("a truncated policy was accepted")
	}
}

// A hub shares a Policy as Go lays it out; the engine reads the canonical form.
func TestPolicyMemoryIsCanonical(t *testing.T) {
	p := filled()
	var block [PolicyBytes]byte
	p.Put(block[:])
	size := int(unsafe.Sizeof(*p))
	memory := unsafe.Slice((*byte)(unsafe.Pointer(p)), size)
	fields := 16 + 4*len(p.floats())
	if fields > size || size > PolicyBytes {
		t.Fatalf("policy takes %d bytes in memory, has %d of fields, block is %d", size, fields, PolicyBytes)
	}
	if got, want := string(memory[:fields]), string(block[:fields]); got != want {
		t.Errorf("memory %x, canonical %x", got, want)
	}
}

func TestPolicyPutDoesNotAllocate(t *testing.T) {
	p := filled()
	var block [PolicyBytes]byte
	if n := testing.AllocsPerRun(100, func() { p.Put(block[:]) }); n != 0 {
		t.Errorf("Put allocates %v times, want 0", n)
	}
}

func TestStrideIsWholeBlocks(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 4, 4: 4, 5: 8, 1000: 1000, 1001: 1004} {
		if got := Stride(n); got != want {
			t.Errorf("Stride(%d) = %d, want %d", n, got, want)
		}
	}
}

func TestColumnsDoNotOverlap(t *testing.T) {
	f := NewFrame(5)
	for c := range Column(Columns) {
		col := f.Col(c)
		if len(col) != 5 || cap(col) != 5 {
			t.Fatalf("column %d: len %d cap %d, want 5", c, len(col), cap(col))
		}
		for i := range col {
			col[i]++
		}
	}
	touched := 0
	for _, v := range f.Data {
		touched += int(v)
	}
	if touched != 5*Columns {
		t.Errorf("touched %d floats, want %d", touched, 5*Columns)
	}
}

func TestFoldSeesEveryColumn(t *testing.T) {
	var sums Sums
	base := sums.Fold(1)
	for c := range sums {
		sums[c] = 1
		if sums.Fold(1) == base {
			t.Errorf("Fold does not depend on column %d", c)
		}
		sums[c] = 0
	}
	if sums.Fold(2) == base {
		t.Error("Fold does not depend on what went before")
	}
}
