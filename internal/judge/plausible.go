package judge

import (
	"fmt"
	"strings"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/lap"
)

// Metrics on the kernel's sample of what a trial costs beside its roles, from the
// first tick to the last report: CPU of the supervisor, in which a transport's Wire
// may have left something at work, and of processes that supervisor or roles have
// started and that are no roles. They are shown, and are no part of a tax.
const (
	SupervisorCPU = "supervisor_cpu_ns"
	OthersCPU     = "others_cpu_ns"
)

// What a role's link says of itself is held against what the meter and the operating
// system say of its process. The meter always says something. The operating system may
// not, and does not in a native engine or in an older run: see [Unwitnessed].

// Charges returns an error where a role was charged nothing but computing: its link
// entered no phase, and all that it did would count as the world's. So does a sample
// without the time of any phase. Roles that take turns in one process have links that
// do nothing.
func Charges(s experiment.Sample) error {
	own := map[string]bool{"wall_" + lap.Pace + "_ns": true}
	for _, p := range []copytax.Phase{copytax.Compute, copytax.Residual, copytax.Metering} {
		own["wall_"+p.String()+"_ns"] = true
	}
	timed := false
	for name, ns := range s.Metrics {
		if !strings.HasPrefix(name, "wall_") || name == "wall_ns" || ns <= 0 {
			continue
		}
		if !own[name] {
			return nil
		}
		timed = true
	}
	if !timed {
		return fmt.Errorf("the %s has no wall-clock time of any phase, which a meter always gives", s.Worker)
	}
	return fmt.Errorf("the %s's link charges nothing: it entered no phase, so that its work counts as computing", s.Worker)
}

// How much more the operating system may have seen a process write than its links
// count: wake-ups by eventfd and what a runtime writes, of each tick and at all. Links
// that count what they send are within 1% and a byte a tick.
const (
	writtenMost    = 1.1
	writtenTick    = 64
	writtenAnytime = 16 << 10
)

// Metrics by which the operating system says what a process has moved.
const (
	written = "io_write_bytes"
	tcpSent = "tcp_sent_bytes"
)

// Unwitnessed returns which of the metrics the sample of a process lacks that [Counts]
// holds links against: it then believes them.
func Unwitnessed(s experiment.Sample) (missing []string) {
	for _, name := range []string{written, tcpSent} {
		if _, ok := s.Metrics[name]; !ok {
			missing = append(missing, name)
		}
	}
	return missing
}

// Counts returns an error where a process wrote many more bytes in its window than the
// links in it count as on the wire. It does not see the contrary: what sendmsg or
// another process moves is in no count of this one.
func Counts(samples []experiment.Sample, ticks int) error {
	for _, s := range samples {
		if s.Shares != "" {
			continue
		}
		wire := 0.0
		for _, other := range samples {
			if process(other) == s.Worker {
				wire += other.Metrics["wire_bytes"]
			}
		}
		seen := max(s.Metrics[written], s.Metrics[tcpSent])
		if seen > writtenMost*wire+writtenTick*float64(ticks)+writtenAnytime {
			return fmt.Errorf("the %s's link counts %.0f bytes on the wire, and the operating system saw its process write %.0f: its counters lie",
				s.Worker, wire, seen)
		}
	}
	return nil
}

// How much CPU a supervisor may burn while its roles tick: what it takes to listen to
// them and to show how far they are, as a share of what the roles used, and in short
// trials beside it.
const (
	supervisorShare = 0.05
	supervisorSlack = 10e6
	// Of a trial in a browser the supervisor is its server as well, and answers what its
	// processes have used, outside of the window: four times, some 40 ms.
	browserSlack = 80e6
	browserCPU   = "browser_process_cpu_ns"
)

// Supervised returns what to say of the CPU that a trial used outside its roles'
// processes, empty where there is nothing to say. It voids nothing: a live page is
// served by the supervisor too. But no tax holds that CPU.
func Supervised(samples []experiment.Sample) string {
	roles, slack := experiment.Samples(samples).Sum(processCPU), supervisorSlack
	if experiment.Samples(samples).Sum(browserCPU) > 0 {
		slack = browserSlack
	}
	var parts []string
	for _, p := range []struct{ metric, who string }{
		{SupervisorCPU, "the supervisor, in which a transport's Wire runs,"},
		{OthersCPU, "processes that are no roles"},
	} {
		if ns := experiment.Samples(samples).Sum(p.metric); ns > supervisorShare*roles+slack {
			parts = append(parts, fmt.Sprintf("%s used %.1f ms of CPU", p.who, ns/1e6))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("%s, from the first tick to the last report; the roles used %.1f ms in their windows", strings.Join(parts, " and "), roles/1e6)
}
