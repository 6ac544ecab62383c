package browser_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/internal/tab"
	"github.com/copytax/copytax/scenarios/flock"
)

var pictures = flag.String("pictures", "", "write pictures of flocks of three sizes to a `folder`")

// A page is src/render/page.test-page.ts in a browser. It answers one call at a time.
type page struct {
	conn    *tab.Page
	answers *bufio.Reader
}

// newPage starts a browser with the page, or skips the test where there is none.
func newPage(t *testing.T) *page {
	t.Helper()
	if _, err := tab.Find(""); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("no browser: %v", err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, l := context.Background(), lab.New(self)
	browser, err := tab.Launch(ctx, l, tab.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := browser.Close(); err != nil {
			t.Error(err)
		}
	})
	conn, err := browser.Open(ctx, tab.Site{Files: site(t)})
	if err != nil {
		t.Fatal(err)
	}
	// A page that hangs fails its test: what it is asked for takes seconds.
	late := time.AfterFunc(3*time.Minute, func() { conn.Close() })
	t.Cleanup(func() { late.Stop(); conn.Close() })
	return &page{conn: conn, answers: bufio.NewReader(conn)}
}

// site returns what the page loads: itself, its worker, and the engine.
func site(t *testing.T) map[string][]byte {
	t.Helper()
	folder, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	r := api.Build(api.BuildOptions{
		EntryPoints: []string{"src/render/page.test-page.ts", "src/render/worker.test-page.ts"}, Outdir: "built",
		Bundle: true, Format: api.FormatESModule, Target: api.ES2023, Loader: map[string]api.Loader{".wgsl": api.LoaderText},
	})
	for _, m := range append(r.Errors, r.Warnings...) {
		t.Fatalf("esbuild: %s %v", m.Text, m.Location)
	}
	engine, err := os.ReadFile("../scenarios/flock/wasmhost/flock.wasm")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{
		"index.html": []byte(`<!doctype html><title>render</title><canvas></canvas><script type="module" src="page.test-page.js"></script>`),
		"flock.wasm": engine,
	}
	for _, f := range r.OutputFiles {
		name, err := filepath.Rel(filepath.Join(folder, "built"), f.Path)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = f.Contents
	}
	return files
}

// call calls a function of worker.test-page.ts and puts what it returns into answer,
// unless that is nil. The error is what the function threw.
func (p *page) call(t *testing.T, name string, argument, answer any) error {
	t.Helper()
	line, err := json.Marshal(map[string]any{"name": name, "argument": argument})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.conn.Write(append(line, '\n')); err != nil {
		t.Fatalf("call %s: %v", name, err)
	}
	if line, err = p.answers.ReadBytes('\n'); err != nil {
		t.Fatalf("%s does not answer: %v", name, err)
	}
	reply := struct {
		Answer json.RawMessage
		Error  string
	}{}
	if err := json.Unmarshal(line, &reply); err != nil {
		t.Fatal(err)
	}
	if reply.Error != "" {
		return errors.New(reply.Error)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(reply.Answer, answer)
}

// must is call for what has to succeed.
func (p *page) must(t *testing.T, name string, argument, answer any) {
	t.Helper()
	if err := p.call(t, name, argument, answer); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// opening is what the page is opened with: a flock of so many boids on a canvas, and
// further options of a Renderer.
func opening(boids, width, height int, options map[string]any) map[string]any {
	p := flock.DefaultPolicy(copytax.Config{Boids: boids, Neighbours: 8, Mode: copytax.ConstantDensity})
	block := make([]byte, copytax.PolicyBytes)
	p.Put(block)
	all := map[string]any{"boids": boids, "width": width, "height": height, "policy": hex.EncodeToString(block)}
	for name, v := range options {
		all[name] = v
	}
	return all
}

// What draws, and how, as open of worker.test-page.ts tells it.
type renderer struct {
	Adapter   tab.Adapter
	Detail    string
	Instanced bool
	Samples   int
}

func (p *page) open(t *testing.T, o map[string]any) (r renderer) {
	t.Helper()
	p.must(t, "open", o, &r)
	t.Logf("%s %s draws %ss, instanced %v, %d samples a pixel", r.Adapter.Vendor, r.Adapter.Architecture, r.Detail, r.Instanced, r.Samples)
	return r
}

// TestPixelsAreThoseOfTheReference reads pictures back and compares them with those of
// software.ts, at three ticks, in every way to draw.
func TestPixelsAreThoseOfTheReference(t *testing.T) {
	for _, detail := range []string{"bird", "glider"} {
		for _, drawing := range []string{"instanced", "pulled"} {
			for _, meaning := range []string{"speed", "energy", "fitness"} {
				if meaning != "fitness" && drawing == "instanced" {
					continue // the way to a colour is the same
				}
				t.Run(fmt.Sprintf("%s/%s/%s", detail, drawing, meaning), func(t *testing.T) {
					comparePixels(t, map[string]any{"detail": detail, "drawing": drawing, "meaning": meaning, "samples": 1})
				})
			}
		}
	}
}

func comparePixels(t *testing.T, options map[string]any) {
	p := newPage(t)
	p.open(t, opening(301, 320, 240, options)) // no multiple of four: the columns have padding
	for range 3 {
		got := struct{ Pixels, BeyondEdges, Boids, Worst float64 }{}
		p.must(t, "compare", nil, &got)
		t.Logf("%.4f of the pixels differ, %.5f beyond edges, %.2f of what is allowed; %.3f show boids", got.Pixels, got.BeyondEdges, got.Worst, got.Boids)
		if got.Boids < 0.01 {
			t.Errorf("boids are in %v of the pixels, want more than 0.01", got.Boids)
		}
		if !(got.Worst <= 1) {
			t.Errorf("%v of the pixels differ and %v beyond edges, where %v show boids", got.Pixels, got.BeyondEdges, got.Boids)
		}
		p.must(t, "fly", 100, nil)
	}
}

// TestComputeStep holds the physics on the graphics processor to the oracle of
// docs/oracle.md, step by step.
func TestComputeStep(t *testing.T) {
	p := newPage(t)
	// The bounds are for operations that round to the nearest, as a processor's do. WGSL
	// grants a division 2.5 units in the last place and a square root more.
	limit := 2.0
	if p.open(t, opening(901, 64, 64, nil)).Adapter.Architecture == "swiftshader" {
		limit = 1
	}
	for _, ticks := range []int{0, 100} {
		p.must(t, "fly", ticks, nil)
		verdicts := []struct {
			Worst, EngineWorst, Same float64
			Where                    string
			Neighbours, Engine, Ours int
		}{}
		p.must(t, "judge", 5, &verdicts)
		for i, v := range verdicts {
			if v.Ours != v.Neighbours || v.Engine != v.Neighbours {
				t.Errorf("step %d: %d neighbours, by the engine %d, by the oracle %d", ticks+i, v.Ours, v.Engine, v.Neighbours)
			}
			if !(v.Worst <= limit) || !(v.EngineWorst <= 1) {
				t.Errorf("step %d: %v of the bound, the engine %v; %s", ticks+i, v.Worst, v.EngineWorst, v.Where)
			}
		}
		last := verdicts[len(verdicts)-1]
		t.Logf("step %d: %.2f of the bound, the engine %.2f; %.3f of the floats are the engine's", ticks+len(verdicts), last.Worst, last.EngineWorst, last.Same)
	}
	// Rounding takes two flights apart, but not that soon, and numbers are the engine's.
	far := 0.0
	p.must(t, "race", 10, &far)
	t.Logf("after 10 steps on its own no float is farther than %.2g from the engine's", far)
	if !(far < 1e-3) {
		t.Errorf("after 10 steps a float is %v from the engine's", far)
	}
}

// TestALostDeviceIsNoticed destroys the device, after which drawing goes on in silence.
func TestALostDeviceIsNoticed(t *testing.T) {
	p := newPage(t)
	p.open(t, opening(100, 64, 64, nil))
	p.must(t, "frame", nil, nil)
	p.must(t, "destroy", nil, nil)
	err := p.call(t, "frame", nil, nil)
	if err == nil || !strings.Contains(err.Error(), "was destroyed") {
		t.Errorf("a frame on a device that was destroyed: %v, want an error that says so", err)
	}
}

// TestARefusalIsInWords asks for what no renderer can do.
func TestARefusalIsInWords(t *testing.T) {
	p := newPage(t)
	for _, c := range []struct {
		want  string
		wrong map[string]any
	}{
		{"more than a buffer of this adapter holds", map[string]any{"frames": 1 << 30}},
		{"has no WebGPU", map[string]any{"without": "gpu"}},
		{"no adapter", map[string]any{"without": "adapter"}},
	} {
		err := p.call(t, "refuse", c.wrong, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want an error with %q", c.wrong, err, c.want)
		}
	}
}

// TestTenThousandBoids draws a canvas of the usual size and says how fast that was.
func TestTenThousandBoids(t *testing.T) {
	p := newPage(t)
	r := p.open(t, opening(10_000, 800, 600, map[string]any{"timestamps": true}))
	if r.Adapter.Architecture == "" {
		t.Error("the adapter has no architecture")
	}
	rate, gpu, done := 0.0, (*float64)(nil), struct{ Empty, Least float64 }{}
	p.must(t, "rate", 1000, &rate)
	p.must(t, "gpu", nil, &gpu)
	p.must(t, "calibrate", nil, &done)
	if rate <= 0 || (gpu != nil && *gpu <= 0) {
		t.Errorf("%v frames a second, %v ns on the graphics processor", rate, gpu)
	}
	t.Logf("%.1f frames a second, one after the other, with the engine's step between them", rate)
	t.Logf("done takes %.3f ms on an empty queue and %.3f ms behind next to nothing", done.Empty, done.Least)
	if gpu != nil {
		t.Logf("%.1f ms on the graphics processor", *gpu/1e6)
	}
}

// TestPictures writes a picture of each flock.
//
//	go test ./browser -run Pictures -pictures /tmp/pictures
func TestPictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("no -pictures: it takes a minute")
	}
	if err := os.MkdirAll(*pictures, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, boids := range []int{1000, 10_000, 100_000} {
		p := newPage(t)
		p.open(t, opening(boids, 1600, 900, map[string]any{"detail": "bird", "samples": 4}))
		p.must(t, "fly", 600, nil)
		for name, view := range map[string]any{
			"world": map[string]any{},
			"flock": map[string]any{"azimuth": 1.05, "elevation": 0.1, "fieldOfView": 0.75, "fill": 2.3},
		} {
			p.must(t, "view", view, nil)
			content := []byte(nil)
			p.must(t, "picture", nil, &content)
			if _, err := png.Decode(bytes.NewReader(content)); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(*pictures, fmt.Sprintf("%s-%d.png", name, boids)), content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
