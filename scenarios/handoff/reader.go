package handoff

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/gauge"
	"github.com/copytax/copytax/scenarios/internal/core"
)

// What the reader has found out.
type read struct {
	Used, Seen, Touch *gauge.Latency // from sent to used and to seen, and from seen to used
	MapNS, ColdNS     int64          // ColdNS: touching the very first payload
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
	meter    meter
	counted  int64
	copied   int64

	used, seen, touched *gauge.Recorder
	out                 read
}

// A touch reads what its row reads of a payload and returns what the check
// wants: the word with the index field, or the sum of all.
type touch func(payload []byte, field int) uint64

func playReader(w *gauge.Worker) (err error) {
	core.Quiet()
	var p plan
	if err := w.Args(&p); err != nil {
		return err
	}
	if err := p.Cores.StayAsReader(); err != nil {
		return err
	}
	h, err := p.open(w.Files, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	defer h.leave(copytax.Viewer)
	r, err := newReader(p, h, w)
	if err != nil {
		return err
	}
	if err := w.Ready(); err != nil {
		return err
	}
	if err := r.run(); err != nil {
		return err
	}
	if err := r.sumUp(); err != nil {
		return err
	}
	return w.Done(r.out)
}

func newReader(p plan, h *hub, w *gauge.Worker) (r *reader, err error) {
	r = &reader{plan: p, hub: h, fields: rand.New(rand.NewPCG(1, 2)),
		used: gauge.NewRecorder(), seen: gauge.NewRecorder(), touched: gauge.NewRecorder()}
	if r.receiver, err = p.receiver(h, w.Files); err != nil {
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
		if err := r.warm.play(r.plan.How); err != nil {
			return err
		}
		payload, err := r.receiver.receive(epoch)
		if err != nil {
			return err
		}
		seen := core.Nanotime()
		used, got := seen, uint64(0)
		if r.touch != nil {
			got = r.touch(payload, field)
			used = core.Nanotime()
		}
		flags := stamp.flags()
		r.record(epoch, flags, stamp.sent(), seen, used)
		if err := errors.Join(r.check(epoch, field, got), r.receiver.release(epoch)); err != nil {
			return err
		}
		if flags&last != 0 {
			err := r.meter.stop()
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
	if flags&counted == 0 {
		return
	}
	if r.counted == 0 {
		r.meter.start()
	}
	r.counted++
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

func (r *reader) sumUp() (err error) {
	used, err1 := r.used.Latency()
	seen, err2 := r.seen.Latency()
	touched, err3 := r.touched.Latency()
	huge, err4 := r.hub.hugeBytes()
	r.out.Used, r.out.Seen, r.out.Touch, r.out.HugeBytes = used, seen, touched, huge
	r.out.RegionBytes = int64(len(r.hub.frames))
	r.out.MapNS, r.out.CPUNS, r.out.Copied = r.hub.mapNS, r.meter.ns, r.copied+r.receiver.copied()
	return errors.Join(err1, err2, err3, err4)
}
