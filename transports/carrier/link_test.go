package carrier

import (
	"bytes"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/codectest"
)

type noMeter struct{}

func (noMeter) Enter(copytax.Phase) {}

// A stream reads what it was given and forgets what is written.
type stream struct{ io.Reader }

func (stream) Write(p []byte) (int, error) { return len(p), nil }
func (stream) Close() error                { return nil }

// linkOver returns a link whose engine sends what in holds.
func linkOver(t *testing.T, format string, in []byte) *link {
	env := copytax.Env{Config: copytax.Config{Boids: 4}, Meter: noMeter{}, Counters: &copytax.Counters{}}
	l := &link{env: env, codec: charge(codectest.Find(t, format), env)}
	l.conns[copytax.Engine] = NewConn(stream{bytes.NewReader(in)}, env.Counters)
	return l
}

// An absurd length is refused before there is room for it.
func TestAbsurdLength(t *testing.T) {
	var head [HeaderBytes]byte
	if err := PutHeader(&head, copytax.Header{Kind: copytax.KindFrame, Length: math.MaxUint32}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"raw", "json"} {
		l := linkOver(t, name, head[:])
		_, err := newViewer(l).AcquireFrame(0)
		if err == nil || !strings.Contains(err.Error(), "body of 4294967295 bytes") {
			t.Errorf("%s: got error %v, want one about the length", name, err)
		}
		if cap(l.buf) != 0 {
			t.Errorf("%s: made room for %d bytes", name, cap(l.buf))
		}
	}
}

// What no reader would take is not sent.
func TestTooLongAMessage(t *testing.T) {
	l := linkOver(t, "json", nil)
	err := l.send(copytax.Engine, copytax.KindPolicy, 3, make([]byte, copytax.MaxBytes(4)+1))
	if err == nil || !strings.Contains(err.Error(), "send policy 3 to the engine: 6145 bytes about 4 boids") {
		t.Errorf("got error %v", err)
	}
}

// A lazy connection sends nothing before Flush.
type lazy struct {
	copytax.Conn
	held, sent []copytax.Kind
}

func (l *lazy) Send(h copytax.Header, _ []byte) error {
	l.held = append(l.held, h.Kind)
	return nil
}

func (l *lazy) Flush() error {
	l.sent, l.held = append(l.sent, l.held...), nil
	return nil
}

// Every message leaves by the time the method that sends it returns.
func TestFlushersAreFlushed(t *testing.T) {
	l := linkOver(t, "json", nil)
	engine, kernel := &lazy{Conn: l.conns[copytax.Engine]}, &lazy{}
	l.conns[copytax.Engine], l.conns[copytax.Kernel] = engine, kernel
	if err := newKernel(l).Publish(&copytax.Policy{}, copytax.NewGenome(4)); err != nil {
		t.Fatal(err)
	}
	l.pull = true
	v := newViewer(l)
	if _, err := v.AcquireFrame(0); err == nil {
		t.Fatal("a frame came out of nothing")
	}
	if err := v.ReleaseFrame(&copytax.Frame{}); err != nil {
		t.Fatal(err)
	}
	if want := []copytax.Kind{copytax.KindGenome, copytax.KindPolicy, copytax.KindWant}; !slices.Equal(engine.sent, want) {
		t.Errorf("sent the engine %v, want %v", engine.sent, want)
	}
	if want := []copytax.Kind{copytax.KindUsed}; !slices.Equal(kernel.sent, want) {
		t.Errorf("sent the kernel %v, want %v", kernel.sent, want)
	}
}
