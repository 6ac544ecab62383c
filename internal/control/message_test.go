package control

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// A stream is what somebody has sent.
type stream struct{ io.Reader }

func (stream) Write(p []byte) (int, error) { return len(p), nil }
func (stream) Close() error                { return nil }

// Whatever comes is a message with a kind, or an error that says whether there is
// anybody left to tell.
func FuzzReceive(f *testing.F) {
	for _, seed := range []string{
		`{"kind":"assign","assign":{"protocol":1,"role":"engine","config":{"boids":101,"seed":18446744073709551615},"draw":7,"files":3}}` + "\n",
		`{"kind":"go"}` + "\n" + `{"kind":"value","key":"port","value":"1"}` + "\n", "}{\n", "null\n", `{"kind":"go"}`, strings.Repeat("[", 5000),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		c := newChannel(stream{bytes.NewReader(sent)}, 4096)
		for {
			m, err := c.receive()
			if err != nil {
				if errors.Is(err, errGone) == errors.Is(err, errNonsense) {
					t.Fatalf("%q: got %v, want the end or nonsense", sent, err)
				}
				return
			}
			if m.Kind == "" {
				t.Fatalf("%q: got a message without a kind", sent)
			}
			if a, err := m.assignment(); err == nil && a.Protocol != Protocol {
				t.Fatalf("%q: got an assignment of protocol %d", sent, a.Protocol)
			}
		}
	})
}
