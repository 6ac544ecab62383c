package render

import (
	"encoding/json"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/store"
)

// A recipe says what results to make up. All numbers follow from the seed.
type recipe struct {
	arms    int // the first that many of the ladder, the A/A pair not counted
	sizes   []int
	blocks  int
	noAA    bool
	ticks   int
	fail    bool // one trial fails, so that its pair is dropped
	twoMode bool // the smallest size in a fixed volume as well
	native  bool // shm:park with a native engine as well
}

// A rung is a made-up transport: its costs a boid and a tick, in ns.
type rung struct {
	name          string
	rung          int
	phase         map[copytax.Phase]float64 // a boid
	fixed         float64                   // a tick, half of it waiting
	latencyFactor float64                   // of the wall that the CPU implies
	wire          float64                   // bytes a boid
}

func ladder() []rung {
	p := func(compute, encode, cp, send, wait, receive, decode, residual float64) map[copytax.Phase]float64 {
		return map[copytax.Phase]float64{
			copytax.Compute: compute, copytax.Encode: encode, copytax.Copy: cp, copytax.Send: send, copytax.Wait: wait,
			copytax.Receive: receive, copytax.Decode: decode, copytax.Residual: residual, copytax.Metering: 0.3,
		}
	}
	return []rung{
		{"direct", 0, p(180, 0, 0, 0.2, 0.2, 0, 0, 2), 4e3, 1, 0},
		{"shm:spin", 2, p(182, 0, 0, 0.3, 160, 0, 0, 2), 9e3, 0.3, 0},
		{"shm:park", 2, p(181, 0, 0, 1, 3, 0, 0, 2), 22e3, 0.98, 0},
		{"twin", 3, p(181, 0, 9, 1, 3, 0, 0, 2), 23e3, 1.1, 0},
		{"unix+raw", 4, p(183, 0, 6, 14, 4, 16, 0, 4), 60e3, 1.4, 80},
		{"unix+flatbuffers", 6, p(183, 22, 0, 14, 4, 16, 31, 8), 64e3, 1.6, 82},
		{"http+protobuf", 7, p(185, 40, 0, 21, 6, 24, 65, 31), 240e3, 2.4, 84},
		{"http+msgpack", 7, p(190, 610, 0, 30, 9, 33, 900, 260), 260e3, 8, 190},
		{"http+json", 8, p(195, 1900, 0, 42, 12, 60, 5200, 700), 280e3, 30, 260},
		{"chan", 1, p(181, 0, 0, 0.4, 1, 0, 0, 4), 8e3, 1.02, 0},
		{"shm:adaptive", 2, p(181, 0, 0, 0.6, 9, 0, 0, 2), 18e3, 0.05, 0},
		{"tcp+raw", 5, p(184, 0, 6, 18, 5, 22, 0, 5), 75e3, 1.5, 80},
		{"unix+cbor:object", 6, p(188, 410, 0, 14, 5, 17, 1300, 90), 70e3, 9, 170},
		{"grpc+protobuf:packed", 7, p(186, 44, 8, 26, 8, 30, 70, 52), 310e3, 2.7, 84},
	}
}

// synthesize returns results that look like those of a run, but are made up.
// Only tests may use them.
func synthesize(c recipe) *store.Results {
	rungs := ladder()[:c.arms]
	if c.ticks == 0 {
		c.ticks = 600
	}
	r := &store.Results{Dir: "results/made-up", Manifest: manifestOf(c, rungs)}
	rng := rand.New(rand.NewPCG(7, 7))
	trial := 0
	for block := range c.blocks {
		machine := math.Exp(0.05 * rng.NormFloat64())
		for _, config := range r.Manifest.Plan.Configs {
			for _, arm := range r.Manifest.Plan.Arms {
				i := slices.IndexFunc(rungs, func(r rung) bool { return r.name == arm.Transport })
				samples := rungs[i].samples(config, rng, machine)
				if c.fail && trial == 4 {
					samples = []store.Sample{{Config: config, Role: store.FailedRole, Error: "engine: killed by signal 9"}}
				}
				for _, s := range samples {
					s.Trial, s.Block, s.Arm, s.Transport, s.Scenario = trial, block, arm.Name, arm.Transport, "flock"
					r.Samples = append(r.Samples, s)
				}
				trial++
			}
		}
	}
	return r
}

func manifestOf(c recipe, rungs []rung) store.Manifest {
	at := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	m := store.Manifest{
		Schema: store.Schema, State: store.Complete, Created: at, Finished: at.Add(11 * time.Minute),
		Command: []string{"copytax", "run", "--all"},
		Version: store.Version{Copytax: "v0.0.0-test", Go: "go1.26.8"},
		Machine: json.RawMessage(`{"os":"linux","arch":"amd64","cpu":{"model":"Made-up CPU 9000","usable":2},"virtual":{"hypervisor":"KVM"}}`),
		Plan: store.Plan{Profile: "standard", Scenario: "flock", Seed: 7, Blocks: c.blocks,
			Unavailable: []store.Unavailable{{Transport: "shm:huge", Reason: "no huge pages are reserved"}}},
	}
	for _, r := range rungs {
		m.Plan.Arms = append(m.Plan.Arms, store.Arm{Name: r.name, Transport: r.name, Rung: r.rung})
		if r.name == "direct" && !c.noAA {
			m.Plan.Arms = append(m.Plan.Arms, store.Arm{Name: "direct#aa", Transport: "direct"})
		}
		if r.name == "shm:park" && c.native {
			m.Plan.Arms = append(m.Plan.Arms, store.Arm{Name: "shm:park@native", Transport: r.name, Rung: r.rung, Engine: store.Native})
		}
	}
	for _, n := range c.sizes {
		m.Plan.Configs = append(m.Plan.Configs, copytax.Config{
			Boids: n, Neighbours: 8, Mode: copytax.ConstantDensity, Seed: 7, WarmUp: 60, Ticks: c.ticks, Slots: 3})
	}
	if c.twoMode {
		fixed := m.Plan.Configs[0]
		fixed.Mode = copytax.FixedVolume
		m.Plan.Configs = append(m.Plan.Configs, fixed)
	}
	return m
}

func (r rung) samples(config copytax.Config, rng *rand.Rand, machine float64) []store.Sample {
	n, ticks := float64(config.Boids), float64(config.Ticks)
	noise := machine * math.Exp(0.015*rng.NormFloat64())
	var samples []store.Sample
	total := 0.0
	for i, share := range []float64{0.15, 0.6, 0.25} {
		role := copytax.Role(i).String()
		s := store.Sample{Config: config, Role: role, Host: role, CPUNS: map[string]float64{}}
		sum := 0.0
		for p := range copytax.NumPhases {
			v := r.phase[p] * n * share
			if p == copytax.Wait || p == copytax.Send {
				v += r.fixed / 2 * share
			}
			v *= ticks * noise * math.Exp(0.01*rng.NormFloat64())
			s.CPUNS[p.String()] = v
			sum += v
		}
		s.ProcessCPUNS = int64(sum * (1 + 0.01*rng.Float64()))
		total += sum
		s.WallNS = int64(sum)
		s.WireBytes = int64(r.wire * n * ticks * share)
		s.CopiedBytes = int64(r.wire / 2 * n * ticks * share)
		s.Usage.AllocObjects = int64(r.phase[copytax.Decode] * ticks)
		samples = append(samples, s)
	}
	samples[2].Latency = latencyOf(total/ticks*0.4*r.latencyFactor/math.Sqrt(1+r.latencyFactor), config.Ticks, rng)
	return samples
}

// latencyOf draws ticks with a tail and a second mode, as a scheduler makes them.
func latencyOf(typical float64, ticks int, rng *rand.Rand) *store.Latency {
	var all []int64
	for range ticks {
		v := typical * math.Exp(0.12*rng.NormFloat64())
		if rng.Float64() < 0.06 {
			v += 60e3 * rng.ExpFloat64()
		}
		all = append(all, int64(v))
	}
	slices.Sort(all)
	l := &store.Latency{Count: int64(ticks), MinNS: all[0], MaxNS: all[ticks-1]}
	at := func(q float64) int64 { return all[min(ticks-1, int(math.Ceil(q*float64(ticks)))-1)] }
	l.P50NS, l.P90NS, l.P99NS, l.P999NS = at(0.5), at(0.9), at(0.99), at(0.999)
	counts := map[int64]int64{}
	for _, v := range all {
		l.MeanNS += float64(v) / float64(ticks)
		size := int64(math.Pow(2, math.Floor(math.Log2(float64(v)))-6))
		counts[v/size*size+size]++
	}
	for _, edge := range slices.Sorted(maps.Keys(counts)) {
		l.Histogram = append(l.Histogram, [2]int64{edge, counts[edge]})
	}
	return l
}
