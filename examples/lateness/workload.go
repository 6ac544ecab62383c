package lateness

import (
	"fmt"
	"time"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
)

// A way sleeps. The function that it returns does so once.
type way struct {
	name  string
	sleep func(time.Duration) func()
}

func ways() []way {
	return []way{
		{"time.Sleep", func(d time.Duration) func() { return func() { time.Sleep(d) } }},
		{"time.After", func(d time.Duration) func() { return func() { <-time.After(d) } }},
		{"reset timer", func(d time.Duration) func() {
			t := time.NewTimer(d)
			return func() {
				t.Reset(d)
				<-t.C
			}
		}},
	}
}

// An order is what a worker is told.
type order struct {
	Way   string
	Sleep time.Duration
}

// window is how long a trial sleeps in all.
const window = 200 * time.Millisecond

// sleep is the job of the worker: it sleeps again and again, and says how late it woke.
func sleep(t *lab.Task) error {
	var o order
	if err := t.Args(&o); err != nil {
		return err
	}
	for _, w := range ways() {
		if w.name == o.Way {
			return measure(t, o, w.sleep(o.Sleep))
		}
	}
	return fmt.Errorf("unknown way %q", o.Way)
}

func measure(t *lab.Task, o order, once func()) error {
	if err := t.Ready(); err != nil {
		return err
	}
	late := experiment.NewRecorder()
	for begun := lab.Nanotime(); lab.Nanotime()-begun < window.Nanoseconds(); {
		before := lab.Nanotime()
		once()
		late.Record(lab.Nanotime() - before - o.Sleep.Nanoseconds())
	}
	h, err := late.Histogram()
	if err != nil {
		return err
	}
	return t.Done(experiment.Sample{
		Worker: worker, Metrics: map[string]float64{wakeMetric: float64(late.Count())},
		Histograms: map[string]*experiment.Histogram{lateMetric: h},
	})
}
