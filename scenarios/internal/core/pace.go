package core

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
)

// A Stamp goes with a hand-off through shared memory and tells the reader when it
// was made, which it is and what it is for. It has 24 bytes or more, which are the
// writer's until it hands over, and then the reader's until it answers.
type Stamp []byte

// The flags of a hand-off.
const (
	Counted = 1 << iota // it belongs to the measurement, not to warming up
	Last                // no other follows
)

// Set says which hand-off it is and what it is for.
func (s Stamp) Set(number, flags uint64) {
	binary.LittleEndian.PutUint64(s[8:], flags)
	binary.LittleEndian.PutUint64(s[16:], number)
}

// SetSent says when it is made, in ns of the clock that both sides read.
func (s Stamp) SetSent(ns int64) { binary.LittleEndian.PutUint64(s, uint64(ns)) }

// Sent is when it was made.
func (s Stamp) Sent() int64 { return int64(binary.LittleEndian.Uint64(s)) }

// Flags is what it is for.
func (s Stamp) Flags() uint64 { return binary.LittleEndian.Uint64(s[8:]) }

// Number is which hand-off it is.
func (s Stamp) Number() uint64 { return binary.LittleEndian.Uint64(s[16:]) }

// A Pacer tells warming up from measuring. Both last for a time and for a number
// of hand-offs at least, whichever is longer.
type Pacer struct {
	WarmNS, RunNS      int64
	FewestWarm, Fewest int

	begin, first int64 // ns of the clock at which each began, 0 before
	warm, count  int
}

// Flags says what the hand-off that begins now is for.
func (p *Pacer) Flags(now int64) uint64 {
	if p.begin == 0 {
		p.begin = now
	}
	if p.first == 0 && (p.warm < p.FewestWarm || now-p.begin < p.WarmNS) {
		p.warm++
		return 0
	}
	if p.first == 0 {
		p.first = now
	}
	p.count++
	if p.count >= p.Fewest && now-p.first >= p.RunNS {
		return Counted | Last
	}
	return Counted
}

// A Meter takes a side's processor time from the first hand-off that counts on.
type Meter struct {
	Clock    lab.Clock
	HandOffs int64 // that counted

	ns  int64 // on the clock when it began, and then since
	err error
}

// Count reports whether a hand-off counts, by its flags, and counts it.
func (m *Meter) Count(flags uint64) bool {
	if flags&Counted == 0 {
		return false
	}
	if m.HandOffs == 0 {
		m.ns, m.err = lab.CPUNS(m.Clock)
	}
	m.HandOffs++
	return true
}

// Stop takes the processor time so far, the operating system's part included.
func (m *Meter) Stop() {
	end, err := lab.CPUNS(m.Clock)
	m.ns, m.err = end-m.ns, errors.Join(m.err, err)
}

// Sample returns a side's part of a sample: its processor time in ns under the
// name of a metric, and further metrics. The latency may be nil.
func (m *Meter) Sample(latency *experiment.Recorder, cpu string, metrics map[string]float64) (s experiment.Sample, err error) {
	var histogram *experiment.Histogram
	if latency != nil {
		histogram, err = latency.Histogram()
	}
	metrics[cpu] = float64(m.ns)
	s = Sample(histogram, metrics)
	s.Evidence = map[string]string{handOffs: fmt.Sprint(m.HandOffs)}
	return s, errors.Join(m.err, err)
}
