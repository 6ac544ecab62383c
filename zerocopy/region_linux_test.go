package zerocopy

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax"
)

func testLayout() Layout { return Layout{Boids: 101, Slots: 3} }

func TestLayoutPartsDoNotOverlap(t *testing.T) {
	for _, n := range []int{0, 1, 4, 5, 100, 1000, 100_001} {
		l := Layout{Boids: n, Slots: 5}
		for i := range l.Slots {
			if end := l.FrameOffset(i) + l.FrameBytes(); i+1 < l.Slots && end > l.FrameOffset(i+1) || end > l.FramesBytes() {
				t.Errorf("%d boids: frame slot %d ends at %d, beyond its room", n, i, end)
			}
		}
		if l.PolicyOffset(1) < l.PolicyOffset(0)+copytax.PolicyBytes || l.GenomeOffset(0) < l.PolicyOffset(1)+copytax.PolicyBytes {
			t.Errorf("%d boids: policies overlap", n)
		}
		if l.GenomeOffset(1) < l.GenomeOffset(0)+l.GenomeBytes() || l.OrdersBytes() < l.GenomeOffset(1)+l.GenomeBytes() {
			t.Errorf("%d boids: genomes overlap", n)
		}
		if l.FramesBytes()%PageBytes != 0 || l.OrdersBytes()%PageBytes != 0 {
			t.Errorf("%d boids: regions are no whole pages", n)
		}
	}
}

func TestHashTellsLayoutsApart(t *testing.T) {
	seen := map[uint64]Layout{}
	for _, l := range []Layout{
		{Boids: 100, Slots: 3}, {Boids: 100, Slots: 4}, {Boids: 101, Slots: 3}, {Boids: 104, Slots: 3},
		{Boids: 1000, Slots: 3}, {Slots: 3}, {Slots: 3, Payload: 64}, {Slots: 3, Payload: 128},
	} {
		if other, same := seen[l.Hash()]; same {
			t.Errorf("%v and %v have the same hash", l, other)
		}
		seen[l.Hash()] = l
	}
}

// What the writer writes is what the reader reads, without a copy between.
func TestRegionIsShared(t *testing.T) {
	l := testLayout()
	file, err := Create(Frames, l)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := Reserve(l.FramesBytes())
	if err != nil {
		t.Fatal(err)
	}
	defer Unmap(r)
	if err := Overlay(r, file, Frames, l, true); err != nil {
		t.Fatal(err)
	}
	ro, err := MapReadOnly(file, Frames, l)
	if err != nil {
		t.Fatal(err)
	}
	defer Unmap(ro)
	written, read := l.Frame(r, 1), l.Frame(ro, 1)
	written.Col(copytax.VZ)[100] = 42
	if got := read.Col(copytax.VZ)[100]; got != 42 {
		t.Errorf("reader sees %v, writer wrote 42", got)
	}
	for _, f := range []*copytax.Frame{written, read} {
		proof, err := Prove(f, file)
		if err != nil || !proof.Holds() {
			t.Errorf("proof %+v (%v): want the hub's device and inode", proof, err)
		}
		if proof.FileOffset != int64(l.FrameOffset(1)) {
			t.Errorf("proof places the frame at byte %d of the file, want %d", proof.FileOffset, l.FrameOffset(1))
		}
	}
	if proof, err := Prove(copytax.NewFrame(10), file); err != nil || proof.Holds() {
		t.Errorf("a frame on the heap has the proof %+v (%v)", proof, err)
	}
}

func TestNobodyElseCanWrite(t *testing.T) {
	l := testLayout()
	file, err := Create(Orders, l)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	mem, err := MapWritable(file, Orders, l)
	if err != nil {
		t.Fatal(err)
	}
	defer Unmap(mem)
	if again, err := MapWritable(file, Orders, l); err == nil {
		Unmap(again)
		t.Error("a second writer mapped a sealed region")
	}
	if _, err := file.WriteAt([]byte{1}, 0); err == nil {
		t.Error("wrote to a sealed region")
	}
	if err := file.Truncate(0); err == nil {
		t.Error("truncated a sealed region")
	}
	mem[PageBytes-1] = 7 // the old mapping still writes
}

func TestRegionsFromElsewhereAreChecked(t *testing.T) {
	l := testLayout()
	good := func() *os.File {
		f, err := Create(Frames, l)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	unsealed, _ := os.CreateTemp(t.TempDir(), "plain")
	bad := map[string]struct {
		file *os.File
		kind Kind
		l    Layout
		say  string
	}{
		"another layout": {good(), Frames, Layout{Boids: 102, Slots: 3}, "header"},
		"another kind":   {good(), Orders, l, "want"},
		"another size":   {good(), Frames, Layout{Boids: 100_000, Slots: 3}, "bytes"},
		"a plain file":   {unsealed, Frames, l, "seal"}, // what is wrong with it depends on the file system
		"an open memfd":  {rawMemfd(t, l.FramesBytes()), Frames, l, "seals"},
	}
	for name, b := range bad {
		mem, err := MapReadOnly(b.file, b.kind, b.l)
		if err == nil {
			Unmap(mem)
			t.Errorf("%s was accepted", name)
		} else if !strings.Contains(err.Error(), b.say) {
			t.Errorf("%s: %q does not say %q", name, err, b.say)
		}
		b.file.Close()
	}
}

func rawMemfd(t *testing.T, size int) *os.File {
	fd, err := unix.MemfdCreate("raw", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), "raw")
	if err := f.Truncate(int64(size)); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestReserveRefuses(t *testing.T) {
	for _, size := range []int{0, -PageBytes, 1, PageBytes + 1} {
		if r, err := Reserve(size); err == nil {
			Unmap(r)
			t.Errorf("reserved %d bytes", size)
		}
	}
}
