package scenarios

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/browser"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/internal/control"
	"github.com/copytax/copytax/internal/ladder"
	"github.com/copytax/copytax/internal/tab"
	"github.com/copytax/copytax/scenarios/flock"
	"github.com/copytax/copytax/scenarios/flock/wasmhost"
)

// A tabs has the flock in a tab.
type tabs struct{}

// Probe implements [ladder.Browser].
func (tabs) Probe(ctx context.Context, path string) (string, error) {
	a, err := tab.Probe(ctx, path)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s, %s %s", a.Browser, a.Vendor, a.Architecture), nil
}

// Runtime implements [ladder.Browser].
func (tabs) Runtime(path string) (control.Runtime, error) {
	files, err := browser.Files(wasmhost.Module(), wasmhost.LowModule())
	if err != nil {
		return nil, err
	}
	return world{path, tab.Site{Files: files}}, nil
}

// A world is a runtime whose assignments say what a page cannot know: the policy of the
// first frame, and the seed as text, since it has more bits than a number of JavaScript.
// Its page is as large as the canvas.
type world struct {
	path string // of the browser
	site tab.Site
}

// Start implements [control.Runtime].
func (w world) Start(ctx context.Context, l *lab.Lab, a *control.Assignment, files []*os.File) (control.Process, io.ReadWriteCloser, error) {
	var setup struct {
		Policy [copytax.PolicyBytes]byte `json:"policy"`
		Seed   string                    `json:"seed"`
	}
	policy := flock.DefaultPolicy(a.Config)
	policy.Put(setup.Policy[:])
	setup.Seed = strconv.FormatUint(a.Config.Seed, 10)
	text, err := json.Marshal(setup)
	if err != nil {
		return nil, nil, err
	}
	a.Setup = text
	page := tab.Options{Path: w.path}
	page.Width, page.Height = ladder.CanvasSize(a.Config)
	return tab.Runtime{Options: page, Site: w.site}.Start(ctx, l, a, files)
}
