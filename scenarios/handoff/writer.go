package handoff

import (
	"errors"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/gauge"
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
	fills  *gauge.Recorder
	before [slots][]byte // memory of its own that is filled before each payload, in turn
	out    written
	phases phases
}

func playWriter(w *gauge.Worker) (err error) {
	core.Quiet()
	var p plan
	if err := w.Args(&p); err != nil {
		return err
	}
	if err := p.Cores.StayAsWriter(); err != nil {
		return err
	}
	h, err := p.open(w.Files, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	defer h.leave(copytax.Engine)
	s, err := newWriter(p, h, w)
	if err != nil {
		return err
	}
	if err := w.Ready(); err != nil {
		return err
	}
	if err := s.run(); err != nil {
		return err
	}
	if err := s.sumUp(); err != nil {
		return err
	}
	return w.Done(s.out)
}

func newWriter(p plan, h *hub, w *gauge.Worker) (*writer, error) {
	sender, err := p.sender(h, w.Files)
	if err != nil {
		return nil, err
	}
	warm, err := newRehearsal()
	if err != nil {
		return nil, err
	}
	out := &writer{plan: p, hub: h, sender: sender, warm: warm, fills: gauge.NewRecorder()}
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
		start := core.Nanotime()
		if !w.plan.FillOnce || epoch <= fewestWarm {
			fill(payload, epoch)
		}
		flags := w.flags(epoch, start, core.Nanotime())
		stamp.setFlags(flags)
		if err := w.warm.play(w.plan.How); err != nil {
			return err
		}
		w.hub.touchControl()
		stamp.setSent(core.Nanotime())
		if err := w.sender.send(epoch); err != nil {
			return err
		}
		if err := w.sender.await(epoch); err != nil {
			return err
		}
		if flags&last != 0 {
			err := w.phases.meter.stop()
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
	flags := w.phases.flags(end)
	if flags&counted != 0 {
		w.fills.Record(end - start)
	}
	return flags
}

func (w *writer) sumUp() error {
	fills, err := w.fills.Latency()
	if err != nil {
		return err
	}
	huge, err := w.hub.hugeBytes()
	w.out.FillP50NS, w.out.MapNS = fills.P50NS, w.hub.mapNS
	w.out.HugeBytes, w.out.Copied, w.out.CPUNS = huge, w.sender.copied(), w.phases.meter.ns
	return err
}

// phases tell warming up from measuring.
type phases struct {
	warm, count  int
	begin, first int64 // ns of the clock at which each phase began, 0 before
	meter        meter
}

// flags says what the hand-off that begins now is for.
func (p *phases) flags(now int64) uint64 {
	if p.begin == 0 {
		p.begin = now
	}
	if p.first == 0 && (p.warm < fewestWarm || now-p.begin < warmNS) {
		p.warm++
		return 0
	}
	if p.first == 0 {
		p.first = now
		p.meter.start()
	}
	p.count++
	if p.count >= fewestCount && now-p.first >= measureNS {
		return counted | last
	}
	return counted
}
