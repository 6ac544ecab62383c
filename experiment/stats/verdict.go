package stats

// A Holding says whether a claim holds: the one word that every verdict of the
// project ends in.
type Holding string

// The verdicts.
const (
	Supported  Holding = "supported"
	Refuted    Holding = "refuted"
	Unresolved Holding = "unresolved" // the interval, or the lack of one, leaves both open
)

// AtMost says whether a value is limit or less: by its whole interval, or not.
func (e Estimate) AtMost(limit float64) Holding { return e.decide(e.High <= limit, e.Low > limit) }

// AtLeast says whether a value is limit or more.
func (e Estimate) AtLeast(limit float64) Holding { return e.decide(e.Low >= limit, e.High < limit) }

// Within says whether a value lies between −limit and limit.
func (e Estimate) Within(limit float64) Holding {
	return e.decide(e.Low > -limit && e.High < limit, e.Low >= limit || e.High <= -limit)
}

// Both says whether two claims hold together.
func Both(a, b Holding) Holding {
	return decide(a == Supported && b == Supported, a == Refuted || b == Refuted)
}

// decide returns the verdict of two findings of which one at most is true. Both
// are void where there is no interval.
func (e Estimate) decide(supported, refuted bool) Holding {
	there := e.HasInterval()
	return decide(there && supported, there && refuted)
}

func decide(supported, refuted bool) Holding {
	switch {
	case supported:
		return Supported
	case refuted:
		return Refuted
	}
	return Unresolved
}
