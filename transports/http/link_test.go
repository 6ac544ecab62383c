package http

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	links "github.com/copytax/copytax/transports/carrier"
	"github.com/copytax/copytax/transports/codec/codectest"
	"github.com/copytax/copytax/transports/transporttest"
	"github.com/copytax/copytax/zerocopy/hub"
)

type noMeter struct{}

func (noMeter) Enter(copytax.Phase) {}

// A witness is the carrier, and notes the clients that it makes.
type witness struct {
	carrier
	clients *[]*client
}

func (w witness) Connect(env copytax.Env, role copytax.Role) ([copytax.NumRoles]copytax.Conn, error) {
	conns, err := w.carrier.Connect(env, role)
	for _, conn := range conns {
		if c, ok := conn.(*client); ok {
			*w.clients = append(*w.clients, c)
		}
	}
	return conns, err
}

// over returns HTTP with the codec called name.
func over(t testing.TB, name string) copytax.Transport {
	t.Helper()
	return links.New(Carrier(), codectest.Find(t, name))
}

// A flock is all three ends of a transport in one process.
type flock struct {
	kernel   copytax.KernelLink
	engine   copytax.EngineLink
	viewer   copytax.ViewerLink
	meet     *transporttest.Rendezvous
	counters copytax.Counters
	genome   *copytax.Genome // of the first tick
	clients  []*client
}

func newFlock(t testing.TB, name string, boids int) *flock {
	t.Helper()
	f := &flock{meet: transporttest.NewRendezvous()}
	tr := links.New(witness{clients: &f.clients}, codectest.Find(t, name))
	env := copytax.Env{
		Config: copytax.Config{Boids: boids, Slots: 3}, Meter: noMeter{}, Counters: &f.counters, Rendezvous: f.meet,
	}
	// Everyone shares before it looks up what the one before it has shared.
	var errs [3]error
	f.engine, errs[0] = tr.OpenEngine(env)
	f.kernel, errs[1] = tr.OpenKernel(env)
	f.viewer, errs[2] = tr.OpenViewer(env)
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	world, _, err := hub.Bind(f.engine, boids, 3)
	t.Cleanup(func() {
		if err := errors.Join(f.kernel.Close(), f.engine.Close(), f.viewer.Close(), hub.Unmap(world)); err != nil {
			t.Error(err)
		}
	})
	f.genome, errs[0] = f.kernel.LoanGenome()
	if err := errors.Join(errs[0], err); err != nil {
		t.Fatal(err)
	}
	return f
}

// tick makes a tick, the viewer and the engine on goroutines of their own.
func (f *flock) tick(epoch uint64) error {
	ends := make(chan error, 2)
	go func() { ends <- f.engineTick(epoch) }()
	go func() { ends <- f.viewerTick(epoch) }()
	err := f.kernel.Publish(&copytax.Policy{Epoch: epoch}, f.genome)
	f.genome = nil
	if err == nil {
		_, err = f.kernel.AcquireFrame(epoch)
	}
	if err == nil {
		err = f.kernel.AwaitUsed(epoch)
	}
	return errors.Join(err, <-ends, <-ends)
}

func (f *flock) engineTick(epoch uint64) error {
	if _, err := f.engine.AcquirePolicy(epoch); err != nil {
		return err
	}
	frame, err := f.engine.LoanFrame(epoch)
	if err != nil {
		return err
	}
	return f.engine.PublishFrame(frame)
}

func (f *flock) viewerTick(epoch uint64) error {
	frame, err := f.viewer.AcquireFrame(epoch)
	if err != nil {
		return err
	}
	return f.viewer.ReleaseFrame(frame)
}

func (f *flock) url(t testing.TB, key, path string) string {
	t.Helper()
	addr, err := f.meet.Lookup(key)
	if err != nil {
		t.Fatal(err)
	}
	return "http://" + addr + path
}

// ask makes a request that no link would make.
func ask(t testing.TB, method, url string, body io.Reader) (status int, text string) {
	t.Helper()
	r, err := http.NewRequest(method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(b)
}

func TestWrongPolicyIsAConflict(t *testing.T) {
	f := newFlock(t, "json", 5)
	end := make(chan error, 1)
	go func() { end <- f.engineTick(0) }()
	status, text := ask(t, http.MethodPost, f.url(t, engineForKernel, "/policy/9"), strings.NewReader("{}"))
	if want := "got policy 9, want policy 0"; status != http.StatusConflict || text != want {
		t.Errorf("got %d %q, want 409 %q", status, text, want)
	}
	if err := <-end; err == nil || !strings.Contains(err.Error(), "got policy 9, want policy 0") {
		t.Errorf("got error %v of the engine, want both epochs named", err)
	}
}

func TestWrongUseIsAConflict(t *testing.T) {
	f := newFlock(t, "json", 5)
	status, text := ask(t, http.MethodPost, f.url(t, kernelForViewer, "/used/3"), nil)
	if want := "use of frame 3: that of 0 is due\n"; status != http.StatusConflict || text != want {
		t.Errorf("got %d %q, want 409 %q", status, text, want)
	}
}

func TestWrongFrameIsAConflict(t *testing.T) {
	f := newFlock(t, "json", 5)
	end := make(chan error, 2)
	go func() { end <- f.engineTick(0) }()
	go func() { end <- f.kernel.Publish(&copytax.Policy{}, f.genome) }()
	status, text := ask(t, http.MethodGet, f.url(t, engineForViewer, "/frame/7"), nil)
	if want := "got request for frame 7, want request for frame 0"; status != http.StatusConflict || text != want {
		t.Errorf("got %d %q, want 409 %q", status, text, want)
	}
	err := errors.Join(<-end, <-end)
	if err == nil || !strings.Contains(err.Error(), "got request for frame 7, want request for frame 0") {
		t.Errorf("got error %v of the engine, want both epochs named", err)
	}
}

func TestHostileRequests(t *testing.T) {
	f := newFlock(t, "json", 5)
	tooLong := io.LimitReader(zeros{}, int64(copytax.MaxBytes(5))+1)
	unknownLength := io.MultiReader(strings.NewReader("{}"))
	for _, c := range []struct {
		name, method, key, path string
		body                    io.Reader
		status                  int
	}{
		{"no number", http.MethodPost, engineForKernel, "/policy/minus", nil, http.StatusBadRequest},
		{"negative", http.MethodPost, engineForKernel, "/policy/-1", nil, http.StatusBadRequest},
		{"no length", http.MethodPost, engineForKernel, "/policy/0", unknownLength, http.StatusRequestEntityTooLarge},
		{"too long", http.MethodPut, engineForKernel, "/genome/0", tooLong, http.StatusRequestEntityTooLarge},
		{"wrong method", http.MethodGet, engineForKernel, "/policy/0", nil, http.StatusMethodNotAllowed},
		{"wrong port", http.MethodGet, engineForKernel, "/frame/0", nil, http.StatusNotFound},
		{"no use", http.MethodPost, kernelForViewer, "/used/x", nil, http.StatusBadRequest},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := http.NewRequest(c.method, f.url(t, c.key, c.path), c.body)
			if err != nil {
				t.Fatal(err)
			}
			if l, ok := c.body.(*io.LimitedReader); ok {
				r.ContentLength = l.N
			}
			response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if response.StatusCode != c.status {
				t.Errorf("got %s, want %d", response.Status, c.status)
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// A viewer must refuse answers that no engine of ours gives.
func TestHostileAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"not there":  {http.NotFound, "it answered 404 Not Found: 404 page not found"},
		"no length":  {func(w http.ResponseWriter, _ *http.Request) { chunked(w) }, "body of -1 bytes"},
		"absurd":     {func(w http.ResponseWriter, _ *http.Request) { absurd(w) }, "body of 1000000000 bytes"},
		"cut short":  {func(w http.ResponseWriter, _ *http.Request) { cutShort(w) }, "unexpected EOF"},
		"other boid": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"boids":[{}]}`) }, "frame holds 1 boids, want 5"},
	} {
		t.Run(name, func(t *testing.T) {
			fake := httptest.NewServer(c.answer)
			defer fake.Close()
			meet := transporttest.NewRendezvous()
			addr := strings.TrimPrefix(fake.URL, "http://")
			if err := errors.Join(meet.Share(engineForViewer, addr), meet.Share(kernelForViewer, addr)); err != nil {
				t.Fatal(err)
			}
			counters := &copytax.Counters{}
			v, err := over(t, "json").OpenViewer(copytax.Env{
				Config: copytax.Config{Boids: 5}, Meter: noMeter{}, Counters: counters, Rendezvous: meet,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer v.Close()
			if _, err := v.AcquireFrame(0); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want %q", err, c.want)
			}
			if counters.Syscalls.Load() == 0 || counters.WireBytes.Load() == 0 {
				t.Error("counted neither calls nor bytes")
			}
		})
	}
}

func chunked(w http.ResponseWriter) {
	w.WriteHeader(http.StatusOK)
	http.NewResponseController(w).Flush()
	fmt.Fprint(w, "{}")
}

func absurd(w http.ResponseWriter) {
	w.Header().Set("Content-Length", "1000000000")
	w.WriteHeader(http.StatusOK)
	http.NewResponseController(w).Flush()
}

func cutShort(w http.ResponseWriter) {
	w.Header().Set("Content-Length", "100")
	fmt.Fprint(w, "{")
}

// A trial's bytes are those of the bodies and some for HTTP, each counted once.
func TestWireBytesAreCountedOnce(t *testing.T) {
	const boids, ticks = 1000, 10
	f := newFlock(t, "flatbuffers:packed", boids)
	for epoch := range uint64(ticks) {
		if err := f.tick(epoch); err != nil {
			t.Fatal(err)
		}
	}
	frames := int64(2 * ticks * 4 * copytax.Columns * boids)
	genome := int64(4 * copytax.GenomeColumns * boids)
	got, least := f.counters.WireBytes.Load(), frames+genome
	if got < least || got > least+ticks*4000 {
		t.Errorf("counted %d bytes on the wire, want %d and up to 4000 more a tick for headers", got, least)
	}
	if n := f.counters.Syscalls.Load(); n < 8*ticks {
		t.Errorf("counted %d system calls in %d ticks, want at least 8 a tick", n, ticks)
	}
}

func BenchmarkTick(b *testing.B) {
	for _, name := range []string{"flatbuffers:packed", "protobuf", "json"} {
		b.Run(name, func(b *testing.B) {
			f := newFlock(b, name, 10_000)
			b.ReportAllocs()
			for epoch := uint64(0); b.Loop(); epoch++ {
				if err := f.tick(epoch); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
