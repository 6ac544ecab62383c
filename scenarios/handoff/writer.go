package handoff

import (
	"errors"
	"os"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/scenarios/internal/core"
)

// How long a cell is measured. Large payloads take longer: they end with the
// fewest hand-offs.
const (
	warmNS      = int64(4e6)
	measureNS   = int64(25e6)
	fewestWarm  = slots + 1 // every slot has been filled and touched once
	fewestCount = 40
)

// A side is the writer or the reader of a worker.
type side interface {
	run() error          // until the last hand-off
	found() (any, error) // what it has found out
}

// run is what both sides do around their part.
func run(t *lab.Task, role copytax.Role, enter func(plan, *hub, []*os.File) (side, error)) (err error) {
	core.Quiet()
	var p plan
	if err := t.Args(&p); err != nil {
		return err
	}
	stay := p.Cores.StayAsReader
	if role == copytax.Engine {
		stay = p.Cores.StayAsWriter
	}
	if err := stay(); err != nil {
		return err
	}
	h, err := p.open(t.Files, role == copytax.Engine)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	defer h.words.Leave(role) // nobody is left to wait for
	s, err := enter(p, h, t.Files)
	if err == nil {
		err = t.Ready()
	}
	if err == nil {
		err = s.run()
	}
	if err != nil {
		return err
	}
	out, err := s.found()
	if err != nil {
		return err
	}
	return t.Done(out)
}

// What the writer has found out.
type written struct {
	MapNS, ColdFillNS, FillP50NS int64
	Apart                        core.Distance
	CPUNS, Copied                int64
	HugeBytes                    int64
}

// A writer is the side that fills and hands over.
type writer struct {
	plan   plan
	hub    *hub
	sender sender
	warm   *rehearsal
	fills  *experiment.Recorder
	before [slots][]byte // memory of its own that is filled before each payload, in turn
	out    written
	pace   core.Pacer
	meter  core.Meter
}

func newWriter(p plan, h *hub, files []*os.File) (side, error) {
	sender, err := p.sender(h, files)
	if err != nil {
		return nil, err
	}
	warm, err := newRehearsal()
	if err != nil {
		return nil, err
	}
	out := &writer{plan: p, hub: h, sender: sender, warm: warm, fills: experiment.NewRecorder(),
		pace:  core.Pacer{WarmNS: warmNS, RunNS: measureNS, FewestWarm: fewestWarm, Fewest: fewestCount},
		meter: core.Meter{Clock: lab.OfProcess}}
	for i := range out.before {
		if p.After == 0 {
			break
		}
		if out.before[i], err = ownMemory(p.After); err != nil {
			return nil, err
		}
	}
	return out, h.prove()
}

func (w *writer) run() error {
	stamp := w.hub.stamp()
	w.out.Apart.Before = w.hub.lead()
	for epoch := uint64(1); ; epoch++ {
		payload, err := w.sender.buffer()
		if err != nil {
			return err
		}
		fill(w.before[epoch%slots], epoch)
		start := lab.Nanotime()
		if !w.plan.FillOnce || epoch <= fewestWarm {
			fill(payload, epoch)
		}
		flags := w.flags(epoch, start, lab.Nanotime())
		stamp.Set(epoch, flags)
		if err := w.warm.run(w.plan.How); err != nil {
			return err
		}
		w.hub.touchControl()
		stamp.SetSent(lab.Nanotime())
		if err := w.sender.send(epoch); err != nil {
			return err
		}
		if err := w.sender.await(epoch); err != nil {
			return err
		}
		if flags&core.Last != 0 {
			w.out.CPUNS, err = w.meter.Stop()
			w.out.Apart.After = w.hub.lead()
			return err
		}
	}
}

// flags records a fill and says what its hand-off is for.
func (w *writer) flags(epoch uint64, start, end int64) uint64 {
	if epoch == 1 {
		w.out.ColdFillNS = end - start
	}
	flags := w.pace.Flags(end)
	if w.meter.Count(flags) {
		w.fills.Record(end - start)
	}
	return flags
}

func (w *writer) found() (any, error) {
	fills, err := w.fills.Histogram()
	if err != nil {
		return nil, err
	}
	huge, err := w.hub.hugeBytes()
	w.out.FillP50NS, w.out.MapNS = fills.P50, w.hub.mapNS
	w.out.HugeBytes, w.out.Copied = huge, w.sender.copied()
	return w.out, err
}
