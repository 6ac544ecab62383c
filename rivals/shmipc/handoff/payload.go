package handoff

import (
	"encoding/binary"
	"fmt"
)

// A payload is 64-bit words: the clock at its publish, the number of its
// hand-off, and then words that follow from that number, each another.
const (
	stampAt  = 0
	numberAt = 8
	bodyAt   = 16
)

// step is the golden ratio in 64 bits: the words of two hand-offs in a row have
// no run in common.
const step = 0x9E37_79B9_7F4A_7C15

// Fill writes every word of the payload of hand-off n but the clock's.
func Fill(payload []byte, n uint64) {
	binary.LittleEndian.PutUint64(payload[numberAt:], n)
	v := (n + 1) * step
	for b := payload[bodyAt:]; len(b) >= 16; b = b[16:] {
		binary.LittleEndian.PutUint64(b[:8], v)
		binary.LittleEndian.PutUint64(b[8:16], v+1)
		v += 2
	}
}

// Stamp writes the clock.
func Stamp(payload []byte, ns int64) {
	binary.LittleEndian.PutUint64(payload[stampAt:], uint64(ns))
}

// Stamped returns the clock.
func Stamped(payload []byte) int64 {
	return int64(binary.LittleEndian.Uint64(payload[stampAt:]))
}

// Touch reads what the task asks for and checks it.
func Touch(payload []byte, n uint64, what string) error {
	if what == "nothing" {
		return nil
	}
	if got := binary.LittleEndian.Uint64(payload[numberAt:]); got != n {
		return fmt.Errorf("the payload is of hand-off %d, want %d", got, n)
	}
	if what != "everything" {
		return nil
	}
	words := uint64(len(payload)-bodyAt) / 8
	want := words*((n+1)*step) + words*(words-1)/2
	if got := sum(payload[bodyAt:]); got != want {
		return fmt.Errorf("the words of hand-off %d sum up to %#x, want %#x", n, got, want)
	}
	return nil
}

// sum adds up words, two at a time into sums of their own, for the next
// addition need not await the one before it.
func sum(b []byte) uint64 {
	var s, t uint64
	for ; len(b) >= 16; b = b[16:] {
		s += binary.LittleEndian.Uint64(b[:8])
		t += binary.LittleEndian.Uint64(b[8:16])
	}
	return s + t
}
