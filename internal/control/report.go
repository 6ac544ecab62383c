package control

import (
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
)

// Latency is the histogram on the viewer's sample: from the policy being published
// to the viewer having used the frame.
const Latency = "latency_ns"

// samples returns the samples of a trial in the order kernel, engine, viewer, and
// joins the times of the kernel with those of the viewer to the latency.
func (r report) samples() ([]experiment.Sample, error) {
	ordered := make([]experiment.Sample, 0, copytax.NumRoles)
	for role := range copytax.NumRoles {
		i := slices.IndexFunc(r.Samples, func(s experiment.Sample) bool { return s.Worker == role.String() })
		if i < 0 {
			return nil, fmt.Errorf("the %s did not report", role)
		}
		ordered = append(ordered, r.Samples[i])
	}
	if n := len(r.Samples); n != len(ordered) {
		return nil, fmt.Errorf("%d samples reported, want %d", n, len(ordered))
	}
	latency, err := latencyOf(r.Published, r.Used)
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
func (r *report) add(other report) {
	r.Samples = append(r.Samples, other.Samples...)
	r.Published = append(r.Published, other.Published...)
	r.Used = append(r.Used, other.Used...)
}

// report turns accounts and evidence into samples.
func (r *runner) report(w *window) (all report, err error) {
	if w.changed != nil {
		return all, w.changed
	}
	for _, role := range r.roles() {
		evidence, err := r.actors[role].Evidence()
		if err != nil {
			return all, fmt.Errorf("evidence of %s: %w", role, err)
		}
		sample := experiment.Sample{
			Worker: role.String(), PID: os.Getpid(),
			Metrics: r.metrics(role, w), Evidence: evidenceOf(evidence), Proof: evidence.Proof,
		}
		if role == copytax.Engine {
			sample.Metrics["mean_neighbours"] = evidence.MeanNeighbours
		}
		if role != r.host {
			sample.Shares = r.host.String()
		}
		all.Samples = append(all.Samples, sample)
	}
	all.Published, all.Used = r.times[copytax.Kernel], r.times[copytax.Viewer]
	return all, nil
}

func (r *runner) metrics(role copytax.Role, w *window) map[string]float64 {
	m := r.meter.Metrics(role)
	m["stride"] = float64(r.sampler.stride[ordinary])
	for i, name := range counterNames {
		m[name] = float64(w.counters[role][i])
	}
	if role == r.host {
		m["wall_ns"], m["process_cpu_ns"] = float64(w.ranWall), float64(w.ranCPU)
		for i, name := range usageNames {
			m[name] = float64(w.usage[i])
		}
		for i, name := range witnessNames {
			if w.doubt == nil {
				m[name] = float64(max(w.witness[i], 0)) // a connection that was closed takes its count along
			}
		}
	}
	return m
}

// evidenceOf leaves out what a role cannot prove. Who gives a chain has read every
// frame, which its frames declare: they are not compared between roles.
func evidenceOf(e copytax.Evidence) map[string]string {
	m := map[string]string{"digest": e.Digest, "chain": e.Chain, "genome": e.Genome}
	if e.Chain != "" {
		m["frames"] = "all"
	}
	maps.DeleteFunc(m, func(_, value string) bool { return value == "" })
	return m
}
