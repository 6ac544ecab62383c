//go:build linux

package transporttest_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports"
	"github.com/copytax/copytax/transports/transporttest"
)

// The test binary is a role of every transport, and of every one with a defect.
func TestMain(m *testing.M) {
	all := transports.New().All()
	for _, tr := range kinds() {
		for _, d := range defects() {
			all = append(all, planted{Transport: tr, defect: d, hooks: d.plant(nil)})
		}
	}
	transporttest.Main(m, all...)
}

// kinds returns one transport of each carrier, and each path of its own: the first of
// the ladder whose name has the same word before a plus or a colon.
func kinds() (list []copytax.Transport) {
	seen := map[string]bool{}
	for _, tr := range transports.New().All() {
		kind := strings.FieldsFunc(tr.Name(), func(r rune) bool { return r == '+' || r == ':' })[0]
		if !seen[kind] && tr.Info().Unavailable == "" && !tr.Info().Foreign {
			seen[kind] = true
			list = append(list, tr)
		}
	}
	return list
}

// inOneThread: the roles take turns, so that their links do nothing.
func inOneThread(i copytax.Info) bool { return i.OneProcess && !i.Concurrent }

func movesNothing(i copytax.Info) bool { return i.OneProcess || i.ZeroCopy }

// spoil gives the frame of an epoch a wrong bit.
func spoil(epoch uint64) func(stop <-chan struct{}) hooks {
	return func(stop <-chan struct{}) hooks {
		return hooks{frame: func(send func(*copytax.Frame) error, f *copytax.Frame) error {
			if f.Epoch == epoch {
				f.Data[0] = -f.Data[0]
			}
			return send(f)
		}}
	}
}

// nap takes longer than anybody's patience.
func nap(stop <-chan struct{}) {
	select {
	case <-stop:
	case <-time.After(76 * time.Second):
	}
}

type quiet struct{}

func (quiet) Enter(copytax.Phase) {}

// Defects returns everything that a plugin's author has done wrong.
func defects() []defect {
	return []defect{
		{name: "truncates above 1,000 boids", cases: "boids=1003", want: "column 0, boid 1000 of 1003", plant: truncates},
		{name: "truncates above 4,096 boids", cases: "boids=4099", want: "column 0, boid 4096 of 4099", plant: truncates},
		{name: "spoils tick 200", cases: "boids=5", want: "frame of epoch 200: column 0, boid 0", plant: spoil(200)},
		{name: "spoils the last tick", cases: "boids=5", want: "frame of epoch 300: column 0, boid 0", plant: spoil(300)},
		{name: "counts epochs in a byte", cases: "boids=5", want: "frame of epoch 0, 5 boids", plant: func(stop <-chan struct{}) hooks {
			return hooks{viewer: func(f *copytax.Frame, epoch uint64) *copytax.Frame {
				g := *f
				g.Epoch = uint64(uint8(epoch))
				return &g
			}}
		}},
		{name: "scribbles on the slot of the frame before", cases: "boids=5", want: "its own memory, slot ", plant: scribbles},
		{name: "scribbles on the step's input", cases: "boids=5", want: "column 7, boid 0 of 5", plant: scribblesLater},
		{name: "keeps the policy and sends it later", cases: "boids=5", want: "policy of epoch ", plant: keepsPolicy,
			spare: inOneThread}, // whose next call, the engine's, finds no policy at all
		{name: "overwrites the kernel's held frame", cases: "held frame", want: "kernel, while holding the frame",
			plant: overwrites, spare: func(i copytax.Info) bool { return inOneThread(i) || i.ZeroCopy }},
		{name: "passes data through variables", cases: "processes, boids=5", want: "asks for generation ", plant: variables,
			spare: func(i copytax.Info) bool { return i.OneProcess }},
		{name: "takes 76 s to close", cases: "boids=5", want: "viewer is in close for ", plant: func(stop <-chan struct{}) hooks {
			return hooks{close: func() { nap(stop) }}
		}},
		{name: "takes 76 s to wire", cases: "wire", want: "Wire is not back within", plant: func(stop <-chan struct{}) hooks {
			return hooks{wire: func() { nap(stop) }}
		}},
		{name: "stops in the midst", cases: "boids=5", want: "a call may take 1s: engine is in publish frame 17 for ", plant: stops},
		{name: "stops in the midst of a process", cases: "processes, boids=5", want: "a call may take 1s: engine is in publish frame 17 for ",
			plant: stops, spare: func(i copytax.Info) bool { return i.OneProcess }}, // which has no board, and ends by the trial's time
		{name: "loses a frame", cases: "boids=5", want: "is in acquire frame 17 for ", plant: loses, spare: inOneThread},
		{name: "charges nothing", cases: "boids=5", want: "link charges nothing", plant: chargesNothing, spare: inOneThread},
		{name: "charges a seventh", cases: "boids=1003", want: "link charges too little", plant: chargesLittle, spare: inOneThread},
		{name: "charges no process", cases: "processes, boids=5", want: "link charges nothing", plant: chargesNothing, spare: inOneThread},
		{name: "counts no bytes", cases: "boids=1003", want: "the counters lie", plant: countsNothing, spare: movesNothing},
		{name: "counts no bytes of a process", cases: "processes, boids=1003", want: "counters lie", plant: countsNothing, spare: movesNothing},
		{name: "switches the collector off", cases: "boids=5", want: "switched the garbage collector off", plant: collectorOff},
		{name: "switches the collector of a process off", cases: "processes, boids=5", want: "the garbage collector's percentage is off", plant: collectorOff},
		{name: "hides what came last", cases: "processes, latest frame", want: "cannot acquire the latest", // as every planted one does
			plant: func(<-chan struct{}) hooks { return hooks{} }, spare: func(i copytax.Info) bool { return !i.Latest }},
		{name: "leaks a mapping", cases: "leaks", want: "mappings of", plant: leaksMapping},
		{name: "leaves a file", cases: "boids=5", want: "left behind: ", plant: leavesFile},
		{name: "leaves shared memory", cases: "boids=5", want: "left behind: " + leftShared, plant: leavesShared},
		{name: "allocates 64 KiB a frame", cases: "processes, boids=5", want: "bytes a tick with 5 boids", plant: allocates},
		{name: "burns in the supervisor", cases: "wire", want: "Wire has left something at work", plant: burns},
		{name: "burns in the supervisor of processes", cases: "processes, boids=1003", want: "the supervisor, in which a transport's Wire runs", plant: burns},
		{name: "panics", cases: "boids=5", want: "panic in acquire frame: out of ideas\ngoroutine", plant: panics},
		{name: "panics in a process", cases: "processes, boids=5", want: "panic: out of ideas", plant: panics},
	}
}

func truncates(<-chan struct{}) hooks {
	return hooks{frame: func(send func(*copytax.Frame) error, f *copytax.Frame) error {
		if most := 1000; f.N > most {
			if f.N > 4096 {
				most = 4096
			}
			for c := range copytax.Column(copytax.Columns) {
				clear(f.Col(c)[most:])
			}
		}
		return send(f)
	}}
}

func scribbles(<-chan struct{}) hooks {
	var last *copytax.Frame
	return hooks{frame: func(send func(*copytax.Frame) error, f *copytax.Frame) error {
		if last != nil {
			last.Data[0] = 3
		}
		last = f
		return send(f)
	}}
}

func scribblesLater(<-chan struct{}) hooks {
	return hooks{frame: func(send func(*copytax.Frame) error, f *copytax.Frame) error {
		err := send(f)
		f.Data[len(f.Data)-8] = 3
		return err
	}}
}

func keepsPolicy(<-chan struct{}) hooks {
	var later func() error
	return hooks{
		publish: func(send func(*copytax.Policy, *copytax.Genome) error, p *copytax.Policy, g *copytax.Genome) error {
			epoch := p.Epoch
			later = func() error {
				p.Epoch, p.Generation = epoch, epoch/7 // of which a plugin would have kept a copy
				return send(p, g)
			}
			return nil
		},
		before: func() error { return later() },
	}
}

// overwrites has one buffer for the kernel's frames, which the next tick uses while
// the kernel still holds it.
func overwrites(<-chan struct{}) hooks {
	buffer := &copytax.Frame{}
	return hooks{
		kernel: func(f *copytax.Frame) *copytax.Frame {
			if buffer.Data == nil {
				*buffer = *copytax.NewFrame(f.N)
			}
			buffer.Epoch = f.Epoch
			copy(buffer.Data, f.Data)
			return buffer
		},
		publish: func(send func(*copytax.Policy, *copytax.Genome) error, p *copytax.Policy, g *copytax.Genome) error {
			if buffer.Data != nil {
				buffer.Data[0] = 3
			}
			return send(p, g)
		},
	}
}

func stops(stop <-chan struct{}) hooks {
	return hooks{frame: func(send func(*copytax.Frame) error, f *copytax.Frame) error {
		if f.Epoch == 17 {
			nap(stop)
		}
		return send(f)
	}}
}

func loses(<-chan struct{}) hooks {
	return hooks{frame: func(send func(*copytax.Frame) error, f *copytax.Frame) error {
		if f.Epoch == 17 {
			return nil
		}
		return send(f)
	}}
}

// variables passes the generation by a variable that kernel and engine share, as long
// as they are in one process.
func variables(<-chan struct{}) hooks {
	var generation atomic.Uint64
	return hooks{
		publish: func(send func(*copytax.Policy, *copytax.Genome) error, p *copytax.Policy, g *copytax.Genome) error {
			generation.Store(p.Generation)
			return send(p, g)
		},
		order: func(uint64, uint64) uint64 { return generation.Load() },
	}
}

func chargesNothing(<-chan struct{}) hooks {
	return hooks{open: func(env *copytax.Env) { env.Meter = quiet{} }}
}

// A rare meter hears of one phase in seven.
type rare struct {
	copytax.Meter
	n *int
}

func (r rare) Enter(p copytax.Phase) {
	if *r.n++; *r.n%7 == 0 || p == copytax.Compute {
		r.Meter.Enter(p)
	}
}

func chargesLittle(<-chan struct{}) hooks {
	return hooks{open: func(env *copytax.Env) { env.Meter = rare{env.Meter, new(int)} }}
}

func countsNothing(<-chan struct{}) hooks {
	return hooks{open: func(env *copytax.Env) { env.Counters = &copytax.Counters{} }}
}

func collectorOff(<-chan struct{}) hooks {
	return hooks{open: func(*copytax.Env) { debug.SetGCPercent(-1) }}
}

func leaksMapping(<-chan struct{}) hooks {
	return hooks{open: func(*copytax.Env) {
		fd, err := unix.MemfdCreate("leak", unix.MFD_CLOEXEC)
		if err == nil {
			err = errors.Join(unix.Ftruncate(fd, 4096))
		}
		if err == nil {
			_, err = unix.Mmap(fd, 0, 4096, unix.PROT_READ, unix.MAP_SHARED)
		}
		if err = errors.Join(err, unix.Close(fd)); err != nil {
			panic(err)
		}
	}}
}

func leavesFile(<-chan struct{}) hooks {
	return hooks{open: func(*copytax.Env) {
		f, err := os.CreateTemp("", "left")
		if err != nil {
			panic(err)
		}
		f.Close()
	}}
}

const leftShared = "copytax-left-"

func leavesShared(<-chan struct{}) hooks {
	return hooks{open: func(*copytax.Env) {
		f, err := os.CreateTemp("/dev/shm", fmt.Sprintf("%s%d-", leftShared, os.Getpid()))
		if err != nil {
			panic(err)
		}
		f.Close()
	}}
}

// sweepShared takes away what leavesShared has left.
func sweepShared() {
	all, _ := filepath.Glob(fmt.Sprintf("/dev/shm/%s%d-*", leftShared, os.Getpid())) // it fails for a bad pattern only
	for _, name := range all {
		_ = os.Remove(name) // what stays is empty
	}
}

func allocates(<-chan struct{}) hooks {
	var kept []byte
	return hooks{frame: func(send func(*copytax.Frame) error, f *copytax.Frame) error {
		kept = make([]byte, 64<<10)
		kept[0] = byte(f.N)
		return send(f)
	}}
}

// burns has a goroutine at work in the supervisor.
func burns(stop <-chan struct{}) hooks {
	var once sync.Once
	return hooks{wire: func() {
		once.Do(func() {
			go func() {
				for {
					select {
					case <-stop:
						return
					default:
						runtime.Gosched()
					}
				}
			}()
		})
	}}
}

func panics(<-chan struct{}) hooks {
	return hooks{viewer: func(f *copytax.Frame, epoch uint64) *copytax.Frame {
		if epoch == 17 {
			panic("out of ideas")
		}
		return f
	}}
}

// TestPlantedDefectsAreFound plants every defect in every kind of transport.
func TestPlantedDefectsAreFound(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	kinds := kinds()
	if testing.Short() { // one address space, goroutines in it, and processes
		kinds = slices.DeleteFunc(kinds, func(tr copytax.Transport) bool {
			return !slices.Contains([]string{"direct", "chan", "unix+raw"}, tr.Name())
		})
	}
	for _, d := range defects() {
		for _, tr := range kinds {
			t.Run(d.name+"/"+tr.Name(), func(t *testing.T) {
				if d.spare != nil && d.spare(tr.Info()) {
					t.Skipf("it is no defect in %s, whose links have nothing of the kind", tr.Name())
				}
				stop := make(chan struct{})
				defer close(stop)
				if strings.Contains(d.want, leftShared) {
					defer transporttest.LitterAlone()()
				}
				defer sweepShared()
				bad := planted{Transport: tr, defect: d, hooks: d.plant(stop)}
				err := transporttest.Check(bad, transporttest.Options{
					Program: program, Patience: time.Second, Match: func(name string) bool { return name == d.cases },
				})
				said := strings.ReplaceAll(fmt.Sprint(err), bad.Name(), "") // it must not be what is looked for
				if err == nil || !strings.Contains(said, d.want) || !strings.Contains(said, d.cases) {
					t.Errorf("got %v, want the case %q to say %q", err, d.cases, d.want)
				}
			})
		}
	}
}

// TestSharedMemoryOfOthersIsNotBlamed has another program leave something once.
func TestSharedMemoryOfOthersIsNotBlamed(t *testing.T) {
	defer transporttest.LitterAlone()()
	defer sweepShared()
	var once sync.Once
	leave := leavesShared(nil).open
	stranger := planted{Transport: overUnix(t), hooks: hooks{wire: func() { once.Do(func() { leave(nil) }) }}}
	err := transporttest.Check(stranger, transporttest.Options{
		Patience: time.Second, Match: func(name string) bool { return name == "boids=5" },
	})
	if err != nil {
		t.Error(err)
	}
}

// TestEpochsBeyondSixteenBits runs long enough for a counter of 16 bits to turn over.
// One of 32 bits would take days.
func TestEpochsBeyondSixteenBits(t *testing.T) {
	if os.Getenv("COPYTAX_SOAK") == "" {
		t.Skip("65,600 ticks of every kind of transport: COPYTAX_SOAK=1 runs them")
	}
	for _, tr := range kinds() {
		t.Run(tr.Name(), func(t *testing.T) {
			err := transporttest.Check(tr, transporttest.Options{
				Counts: []int{1}, Ticks: 65_600, Timeout: 10 * time.Minute, Match: func(name string) bool { return name == "boids=1" },
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}
