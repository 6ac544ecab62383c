package ladder

import (
	"strings"
	"testing"
	"time"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
)

// The table of all trials says what the machine was like around each, and nothing of
// it where no trial does. What is not known is empty, and no zero.
func TestTrialsSayWhatTheMachineWasLike(t *testing.T) {
	r := drawn(2, []int{100}, "direct", "unix+raw")
	trials := func() string {
		rep := r.report(t)
		return string(encode(t, dataOf(rep, "trials")))
	}
	if got := trials(); strings.Contains(got, "others_fraction") {
		t.Errorf("a run without environments: got\n%s", got)
	}
	others, n := 0.25, 0
	for i := range r.Samples {
		s := &r.Samples[i]
		if s.Trial == r.Samples[0].Trial {
			if n++; n == 1 {
				s.Environment = &experiment.Environment{Start: time.Unix(7, 0), Others: &others}
			}
			s.Repeat, s.Void = 2, "others, and more"
		}
	}
	r.fail(9, 1, "unix+raw", 100, "engine died")
	got := trials()
	head, _, _ := strings.Cut(got, "\n")
	if !strings.HasSuffix(head, ",error,repeat,void,start_s,load_average,frequency_hz,stolen_fraction,busy_fraction,tick_fraction,others_fraction,"+
		"rest_fraction,throttles,throttled_ns,alu_before_ns,memory_before_ns,line_before_ns,alu_after_ns,memory_after_ns,line_after_ns") {
		t.Errorf("got the columns %s", head)
	}
	for _, want := range []string{`,,2,"others, and more",7,,,,,,0.25,,,,,,,,,` + "\n", ",,0,,,,,,,,,,,,,,,,,\n", ",engine died,,,,,,,,,,,,,,,,,,\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("got\n%s\nwant %q", got, want)
		}
	}
}

// dataOf returns a table for programs by its name.
func dataOf(r *report.Report, name string) report.Data {
	for _, d := range r.Data {
		if d.Name == name {
			return d
		}
	}
	return report.Data{}
}
