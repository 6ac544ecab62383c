package main

import (
	"fmt"
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/copytax/copytax/internal/kernel"
)

// A kernelProgress is a bar on a terminal, and silent elsewhere.
type kernelProgress struct {
	w        io.Writer
	terminal bool
	bar      *progressbar.ProgressBar
}

var _ kernel.Progress = (*kernelProgress)(nil)

func newKernelProgress(w io.Writer) *kernelProgress {
	f, ok := w.(*os.File)
	return &kernelProgress{w: w, terminal: ok && term.IsTerminal(int(f.Fd()))}
}

// Doing implements kernel.Progress.
func (p *kernelProgress) Doing(done, total int, what string) {
	if !p.terminal {
		return
	}
	if p.bar == nil {
		p.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(p.w), progressbar.OptionShowCount(), progressbar.OptionSetWidth(24),
			progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false),
			progressbar.OptionClearOnFinish())
	}
	p.bar.Describe(fmt.Sprintf("%-24s", what))
	p.tell(p.bar.Set(done))
}

// end removes the bar.
func (p *kernelProgress) end() {
	if p.bar != nil {
		p.tell(p.bar.Clear())
	}
}

// tell reports an error of the bar, which is no reason to end a run.
func (p *kernelProgress) tell(err error) {
	if err != nil {
		fmt.Fprintln(p.w, "progress:", err)
	}
}
