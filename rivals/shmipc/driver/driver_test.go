package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/copytax/copytax/gauge"
	"github.com/copytax/copytax/rivals/shmipc/handoff"
)

// TestMain plays the worker when the test binary was started as one.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == workerArg {
		if err := gauge.Serve(os.Stdin, os.Stdout, map[string]gauge.Job{handoff.JobName: handoff.Job(ownArms())}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// The payloads are checked by the reader: a hand-off that arrives is right.
func TestOwnArmsHandOver(t *testing.T) {
	for _, touch := range []string{"nothing", "field", "everything"} {
		d, err := newDriver(options{touch: touch})
		if err != nil {
			t.Fatal(err)
		}
		for name := range ownArms() {
			s := sizes[len(sizes)-1] // the fewest hand-offs
			c := gauge.Cell{Arm: name, Params: map[string]string{"bytes": gauge.FormatBytes(s.bytes)}}
			got := d.measure(t.Context(), c)
			d.trial++
			if got.Error != "" {
				t.Errorf("%s, touch %s: %s", c, touch, got.Error)
				continue
			}
			if n := int64(s.handOffs); got.Latency.Count != n || got.Used.Count != n {
				t.Errorf("%s: got %d and %d hand-offs, want %d", c, got.Latency.Count, got.Used.Count, n)
			}
		}
		if err := d.close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(d.folder); !os.IsNotExist(err) {
			t.Errorf("%s is left behind: %v", d.folder, err)
		}
	}
}

func TestFailureOfOneSideEndsTheCell(t *testing.T) {
	d, err := newDriver(options{touch: "everything"})
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	d.troupes["unheard-of"] = d.troupes["copytax"]
	s := d.measure(t.Context(), gauge.Cell{Arm: "unheard-of", Params: map[string]string{"bytes": "64 B"}})
	delete(d.troupes, "unheard-of")
	if !strings.Contains(s.Error, "unknown arm") {
		t.Errorf("got %q, want an unknown arm", s.Error)
	}
}

func TestPageSaysWhatIsMissing(t *testing.T) {
	latency := func(ns int64) *gauge.Latency {
		l, err := latency([][2]int64{{ns, 1000}})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	r := &record{Rounds: 2, Touch: "everything", Cells: cells(options{missing: "no such compiler", shmipc: "x"})}
	for round := range 2 {
		for i, name := range []string{hubPark, "unix-socket"} {
			r.Samples = append(r.Samples, sample{
				Sample: gauge.Sample{
					Block: round, Cell: gauge.Cell{Arm: name, Params: map[string]string{"bytes": "64 B"}},
					Latency: latency(int64(1000 * (i + 1))), CPUNS: map[string]int64{"writer": 1e6, "reader": 1e6},
					Values: map[string]float64{othersCPUs: 1.5},
				},
				Used: latency(int64(2000 * (i + 1))),
			})
		}
	}
	text, err := page(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| `iceoryx2:poll` | polling | not measured: no such compiler |",
		"| `copytax:spin` | polling | not measured: every round failed |",
		"| `copytax:park` | sleeping | 1.00 µs | 1.00 µs | 1.00 µs | 1.00 µs | 2.00 µs | 2.00 µs | 1 | 1 |",
		"| 2 [2, 2] | 2 [2, 2] |",
		"Not to be cited",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, s := range r.Samples {
		s.Values[othersCPUs] = 0.01
	}
	if text, err := page(r); err != nil || strings.Contains(text, "Not to be cited") {
		t.Errorf("the page of a quiet run warns: %v", err)
	}
}
