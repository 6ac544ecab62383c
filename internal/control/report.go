package control

import (
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
)

// samples returns the samples of a trial in the order kernel, engine, viewer, and
// joins what the kernel reports with what the viewer does.
func (r report) samples(c copytax.Config) ([]experiment.Sample, error) {
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
	if err := r.compareSeen(c); err != nil {
		return nil, err
	}
	return ordered, r.join(c, &ordered[copytax.Kernel], &ordered[copytax.Viewer])
}

// add adds what other roles measured.
func (r *report) add(other report) {
	r.Samples = append(r.Samples, other.Samples...)
	r.Published = append(r.Published, other.Published...)
	r.Used = append(r.Used, other.Used...)
	r.Intended = append(r.Intended, other.Intended...)
	for role, seen := range other.Seen {
		r.note(role, seen)
	}
}

// note keeps what a role saw.
func (r *report) note(role string, seen []copytax.Sight) {
	if seen == nil {
		return
	}
	if r.Seen == nil {
		r.Seen = map[string][]copytax.Sight{}
	}
	r.Seen[role] = seen
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
			Metrics: r.metrics(role, w), Evidence: evidenceOf(evidence, r.config), Proof: evidence.Proof,
		}
		if role == copytax.Engine {
			sample.Metrics["mean_neighbours"] = evidence.MeanNeighbours
		}
		if role != r.host {
			sample.Shares = r.host.String()
		} else {
			sample.Series = r.cutter.series(r.own)
		}
		all.Samples = append(all.Samples, sample)
		all.note(role.String(), evidence.Seen)
	}
	if published := r.times[copytax.Kernel]; published != nil {
		all.Published = published[:r.config.Ticks]
	}
	all.Used, all.Intended = r.times[copytax.Viewer], r.intended
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
func evidenceOf(e copytax.Evidence, c copytax.Config) map[string]string {
	m := map[string]string{"digest": e.Digest, "chain": e.Chain, "genome": e.Genome}
	if e.Chain != "" {
		m[Frames] = "all"
	} else if e.Seen != nil {
		m[Frames] = fmt.Sprintf(LatestOf, len(e.Seen), c.LastEpoch()+1)
	}
	maps.DeleteFunc(m, func(_, value string) bool { return value == "" })
	return m
}
