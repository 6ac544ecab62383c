package experiment

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// Factors are the conditions of a cell, by name: text, so that any program can
// group by them.
type Factors map[string]string

// Condition returns the factors in order of their names, as "bytes=64 load=idle",
// without those that are left out.
func (f Factors) Condition(without ...string) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if !slices.Contains(without, name) {
			words = append(words, name+"="+f[name])
		}
	}
	return strings.Join(words, " ")
}

// Match reports whether the factors have the given values, as "load", "idle",
// "bytes", "64". A factor that a cell lacks is the empty text.
func (f Factors) Match(pairs ...string) bool {
	for i := 0; i+1 < len(pairs); i += 2 {
		if f[pairs[i]] != pairs[i+1] {
			return false
		}
	}
	return true
}

// A Cell is one point of an experiment.
type Cell struct {
	Experiment string  `json:"experiment"`
	Factors    Factors `json:"factors"`
	// Group names the cells that are measured one right after the other in each
	// block, because they are compared with each other or share what a session
	// holds. Cells of one experiment without a group are one group.
	Group string `json:"group,omitempty"`
	// Session is the part of the run, from 0, in which the cell is measured. Each is
	// over before the next begins, as if they were runs of their own.
	Session int `json:"session,omitempty"`
}

// Arm is the factor that names the side of a comparison.
const Arm = "arm"

// String returns the arm and the condition.
func (c Cell) String() string {
	return strings.TrimSpace(c.Factors[Arm] + " " + c.Factors.Condition(Arm))
}

// A Plan is everything that is to be measured: each cell once a block.
type Plan struct {
	Experiments []string `json:"experiments"`
	Profile     Profile  `json:"profile"`
	Seed        uint64   `json:"seed"` // of the order of trials
	Blocks      int      `json:"blocks"`
	// Options are the values of all options that the run could have varied.
	Options map[string]string `json:"options"`
	// Programs are the BLAKE3 of the files that options name as programs, by option.
	// A run goes on with the same alone.
	Programs map[string]string `json:"programs,omitempty"`
	Levels   []Level           `json:"levels,omitempty"`
	Cells    []Cell            `json:"cells"`
	// Growth says how the run goes on behind its blocks; nil if it ends there.
	Growth *Growth `json:"growth,omitempty"`
	// Rounds are what it has gone on with so far. They are no part of what is planned:
	// each follows from Growth and from what was recorded before it.
	Rounds []Round `json:"rounds,omitempty"`
	// Environment says when a try of a trial is void, nil in runs before there was a rule.
	Environment *EnvironmentRule `json:"environment,omitempty"`
	Unavailable []Unavailable    `json:"unavailable"`
	// Warnings are what a reader of the figures must know; they go to the manifest.
	Warnings []string `json:"-"`
	// Hints are what a person who watches the run wants to know, a line each.
	Hints []string `json:"-"`
}

// A Level describes one value of a factor.
type Level struct {
	Factor  string `json:"factor"`
	Value   string `json:"value"`
	Rank    int    `json:"rank"` // by which tables are ordered
	Summary string `json:"summary"`
	// Facts are what else a report must know of it, by name.
	Facts map[string]string `json:"facts,omitempty"`
	// Claims are properties that a trial must prove: see package judge.
	Claims []string `json:"claims,omitempty"`
}

// ZeroCopy is the claim that no byte of a frame is copied between its workers:
// copied_bytes must then be zero on every sample and the addresses prove it.
const ZeroCopy = "zero-copy"

// InPlace is the claim that a worker of a tab reads and writes frames where the memory of the
// engine has them: its copied_bytes must be zero, and its offsets show where the last one lay.
func InPlace(worker string) string { return "in-place:" + worker }

// OneProcess is the claim that all workers of a trial run in one process. A program
// that does not have what was run needs it to know what the samples owe.
const OneProcess = "one-process"

// Level returns the description of a factor's value.
func (p Plan) Level(factor, value string) (Level, bool) {
	i := slices.IndexFunc(p.Levels, func(l Level) bool { return l.Factor == factor && l.Value == value })
	if i < 0 {
		return Level{}, false
	}
	return p.Levels[i], true
}

// Claims reports whether a cell claims a property by any of its factors.
func (p Plan) Claims(c Cell, property string) bool {
	return slices.ContainsFunc(p.Levels, func(l Level) bool {
		return slices.Contains(l.Claims, property) && c.Factors[l.Factor] == l.Value
	})
}

// Unavailable is what the machine cannot measure.
type Unavailable struct {
	What   string `json:"what"` // as a user asks for it
	Reason string `json:"reason"`
}

// Missing returns what the plan leaves out, that of one reason as one entry
// with its names joined, in order of the first of each.
func (p Plan) Missing() (missing []Unavailable) {
	for _, alike := range Groups(p.Unavailable, func(u Unavailable) string { return u.Reason }) {
		all := alike[0]
		for _, u := range alike[1:] {
			all.What += "; " + u.What
		}
		missing = append(missing, all)
	}
	return missing
}

// Groups parts a list by a key, in the order in which the keys come first.
func Groups[S ~[]T, T any, K comparable](all S, key func(T) K) (groups []S) {
	at := map[K]int{}
	for _, one := range all {
		i, ok := at[key(one)]
		if !ok {
			i = len(groups)
			at[key(one)] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], one)
	}
	return groups
}

// A Trial is one cell of one block.
type Trial struct {
	Number  int // from 0, in the order of running
	Block   int // from 0
	Cell    int // index into the plan's cells
	Attempt int // 0, and one more each time that it is run again
	Repeat  int // tries of this attempt before, which were void; it is of the same moment
	Seed    uint64
	Of      Cell
}

// Order returns all trials of the plan in the order of running: in each block
// the groups of cells in random order, and the cells of a group; then those of each
// round, blocks of different groups in random order; and so session by session, as far
// as rounds have ended those before. It depends on nothing but the plan and its rounds,
// so that a resumed run goes on as the killed one would have.
func (p Plan) Order() []Trial {
	all := make([]Trial, 0, p.Blocks*len(p.Cells))
	add := func(rng *rand.Rand, groups [][]Trial) {
		rng.Shuffle(len(groups), func(i, j int) { groups[i], groups[j] = groups[j], groups[i] })
		for _, group := range groups {
			rng.Shuffle(len(group), func(i, j int) { group[i], group[j] = group[j], group[i] })
			for _, t := range group {
				t.Number, t.Seed = len(all), p.Seed<<32^uint64(len(all))
				all = append(all, t)
			}
		}
	}
	drawn := uint64(0) // passes that have been drawn an order of
	draw := func() *rand.Rand {
		drawn++
		return rand.New(rand.NewPCG(p.Seed, drawn-1))
	}
	rounds := p.Rounds
	for session := range p.Sessions() {
		for block := range p.Blocks {
			add(draw(), p.groups(block, session))
		}
		ended := p.Growth == nil
		for len(rounds) > 0 && !ended {
			add(draw(), p.inRound(rounds[0], session))
			ended, rounds = rounds[0].End != "", rounds[1:]
		}
		if !ended {
			break
		}
	}
	return all
}

// inRound returns the trials of a round, by the groups of their cells.
func (p Plan) inRound(r Round, session int) (blocks [][]Trial) {
	for _, s := range r.Groups {
		for i := range s.More {
			for _, group := range p.groups(s.Blocks+i, session) {
				if group[0].Of.Group == s.Group {
					blocks = append(blocks, group)
				}
			}
		}
	}
	return blocks
}

// groups returns the trials of a block of a session, by the groups of their cells.
func (p Plan) groups(block, session int) [][]Trial {
	var trials []Trial
	for n, c := range p.Cells {
		if c.Session == session {
			trials = append(trials, Trial{Block: block, Cell: n, Of: c})
		}
	}
	return Groups(trials, func(t Trial) [2]string { return [2]string{t.Of.Experiment, t.Of.Group} })
}

// Sessions returns how many there are.
func (p Plan) Sessions() (n int) {
	for _, c := range p.Cells {
		n = max(n, c.Session+1)
	}
	return n
}
