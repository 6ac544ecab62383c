package app

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/run"
)

// newProgress returns a progress bar on a terminal. Elsewhere only what goes
// wrong is written.
func newProgress(w io.Writer, plan experiment.Plan) run.Progress {
	p := &progress{w: w, took: map[int]time.Duration{}, began: time.Now()}
	if !plan.Ended() {
		p.budget = time.Duration(plan.Growth.Seconds * float64(plan.Sessions()) * float64(time.Second))
	}
	for n, r := range plan.Rounds {
		if r.End != "" || n == len(plan.Rounds)-1 {
			p.began = p.began.Add(-time.Duration(r.Seconds * float64(time.Second)))
		}
	}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.terminal = true
	}
	return p
}

type progress struct {
	w        io.Writer
	terminal bool
	bar      *progressbar.ProgressBar
	took     map[int]time.Duration // of the last trial of each cell
	began    time.Time
	budget   time.Duration // of a run that grows, 0 of one whose trials are known
	total    int
	void     int // tries so far
}

// Starting implements run.Progress.
func (p *progress) Starting(t experiment.Trial, done, total int) {
	if !p.terminal {
		return
	}
	if p.bar == nil {
		p.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(p.w), progressbar.OptionShowCount(), progressbar.OptionSetWidth(24),
			progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false),
			progressbar.OptionClearOnFinish(), progressbar.OptionSetDescription("starting"))
		p.tell(p.bar.Set(done))
		p.total = total
	}
	if total != p.total { // a round was added
		p.bar.ChangeMax(total)
		p.total = total
	}
	left := "?"
	if d, known := p.left(total - done); known {
		// A run that grows takes the time that it has, unless all is narrow before that.
		left = max(d, p.budget-time.Since(p.began)).Round(time.Second).String()
	}
	p.bar.Describe(fmt.Sprintf("block %d  %-32.32s left %-6s", t.Block+1, brief(t), left))
}

// brief names a trial in a few words: its arm and its size, or its first factors.
func brief(t experiment.Trial) string {
	if size, ok := t.Of.Factors["boids"]; ok && t.Of.Factors[experiment.Arm] != "" {
		return t.Of.Factors[experiment.Arm] + ", " + size + " boids"
	}
	return t.Of.Experiment + " " + t.Of.String()
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

// Finished implements run.Progress.
func (p *progress) Finished(t experiment.Trial, took time.Duration, err error) {
	p.took[t.Cell] = took
	if p.bar != nil {
		p.tell(p.bar.Add(1))
	}
	if err == nil {
		return
	}
	if p.bar != nil {
		p.tell(p.bar.Clear())
	}
	fmt.Fprintf(p.w, "trial %d failed (%s): %v; the run goes on without it\n", t.Number, brief(t), err)
}

// mostVoid is how many void tries are told one by one: on a busy machine they are many.
const mostVoid = 3

// Void implements run.Progress.
func (p *progress) Void(t experiment.Trial, reason string, again bool) {
	if p.void++; p.void > mostVoid {
		if p.void == mostVoid+1 {
			fmt.Fprintln(p.w, "further tries are void, too; the report counts them")
		}
		return
	}
	if p.bar != nil {
		p.tell(p.bar.Clear())
	}
	then := "it counts all the same, and is marked"
	if again {
		then = "it is run again"
	}
	fmt.Fprintf(p.w, "trial %d is void (%s): %s; %s\n", t.Number, brief(t), reason, then)
}

// tell reports an error of the bar, which is no reason to end a run.
func (p *progress) tell(err error) {
	if err != nil {
		fmt.Fprintln(p.w, "progress:", err)
	}
}
