// Package judge says what a trial must prove before a number of it counts.
//
// The runner asks it when a trial ends, verify and report ask it again of what is
// recorded: the same questions, so that no sealed folder can claim what a run could
// not have. What a trial owes is the experiment's to say, in its duties, claims and
// sense. What it knows of samples itself is what all have in common: signs, orders,
// sums, evidence, copies. For experiments whose workers have links there are [Charges],
// [Counts] and [Supervised], which only they ask. An error names the arm and the worker.
// Start at [Trial].
package judge

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/copytax/copytax/experiment"
)

// What a worker says of where the last frame lay, in bytes from the start of the engine's
// memory.
const (
	frameOffset   = "frame_offset_bytes"   // by the worker's view of it
	plannedOffset = "planned_offset_bytes" // by the layout of the hub
	frameBytes    = "frame_bytes"
	memoryBytes   = "memory_bytes"
)

// Offsets are the metrics of a worker that claims to be in place.
func Offsets() []string { return []string{frameOffset, plannedOffset, frameBytes, memoryBytes} }

// declares reports whether evidence says how much a worker saw, in which workers may
// differ: whether all frames or some, and of which ones it has looked at the picture.
func declares(name string) bool { return name == "frames" || name == "drawn_ticks" }

// Trial returns why a trial proves nothing, nil if it counts. exp is nil where this
// program does not have the experiment: its duties are then not checked. reference
// is what trials of this world must have seen, nil where nobody has recorded it.
func Trial(plan experiment.Plan, t experiment.Trial, samples []experiment.Sample, exp experiment.Experiment, reference map[string]string) error {
	if len(samples) == 0 {
		return fmt.Errorf("void: %s has no samples", arm(t))
	}
	err := duties(plan, t, samples, exp)
	if err == nil {
		err = Agree(t, samples, reference)
	}
	if err == nil {
		err = claims(plan, t, samples)
	}
	if err == nil {
		err = figures(t, samples)
	}
	if s, ok := exp.(experiment.Sensible); ok && err == nil {
		err = s.Sense(t.Of, samples)
	}
	if err != nil {
		return fmt.Errorf("void: %w", err)
	}
	return nil
}

// arm names the side of the comparison, and the whole cell where there are none.
func arm(t experiment.Trial) string {
	return cmp.Or(t.Of.Factors[experiment.Arm], t.Of.String())
}

// who names a worker of a trial.
func who(t experiment.Trial, s experiment.Sample) string {
	return fmt.Sprintf("the %s of %s", s.Worker, arm(t))
}

// duties checks that every worker that owes a sample gave it, once and in full.
func duties(plan experiment.Plan, t experiment.Trial, samples []experiment.Sample, exp experiment.Experiment) error {
	by := map[string]experiment.Sample{}
	for _, s := range samples {
		if _, twice := by[s.Worker]; twice {
			return fmt.Errorf("%s has two samples", who(t, s))
		}
		by[s.Worker] = s
	}
	if exp == nil {
		return nil
	}
	for _, d := range exp.Duties(plan, t.Of) {
		s, ok := by[d.Worker]
		if !ok {
			return fmt.Errorf("the %s of %s has no sample", d.Worker, arm(t))
		}
		if err := duty(t, s, d); err != nil {
			return err
		}
		delete(by, d.Worker)
	}
	for _, worker := range slices.Sorted(maps.Keys(by)) {
		return fmt.Errorf("the %s of %s has a sample, and is no worker of the experiment", worker, arm(t))
	}
	return nil
}

func duty(t experiment.Trial, s experiment.Sample, d experiment.Duty) error {
	if s.Shares != d.Shares {
		return fmt.Errorf("%s shares the process of %q, want %q", who(t, s), s.Shares, d.Shares)
	}
	for _, name := range d.Metrics {
		if _, ok := s.Metrics[name]; !ok && s.Histograms[name] == nil {
			return fmt.Errorf("%s gave no %s", who(t, s), name)
		}
	}
	for _, name := range d.Evidence {
		if s.Evidence[name] == "" {
			return fmt.Errorf("%s gave no %s", who(t, s), name)
		}
	}
	return nil
}

// Evidence is what the workers of a trial say together, of those that contradict
// each other the first.
func Evidence(samples []experiment.Sample) map[string]string {
	all := map[string]string{}
	for _, s := range samples {
		for name, value := range s.Evidence {
			if _, ok := all[name]; !ok && !declares(name) && value != "" {
				all[name] = value
			}
		}
	}
	return all
}

// Agree returns the worker of a trial that saw something else than the reference or
// than another worker of the trial.
func Agree(t experiment.Trial, samples []experiment.Sample, reference map[string]string) error {
	first := map[string]experiment.Sample{}
	for _, s := range samples {
		for _, name := range slices.Sorted(maps.Keys(s.Evidence)) {
			value := s.Evidence[name]
			if declares(name) || value == "" {
				continue
			}
			want, ok := reference[name]
			if !ok && len(reference) > 0 {
				return fmt.Errorf("%s saw %s %s, of which the reference says nothing", who(t, s), name, value)
			}
			if ok && value != want {
				return fmt.Errorf("%s saw %s %s, the reference saw %s", who(t, s), name, value, want)
			}
			other, ok := first[name]
			if !ok {
				first[name] = s
			} else if want := other.Evidence[name]; value != want {
				return fmt.Errorf("%s saw %s %s, the %s saw %s", who(t, s), name, value, other.Worker, want)
			}
		}
	}
	return nil
}

// claims checks the properties that the cell's levels claim. Of zero copies:
// no worker copied a byte, and each shows its frame in the same file.
func claims(plan experiment.Plan, t experiment.Trial, samples []experiment.Sample) error {
	if err := inPlace(plan, t, samples); err != nil {
		return err
	}
	if !plan.Claims(t.Of, experiment.ZeroCopy) {
		return nil
	}
	for _, s := range samples {
		switch copied, ok := s.Metrics["copied_bytes"]; {
		case !ok:
			return fmt.Errorf("%s does not say how much it copied, and claims nothing", who(t, s))
		case copied != 0:
			return fmt.Errorf("%s copied %.0f bytes, and claims nothing", who(t, s), copied)
		case s.Proof == nil || !s.Proof.Holds():
			return fmt.Errorf("%s does not show its frame in the hub", who(t, s))
		}
		if p, want := s.Proof, samples[0].Proof; p.HubInode != want.HubInode || p.HubDevice != want.HubDevice {
			return fmt.Errorf("%s maps inode %d, the %s inode %d", who(t, s), p.HubInode, samples[0].Worker, want.HubInode)
		}
	}
	return nil
}

// inPlace checks the workers that claim to read and write frames in the memory of the engine:
// they copied nothing, and the last frame lay there, where the layout has it, for all of them
// at the same place.
func inPlace(plan experiment.Plan, t experiment.Trial, samples []experiment.Sample) error {
	var first *experiment.Sample
	for i, s := range samples {
		if !plan.Claims(t.Of, experiment.InPlace(s.Worker)) {
			continue
		}
		for _, name := range append(Offsets(), "copied_bytes") {
			if _, ok := s.Metrics[name]; !ok {
				return fmt.Errorf("%s gave no %s, and claims to be in place", who(t, s), name)
			}
		}
		at, end := s.Metrics[frameOffset], s.Metrics[frameOffset]+s.Metrics[frameBytes]
		switch copied := s.Metrics["copied_bytes"]; {
		case copied != 0:
			return fmt.Errorf("%s copied %.0f bytes, and claims to be in place", who(t, s), copied)
		case at != s.Metrics[plannedOffset]:
			return fmt.Errorf("%s had the last frame at byte %.0f, and it is planned at %.0f", who(t, s), at, s.Metrics[plannedOffset])
		case !(s.Metrics[frameBytes] > 0) || end > s.Metrics[memoryBytes]:
			return fmt.Errorf("%s had the last frame up to byte %.0f of a memory of %.0f", who(t, s), end, s.Metrics[memoryBytes])
		case first == nil:
			first = &samples[i]
		case at != first.Metrics[frameOffset]:
			return fmt.Errorf("%s had the last frame at byte %.0f, the %s at %.0f", who(t, s), at, first.Worker, first.Metrics[frameOffset])
		}
	}
	return nil
}
