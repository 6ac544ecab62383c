package handoff

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/scenarios/internal/core"
)

// What the reader has found out.
type read struct {
	Used, Seen, Touch *experiment.Histogram // from sent to used and to seen, and from seen to used
	MapNS, ColdNS     int64                 // ColdNS: touching the very first payload
	CPUNS, Copied     int64
	HugeBytes         int64
	RegionBytes       int64      // of the frames as they are mapped
	Own               ownMedians // zero unless the plan compares with the reader's own memory
}

// A reader is the side that waits and touches.
type reader struct {
	plan     plan
	hub      *hub
	receiver receiver
	touch    touch
	warm     *rehearsal
	fields   *rand.Rand
	meter    core.Meter
	copied   int64

	used, seen, touched *experiment.Recorder
	out                 read
}

// A touch reads what its row reads of a payload and returns what the check
// wants: the word with the index field, or the sum of all.
type touch func(payload []byte, field int) uint64

func newReader(p plan, h *hub, files []*os.File) (_ side, err error) {
	r := &reader{plan: p, hub: h, fields: rand.New(rand.NewPCG(1, 2)), meter: core.Meter{Clock: lab.OfProcess},
		used: experiment.NewRecorder(), seen: experiment.NewRecorder(), touched: experiment.NewRecorder()}
	if r.receiver, err = p.receiver(h, files); err != nil {
		return nil, err
	}
	if r.warm, err = newRehearsal(); err != nil {
		return nil, err
	}
	if err := r.chooseTouch(); err != nil {
		return nil, err
	}
	if p.comparesWithOwn() {
		if r.out.Own, err = measureOwn(p.Bytes, p.Cores); err != nil {
			return nil, err
		}
	}
	return r, h.prove()
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

func (r *reader) run() error {
	stamp := r.hub.stamp()
	r.hub.follow()
	for epoch := uint64(1); ; epoch++ {
		field := r.fields.IntN(r.plan.Bytes / wordBytes)
		if err := r.warm.run(r.plan.How); err != nil {
			return err
		}
		payload, err := r.receiver.receive(epoch)
		if err != nil {
			return err
		}
		seen := lab.Nanotime()
		used, got := seen, uint64(0)
		if r.touch != nil {
			got = r.touch(payload, field)
			used = lab.Nanotime()
		}
		flags := stamp.Flags()
		r.record(epoch, flags, stamp.Sent(), seen, used)
		if err := errors.Join(r.check(epoch, field, got), r.receiver.release(epoch)); err != nil {
			return err
		}
		if flags&core.Last != 0 {
			r.out.CPUNS, err = r.meter.Stop()
			r.hub.follow()
			return err
		}
	}
}

// record notes the times of a hand-off. The reader has not said yet that it
// has used the payload, and will wait for the next before the writer has it.
func (r *reader) record(epoch, flags uint64, sent, seen, used int64) {
	if epoch == 1 {
		r.out.ColdNS = used - seen
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

func (r *reader) found() (any, error) {
	used, err1 := r.used.Histogram()
	seen, err2 := r.seen.Histogram()
	touched, err3 := r.touched.Histogram()
	huge, err4 := r.hub.hugeBytes()
	r.out.Used, r.out.Seen, r.out.Touch, r.out.HugeBytes = used, seen, touched, huge
	r.out.RegionBytes = int64(len(r.hub.frames))
	r.out.MapNS, r.out.Copied = r.hub.mapNS, r.copied+r.receiver.copied()
	return r.out, errors.Join(err1, err2, err3, err4)
}
