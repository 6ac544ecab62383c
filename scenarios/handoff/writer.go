package handoff

import (
	"errors"

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

// A writer is the side that fills and hands over.
type writer struct {
	*hubSide
	sender sender
	fills  *experiment.Recorder
	before [slots][]byte // memory of its own that is filled before each payload, in turn
	coldNS int64         // the very first fill
	pace   core.Pacer
	meter  core.Meter
}

func enterWriter(p plan, mapped *core.Hub) (core.Work, error) {
	h, err := p.view(mapped)
	if err != nil {
		return nil, err
	}
	w := &writer{hubSide: h, fills: experiment.NewRecorder(),
		pace:  core.Pacer{WarmNS: warmNS, RunNS: measureNS, FewestWarm: fewestWarm, Fewest: fewestCount},
		meter: core.Meter{Clock: lab.OfProcess}}
	if w.sender, err = h.newSender(); err != nil {
		return nil, err
	}
	for i := range w.before {
		if p.After == 0 {
			break
		}
		if w.before[i], err = ownMemory(p.After); err != nil {
			return nil, err
		}
	}
	return w.run, nil
}

func (w *writer) run() (s experiment.Sample, err error) {
	defer w.Words.Leave(copytax.Engine) // nobody is left to wait for
	stamp := w.stamp()
	apart := core.Distance{Before: w.Ruler.Lead()}
	for epoch, flags := uint64(1), uint64(0); flags&core.Last == 0; epoch++ {
		payload, err := w.sender.buffer()
		if err != nil {
			return s, err
		}
		fill(w.before[epoch%slots], epoch)
		start := lab.Nanotime()
		if !w.plan.FillOnce || epoch <= fewestWarm {
			fill(payload, epoch)
		}
		flags = w.flags(epoch, start, lab.Nanotime())
		stamp.Set(epoch, flags)
		if err := w.warm.run(w.plan.How); err != nil {
			return s, err
		}
		w.touchControl()
		stamp.SetSent(lab.Nanotime())
		if err := w.sender.send(epoch); err != nil {
			return s, err
		}
		if err := w.sender.await(epoch); err != nil {
			return s, err
		}
	}
	w.meter.Stop()
	apart.After = w.Ruler.Lead()
	fills, err1 := w.fills.Histogram()
	huge, err2 := w.hugeBytes()
	if err := errors.Join(err1, err2); err != nil {
		return s, err
	}
	s, err = w.meter.Sample(nil, writerCPUMetric, map[string]float64{
		fillMetric: float64(fills.P50), coldFillMetric: float64(w.coldNS), copiedMetric: float64(w.copied),
		writerMapMetric: float64(w.MapNS[framesFile]), writerHuge: huge,
	})
	apart.Note(s.Metrics)
	w.plan.noteCore(s, writerCore, core.Writer)
	return s, err
}

// flags records a fill and says what its hand-off is for.
func (w *writer) flags(epoch uint64, start, end int64) uint64 {
	if epoch == 1 {
		w.coldNS = end - start
	}
	flags := w.pace.Flags(end)
	if w.meter.Count(flags) {
		w.fills.Record(end - start)
	}
	return flags
}

// noteCore puts the number of a side's processor among its metrics, if it stays on one.
func (p plan) noteCore(s experiment.Sample, metric string, side int) {
	if p.Cores.Apart() {
		s.Metrics[metric] = float64(p.Cores[side])
	}
}
