package hub

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/copytax/copytax/zerocopy"
)

// What a soak has readers of: the index is the place in the list plus 3.
const (
	readerFast    = iota
	readerSlow    // sleeps at random
	readerStalled // is stopped and continued by signals
	readerKilled  // dies by a signal, holding a frame as often as not; another one takes its index
	readerKinds
)

var kindOfReader = [readerKinds]string{"fast", "slow", "stalled", "killed"}

// TestSoak passes frames between processes, with readers of every kind and of
// both modes, and then the same frames over the ping-pong, which must show
// that torn frames are found.
func TestSoak(t *testing.T) {
	plans := []struct {
		slots int
		soak  uint64 // frames of a soak
	}{{16, 10_000_000}, {3, 500_000}}
	for _, plan := range plans {
		p := soakPart{Layout: zerocopy.Layout{Slots: plan.slots, Payload: 16 << 10}, Leases: true, Seconds: 0.7}
		if os.Getenv("COPYTAX_SOAK") != "" {
			p.Frames = plan.soak
		}
		t.Run(fmt.Sprintf("leases in %d slots", plan.slots), func(t *testing.T) { soakLeases(t, p) })
	}
	p := soakPart{Layout: zerocopy.Layout{Slots: PingPongSlots, Payload: 16 << 10}, Seconds: 0.5}
	if os.Getenv("COPYTAX_SOAK") != "" {
		p.Frames = plans[0].soak
	}
	t.Run("ping-pong", func(t *testing.T) { soakPingPong(t, p) })
}

func soakLeases(t *testing.T, p soakPart) {
	s := newSoak(t, p)
	writer := s.run(t)
	last := s.collect(t, writer)
	t.Logf("%d frames published in %v; %d loans blocked, %d sleeps; readers stopped %d times and killed %d times, %d with a lease",
		last.Read, time.Since(s.start).Round(time.Millisecond), last.Blocked, last.Sleeps, s.stops, s.kills, s.leases)
	for i, reader := range s.readers {
		seen := s.collect(t, reader)
		t.Logf("%s: read %d of %d to %d, skipped %d", s.name(i), seen.Read, seen.First, seen.Last, seen.Skipped)
		if seen.Torn+seen.Other > 0 {
			t.Errorf("%s: %d frames torn, %d of another epoch", s.name(i), seen.Torn, seen.Other)
		}
		if seen.Read > 0 && seen.Last != last.Last {
			t.Errorf("%s: ended at frame %d, the writer at %d", s.name(i), seen.Last, last.Last)
		}
		if seen.Read > 0 && seen.First+seen.Read+seen.Skipped != seen.Last+1 {
			t.Errorf("%s: frames %d to %d are not the %d read and %d skipped", s.name(i), seen.First, seen.Last, seen.Read, seen.Skipped)
		}
		if s.mode(i) == Every && seen.Skipped > 0 {
			t.Errorf("%s: skipped %d", s.name(i), seen.Skipped)
		}
		if seen.Read == 0 && i%readerKinds != readerKilled { // that one may have joined too late
			t.Errorf("%s: read nothing", s.name(i))
		}
	}
	if torn := s.words.Torn(); torn != 0 {
		t.Errorf("%d torn reads, counting those of the killed", torn)
	}
	if s.stops == 0 || s.kills == 0 {
		t.Errorf("%d stops and %d kills: want some of both", s.stops, s.kills)
	}
}

func soakPingPong(t *testing.T, p soakPart) {
	s := newSoak(t, p)
	last := s.collect(t, s.run(t))
	var sum soakTally
	for i, reader := range s.readers {
		seen := s.collect(t, reader)
		if i%readerKinds == readerKilled {
			continue
		}
		t.Logf("%s: read %d, skipped %d, overrun %d, torn %d, other %d", s.name(i), seen.Read, seen.Skipped, seen.Overruns, seen.Torn, seen.Other)
		sum.Read += seen.Read
	}
	t.Logf("%d frames published in %v, %d read; %d overruns, %d torn reads in the control page",
		last.Read, time.Since(s.start).Round(time.Millisecond), sum.Read, s.words.Overruns(), s.words.Torn())
	if s.words.Torn() == 0 || s.words.Overruns() == 0 {
		t.Errorf("%d torn reads and %d overruns over a ping-pong: the detector finds none", s.words.Torn(), s.words.Overruns())
	}
}

// A soak is the driver's side: the hub, its processes, and what befalls them.
type soak struct {
	soakPart
	words                *Words
	files                []*os.File
	readers              []*soakWorker // every kind in mode Every, then every kind in mode Latest
	start                time.Time
	stops, kills, leases int
}

// A soakWorker is a process and the pipe on which its tally comes.
type soakWorker struct {
	cmd  *exec.Cmd
	pipe *os.File
	done chan error // its end
}

func newSoak(t *testing.T, p soakPart) *soak {
	t.Helper()
	runtime.LockOSThread() // a worker dies with the thread that started it
	t.Cleanup(runtime.UnlockOSThread)
	s := &soak{soakPart: p}
	for _, kind := range []zerocopy.Kind{zerocopy.Control, zerocopy.Frames} {
		file, err := Create(kind, p.Layout)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		s.files = append(s.files, file)
	}
	page, err := MapWritable(s.files[0], zerocopy.Control, p.Layout)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { Unmap(page) })
	if s.words, err = NewWords(page); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *soak) mode(i int) Mode { return Mode(i / readerKinds) }

func (s *soak) name(i int) string {
	if !s.Leases {
		return kindOfReader[i%readerKinds]
	}
	return fmt.Sprintf("%s, %s", s.mode(i), kindOfReader[i%readerKinds])
}

// run starts everybody, and disturbs the readers until the writer has ended.
func (s *soak) run(t *testing.T) *soakWorker {
	t.Helper()
	for i := range 2 * readerKinds {
		s.readers = append(s.readers, s.enter(t, s.reader(i)))
	}
	for i := range s.readers { // all are there before the writer
		for deadline := time.Now().Add(time.Minute); s.words.word(zerocopy.OwnerLine+3+i).Load() == 0; {
			if time.Now().After(deadline) {
				t.Fatalf("%s: did not join", s.name(i))
			}
			time.Sleep(time.Millisecond)
		}
	}
	s.start = time.Now()
	p := s.soakPart
	p.Writer = true
	writer := s.enter(t, p)
	for turn := 0; ; turn++ {
		select {
		case err := <-writer.done:
			writer.done <- err
			return writer
		case <-time.After(10*time.Millisecond + rand.N(50*time.Millisecond)):
			// In turn a reader is killed, another stopped: the last two of a mode.
			s.disturb(t, turn%2*readerKinds+readerStalled+(turn+turn/2+1)%2)
		}
	}
}

// reader is the part of the i-th reader.
func (s *soak) reader(i int) soakPart {
	p := s.soakPart
	p.Index, p.Mode = 3+i, s.mode(i)
	p.Slow, p.Dwells = i%readerKinds == readerSlow, i%readerKinds == readerSlow && p.Mode == Latest || i%readerKinds == readerKilled
	return p
}

// disturb does to the i-th reader what its kind has to bear.
func (s *soak) disturb(t *testing.T, i int) {
	t.Helper()
	p := s.readers[i]
	switch i % readerKinds {
	case readerStalled:
		s.stops++
		s.signal(t, p, syscall.SIGSTOP)
		time.Sleep(rand.N(20 * time.Millisecond))
		s.signal(t, p, syscall.SIGCONT)
	case readerKilled:
		if !s.signal(t, p, syscall.SIGKILL) {
			return
		}
		err := <-p.done
		p.done <- err
		if !p.cmd.ProcessState.Sys().(syscall.WaitStatus).Signaled() {
			if s.over() {
				return
			}
			t.Fatalf("%s: ended by itself before it was killed: %v, %+v", s.name(i), err, p.tally())
		}
		p.pipe.Close()
		s.kills++
		if s.words.word(zerocopy.LeaseLine+3+i).Load() != 0 {
			s.leases++
		}
		if err := s.words.Reclaim(3 + i); err != nil {
			t.Fatal(err)
		}
		s.readers[i] = s.enter(t, s.reader(i))
	}
}

// enter starts this program again as a worker.
func (s *soak) enter(t *testing.T, p soakPart) *soakWorker {
	t.Helper()
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestSoakWorker$")
	cmd.Env = append(os.Environ(), workerEnv+"="+string(text))
	cmd.ExtraFiles = append(cmd.ExtraFiles, s.files[0], s.files[1], w)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pl := &soakWorker{cmd: cmd, pipe: r, done: make(chan error, 1)}
	go func() { pl.done <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // unless it has ended
		pl.done <- <-pl.done
		r.Close()
	})
	return pl
}

// over reports whether the writer has left, behind which readers end.
func (s *soak) over() bool { return s.words.word(zerocopy.ClosedLine).Load() != 0 }

// signal sends a signal to a worker, which may have ended if all is over.
func (s *soak) signal(t *testing.T, p *soakWorker, sig syscall.Signal) bool {
	t.Helper()
	err := p.cmd.Process.Signal(sig)
	if err != nil && !s.over() {
		t.Fatalf("process %d: %v", p.cmd.Process.Pid, err)
	}
	return err == nil
}

func (p *soakWorker) tally() (seen soakTally) {
	if err := json.NewDecoder(p.pipe).Decode(&seen); err != nil {
		seen.Error = fmt.Sprintf("no tally: %v", err)
	}
	return seen
}

// collect waits for a worker's end and returns what it has seen.
func (s *soak) collect(t *testing.T, p *soakWorker) soakTally {
	t.Helper()
	select {
	case err := <-p.done:
		p.done <- err
		seen := p.tally()
		if err != nil || seen.Error != "" {
			t.Errorf("process %d: %v: %s", p.cmd.Process.Pid, err, seen.Error)
		}
		return seen
	case <-time.After(time.Minute):
		t.Fatalf("process %d did not end behind the writer", p.cmd.Process.Pid)
		return soakTally{}
	}
}
