package control

import (
	"fmt"
	"os"
	"slices"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
)

// Latency is the histogram on the viewer's sample: from the policy being published
// to the viewer having used the frame.
const Latency = "latency_ns"

// Keys of the evidence of a role. Frames declares which frames a reader saw and is
// not compared between roles.
const (
	Digest = "digest"
	Chain  = "chain"
	Genome = "genome"
	Frames = "frames"
	All    = "all" // of Frames: every one of the trial
)

// Samples returns the samples of a trial in the order kernel, engine, viewer, and
// joins the times of the kernel with those of the viewer to the latency.
func Samples(reports []*Report) ([]experiment.Sample, error) {
	var all Report
	for _, r := range reports {
		all.add(*r)
	}
	ordered := make([]experiment.Sample, 0, copytax.NumRoles)
	for role := range copytax.NumRoles {
		i := slices.IndexFunc(all.Samples, func(s experiment.Sample) bool { return s.Worker == role.String() })
		if i < 0 {
			return nil, fmt.Errorf("the %s did not report", role)
		}
		ordered = append(ordered, all.Samples[i])
	}
	if n := len(all.Samples); n != len(ordered) {
		return nil, fmt.Errorf("%d samples reported, want %d", n, len(ordered))
	}
	latency, err := latencyOf(all.Published, all.Used)
	if err != nil {
		return nil, err
	}
	ordered[copytax.Viewer].Histograms = map[string]*experiment.Histogram{Latency: latency}
	return ordered, nil
}

// latencyOf joins the times at which policies were published with those at which
// their frames had been used, both in ns and by tick.
func latencyOf(published, used []int64) (*experiment.Histogram, error) {
	if len(published) == 0 || len(published) != len(used) {
		return nil, fmt.Errorf("%d policies published, %d frames used: want the same, above 0", len(published), len(used))
	}
	ns := make([]int64, len(published))
	for i := range ns {
		if ns[i] = used[i] - published[i]; published[i] == 0 || ns[i] <= 0 {
			return nil, fmt.Errorf("tick %d of the window: published at %d ns, used at %d ns", i, published[i], used[i])
		}
	}
	return experiment.FromSeries(ns)
}

// add adds what other roles measured.
func (r *Report) add(other Report) {
	r.Samples = append(r.Samples, other.Samples...)
	r.Published = append(r.Published, other.Published...)
	r.Used = append(r.Used, other.Used...)
}

// report turns accounts and evidence into samples.
func (r *runner) report(report *Report, w *window) error {
	for _, role := range r.roles() {
		evidence, err := r.actors[role].Evidence()
		if err != nil {
			return fmt.Errorf("evidence of %s: %w", role, err)
		}
		sample := experiment.Sample{
			Worker: role.String(), PID: os.Getpid(),
			Metrics: r.metrics(role, w), Evidence: evidenceOf(evidence), Proof: evidence.Proof,
		}
		switch role {
		case copytax.Kernel:
			report.Published = r.publish
		case copytax.Engine:
			sample.Metrics["mean_neighbours"] = evidence.MeanNeighbours
		case copytax.Viewer:
			report.Used = r.used
		}
		if role != r.host {
			sample.Shares = r.host.String()
		}
		report.Samples = append(report.Samples, sample)
	}
	return nil
}

func (r *runner) metrics(role copytax.Role, w *window) map[string]float64 {
	total, counters := r.meter.Total(role), w.counters[role]
	m := map[string]float64{
		"sampled_ticks": float64(total.Sampled), "stride": float64(r.sampler.stride[ordinary]), "laps": float64(total.Laps),
		"wire_bytes": float64(counters.wire), "copied_bytes": float64(counters.copied), "syscalls": float64(counters.syscalls),
	}
	for phase, ns := range total.CPUNS {
		m["cpu_"+phase+"_ns"] = ns
	}
	for phase, ns := range total.WallNS {
		m["wall_"+phase+"_ns"] = float64(ns)
	}
	for phase, ns := range total.DeviceNS {
		m["gpu_"+phase+"_ns"] = float64(ns)
	}
	if role == r.host {
		m["wall_ns"], m["process_cpu_ns"] = float64(w.ranWall), float64(w.ranCPU)
		for i, name := range usageNames {
			m[name] = float64(w.usage[i])
		}
	}
	return m
}

// evidenceOf leaves out what a role cannot prove. Who gives a chain has read every
// frame.
func evidenceOf(e copytax.Evidence) map[string]string {
	m := map[string]string{}
	for key, value := range map[string]string{Digest: e.Digest, Chain: e.Chain, Genome: e.Genome} {
		if value != "" {
			m[key] = value
		}
	}
	if e.Chain != "" {
		m[Frames] = All
	}
	return m
}
