package ladder

import (
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax/experiment/report"
)

// Over HTTP send, wait and receive are one part of the bar; elsewhere they are three. The
// file has all phases, and says in which part they are.
func TestPhasesOverHTTPAreDrawnAsOne(t *testing.T) {
	r := recordOf(2, []int{1000}, "direct", "unix+raw", "http+json")
	for block := range 2 {
		for i, arm := range []string{"direct", "unix+raw", "http+json"} {
			r.add(3*block+i, block, arm, 1000, price{compute: 1e6, send: 3e5, residual: 1e4})
			for k := range 3 {
				m := r.Samples[len(r.Samples)-3+k].Metrics
				m["cpu_wait_ns"], m["cpu_decode_ns"], m[cpuMetric] = 1e5, 5e4, m[cpuMetric]+1.5e5
			}
		}
	}
	rep := r.report(t)
	f := figuresOf(rep)[0]
	var parts []string
	for _, p := range f.Bars.Parts {
		parts = append(parts, p.Name)
	}
	at := func(name string) int { return slices.Index(parts, name) }
	if at(joinedPhases) != at("decode")-1 || at("wait") != at(joinedPhases)-1 || !strings.Contains(f.Caption, joinedNote) {
		t.Fatalf("got the parts %q and the caption %q", parts, f.Caption)
	}
	unix, http := f.Bars.Rows[1].Values, f.Bars.Rows[2].Values
	if unix[at(joinedPhases)] != 0 || !(unix[at("send")] > 0) || http[at("send")] != 0 || http[at("wait")] != 0 {
		t.Errorf("got unix %v and http %v of the parts %q", unix, http, parts)
	}
	near(t, "send and wait over HTTP", http[at(joinedPhases)], unix[at("send")]+unix[at("wait")])
	i := slices.IndexFunc(rep.Data, func(d report.Data) bool { return d.Name == "phases" })
	data := string(encode(t, rep.Data[i]))
	if strings.Count(data, ","+joinedPhases+"\n") != 2 || !strings.Contains(data, "unix+raw,1,wait,") || !strings.Contains(data, ",wait\n") {
		t.Errorf("got\n%s", data)
	}
	without := drawn(2, []int{100}, "direct", "unix+raw").report(t)
	if f := figuresOf(without)[0]; strings.Contains(f.Caption, "HTTP") {
		t.Errorf("without HTTP: got the caption %q", f.Caption)
	}
}
