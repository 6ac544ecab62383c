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

// fill writes every word of the payload of hand-off n but the clock's.
func fill(payload []byte, n uint64) {
	binary.LittleEndian.PutUint64(payload[numberAt:], n)
	v := (n + 1) * step
	b := payload[bodyAt:]
	for ; len(b) >= 64; b = b[64:] {
		block := (*[64]byte)(b)
		binary.LittleEndian.PutUint64(block[0:], v)
		binary.LittleEndian.PutUint64(block[8:], v+1)
		binary.LittleEndian.PutUint64(block[16:], v+2)
		binary.LittleEndian.PutUint64(block[24:], v+3)
		binary.LittleEndian.PutUint64(block[32:], v+4)
		binary.LittleEndian.PutUint64(block[40:], v+5)
		binary.LittleEndian.PutUint64(block[48:], v+6)
		binary.LittleEndian.PutUint64(block[56:], v+7)
		v += 8
	}
	for ; len(b) >= 8; b = b[8:] {
		binary.LittleEndian.PutUint64(b, v)
		v++
	}
}

// stamp writes the clock.
func stamp(payload []byte, ns int64) {
	binary.LittleEndian.PutUint64(payload[stampAt:], uint64(ns))
}

// stamped returns the clock.
func stamped(payload []byte) int64 {
	return int64(binary.LittleEndian.Uint64(payload[stampAt:]))
}

// touch reads what the arguments ask for and checks it.
func touch(payload []byte, n uint64, what string) error {
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

// sum adds up words, into four sums in turn: an addition need not await the one
// before it.
func sum(b []byte) uint64 {
	var s0, s1, s2, s3 uint64
	for ; len(b) >= 64; b = b[64:] {
		block := (*[64]byte)(b)
		s0 += binary.LittleEndian.Uint64(block[0:]) + binary.LittleEndian.Uint64(block[32:])
		s1 += binary.LittleEndian.Uint64(block[8:]) + binary.LittleEndian.Uint64(block[40:])
		s2 += binary.LittleEndian.Uint64(block[16:]) + binary.LittleEndian.Uint64(block[48:])
		s3 += binary.LittleEndian.Uint64(block[24:]) + binary.LittleEndian.Uint64(block[56:])
	}
	for ; len(b) >= 8; b = b[8:] {
		s0 += binary.LittleEndian.Uint64(b)
	}
	return s0 + s1 + s2 + s3
}
