package hub

import (
	"testing"

	"github.com/copytax/copytax/zerocopy"
)

// Torn counts what is torn, and nothing that is whole, of another epoch or empty.
func TestTornPayloadsAreCounted(t *testing.T) {
	words := heapWords(t)
	for i, c := range []struct {
		payload []byte
		want    zerocopy.Integrity
		torn    uint64
	}{
		{stamped(7, 7), zerocopy.Whole, 0}, {stamped(7, 8), zerocopy.Torn, 1}, {stamped(8, 8), zerocopy.Other, 1}, {nil, zerocopy.Whole, 1}, {stamped(8, 7), zerocopy.Torn, 2},
	} {
		if got := words.Check(c.payload, 7); got != c.want || words.Torn() != c.torn {
			t.Errorf("payload %d: %v and %d torn in all, want %v and %d", i, got, words.Torn(), c.want, c.torn)
		}
	}
}

// stamped returns a payload whose halves are of two epochs.
func stamped(first, second uint64) []byte {
	p, other := zerocopy.Bytes(make([]float32, 32)), zerocopy.Bytes(make([]float32, 32))
	zerocopy.Stamp(p, first)
	zerocopy.Stamp(other, second)
	copy(p[64:], other[64:])
	return p
}
