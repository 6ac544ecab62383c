package machine

import "fmt"

// A Status is the outcome of a check.
type Status string

// The outcomes of a check.
const (
	OK          Status = "ok"          // works as the benchmark wants it
	Limited     Status = "limited"     // works, and numbers suffer in a way that the check states
	Unavailable Status = "unavailable" // does not work; the consequence says what cannot be measured
)

// A Check is one thing that [Doctor] tried.
type Check struct {
	Name        string `json:"name"`
	Status      Status `json:"status"`
	Detail      string `json:"detail"`                // what was found, with figures
	Consequence string `json:"consequence,omitempty"` // what it means for a run; empty when all is well
	Advice      string `json:"advice,omitempty"`      // what would help, where something would
}

// Warning is what a check says to a reader of figures: what was found, and what follows.
func (c Check) Warning() string { return fmt.Sprintf("%s: %s: %s", c.Name, c.Detail, c.Consequence) }

func ok(name, format string, args ...any) Check {
	return Check{Name: name, Status: OK, Detail: fmt.Sprintf(format, args...)}
}

// worse turns a check into one of the given status. It is written as a method
// so that a check reads: what was found, then what follows from it.
func (c Check) worse(s Status, consequence, advice string) Check {
	c.Status, c.Consequence, c.Advice = s, consequence, advice
	return c
}

// unless is worse where what was found is not good.
func (c Check) unless(good bool, s Status, consequence, advice string) Check {
	if good {
		return c
	}
	return c.worse(s, consequence, advice)
}

// tried is the check of something that works, as detail says, unless err says why not.
func tried(name string, err error, detail, consequence, advice string) Check {
	if err != nil {
		return failed(name, err, consequence, advice)
	}
	return ok(name, "%s", detail)
}

func failed(name string, err error, consequence, advice string) Check {
	return ok(name, "%v", err).worse(Unavailable, consequence, advice)
}

func bytesText(n int64) string {
	for i, unit := range []string{"GiB", "MiB", "KiB"} {
		if size := int64(1) << (30 - 10*i); n >= size {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(size), unit)
		}
	}
	return fmt.Sprintf("%d B", n)
}
