//go:build linux

package control_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/control"
	"github.com/copytax/copytax/transports/channel"
	"github.com/copytax/copytax/transports/direct"
	"github.com/copytax/copytax/transports/twin"
)

// at returns a trial of 60 ticks at a rate.
func at(rate float64, scenario string, t copytax.Transport, latest bool) control.Trial {
	all := trial(scenario, t, 60)
	all.Config.Rate, all.Config.Latest = rate, latest
	return all
}

// The pause is planted in a tick of the window, 12 periods long.
const (
	pausedTick = 20
	pause      = 200 * time.Millisecond
	period     = time.Second / 60
	hiddenPart = 12
)

// pausing is a scenario of which one role does nothing for a while, once.
type pausing struct {
	copytax.Scenario
	role copytax.Role
}

func (p pausing) NewKernel(env copytax.Env, link copytax.KernelLink) (copytax.KernelActor, error) {
	a, err := p.Scenario.NewKernel(env, link)
	return pausingKernel{a, p.role == copytax.Kernel}, err
}

type pausingKernel struct {
	copytax.KernelActor
	on bool
}

func (k pausingKernel) Begin(epoch uint64) error {
	if k.on && epoch == pausedTick {
		time.Sleep(pause)
	}
	return k.KernelActor.Begin(epoch)
}

func (p pausing) NewViewer(env copytax.Env, link copytax.ViewerLink) (copytax.Actor, error) {
	a, err := p.Scenario.NewViewer(env, link)
	if err != nil || p.role != copytax.Viewer {
		return a, err
	}
	return &pausingViewer{LatestActor: a.(copytax.LatestActor)}, nil
}

// A pausingViewer pauses with the first frame that is not before the tick.
type pausingViewer struct {
	copytax.LatestActor
	over bool
}

func (v *pausingViewer) Tick(epoch uint64) error {
	if epoch >= pausedTick && !v.over {
		v.over = true
		time.Sleep(period + pause) // as the engine
	}
	return v.LatestActor.Tick(epoch)
}

func (p pausing) NewEngine(env copytax.Env, link copytax.EngineLink) (copytax.Actor, error) {
	a, err := p.Scenario.NewEngine(env, link)
	return pausingEngine{a, p.role == copytax.Engine}, err
}

type pausingEngine struct {
	copytax.Actor
	on bool
}

func (e pausingEngine) Tick(epoch uint64) error {
	if e.on && epoch == pausedTick {
		time.Sleep(period + pause) // it may be here a period before the tick is due
	}
	return e.Actor.Tick(epoch)
}

// beyond counts the values of a histogram that are at least so long.
func beyond(t *testing.T, h *experiment.Histogram, least time.Duration) (n int64) {
	t.Helper()
	full, err := h.Decode()
	if err != nil {
		t.Fatal(err)
	}
	for _, bar := range full.Distribution() {
		if bar.To >= least.Nanoseconds() {
			n += bar.Count
		}
	}
	return n
}

// A pause shows in every tick that was due in it, counted from when that was due, and
// in one at most, counted from when it began. In lock-step it would show in one.
func TestPauseShowsInFull(t *testing.T) {
	l := newLab(t)
	for _, transport := range []copytax.Transport{direct.New(), channel.New(), park(), overHTTP()} {
		for _, role := range []string{"kernel", "engine", "viewer"} {
			if transport.Info().OneProcess && role == "engine" {
				continue // as the kernel's there
			}
			for frames, latest := range map[string]bool{"every": false, "latest": true} {
				name := fmt.Sprintf("%s, the %s pauses, %s frame", transport.Name(), role, frames)
				samples, err := control.Run(t.Context(), l, at(60, role+"-pauses", transport, latest))
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				checkPause(t, name, samples, latest && role == "viewer" && transport.Name() != "direct")
			}
		}
	}
}

// checkPause checks a trial with a pause, in which other roles may have gone on.
func checkPause(t *testing.T, name string, samples []experiment.Sample, goneOn bool) {
	t.Helper()
	kernel, viewer := samples[0], samples[2]
	latency, service := viewer.Histograms[control.Latency], viewer.Histograms[control.Service]
	for i := range hiddenPart {
		if least := pause - time.Duration(i)*period; beyond(t, latency, least) < int64(i+1) {
			t.Errorf("%s: %d latencies of %v or more, want %d", name, beyond(t, latency, least), least, i+1)
		}
	}
	if got := viewer.Metric(control.Missed); latency.Count != 60 || got < hiddenPart {
		t.Errorf("%s: missed %v ticks of %d, want %d or more of 60", name, got, latency.Count, hiddenPart)
	}
	if all, shown := beyond(t, latency, pause/2), beyond(t, service, pause/2); shown >= all {
		t.Errorf("%s: %d ticks took %v or more from their actual start, %d from the intended one", name, shown, pause/2, all)
	}
	delays := kernel.Histograms[control.StartDelay]
	if got := beyond(t, delays, pause-period); delays.Count != 60 || got < 1 && !goneOn {
		t.Errorf("%s: %d of %d ticks started %v late or more, want one or more of 60", name, got, delays.Count, pause-period)
	}
}

// A trial with a rate is of the same world as one in lock-step, whichever frames the
// viewer reads, and its phases hold the time between the ticks.
func TestPacedTrials(t *testing.T) {
	l := newLab(t)
	digests := map[string]bool{}
	for _, transport := range []copytax.Transport{direct.New(), park(), twin.Transports()[0], channel.New()} {
		for _, latest := range []bool{false, true} {
			name := fmt.Sprintf("%s, latest %v", transport.Name(), latest)
			samples, err := control.Run(t.Context(), l, at(240, "flock", transport, latest))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			digests[samples[0].Evidence["digest"]] = true
			checkPaced(t, name, samples, latest)
			if got := samples[2].Evidence["frames"]; latest && transport.Name() == "direct" && got != "latest, 71 of 71" {
				t.Errorf("%s: roles that take turns: the viewer saw %q", name, got)
			}
		}
	}
	samples, err := control.Run(t.Context(), l, trial("flock", park(), 60))
	if err != nil {
		t.Fatal(err)
	}
	if digests[samples[0].Evidence["digest"]] = true; len(digests) != 1 {
		t.Errorf("got the digests %v, want one", digests)
	}
	for _, s := range samples {
		for metric := range s.Metrics {
			if strings.Contains(metric, "pace") || metric == control.Missed || metric == control.Skipped {
				t.Errorf("in lock-step the %s has %s", s.Worker, metric)
			}
		}
	}
}

func checkPaced(t *testing.T, name string, samples []experiment.Sample, latest bool) {
	t.Helper()
	kernel, viewer := samples[0], samples[2]
	if !(kernel.Metric("wall_pace_ns") > 0) {
		t.Errorf("%s: the kernel never waited for a tick to be due: %v", name, kernel.Metrics)
	}
	skipped, missed := viewer.Metric(control.Skipped), viewer.Metric(control.Missed)
	latencies, services := viewer.Histograms[control.Latency].Count, viewer.Histograms[control.Service].Count
	if latencies != 60 || services+int64(skipped) != 60 || missed < skipped || !latest && skipped > 0 {
		t.Errorf("%s: %d latencies, %d services, %v frames skipped, %v ticks missed of 60", name, latencies, services, skipped, missed)
	}
	if got := viewer.Evidence["frames"]; strings.HasPrefix(got, "latest, ") != latest || (viewer.Evidence["chain"] == "") != latest {
		t.Errorf("%s: the viewer has the evidence %v", name, viewer.Evidence)
	}
	if kernel.Evidence["frames"] != "all" || viewer.Evidence["digest"] != kernel.Evidence["digest"] {
		t.Errorf("%s: the kernel has the evidence %v, the viewer %v", name, kernel.Evidence, viewer.Evidence)
	}
	for _, s := range samples {
		if s.Metric("cpu_compute_ns") <= 0 || s.Metric("sampled_ticks") < 1 {
			t.Errorf("%s: the %s has %v", name, s.Worker, s.Metrics)
		}
	}
}

// A viewer that is slower than the ticks skips frames and still sees the last one.
func TestSlowViewerSkips(t *testing.T) {
	samples, err := control.Run(t.Context(), newLab(t), at(60, "slow-viewer", park(), true))
	if err != nil {
		t.Fatal(err)
	}
	viewer := samples[2]
	if got := viewer.Metric(control.Skipped); got < 60/2 || got+float64(viewer.Histograms[control.Service].Count) != 60 {
		t.Errorf("skipped %v frames of 60, has %d services: want half and the rest", got, viewer.Histograms[control.Service].Count)
	}
	if viewer.Evidence["digest"] == "" || viewer.Evidence["digest"] != samples[0].Evidence["digest"] {
		t.Errorf("the viewer's last frame is %v, the kernel's %v", viewer.Evidence, samples[0].Evidence)
	}
}

// lazy is a scenario whose viewer takes longer for a frame than three ticks last.
type lazy struct{ copytax.Scenario }

func (s lazy) NewViewer(env copytax.Env, link copytax.ViewerLink) (copytax.Actor, error) {
	a, err := s.Scenario.NewViewer(env, link)
	return slow{a.(copytax.LatestActor)}, err
}

type slow struct{ copytax.LatestActor }

func (s slow) Tick(epoch uint64) error {
	time.Sleep(55 * time.Millisecond)
	return s.LatestActor.Tick(epoch)
}

// A link that gives a viewer of the latest something else than the newest frame is found.
func TestLiarsAboutTheLatest(t *testing.T) {
	l := newLab(t)
	for scenario, want := range map[string]string{
		liesTwice: ": took frame ", liesAgain: " with the hash ", liesChanged: " with the hash ",
	} {
		_, err := control.Run(t.Context(), l, at(240, scenario, park(), true))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want …%s…", scenario, err, want)
		}
	}
	_, err := control.Run(t.Context(), l, at(240, "flock", everyFrame{park()}, true))
	if err == nil || !strings.Contains(err.Error(), "the viewer's link cannot give the latest frame") {
		t.Errorf("a link that reads every frame alone: got %v", err)
	}
}

// everyFrame is a transport whose viewer reads every frame and nothing else.
type everyFrame struct{ copytax.Transport }

func (everyFrame) Name() string { return "every-frame" }

func (e everyFrame) OpenViewer(env copytax.Env) (copytax.ViewerLink, error) {
	link, err := e.Transport.OpenViewer(env)
	return struct{ copytax.ViewerLink }{link}, err
}

// lying is a scenario whose viewer gets frames from a link that is not what it says.
type lying struct {
	copytax.Scenario
	how string
}

func (s lying) NewViewer(env copytax.Env, link copytax.ViewerLink) (copytax.Actor, error) {
	return s.Scenario.NewViewer(env, &liar{ViewerLink: link, how: s.how})
}

// What a liar does with the frames from pausedTick on.
const (
	liesTwice   = "latest-twice"   // gives each one more time
	liesAgain   = "latest-again"   // gives each under the number of the next
	liesChanged = "latest-changed" // changes a float
)

// A liar gives copies of frames.
type liar struct {
	copytax.ViewerLink
	how  string
	kept *copytax.Frame
}

func (l *liar) AcquireLatest(epoch uint64) (*copytax.Frame, error) {
	if l.how == liesTwice && epoch > pausedTick {
		return l.kept, nil
	}
	f, err := l.ViewerLink.(copytax.LatestAcquirer).AcquireLatest(epoch)
	if err != nil {
		return nil, err
	}
	own := &copytax.Frame{N: f.N, Epoch: f.Epoch, Slot: f.Slot, Data: slices.Clone(f.Data)}
	switch {
	case f.Epoch <= pausedTick:
	case l.how == liesChanged:
		own.Data[3]++
	case l.how == liesAgain:
		own.Data = l.kept.Data
	}
	l.kept = own
	return own, nil
}

func (l *liar) ReleaseFrame(f *copytax.Frame) error { return l.ViewerLink.ReleaseFrame(f) }

// A role that sleeps for long until a tick is due is ended by the death of another as
// quickly as one that works, and it is that other that is blamed.
func TestKilledBetweenTicks(t *testing.T) {
	l := newLab(t)
	for _, victim := range []string{"kernel", "engine", "viewer"} {
		slow := at(0.01, "flock", park(), true) // a tick in 100 s
		go func() {
			await(t, "the start of all roles", func() bool { return len(children(t, os.Getpid())) == 3 })
			time.Sleep(100 * time.Millisecond) // into the second tick
			syscall.Kill(children(t, os.Getpid())[victim], syscall.SIGKILL)
		}()
		_, err := control.Run(t.Context(), l, slow)
		if err == nil || !strings.HasPrefix(err.Error(), victim+": killed by signal 9 (SIGKILL)") {
			t.Errorf("killed the %s, got: %v", victim, err)
		}
		if left := children(t, os.Getpid()); len(left) > 0 {
			t.Errorf("killed the %s, still running: %v", victim, left)
		}
	}
}
