package ladder

import (
	"fmt"
	"math"
	"slices"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
)

// CPU of a browser beside that of the tab's process, on the kernel's sample. It is no
// role's: where pictures are drawn by the processor it is most of all.
const (
	gpuMetric     = "gpu_process_cpu_ns"
	browserMetric = "browser_process_cpu_ns"
	deviceMetric  = "device_frame_ns" // on the viewer's: mean time on the graphics processor
)

// The scheduler's account of the threads that have roles, on the kernel's sample of a tab.
const (
	ranMetric   = "worker_cpu_ns"
	delayMetric = "worker_delay_ns" // ready to run, without a core
)

// ofTab names what a role's sample in a tab holds besides: a table of what drawing costs
// would have nothing in it without.
func ofTab(role copytax.Role, draws bool) []string {
	switch {
	case role == copytax.Kernel:
		return []string{ranMetric, delayMetric, gpuMetric, browserMetric}
	case role == copytax.Viewer && draws:
		return []string{phaseMetric("upload"), phaseMetric(drawPhase)}
	}
	return nil
}

// frameBytes is the size of a frame, without padding.
func frameBytes(c copytax.Config) float64 { return float64(4*copytax.Columns) * float64(c.Boids) }

// copiesFrames returns an error where a kernel in a tab counts fewer bytes than its frames
// have: Go has a memory of its own there, and each must be brought into it, unless it is in place.
func copiesFrames(s experiment.Sample, c copytax.Config) error {
	least := frameBytes(c) * float64(c.Ticks)
	if copied := s.Metrics["copied_bytes"]; s.Worker == copytax.Kernel.String() && copied < least {
		return fmt.Errorf("copied %.0f bytes: the frames that it had to bring into its own memory have %.0f", copied, least)
	}
	return nil
}

// crowdedAt is how much longer threads may have been without a core than on one before it
// is said. It is no gate: a flock of three roles on two cores is near it.
const crowdedAt = 1.0

// crowded says which arms in a tab were short of cores: their phases are laps of a wall
// clock, and hold what they were kept from running in their work.
func (w *world) crowded() (notes []string) {
	for _, a := range w.measured() {
		delay, ran := 0.0, 0.0
		for _, t := range a.trials {
			delay, ran = delay+t.roles.Sum(delayMetric), ran+t.roles.Sum(ranMetric)
		}
		if ran > 0 && delay > crowdedAt*ran {
			notes = append(notes, fmt.Sprintf("Short of cores: %s with %s: its threads were ready to run and had no core for %.1f times as long as they ran. "+
				"Phases in a tab are laps of a wall clock and hold some of that; its additive tax of %.1f%% may be too small. CPU and latency do not depend on phases.",
				a.name, w.label, delay/ran, 100*a.additive.Value))
		}
	}
	return notes
}

// withGPU is the CPU of a trial with that of the process that draws.
func withGPU(t *trial) float64 { return t.cpu + t.roles.Sum(gpuMetric) }

// drawnComputeShare is what of it the world and its picture take.
func drawnComputeShare(t *trial) float64 {
	return (t.computeShare()*t.cpu + t.roles.Sum(gpuMetric)) / withGPU(t)
}

// A stratum is what an arm in a tab costs with the rest of its browser.
type stratum struct {
	gpu, browser stats.Estimate // CPU a tick
	additive     stats.Estimate // with the process that draws
	differential tax            // the same
	device       stats.Estimate // time on the graphics processor, a frame; N is 0 where no device told
}

func (a *arm) stratum(base []*trial) stratum {
	s := stratum{
		gpu:          a.perTick(func(t *trial) float64 { return t.roles.Sum(gpuMetric) }),
		browser:      a.perTick(func(t *trial) float64 { return t.roles.Sum(browserMetric) }),
		additive:     stats.OneMinus(perSession(a.values(drawnComputeShare), seeds(a.trials))),
		differential: tax{Estimate: stats.Nothing()},
		device:       stats.Nothing(),
	}
	if tells := func(t *trial) bool { return t.roles.Sum(deviceMetric) > 0 }; !slices.ContainsFunc(a.trials, func(t *trial) bool { return !tells(t) }) {
		s.device = a.over(func(t *trial) float64 { return t.roles.Sum(deviceMetric) })
	}
	if a.name != Baseline && !a.skips() {
		pairs, _ := pair(base, a.trials, a.name)
		s.differential = taxOf(pairs, withGPU)
	}
	return s
}

// viewerCopies is how many bytes the viewer of a trial has copied.
func viewerCopies(t *trial) float64 {
	return t.roles.Keep(func(s experiment.Sample) bool { return s.Worker == copytax.Viewer.String() }).Sum("copied_bytes")
}

// baseline returns the trials of the baseline of a world.
func (w *world) baseline() []*trial {
	for _, a := range w.arms {
		if a.name == Baseline {
			return a.trials
		}
	}
	return nil
}

// strata returns those of all arms, and the floor of noise of their differential tax,
// as judge does for that of the tab's process; NaN if it is not known.
func (w *world) strata() (all []stratum, floor float64) {
	floor = math.NaN()
	for _, a := range w.arms {
		s := a.stratum(w.baseline())
		if a.name == AA {
			floor = bound(s.differential)
		}
		all = append(all, s)
	}
	var family []stats.Estimate
	for _, s := range all {
		family = append(family, s.differential.Estimate)
	}
	for i, verdict := range stats.Compare(family) {
		all[i].differential.floor, all[i].differential.verdict = floor, verdict
	}
	return all, floor
}

// strataTable shows what a tab costs beside its own process, a row an arm.
func (w *world) strataTable() *report.Table {
	strata, floor := w.strata()
	t := &report.Table{
		Title: "The rest of the browser: " + w.label, Brief: true,
		Columns: report.Columns("transport", "tab CPU µs/tick", "GPU process CPU µs/tick", "other processes µs/tick", "device µs/frame", "additive tax with drawing", "differential with drawing"),
		Notes: []string{
			"The taxes above are of the tab's process alone. With drawing, the process that draws counts as well: its work is the picture's and no tax. " +
				"Device is time on the graphics processor by its own clock, of one frame in eight; a browser rounds it.",
		},
	}
	if floor >= 0 {
		t.Notes = append(t.Notes, fmt.Sprintf("Noise floor of the differential with drawing: ±%s%%.", report.Fixed(100*floor, 1)))
	}
	for i, a := range w.arms {
		s := strata[i]
		t.Rows = append(t.Rows, []report.Cell{
			report.Words(label(a.name)), report.IntervalCell(a.cpu.Times(perMicro)), report.IntervalCell(s.gpu.Times(perMicro)), report.IntervalCell(s.browser.Times(perMicro)), report.IntervalCell(s.device.Times(perMicro)),
			report.PercentCell(s.additive), a.cell(s.differential),
		})
	}
	return t
}

// browser says which browser it was, what draws for it, and how large.
func (w *world) browser() string {
	return "In a tab of " + w.arms[0].trials[0].roles[0].Of.Factors[factorBrowser] + w.display.pixels() + "; phases are estimates, and CPU and taxes those of the tab's process" +
		map[bool]string{false: ".", true: ", without the one that draws."}[w.display.draws()]
}

// tabMeaning explains what only trials in a tab have.
func tabMeaning() report.List {
	return report.List{
		"**In a tab** all roles are in workers of one process of a browser: the kernel is the same Go code as a module of WebAssembly, the engine the " +
			"same Rust module under the browser's own compiler, the viewer TypeScript. Its direct is another floor than that of processes, since V8 " +
			"is not wazero: no tax is computed across the two.",
		"**CPU of phases** is there an estimate: a tab has no clock of CPU. The host reads that of each thread at both ends of the window. Work " +
			"takes its time on the wall as CPU, calls that may hand the core to another thread what is left of it, and waiting the rest. " +
			"The sum over phases, with threads that are no role's as residual, is the CPU of the process by construction, but for a direct that does " +
			"not draw: its worker waits for nobody, and what it uses between two laps is in no phase.",
		"**Draw** is the picture's work and counts with compute as the world's. **Upload** is what brings a frame to the graphics processor. " +
			"**Present** is waiting until it is complete.",
	}
}

// strataData is the same for programs.
func (a *analysis) strataData() report.Data {
	places := map[*arm]*world{}
	for _, w := range a.worlds {
		for _, one := range w.arms {
			places[one] = w
		}
	}
	return a.perArm("strata", "the processes of a browser", append(
		columns("stratum", "the tab's process, the one that draws, all others; the device; the bytes that the viewer has copied; or a tax with the CPU of that which draws", "unit", "of the value"),
		estimated("value", "mean over blocks")...,
	), func(one *arm, add func(...any)) {
		if one.placement != copytax.Everywhere(copytax.Tab) {
			return
		}
		s := one.stratum(places[one].baseline())
		add("tab", "us/tick", one.cpu.Times(perMicro))
		add("gpu", "us/tick", s.gpu.Times(perMicro))
		add("other", "us/tick", s.browser.Times(perMicro))
		if s.device.N > 0 {
			add("device", "us/frame", s.device.Times(perMicro))
		}
		add("viewer copies", "bytes/tick", one.perTick(viewerCopies))
		add("additive", "share", s.additive)
		if s.differential.N > 0 {
			add("differential", "share", s.differential.Estimate)
		}
	})
}
