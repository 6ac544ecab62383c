package hub

import (
	"os"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/internal/hostile"
)

func testLayout() zerocopy.Layout { return zerocopy.Layout{Boids: 101, Slots: 3} }

// What the writer writes is what the reader reads, without a copy between.
func TestRegionIsShared(t *testing.T) {
	l := testLayout()
	file, err := Create(zerocopy.Frames, l)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := Reserve(l.FramesBytes())
	if err != nil {
		t.Fatal(err)
	}
	defer Unmap(r)
	if err := Overlay(r, file, zerocopy.Frames, l, true); err != nil {
		t.Fatal(err)
	}
	ro, err := MapReadOnly(file, zerocopy.Frames, l)
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
	file, err := Create(zerocopy.Orders, l)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	mem, err := MapWritable(file, zerocopy.Orders, l)
	if err != nil {
		t.Fatal(err)
	}
	defer Unmap(mem)
	if again, err := MapWritable(file, zerocopy.Orders, l); err == nil {
		Unmap(again)
		t.Error("a second writer mapped a sealed region")
	}
	if _, err := file.WriteAt([]byte{1}, 0); err == nil {
		t.Error("wrote to a sealed region")
	}
	if err := file.Truncate(0); err == nil {
		t.Error("truncated a sealed region")
	}
	mem[zerocopy.PageBytes-1] = 7 // the old mapping still writes
}

func TestRegionsFromElsewhereAreChecked(t *testing.T) {
	l := testLayout()
	good := func() *os.File {
		f, err := Create(zerocopy.Frames, l)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	unsealed, _ := os.CreateTemp(t.TempDir(), "plain")
	bad := map[string]struct {
		file *os.File
		kind zerocopy.Kind
		l    zerocopy.Layout
		say  string
	}{
		"another layout": {good(), zerocopy.Frames, zerocopy.Layout{Boids: 102, Slots: 3}, "header"},
		"another kind":   {good(), zerocopy.Orders, l, "want"},
		"another size":   {good(), zerocopy.Frames, zerocopy.Layout{Boids: 100_000, Slots: 3}, "bytes"},
		"a plain file":   {unsealed, zerocopy.Frames, l, "seal"}, // what is wrong with it depends on the file system
		"an open memfd":  {hostile.Region(t, nil, int64(l.FramesBytes()), 0), zerocopy.Frames, l, "seals"},
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

func TestReserveRefuses(t *testing.T) {
	for _, size := range []int{0, -zerocopy.PageBytes, 1, zerocopy.PageBytes + 1} {
		if r, err := Reserve(size); err == nil {
			Unmap(r)
			t.Errorf("reserved %d bytes", size)
		}
	}
}
