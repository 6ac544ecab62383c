package handoff

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/scenarios/internal/core"
)

// A reader is the side that waits and touches.
type reader struct {
	*hubSide
	receiver receiver
	touch    touch
	fields   *rand.Rand
	meter    core.Meter
	coldNS   int64      // touching the very first payload
	own      ownMedians // zero unless the plan compares with the reader's own memory

	used, seen, touched *experiment.Recorder // from sent to used and to seen, and from seen to used
}

// A touch reads what its row reads of a payload and returns what the check
// wants: the word with the index field, or the sum of all.
type touch func(payload []byte, field int) uint64

func enterReader(p plan, mapped *core.Hub) (core.Work, error) {
	h, err := p.view(mapped)
	if err != nil {
		return nil, err
	}
	r := &reader{hubSide: h, fields: rand.New(rand.NewPCG(1, 2)), meter: core.Meter{Clock: lab.OfProcess},
		used: experiment.NewRecorder(), seen: experiment.NewRecorder(), touched: experiment.NewRecorder()}
	if r.receiver, err = h.newReceiver(); err != nil {
		return nil, err
	}
	if err := r.chooseTouch(); err != nil {
		return nil, err
	}
	if p.comparesWithOwn() {
		if r.own, err = measureOwn(p.Bytes, p.Cores); err != nil {
			return nil, err
		}
	}
	return r.run, nil
}

func (r *reader) chooseTouch() error {
	switch {
	case r.plan.Arm == memcpyArm:
		own, err := ownMemory(r.plan.Bytes)
		r.touch = func(payload []byte, _ int) uint64 {
			r.copied += int64(copy(own, payload))
			return sum(own)
		}
		return err
	case r.plan.Touch == touchAll:
		r.touch = func(payload []byte, _ int) uint64 { return sum(payload) }
	case r.plan.Touch == touchField:
		r.touch = word
	case r.plan.Touch != touchNone:
		return fmt.Errorf("a reader cannot touch %q", r.plan.Touch)
	}
	return nil
}

func (r *reader) run() (s experiment.Sample, err error) {
	defer r.Words.Leave(copytax.Viewer)
	stamp := r.stamp()
	r.Ruler.Follow()
	for epoch, flags := uint64(1), uint64(0); flags&core.Last == 0; epoch++ {
		field := r.fields.IntN(r.plan.Bytes / wordBytes)
		if err := r.warm.run(r.plan.How); err != nil {
			return s, err
		}
		payload, err := r.receiver.receive(epoch)
		if err != nil {
			return s, err
		}
		seen := lab.Nanotime()
		used, got := seen, uint64(0)
		if r.touch != nil {
			got = r.touch(payload, field)
			used = lab.Nanotime()
		}
		flags = stamp.Flags()
		r.record(epoch, flags, stamp.Sent(), seen, used)
		if err := errors.Join(r.check(epoch, field, got), r.receiver.release(epoch)); err != nil {
			return s, err
		}
	}
	r.meter.Stop()
	r.Ruler.Follow()
	return r.found()
}

// record notes the times of a hand-off. The reader has not said yet that it
// has used the payload, and will wait for the next before the writer has it.
func (r *reader) record(epoch, flags uint64, sent, seen, used int64) {
	if epoch == 1 {
		r.coldNS = used - seen
	}
	if !r.meter.Count(flags) {
		return
	}
	r.seen.Record(seen - sent)
	r.used.Record(used - sent)
	r.touched.Record(used - seen)
}

// check compares what was touched with the pattern.
func (r *reader) check(epoch uint64, field int, got uint64) error {
	switch r.plan.Touch {
	case touchAll:
		return checkSum(epoch, r.plan.Bytes, got)
	case touchField:
		return checkWord(epoch, field, got)
	}
	return nil
}

// found returns what the reader has found out. The latency is from just before the
// publish to the reader having touched what it touches.
func (r *reader) found() (s experiment.Sample, err error) {
	seen, err1 := r.seen.Histogram()
	touched, err2 := r.touched.Histogram()
	huge, err3 := r.hugeBytes()
	if err := errors.Join(err1, err2, err3); err != nil {
		return s, err
	}
	m := map[string]float64{
		seenMetric: float64(seen.P50), seenTailMetric: float64(seen.P99),
		handoffsMetric: float64(r.meter.HandOffs), copiedMetric: float64(r.copied), readerMapMetric: float64(r.MapNS[framesFile]),
		readerHuge: huge, regionMetric: float64(len(r.frames)),
	}
	if r.plan.Touch != touchNone {
		m[touchMetric], m[coldTouchMetric] = float64(touched.P50), float64(r.coldNS)
	}
	if r.plan.comparesWithOwn() {
		m[ownWarmMetric] = float64(r.own.WarmNS)
	}
	if r.own.FilledNS > 0 {
		m[ownFilledMetric] = float64(r.own.FilledNS)
	}
	s, err = r.meter.Sample(r.used, readerCPUMetric, m)
	r.plan.noteCore(s, readerCore, core.Reader)
	return s, err
}
