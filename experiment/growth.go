package experiment

// A Growth says how a run goes on behind its blocks: by rounds, each of which gives
// further blocks to the groups of cells whose intervals are furthest from what is wanted,
// until all are as narrow or the time is up. It is sealed before the run begins. Only
// the widths of intervals and the time that blocks took decide, no value does: package
// grow says how.
type Growth struct {
	// Seconds is how long the trials of a session may run altogether, those of the plan's blocks included.
	// Those are run in any case; no block is begun that is expected to end later.
	Seconds float64 `json:"seconds"`
	// MostBlocks is how many blocks a group may have.
	MostBlocks  int          `json:"most_blocks"`
	Comparisons []Comparison `json:"comparisons"`
}

// A Comparison is of two cells of one group, whose figures are compared by their
// ratio within each block.
type Comparison struct {
	Cell int `json:"cell"` // index into the plan's cells
	With int `json:"with"` // that of the other
	// Width is wanted of half the 95% interval of the logarithm of the ratio, which is
	// nearly its share of the cost.
	Width float64 `json:"width"`
}

// A Round is one decision how to go on.
type Round struct {
	Seconds float64    `json:"seconds"` // that all trials of its session before it took
	Groups  []Standing `json:"groups"`  // those of its session with a comparison, in the order of the plan
	// End says why nothing is run any more; the last round of a session has it, and no other.
	End Ending `json:"end,omitempty"`
}

// An Ending is why a run does not go on.
type Ending string

// The endings.
const (
	Narrow Ending = "narrow" // every interval is as narrow as is wanted, or its group has the most blocks
	TimeUp Ending = "time"   // no further block would end in time
)

// A Standing is where a group of cells stands before a round.
type Standing struct {
	Group   string  `json:"group"`
	Blocks  int     `json:"blocks"`          // that it has
	Width   float64 `json:"width,omitempty"` // widest of its intervals ÷ what is wanted of that; 0 where none is known
	Seconds float64 `json:"seconds"`         // that a block of it takes
	More    int     `json:"more,omitempty"`  // blocks that the round gives it
}

// Ended reports whether the run has all the rounds that it gets.
func (p Plan) Ended() bool { return p.Growth == nil || p.Session() == p.Sessions() }

// Session returns that which the next round is of: as many as have ended.
func (p Plan) Session() (n int) {
	for _, r := range p.Rounds {
		if r.End != "" {
			n++
		}
	}
	return n
}

// BlocksOf returns how many blocks the cells of a group have with all rounds so far.
func (p Plan) BlocksOf(group string) int {
	blocks := p.Blocks
	for _, r := range p.Rounds {
		for _, s := range r.Groups {
			if s.Group == group {
				blocks += s.More
			}
		}
	}
	return blocks
}

// A Growing experiment says what of a trial its comparisons are of: positive figures by
// name, such as the CPU of a tick. A plan of its may then have a [Growth].
type Growing interface {
	Figures([]Sample) map[string]float64
}
