package handoff

import (
	"encoding/binary"
	"fmt"
)

// The pattern of a payload: its 64-bit words, little-endian, count up by stride
// from a start that depends on the epoch. A word tells its epoch and its place,
// and the sum of all of them, modulo 2^64, follows without looking at one.
const (
	wordBytes = 8
	lineWords = 8 // the loops take 64 bytes at a time: every size is a multiple
	lineBytes = lineWords * wordBytes
	stride    = 0x9e37_79b9_7f4a_7c15 // odd, so that no two words of a payload are equal
)

// firstWord is word 0 of the payload of an epoch: the finalizer of SplitMix64
// (Steele, Lea and Flood, OOPSLA 2014), which tells neighbouring epochs apart.
func firstWord(epoch uint64) uint64 {
	z := (epoch + 1) * stride
	z = (z ^ z>>30) * 0xbf58_476d_1ce4_e5b9
	z = (z ^ z>>27) * 0x94d0_49bb_1331_11eb
	return z ^ z>>31
}

// wordOf is word i of the payload of an epoch.
func wordOf(epoch uint64, i int) uint64 { return firstWord(epoch) + uint64(i)*stride }

// sumOf is the sum of all words of a payload of an epoch.
func sumOf(epoch uint64, bytes int) uint64 {
	n := uint64(bytes / wordBytes)
	return n*firstWord(epoch) + n*(n-1)/2*stride
}

// fill writes the payload of an epoch over all of b, a multiple of lineBytes.
func fill(b []byte, epoch uint64) {
	step := uint64(stride) // a variable: its multiples wrap around, which constants may not
	for v := firstWord(epoch); len(b) >= lineBytes; b = b[lineBytes:] {
		w := (*[lineBytes]byte)(b)
		binary.LittleEndian.PutUint64(w[0:], v)
		binary.LittleEndian.PutUint64(w[8:], v+step)
		binary.LittleEndian.PutUint64(w[16:], v+2*step)
		binary.LittleEndian.PutUint64(w[24:], v+3*step)
		binary.LittleEndian.PutUint64(w[32:], v+4*step)
		binary.LittleEndian.PutUint64(w[40:], v+5*step)
		binary.LittleEndian.PutUint64(w[48:], v+6*step)
		binary.LittleEndian.PutUint64(w[56:], v+7*step)
		v += lineWords * step
	}
}

// sum adds up every 64-bit word of b, a multiple of lineBytes. It takes four
// lines at a time, since cutting a slice costs as much as reading a line.
func sum(b []byte) (total uint64) {
	for ; len(b) >= 4*lineBytes; b = b[4*lineBytes:] {
		w := (*[4 * lineBytes]byte)(b)
		total += sumLine((*[lineBytes]byte)(w[0:])) + sumLine((*[lineBytes]byte)(w[lineBytes:])) +
			sumLine((*[lineBytes]byte)(w[2*lineBytes:])) + sumLine((*[lineBytes]byte)(w[3*lineBytes:]))
	}
	for ; len(b) >= lineBytes; b = b[lineBytes:] {
		total += sumLine((*[lineBytes]byte)(b))
	}
	return total
}

// sumLine adds up a line's words in pairs, none of which waits for another line.
func sumLine(w *[lineBytes]byte) uint64 {
	return ((binary.LittleEndian.Uint64(w[0:]) + binary.LittleEndian.Uint64(w[8:])) +
		(binary.LittleEndian.Uint64(w[16:]) + binary.LittleEndian.Uint64(w[24:]))) +
		((binary.LittleEndian.Uint64(w[32:]) + binary.LittleEndian.Uint64(w[40:])) +
			(binary.LittleEndian.Uint64(w[48:]) + binary.LittleEndian.Uint64(w[56:])))
}

// checkSum returns an error unless got is the sum of the payload of an epoch.
func checkSum(epoch uint64, bytes int, got uint64) error {
	if want := sumOf(epoch, bytes); got != want {
		return fmt.Errorf("payload of epoch %d: the sum of its %d bytes is %#x, want %#x: it is torn or was not read whole", epoch, bytes, got, want)
	}
	return nil
}

// checkWord returns an error unless got is word i of the payload of an epoch.
func checkWord(epoch uint64, i int, got uint64) error {
	if want := wordOf(epoch, i); got != want {
		return fmt.Errorf("payload of epoch %d: word %d is %#x, want %#x", epoch, i, got, want)
	}
	return nil
}

// word reads word i of b.
func word(b []byte, i int) uint64 { return binary.LittleEndian.Uint64(b[i*wordBytes:]) }
