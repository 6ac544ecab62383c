//go:build linux

package control_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/internal/control"
	"github.com/copytax/copytax/transports/channel"
	"github.com/copytax/copytax/transports/direct"
	"github.com/copytax/copytax/transports/shm"
	"github.com/copytax/copytax/zerocopy/hub"
)

// The test binary is also the program that does the roles, over a control plane that it
// inherits or dials, and a supervisor that can be killed.
func TestMain(m *testing.M) {
	switch {
	case len(os.Args) == 3 && os.Args[1] == control.RoleVerb:
		if err := control.Serve(registry{}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case len(os.Args) == 3 && os.Args[1] == "dial":
		if err := dial(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case len(os.Args) == 3 && os.Args[1] == "supervise":
		long := trial("flock", park(), endless)
		long.Timeout, _ = time.ParseDuration(os.Args[2]) // of the tests below
		watch := lab.NewWatch(2 * time.Second)
		_, err := control.Run(context.Background(), lab.New(os.Args[0]), long)
		fmt.Fprintf(os.Stderr, "%v: %v\n", watch.Err(), err)
		os.Exit(1)
	default:
		os.Exit(m.Run())
	}
}

const endless = 1 << 22 // ticks: the trial ends by what the test does

// newLab returns a lab that starts this binary.
func newLab(t *testing.T) *lab.Lab {
	l := lab.New(os.Args[0])
	t.Cleanup(l.Close)
	return l
}

func park() copytax.Transport { return shm.New(hub.Park) }

func trial(scenario string, t copytax.Transport, ticks int) control.Trial {
	return control.Trial{
		Scenario: scenario, Transport: t, Timeout: time.Minute,
		Config: copytax.Config{
			Boids: 101, Neighbours: 8, Mode: copytax.ConstantDensity, Seed: 1,
			WarmUp: 10, Ticks: ticks, Slots: 3,
		},
	}
}

// children returns the processes that this one started for roles, by role.
func children(t *testing.T, parent int) map[string]int {
	t.Helper()
	found := map[string]int{}
	procs, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range procs {
		pid, err := strconv.Atoi(p.Name())
		if err != nil {
			continue
		}
		cmdline, err1 := os.ReadFile("/proc/" + p.Name() + "/cmdline")
		stat, err2 := os.ReadFile("/proc/" + p.Name() + "/stat")
		words := strings.Split(strings.TrimRight(string(cmdline), "\x00"), "\x00")
		if err1 != nil || err2 != nil || len(words) != 3 || words[1] != "role" {
			continue
		}
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		if fields[1] == strconv.Itoa(parent) {
			found[words[2]] = pid
		}
	}
	return found
}

// await polls until ok returns true.
func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); {
		if time.Now().After(end) {
			t.Fatalf("%s: did not happen within 20 s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(fds)
}

func TestTrial(t *testing.T) {
	l := newLab(t)
	digests := map[string]bool{}
	for _, transport := range []copytax.Transport{direct.New(), channel.New(), park()} {
		before := descriptors(t)
		samples, err := control.Run(t.Context(), l, trial("flock", transport, 120))
		if err != nil {
			t.Fatalf("%s: %v", transport.Name(), err)
		}
		checkSamples(t, transport, samples, digests)
		if after := descriptors(t); after != before {
			t.Errorf("%s: %d descriptors open, %d before the trial", transport.Name(), after, before)
		}
	}
	if len(digests) != 1 {
		t.Errorf("got the digests %v, want one", digests)
	}
}

func checkSamples(t *testing.T, transport copytax.Transport, samples []experiment.Sample, digests map[string]bool) {
	t.Helper()
	for _, sample := range samples {
		if digest := sample.Evidence["digest"]; digest != "" {
			digests[digest] = true
		}
		if sample.Shares == "" && !(sample.Metric("process_cpu_ns") > 0 && sample.Metric("wall_ns") > 0) {
			t.Errorf("%s: the %s's process has the metrics %v", transport.Name(), sample.Worker, sample.Metrics)
		}
		if transport.Info().ZeroCopy && (sample.Metric("copied_bytes") != 0 || sample.Proof == nil || !sample.Proof.Holds()) {
			t.Errorf("%s: %s copied %v bytes, proof %+v", transport.Name(), sample.Worker, sample.Metric("copied_bytes"), sample.Proof)
		}
		checkSample(t, sample)
	}
	if alone := transport.Info().OwnThread && !transport.Info().Concurrent; len(samples) == 3 {
		if got, ok := samples[0].Series[control.StretchCPU]; ok != alone || alone && len(got) != 60 || len(samples[0].Series[control.StretchWall]) != 60 {
			t.Errorf("%s: got the stretches %v of the kernel's process", transport.Name(), samples[0].Series)
		}
		if got := samples[2].Series[control.Latency]; len(got) != 120 {
			t.Errorf("%s: got %d latencies one by one, want 120", transport.Name(), len(got))
		}
	}
	if len(samples) != 3 || samples[2].Histograms[control.Latency].Count != 120 {
		t.Errorf("%s: got the samples %+v; want 3 roles and 120 latencies", transport.Name(), samples)
	}
}

// checkSample checks that a sample has what every role has, and what belongs to a
// process only where the process is the role's.
func checkSample(t *testing.T, s experiment.Sample) {
	t.Helper()
	engine := s.Worker == "engine"
	if (s.Evidence["frames"] == "all") == engine || s.PID == 0 || engine != (s.Metric("mean_neighbours") > 1) {
		t.Errorf("the %s has the evidence %v, the process %d, %v neighbours", s.Worker, s.Evidence, s.PID, s.Metric("mean_neighbours"))
	}
	if ns := s.Metric("cpu_compute_ns"); ns == 0 || math.IsNaN(ns) { // scaled from few ticks, it may read below zero
		t.Errorf("cpu_compute_ns of the %s is %v", s.Worker, ns)
	}
	for _, name := range []string{"sampled_ticks", "stride", "laps", "wall_compute_ns"} {
		if !(s.Metric(name) > 0) {
			t.Errorf("%s of the %s is %v", name, s.Worker, s.Metric(name))
		}
	}
	for _, name := range []string{"wall_ns", "process_cpu_ns", "cpu_residual_ns", "alloc_bytes", "collections", "voluntary_switches", "major_faults"} {
		if _, ok := s.Metrics[name]; ok && s.Shares != "" {
			t.Errorf("the %s, in the %s's process, has %s", s.Worker, s.Shares, name)
		}
	}
}

// Roles that share a process and run at the same time have each its own CPU, and
// what they have is with the residual that of the process.
func TestRolesOfOneProcessRunAtTheSameTime(t *testing.T) {
	samples, err := control.Run(t.Context(), newLab(t), trial("flock", channel.New(), 240))
	if err != nil {
		t.Fatal(err)
	}
	sum, process := 0.0, samples[0].Metric("process_cpu_ns")
	for i, s := range samples {
		if want := map[bool]string{false: "", true: "kernel"}[i > 0]; s.Shares != want || s.PID != samples[0].PID {
			t.Errorf("the %s shares the process of %q, want %q", s.Worker, s.Shares, want)
		}
		checkSample(t, s)
		for name, ns := range s.Metrics {
			if strings.HasPrefix(name, "cpu_") {
				sum += ns
			}
		}
		if !(s.Metric("wall_wait_ns") > 0) {
			t.Errorf("the %s never waited: %v", s.Worker, s.Metrics)
		}
	}
	if math.Abs(sum-process) > 0.2*process {
		t.Errorf("phases are %.1f ms of the CPU of the process, which used %.1f ms", sum/1e6, process/1e6)
	}
	if got := samples[2].Histograms[control.Latency].Count; got != 240 {
		t.Errorf("%d latencies, want 240", got)
	}
}

func TestKilledRoleIsNamedAndTakesTheOthersWithIt(t *testing.T) {
	l := newLab(t)
	for _, victim := range []string{"kernel", "engine", "viewer"} {
		before := descriptors(t)
		go func() {
			await(t, "the start of all roles", func() bool { return len(children(t, os.Getpid())) == 3 })
			time.Sleep(50 * time.Millisecond) // into the ticks
			syscall.Kill(children(t, os.Getpid())[victim], syscall.SIGKILL)
		}()
		_, err := control.Run(t.Context(), l, trial("flock", park(), endless))
		if err == nil || !strings.Contains(err.Error(), victim) || !strings.Contains(err.Error(), "killed") {
			t.Errorf("killed the %s, got: %v", victim, err)
		}
		if left := children(t, os.Getpid()); len(left) > 0 {
			t.Errorf("killed the %s, still running: %v", victim, left)
		}
		if after := descriptors(t); after != before {
			t.Errorf("killed the %s: %d descriptors open, %d before", victim, after, before)
		}
	}
}

// The lease of a dead reader is never released. It dies with its trial: the hub
// of the next one is another.
func TestDeathOfALeaseholderDoesNotMatterToTheNextTrial(t *testing.T) {
	l := newLab(t)
	noticed := 0 // in the hub, by kernel and engine
	for range 3 {
		_, err := control.Run(t.Context(), l, trial("dies-holding", park(), endless))
		if err == nil || !strings.HasPrefix(err.Error(), "viewer: killed by signal 9 (SIGKILL)") {
			t.Fatalf("got %v", err)
		}
		noticed += strings.Count(err.Error(), "has left the hub")
		samples, err := control.Run(t.Context(), l, trial("flock", park(), 120))
		if err != nil {
			t.Fatalf("the next trial: %v", err)
		}
		checkSamples(t, park(), samples, map[string]bool{})
	}
	// A machine that is very busy may not let them, but not six times.
	if noticed == 0 {
		t.Error("nobody noticed in the hub that the viewer had left: the supervisor did not say so there")
	}
}

func TestKilledSupervisorTakesTheRolesWithIt(t *testing.T) {
	cmd := exec.Command(os.Args[0], "supervise", "1m")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := cmd.Process.Pid
	await(t, "the start of all roles", func() bool { return len(children(t, pid)) == 3 })
	roles := children(t, pid)
	cmd.Process.Kill()
	cmd.Wait()
	for role, pid := range roles {
		await(t, "the end of the "+role, func() bool { return syscall.Kill(pid, 0) != nil })
	}
}

// The trial's timeout counts the time that the supervisor runs, and the roles are
// not blamed for that in which it does not.
func TestStoppedSupervisorDoesNotBlameTheRoles(t *testing.T) {
	cmd := exec.Command(os.Args[0], "supervise", "2s")
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := cmd.Process.Pid
	await(t, "the start of all roles", func() bool { return len(children(t, pid)) == 3 })
	syscall.Kill(pid, syscall.SIGSTOP)
	time.Sleep(2500 * time.Millisecond)
	syscall.Kill(pid, syscall.SIGCONT)
	cmd.Wait()
	if want := "this program was stopped for 2."; !strings.HasPrefix(said.String(), want) ||
		!strings.Contains(said.String(), "no end after 2s: kernel in its ticks (tick ") {
		t.Errorf("got %q, want %q and what each role was at", said.String(), want)
	}
}

func TestFailingRoleSaysWhy(t *testing.T) {
	l := newLab(t)
	for _, transport := range []copytax.Transport{direct.New(), channel.New(), park()} {
		_, err := control.Run(t.Context(), l, trial("broken", transport, endless))
		if err == nil || !strings.Contains(err.Error(), "tick 5: the screen is on fire") {
			t.Errorf("%s: got %v", transport.Name(), err)
		}
	}
}

func TestTrialThatDoesNotEndIsEnded(t *testing.T) {
	l := newLab(t)
	slow := trial("flock", park(), endless)
	slow.Timeout = 300 * time.Millisecond
	if _, err := control.Run(t.Context(), l, slow); err == nil || !strings.HasPrefix(err.Error(), "no end after 300ms: ") ||
		!strings.Contains(err.Error(), "engine ") {
		t.Errorf("got %v, want what each role was at", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, cancel)
	if _, err := control.Run(ctx, l, trial("flock", park(), endless)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if left := children(t, os.Getpid()); len(left) > 0 {
		t.Errorf("still running: %v", left)
	}
}

func TestSupervisorOfNothing(t *testing.T) {
	l := lab.New("/nonexistent/copytax")
	defer l.Close()
	if _, err := control.Run(t.Context(), l, trial("flock", park(), 10)); err == nil || !strings.Contains(err.Error(), "/nonexistent") {
		t.Errorf("got %v", err)
	}
}
