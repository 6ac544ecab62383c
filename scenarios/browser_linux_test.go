package scenarios

import (
	"bytes"
	"context"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/browser"
	"github.com/copytax/copytax/experiment/lab/labtest"
	"github.com/copytax/copytax/internal/control"
	"github.com/copytax/copytax/internal/tab"
	"github.com/copytax/copytax/scenarios/flock/wasmhost"
	transports "github.com/copytax/copytax/transports/tab"
)

// needBrowser skips a test where there is no browser. Where CI is set there must be one.
func needBrowser(t *testing.T) {
	t.Helper()
	if _, err := tab.Find(""); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// trialInTab runs a trial whose page has a piece of its workers' script replaced, and
// returns why it failed.
func trialInTab(t *testing.T, display, transport, piece, by string) error {
	t.Helper()
	needBrowser(t)
	files, err := browser.Files(wasmhost.Module(), wasmhost.LowModule())
	if err != nil {
		t.Fatal(err)
	}
	files = maps.Clone(files)
	if n := bytes.Count(files["worker.js"], []byte(piece)); n != 1 {
		t.Fatalf("%q is there %d times", piece, n)
	}
	files["worker.js"] = bytes.Replace(files["worker.js"], []byte(piece), []byte(by), 1)
	l, ctx := labtest.New(t)
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	trial := control.Trial{
		Scenario: "flock", Timeout: time.Minute, Placement: copytax.Everywhere(copytax.Tab),
		Config:   copytax.Config{Boids: 301, Neighbours: 8, Mode: copytax.ConstantDensity, Seed: 1, WarmUp: 24, Ticks: 60, Slots: 3}.WithOption("display", display),
		Runtimes: map[copytax.Runtime]control.Runtime{copytax.Tab: world{"", tab.Site{Files: files}}},
	}
	for _, one := range transports.Transports() {
		if one.Name() == transport {
			trial.Transport = one
		}
	}
	_, err = control.Run(ctx, l, trial)
	return err
}

// The pieces of the workers' script that the tests plant something in, and their like.
const (
	uploads = "this.device.queue.writeBuffer(this.frame,0,frame)"
	draws   = "this.#renderer.draw(this.#camera,this.#seconds(Number(frame.epoch)))"
	// rehearsed is how many frames are shown before the first tick.
	rehearsed = "61"
)

// A viewer that draws something else than its frames fails its trial.
func TestWhatWasDrawnIsHeldToTheReference(t *testing.T) {
	const page = "page, "
	for name, c := range map[string]struct{ piece, by, want string }{
		"nothing wrong":        {uploads, uploads, ""},
		"frames of before":     {uploads, "(this.count=(this.count??0)+1)>" + rehearsed + "+3||" + uploads, "differs from the reference at tick 6: "},
		"no frame":             {uploads, "this.count=0", "differs from the reference at tick 0: "},
		page + "nothing wrong": {uploads, uploads, ""},
		page + "no frame":      {uploads, "this.count=0", "differs from the reference at tick 0: "},
		"wings of their own":   {"0.31 * place.x", "0.93 * place.x", "differs from the reference at tick "},
		"another camera":       {draws, "this.#renderer.draw({...this.#camera,viewProjection:this.#camera.viewProjection.map((v,i)=>i===12?v+.1:v)},this.#seconds(Number(frame.epoch)))", "differs from the reference at tick 0: "},
	} {
		t.Run(name, func(t *testing.T) {
			display := "canvas:320x240"
			if strings.HasPrefix(name, page) {
				display = "page:320x240"
			}
			err := trialInTab(t, display, "sab:park", c.piece, c.by)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), "what was drawn "+c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// A device that is destroyed in a trial is its failure, and said at once: drawing goes on
// without an error.
func TestADestroyedDeviceFailsItsTrial(t *testing.T) {
	for _, display := range []string{"canvas:320x240", "page:320x240"} {
		begin := time.Now()
		err := trialInTab(t, display, "sab:park", draws, "(this.count=(this.count??0)+1)==="+rehearsed+"+40&&this.#renderer.device.destroy(),"+draws)
		if err == nil || !strings.Contains(err.Error(), "viewer: the device of ") || !strings.Contains(err.Error(), " was destroyed") {
			t.Errorf("%s: got %v", display, err)
		}
		t.Logf("%s: %v after %v", display, err, time.Since(begin))
	}
}
