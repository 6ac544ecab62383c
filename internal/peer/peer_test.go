package peer_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/peer"
	"github.com/copytax/copytax/scenarios/flock"
	"github.com/copytax/copytax/transports/direct"
	"github.com/copytax/copytax/transports/shm"
	"github.com/copytax/copytax/zerocopy"
)

// The test binary is also the program that plays the roles, and a supervisor
// that can be killed.
func TestMain(m *testing.M) {
	switch {
	case len(os.Args) == 3 && os.Args[1] == "role":
		if err := peer.Serve(registry{}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case len(os.Args) == 2 && os.Args[1] == "supervise":
		s := peer.NewSupervisor(os.Args[0], "role")
		_, err := s.Run(context.Background(), trial("flock", park(), endless))
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	default:
		os.Exit(m.Run())
	}
}

const endless = 1 << 22 // ticks: the trial ends by what the test does

func park() copytax.Transport { return shm.New(zerocopy.Park) }

func trial(scenario string, t copytax.Transport, ticks int) peer.Trial {
	return peer.Trial{
		Scenario: scenario, Transport: t, Timeout: time.Minute,
		Config: copytax.Config{
			Boids: 101, Neighbours: 8, Mode: copytax.ConstantDensity, Seed: 1,
			WarmUp: 10, Ticks: ticks, Slots: 3,
		},
	}
}

// A registry knows the flock, and flocks whose viewers fail or die at tick 5.
type registry struct{}

func (registry) Scenario(name string) (copytax.Scenario, error) {
	switch name {
	case "broken":
		return broken{flock.New()}, nil
	case "dies-holding":
		return holding{flock.New()}, nil
	}
	return flock.New(), nil
}

func (registry) Transport(name string) (copytax.Transport, error) {
	for _, t := range append(shm.Transports(), direct.New()) {
		if t.Name() == name {
			return t, nil
		}
	}
	return nil, fmt.Errorf("unknown transport %q", name)
}

type broken struct{ copytax.Scenario }

func (b broken) NewViewer(env copytax.Env, link copytax.ViewerLink) (copytax.Actor, error) {
	a, err := b.Scenario.NewViewer(env, link)
	return failing{a}, err
}

type failing struct{ copytax.Actor }

func (f failing) Tick(epoch uint64) error {
	if epoch == 5 {
		return errors.New("the screen is on fire")
	}
	return f.Actor.Tick(epoch)
}

// holding is a scenario whose viewer is killed while it holds a frame.
type holding struct{ copytax.Scenario }

func (h holding) NewViewer(env copytax.Env, link copytax.ViewerLink) (copytax.Actor, error) {
	return h.Scenario.NewViewer(env, deadly{link})
}

type deadly struct{ copytax.ViewerLink }

func (d deadly) AcquireFrame(epoch uint64) (*copytax.Frame, error) {
	f, err := d.ViewerLink.AcquireFrame(epoch)
	if epoch == 5 {
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // not one more instruction of the role
	}
	return f, err
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
	s := peer.NewSupervisor(os.Args[0], "role")
	defer s.Close()
	digests := map[string]bool{}
	for _, transport := range []copytax.Transport{direct.New(), park()} {
		before := descriptors(t)
		reports, err := s.Run(t.Context(), trial("flock", transport, 120))
		if err != nil {
			t.Fatalf("%s: %v", transport.Name(), err)
		}
		checkReports(t, transport, reports, digests)
		if after := descriptors(t); after != before {
			t.Errorf("%s: %d descriptors open, %d before the trial", transport.Name(), after, before)
		}
	}
	if len(digests) != 1 {
		t.Errorf("got the digests %v, want one", digests)
	}
}

func checkReports(t *testing.T, transport copytax.Transport, reports []*peer.Report, digests map[string]bool) {
	t.Helper()
	roles, published, used := map[string]bool{}, 0, 0
	for _, r := range reports {
		published, used = published+len(r.Published), used+len(r.Used)
		for _, sample := range r.Samples {
			roles[sample.Role] = true
			if sample.Evidence.Digest != "" {
				digests[sample.Evidence.Digest] = true
			}
			if sample.Host == sample.Role && (sample.ProcessCPUNS <= 0 || sample.WallNS <= 0) {
				t.Errorf("%s: %s ran %d ns of CPU in %d ns", transport.Name(), sample.Role, sample.ProcessCPUNS, sample.WallNS)
			}
			if transport.Info().ZeroCopy && (sample.CopiedBytes != 0 || sample.Proof == nil || !sample.Proof.Holds()) {
				t.Errorf("%s: %s copied %d bytes, proof %+v", transport.Name(), sample.Role, sample.CopiedBytes, sample.Proof)
			}
		}
	}
	if len(roles) != 3 || published != 120 || used != 120 {
		t.Errorf("%s: roles %v, %d published, %d used; want 3 roles and 120 of each", transport.Name(), roles, published, used)
	}
}

func TestKilledRoleIsNamedAndTakesTheOthersWithIt(t *testing.T) {
	s := peer.NewSupervisor(os.Args[0], "role")
	defer s.Close()
	for _, victim := range []string{"kernel", "engine", "viewer"} {
		before := descriptors(t)
		go func() {
			await(t, "the start of all roles", func() bool { return len(children(t, os.Getpid())) == 3 })
			time.Sleep(50 * time.Millisecond) // into the ticks
			syscall.Kill(children(t, os.Getpid())[victim], syscall.SIGKILL)
		}()
		_, err := s.Run(t.Context(), trial("flock", park(), endless))
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
	s := peer.NewSupervisor(os.Args[0], "role")
	defer s.Close()
	noticed := 0 // in the hub, by kernel and engine
	for range 3 {
		_, err := s.Run(t.Context(), trial("dies-holding", park(), endless))
		if err == nil || !strings.HasPrefix(err.Error(), "viewer: killed by signal 9 (SIGKILL)") {
			t.Fatalf("got %v", err)
		}
		noticed += strings.Count(err.Error(), "has left the hub")
		reports, err := s.Run(t.Context(), trial("flock", park(), 120))
		if err != nil {
			t.Fatalf("the next trial: %v", err)
		}
		checkReports(t, park(), reports, map[string]bool{})
	}
	// A machine that is very busy may not let them, but not six times.
	if noticed == 0 {
		t.Error("nobody noticed in the hub that the viewer had left: the supervisor did not say so there")
	}
}

func TestKilledSupervisorTakesTheRolesWithIt(t *testing.T) {
	cmd := exec.Command(os.Args[0], "supervise")
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

func TestFailingRoleSaysWhy(t *testing.T) {
	s := peer.NewSupervisor(os.Args[0], "role")
	defer s.Close()
	for _, transport := range []copytax.Transport{direct.New(), park()} {
		_, err := s.Run(t.Context(), trial("broken", transport, endless))
		if err == nil || !strings.Contains(err.Error(), "tick 5: the screen is on fire") {
			t.Errorf("%s: got %v", transport.Name(), err)
		}
	}
}

func TestTrialThatDoesNotEndIsEnded(t *testing.T) {
	s := peer.NewSupervisor(os.Args[0], "role")
	defer s.Close()
	slow := trial("flock", park(), endless)
	slow.Timeout = 300 * time.Millisecond
	if _, err := s.Run(t.Context(), slow); err == nil || !strings.Contains(err.Error(), "no end after") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, cancel)
	if _, err := s.Run(ctx, trial("flock", park(), endless)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if left := children(t, os.Getpid()); len(left) > 0 {
		t.Errorf("still running: %v", left)
	}
}

func TestSupervisorOfNothing(t *testing.T) {
	s := peer.NewSupervisor("/nonexistent/copytax", "role")
	defer s.Close()
	if _, err := s.Run(t.Context(), trial("flock", park(), 10)); err == nil || !strings.Contains(err.Error(), "/nonexistent") {
		t.Errorf("got %v", err)
	}
}
