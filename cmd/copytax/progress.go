package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/copytax/copytax/internal/bench"
)

// newProgress returns a progress bar on a terminal. Elsewhere only what goes
// wrong is written.
func newProgress(w io.Writer) bench.Progress {
	p := &progress{w: w, took: map[string]time.Duration{}}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.terminal = true
	}
	return p
}

type progress struct {
	w        io.Writer
	terminal bool
	bar      *progressbar.ProgressBar
	took     map[string]time.Duration // of the last step of each kind
}

// Starting implements bench.Progress.
func (p *progress) Starting(s bench.Step, done, total int) {
	if !p.terminal {
		return
	}
	if p.bar == nil {
		p.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(p.w), progressbar.OptionShowCount(), progressbar.OptionSetWidth(24),
			progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false),
			progressbar.OptionClearOnFinish(), progressbar.OptionSetDescription("starting"))
		p.tell(p.bar.Set(done))
	}
	left := "?"
	if d, known := p.left(total - done); known {
		left = d.Round(time.Second).String()
	}
	p.bar.Describe(fmt.Sprintf("block %d  %-32s left %-6s", s.Block+1, s.What, left))
}

// left estimates the time for the trials that are left: as long as a trial
// has taken on average, each cell of the plan counted once.
func (p *progress) left(trials int) (time.Duration, bool) {
	if len(p.took) == 0 {
		return 0, false
	}
	sum := time.Duration(0)
	for _, d := range p.took {
		sum += d
	}
	return sum / time.Duration(len(p.took)) * time.Duration(trials), true
}

// Finished implements bench.Progress.
func (p *progress) Finished(s bench.Step, took time.Duration, err error) {
	p.took[s.What] = took
	if p.bar != nil {
		p.tell(p.bar.Add(1))
	}
	if err == nil {
		return
	}
	if p.bar != nil {
		p.tell(p.bar.Clear())
	}
	fmt.Fprintf(p.w, "trial %d failed (%s): %v; the run goes on without it\n", s.Number, s.What, err)
}

// tell reports an error of the bar, which is no reason to end a run.
func (p *progress) tell(err error) {
	if err != nil {
		fmt.Fprintln(p.w, "progress:", err)
	}
}
