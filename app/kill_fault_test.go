//go:build linux

package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/internal/control"
	"github.com/copytax/copytax/transports"
)

const (
	shortKills = 10  // of each role under each transport
	soakKills  = 300 // with COPYTAX_SOAK=1
	// patience bounds how long a role may outlive another. It is no
	// measurement, which the table that is printed holds, but "did not hang".
	patience = 5 * time.Second
	markName = "COPYTAX_KILL_TEST"
)

// kills returns how many kills a test makes of each kind.
func kills(t *testing.T) int {
	if os.Getenv("COPYTAX_SOAK") == "1" {
		return soakKills
	}
	t.Logf("%d kills of a kind; COPYTAX_SOAK=1 makes %d", shortKills, soakKills)
	return shortKills
}

// nativeMark is behind the name of a transport whose engine is the native one.
const nativeMark = "@native"

// mortal names the transports whose roles are killed, as far as they are
// compiled in and can run here: each means of noticing a death is among them.
func (k *killer) mortal() (names []string) {
	for _, name := range []string{"shm:park", "shm:spin", "shm:adaptive", "shm:attach", "twin", "unix+raw", "http+protobuf"} {
		tr, err := transports.New().Find(name)
		switch {
		case err != nil:
			k.t.Logf("SKIPPED: there is no transport %s", name)
		case tr.Info().Unavailable != "":
			k.t.Logf("SKIPPED: %s: %s", name, tr.Info().Unavailable)
		case tr.Info().Can(copytax.Engine, copytax.Native) && k.engine != "":
			names = append(names, name, name+nativeMark)
		default:
			names = append(names, name)
		}
	}
	return names
}

// variantStride is how many rounds of kills there are for one that the
// variants take part in, which keeps the whole within ten minutes.
const variantStride = 5

// isVariant reports whether a transport is killed in some rounds only: the
// native engine where another strategy stands for it, and the slow ones.
func isVariant(name string) bool {
	return slices.Contains([]string{"shm:attach", "shm:spin@native", "shm:adaptive@native", "http+protobuf"}, name)
}

// nativeIfBuilt returns the path of the native engine, empty if it has not been built.
func nativeIfBuilt(t *testing.T) string {
	t.Helper()
	path := os.Getenv("COPYTAX_ENGINE")
	if path == "" {
		path = filepath.Join("..", "..", "rust", "target", "release", "flock-engine")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Logf("SKIPPED: arms with the native engine: %v", err)
		return ""
	}
	return path
}

// An observed transport notes which hub a trial had, and when the supervisor
// said that a role was lost.
type observed struct {
	copytax.Transport
	inodes map[uint64]bool
	lost   atomic.Pointer[time.Time]
}

func (o *observed) Wire(c copytax.Config) (*copytax.Wiring, error) {
	w, err := o.Transport.Wire(c)
	if err != nil {
		return nil, err
	}
	for _, files := range w.Files {
		for _, f := range files {
			var st syscall.Stat_t
			if err := syscall.Fstat(int(f.Fd()), &st); err == nil && strings.HasPrefix(f.Name(), "copytax-") {
				o.inodes[st.Ino] = true
			}
		}
	}
	tell := w.Lost
	w.Lost = func(role copytax.Role) {
		now := time.Now()
		o.lost.CompareAndSwap(nil, &now)
		if tell != nil {
			tell(role)
		}
	}
	return w, nil
}

// A killer runs trials and kills a role of each.
type killer struct {
	t         *testing.T
	lab       *lab.Lab
	engine    string // path of the native one, empty if it has not been built
	mark      string // in the environment of every role
	temporary string // the folder for temporary files
	rng       *rand.Rand
	lengths   map[string][]time.Duration // of trials in which nobody was killed
	trials    int
}

func newKiller(t *testing.T) *killer {
	t.Helper()
	exe, err := exec.LookPath("copytax") // this program, by the name that makes it copytax
	if err != nil {
		t.Fatal(err)
	}
	k := &killer{t: t, temporary: t.TempDir(), rng: rand.New(rand.NewPCG(1, 2)), lengths: map[string][]time.Duration{}}
	k.engine = nativeIfBuilt(t)
	k.mark = fmt.Sprintf("%s=%d.%d", markName, os.Getpid(), time.Now().UnixNano())
	t.Setenv(markName, strings.TrimPrefix(k.mark, markName+"="))
	t.Setenv("TMPDIR", k.temporary)
	t.Chdir(t.TempDir())
	k.lab = lab.New(exe)
	t.Cleanup(k.lab.Close)
	return k
}

// trial is a small one, whose ticks take about as long as its processes take to
// start, so that kills at random moments hit both.
func (k *killer) trial(name string) (control.Trial, *observed) {
	k.t.Helper()
	hub, native := strings.CutSuffix(name, nativeMark)
	tr, err := transports.New().Find(hub)
	if err != nil {
		k.t.Fatal(err)
	}
	ticks := 480
	if strings.HasSuffix(hub, ":spin") || strings.HasPrefix(hub, "http") {
		ticks = 180 // each takes longer, on few cores
	}
	o := &observed{Transport: tr, inodes: map[uint64]bool{}}
	t := control.Trial{
		Scenario: "flock", Transport: o, Timeout: time.Minute,
		Config: copytax.Config{
			Boids: 100, Neighbours: 8, Mode: copytax.ConstantDensity, Seed: 1, WarmUp: 12, Ticks: ticks, Slots: 3,
		},
	}
	if native {
		nativeIn(&t, k.engine)
	}
	return t, o
}

// calm runs a trial in which nobody is killed.
func (k *killer) calm(name string) {
	k.t.Helper()
	trial, _ := k.trial(name)
	start := time.Now()
	if _, err := control.Run(k.t.Context(), k.lab, trial); err != nil {
		k.t.Fatalf("%s, with nobody killed: %v", name, err)
	}
	k.lengths[name] = append(k.lengths[name], time.Since(start))
}

// moment draws a time within the length of a trial, of which it takes the
// median of the last few.
func (k *killer) moment(name string) time.Duration {
	last := slices.Clone(k.lengths[name][max(len(k.lengths[name])-5, 0):])
	slices.Sort(last)
	return time.Duration(k.rng.Int64N(int64(last[len(last)/2])))
}

// A death is what was seen of one kill. Times count from the kill.
type death struct {
	transport, victim string
	moment            string          // start, ticks or end: what the others were at
	known             time.Duration   // until the supervisor said so; 0 if there was no need
	exits             []time.Duration // until each of the others was gone
}

// kill runs a trial and kills role after delay, and returns what was seen, or
// nil when the trial was over by then.
func (k *killer) kill(name, role string, delay time.Duration) *death {
	k.t.Helper()
	trial, o := k.trial(name)
	c := &cohort{parent: os.Getpid()}
	defer c.close()
	over, stop := context.WithCancel(k.t.Context())
	struck := make(chan time.Time)
	go func() { struck <- k.strike(c, role, time.Now().Add(delay), over) }()
	start := time.Now()
	_, err := control.Run(k.t.Context(), k.lab, trial)
	took := time.Since(start)
	stop()
	at := <-struck
	k.nothingIsLeft(fmt.Sprintf("%s, %s killed", name, role), o.inodes)
	if err == nil {
		k.lengths[name] = append(k.lengths[name], took)
		return nil
	}
	if want := role + ": killed by signal 9 (SIGKILL)"; !strings.HasPrefix(err.Error(), want) {
		k.t.Errorf("%s: got the error %q, want it to start with %q", name, err, want)
	}
	return k.observe(o, c, &death{transport: name, victim: role, moment: during(err)}, at)
}

// strike kills the role at the given time, or as soon as there is one, and
// watches the others. It returns the time of the kill, zero if the trial was
// over first.
func (k *killer) strike(c *cohort, role string, when time.Time, over context.Context) (at time.Time) {
	for left := true; left || over.Err() == nil; {
		if len(c.roles) < int(copytax.NumRoles) && over.Err() == nil {
			if err := c.look(); err != nil {
				k.t.Error(err)
			}
		}
		if victim := c.find(role); victim != nil && at.IsZero() && !time.Now().Before(when) {
			at = time.Now()
			if err := unix.PidfdSendSignal(victim.pidfd, unix.SIGKILL, nil, 0); err != nil {
				at = time.Time{} // it is gone, and the trial over
				when = when.Add(patience)
			}
		}
		var err error
		if left, err = c.wait(time.Millisecond); err != nil {
			k.t.Error(err)
		}
		if !at.IsZero() && time.Since(at) > 2*patience {
			k.t.Errorf("%s killed: another role does not end", role)
			return at
		}
	}
	return at
}

// during says what the trial was at, by what the survivors say they were doing.
func during(err error) string {
	switch said := err.Error(); {
	case strings.Contains(said, "tick "):
		return "ticks"
	case strings.Contains(said, "told to leave"), !strings.Contains(said, ";"):
		return "end"
	}
	return "start"
}

// observe completes d.
func (k *killer) observe(o *observed, c *cohort, d *death, at time.Time) *death {
	k.t.Helper()
	if lost := o.lost.Load(); lost != nil {
		d.known = lost.Sub(at)
	}
	for _, p := range c.roles {
		if p.role == d.victim {
			continue
		}
		took := p.ended.Sub(at)
		d.exits = append(d.exits, max(took, 0))
		if p.ended.IsZero() || took > patience {
			k.t.Errorf("%s: killed the %s, and the %s lived for %v more", d.transport, d.victim, p.role, took)
		}
	}
	return d
}

// nothingIsLeft looks for what a trial could leave behind.
func (k *killer) nothingIsLeft(after string, inodes map[uint64]bool) {
	k.t.Helper()
	if pids := marked(k.t, k.mark); len(pids) > 0 {
		k.t.Errorf("%s: the processes %v are left", after, pids)
	}
	if held := holders(k.t, k.suspects(), inodes); len(held) > 0 {
		k.t.Errorf("%s: %v", after, held)
	}
	if files, err := os.ReadDir(k.temporary); err != nil || len(files) > 0 {
		k.t.Errorf("%s: the folder for temporary files holds %v (%v)", after, files, err)
	}
	if files, err := os.ReadDir("."); err != nil || len(files) > 0 {
		k.t.Errorf("%s: the working folder holds %v (%v)", after, files, err)
	}
}

// suspects returns the processes that may hold a hub: this one, since no role
// is left, and every now and then all that there are.
func (k *killer) suspects() []int {
	if k.trials++; k.trials%10 == 1 {
		return numbered(k.t)
	}
	return []int{os.Getpid()}
}

// Whichever role dies, and whenever: the others leave, nothing stays behind,
// and the trial says who it was.
func TestKilledRoleLeavesNothingBehind(t *testing.T) {
	k := newKiller(t)
	n, names := kills(t), k.mortal()
	for _, name := range names {
		k.calm(name)
	}
	before, start := descriptors(t), time.Now()
	var seen deaths
	for round := range n {
		for _, name := range names {
			if isVariant(name) && round%variantStride != 0 {
				continue
			}
			for role := range copytax.NumRoles {
				k.killOne(&seen, name, role.String())
			}
		}
	}
	if after := descriptors(t); after > before {
		t.Errorf("%d descriptors are open, %d before", after, before)
	}
	t.Logf("%d kills in %v\n%s", len(seen.all), time.Since(start).Round(time.Second), seen.table())
}

// killOne kills a role in as many trials as it takes to be in time.
func (k *killer) killOne(seen *deaths, name, role string) {
	k.t.Helper()
	for !k.t.Failed() {
		if d := k.kill(name, role, k.moment(name)); d != nil {
			seen.all = append(seen.all, d)
			return
		}
		seen.late++
	}
	k.t.FailNow() // one failure says as much as hundreds
}

func descriptors(t *testing.T) int {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(fds)
}
