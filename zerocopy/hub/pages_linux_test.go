package hub

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/internal/hostile"
)

// pagesLayout has slots of 3 MiB, so that every slot has a whole huge page.
func pagesLayout() zerocopy.Layout { return zerocopy.Layout{Slots: 2, Payload: 3 << 20} }

func skipUnlessAvailable(t *testing.T, p Pages, l zerocopy.Layout) {
	t.Helper()
	if err := Available(p, l.FramesBytes()); err != nil {
		t.Skip(err)
	}
}

// A region works alike on all pages: shared, sealed, and what was asked for.
func TestRegionOnAllPages(t *testing.T) {
	l := pagesLayout()
	for _, p := range []Pages{Small, Transparent, Collapsed, Huge} {
		for name, opts := range map[string][]Option{"touched": {OnPages(p)}, "populated": {OnPages(p), Populated()}} {
			t.Run(fmt.Sprintf("%v/%s", p, name), func(t *testing.T) {
				skipUnlessAvailable(t, p, l)
				testRegion(t, l, p, opts)
			})
		}
	}
}

func testRegion(t *testing.T, l zerocopy.Layout, p Pages, opts []Option) {
	file, err := Create(zerocopy.Frames, l, opts...)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w, err := MapWritable(file, zerocopy.Frames, l, opts...)
	if err != nil {
		t.Fatal(err)
	}
	r, err := MapReadOnly(file, zerocopy.Frames, l, opts...)
	if err != nil {
		t.Fatal(err)
	}
	if len(w) < l.FramesBytes() || len(r) != len(w) {
		t.Errorf("mapped %d and %d bytes, want the same and at least %d", len(w), len(r), l.FramesBytes())
	}
	if slot := l.Slot(w, 1); !proves(t, slot, file) {
		t.Error("slot 1 does not lie in the file")
	}
	w[l.FramesBytes()-1] = 42
	if got := r[l.FramesBytes()-1]; got != 42 {
		t.Errorf("reader sees %d, writer wrote 42", got)
	}
	if _, err := unix.Mmap(int(file.Fd()), 0, len(w), unix.PROT_WRITE, unix.MAP_SHARED); err == nil {
		t.Error("a second writer mapped a sealed region")
	}
	checkUse(t, p, len(opts) > 1, w, r)
	for _, mem := range [][]byte{w, r} {
		if err := Unmap(mem); err != nil {
			t.Errorf("unmap: %v", err)
		}
	}
}

func proves(t *testing.T, payload []byte, file *os.File) bool {
	t.Helper()
	proof, err := ProvePayload(payload, file)
	if err != nil {
		t.Fatal(err)
	}
	return proof.Holds()
}

func checkUse(t *testing.T, p Pages, populated bool, mems ...[]byte) {
	t.Helper()
	for _, mem := range mems {
		use, err := UsedPages(mem)
		if err != nil {
			t.Fatal(err)
		}
		t.Log(use)
		if populated && use.ResidentBytes != use.MappedBytes {
			t.Errorf("populated mapping: %v, want all of it resident", use)
		}
		if !populated && p == Small && use.ResidentBytes == use.MappedBytes {
			t.Errorf("mapping: %v, though hardly any of it was touched", use)
		}
		if (use.HugeBytes > 0) != (p != Small) {
			t.Errorf("mapping on %v pages: %v", p, use)
		}
	}
}

func TestPoolPagesOfAFileOnSmallOnes(t *testing.T) {
	l := pagesLayout()
	file, err := Create(zerocopy.Frames, l)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if mem, err := MapReadOnly(file, zerocopy.Frames, l, OnPages(Huge)); err == nil {
		Unmap(mem)
		t.Error("mapped")
	}
}

// What the machine lacks is said together with what would help.
func TestUnavailableSaysWhy(t *testing.T) {
	const more = 1 << 50
	err := Available(Huge, more)
	if err == nil {
		t.Fatalf("this machine claims a pool of %d bytes", more)
	}
	for _, word := range []string{"huge", "nr_hugepages"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q does not say %q", err, word)
		}
	}
}

// The larger file of other than small pages is taken, any other size is not.
func TestFileSizes(t *testing.T) {
	l := testLayout()
	n := l.FramesBytes()
	for size, want := range map[int]bool{n: true, memory{pages: Huge}.fileBytes(n): true, n + 4096: false, n - 4096: false, 2 * HugeBytes: false} {
		file := hostile.Region(t, nil, int64(size), 0)
		if _, err := file.WriteAt(l.Header(zerocopy.Frames), 0); err != nil {
			t.Fatal(err)
		}
		if err := seal(file, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW); err != nil {
			t.Fatal(err)
		}
		if _, err := Check(file, zerocopy.Frames, l); (err == nil) != want {
			t.Errorf("file of %d bytes for a region of %d: got %v, want it taken %v", size, n, err, want)
		}
		file.Close()
	}
}

func TestParseSmaps(t *testing.T) {
	const text = `7f0000000000-7f0000200000 rw-s 00000000 00:01 7 /memfd:copytax-frames (deleted)
Size:               2048 kB
KernelPageSize:        4 kB
Rss:                2048 kB
ShmemPmdMapped:     2048 kB
FilePmdMapped:         0 kB
VmFlags: rd wr sh mr mw me ms sd
7f0000200000-7f0000400000 rw-s 00200000 00:01 7 /memfd:copytax-frames (deleted)
Size:               2048 kB
KernelPageSize:        4 kB
Rss:                  12 kB
ShmemPmdMapped:        0 kB
7f0000400000-7f0000800000 rw-s 00000000 00:0f 8 /anon_hugepage (deleted)
Size:               4096 kB
KernelPageSize:     2048 kB
Rss:                   0 kB
Shared_Hugetlb:     2048 kB
Private_Hugetlb:       0 kB
`
	const kib = 1 << 10
	for name, c := range map[string]struct {
		start, end uint64
		want       PageUse
	}{
		"shared memory in two parts": {0x7f0000000000, 0x7f0000400000, PageUse{4 * kib, 4096 * kib, 2060 * kib, 2048 * kib}},
		"the reserved pool":          {0x7f0000400000, 0x7f0000800000, PageUse{2048 * kib, 4096 * kib, 2048 * kib, 2048 * kib}},
		"nothing":                    {0x1000, 0x2000, PageUse{}},
	} {
		got, err := parseSmaps(strings.NewReader(text), c.start, c.end)
		if err != nil || got != c.want {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, c.want)
		}
	}
}

func TestPagesHaveNames(t *testing.T) {
	for _, p := range []Pages{Small, Transparent, Collapsed, Huge} {
		if got, err := ParsePages(p.String()); err != nil || got != p {
			t.Errorf("%v: got %v, %v", p, got, err)
		}
	}
	if _, err := ParsePages("gigantic"); err == nil {
		t.Error("gigantic pages were taken")
	}
}
