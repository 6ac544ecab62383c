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
func (e Estimate) AtMost(limit float64) Holding {
	switch {
	case !e.HasInterval():
		return Unresolved
	case e.High <= limit:
		return Supported
	case e.Low > limit:
		return Refuted
	}
	return Unresolved
}

// AtLeast says whether a value is limit or more.
func (e Estimate) AtLeast(limit float64) Holding {
	switch {
	case !e.HasInterval():
		return Unresolved
	case e.Low >= limit:
		return Supported
	case e.High < limit:
		return Refuted
	}
	return Unresolved
}

// Within says whether a value lies between −limit and limit.
func (e Estimate) Within(limit float64) Holding {
	switch {
	case !e.HasInterval():
		return Unresolved
	case e.Low > -limit && e.High < limit:
		return Supported
	case e.Low >= limit || e.High <= -limit:
		return Refuted
	}
	return Unresolved
}

// Both says whether two claims hold together.
func Both(a, b Holding) Holding {
	switch {
	case a == Refuted || b == Refuted:
		return Refuted
	case a == Supported && b == Supported:
		return Supported
	}
	return Unresolved
}
