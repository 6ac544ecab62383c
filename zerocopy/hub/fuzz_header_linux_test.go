package hub

import (
	"runtime/debug"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/internal/hostile"
)

// FuzzHeader hands over a memfd of any header, size and seals as any region.
// What is accepted has the layout's own header, its size, and cannot shrink;
// every byte of it can be read.
func FuzzHeader(f *testing.F) {
	l := testLayout()
	const sealed = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW
	for _, k := range []zerocopy.Kind{zerocopy.Control, zerocopy.Orders, zerocopy.Frames} {
		f.Add(l.Header(k), uint32(l.Bytes(k)), uint8(sealed), uint8(k), false)
		f.Add(l.Header(k), uint32(l.Bytes(k)), uint8(sealed), uint8(k), true)
	}
	f.Add(l.Header(zerocopy.Frames), uint32(l.FramesBytes()), uint8(0), uint8(zerocopy.Frames), false)
	f.Add(l.Header(zerocopy.Frames), uint32(HugeBytes), uint8(sealed), uint8(zerocopy.Frames), true)
	f.Add(l.Header(zerocopy.Frames), uint32(l.FramesBytes()), uint8(sealed|unix.F_SEAL_FUTURE_WRITE|unix.F_SEAL_SEAL), uint8(zerocopy.Frames), true)
	f.Add(l.Header(zerocopy.Frames), uint32(l.FramesBytes()), uint8(sealed|unix.F_SEAL_WRITE), uint8(zerocopy.Frames), true)
	f.Add(zerocopy.Layout{Boids: 102, Slots: 3}.Header(zerocopy.Frames), uint32(l.FramesBytes()), uint8(sealed), uint8(zerocopy.Frames), false)
	f.Add([]byte{}, uint32(0), uint8(sealed), uint8(zerocopy.Orders), false)
	f.Fuzz(func(t *testing.T, header []byte, size uint32, seals, kind uint8, writable bool) {
		defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
		size %= 2*HugeBytes + 1
		seals &= 0x1f // those that there are
		k := zerocopy.Kind(kind % 5)
		file := hostile.Region(t, header, int64(size), int(seals))
		defer file.Close()
		mapRegion := MapReadOnly
		if writable {
			mapRegion = MapWritable
		}
		mem, err := mapRegion(file, k, l)
		want := l.Header(k)
		found := make([]byte, len(want)) // a file is zero where nothing was written
		copy(found, header)
		good := string(found) == string(want) &&
			(int(size) == l.Bytes(k) || int(size) == memory{pages: Huge}.fileBytes(l.Bytes(k))) && seals&sealed == sealed
		if writable {
			// Whoever maps for writing must be the first, and the last.
			closed := uint8(unix.F_SEAL_WRITE | unix.F_SEAL_FUTURE_WRITE)
			good = good && seals&closed == 0 && (k == zerocopy.Control || seals&unix.F_SEAL_SEAL == 0)
		}
		if good != (err == nil) {
			t.Fatalf("%d bytes, seals %#x, as %v, writable %v: got %v, want accepted %v", size, seals, k, writable, err, good)
		}
		if err != nil {
			return
		}
		if len(mem) != int(size) {
			t.Errorf("mapped %d bytes of %d", len(mem), size)
		}
		sum := byte(0)
		for at := 0; at < len(mem); at += zerocopy.HeaderBytes {
			sum ^= mem[at] ^ mem[min(at+zerocopy.HeaderBytes, len(mem))-1]
		}
		if writable {
			mem[len(mem)-1] = sum
		}
		if err := Unmap(mem); err != nil {
			t.Error(err)
		}
	})
}
