package wasmhost

import "testing"

// TestUnsharedChangesOneBit compares the module with its unshared form.
func TestUnsharedChangesOneBit(t *testing.T) {
	got, err := unshared(module)
	if err != nil {
		t.Fatal(err)
	}
	var changed []byte
	for i := range module {
		if got[i] != module[i] {
			changed = append(changed, got[i]^module[i])
		}
	}
	if len(got) != len(module) || len(changed) != 1 || changed[0] != sharedFlag {
		t.Errorf("%d bytes for %d, differences %v, want one of %d", len(got), len(module), changed, sharedFlag)
	}
}

// TestUnsharedRefusesAnythingElse cuts the module at every length up to the end
// of its imports, and takes a module without any.
func TestUnsharedRefusesAnythingElse(t *testing.T) {
	const importsEnd = 0x70
	for n := range importsEnd {
		if _, err := unshared(module[:n]); err == nil && n < 0x60 {
			t.Errorf("the first %d bytes were taken for a module", n)
		}
	}
	if _, err := unshared(memoryModule(1)); err == nil {
		t.Error("a module without imports was taken for the flock")
	}
}

func FuzzUnshared(f *testing.F) {
	f.Add(module[:0x100])
	f.Add(memoryModule(3))
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, err := unshared(data); err == nil && len(got) != len(data) {
			t.Errorf("%d bytes became %d", len(data), len(got))
		}
	})
}
