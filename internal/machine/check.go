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

// Options says what a run will need. The zero value asks for the working
// directory and for 100,000 boids.
type Options struct {
	Dir   string // folder that results will be written below; "" means "."
	Boids int    // the largest world that will be run; 0 means 100,000
}

func (o Options) withDefaults() Options {
	if o.Dir == "" {
		o.Dir = "."
	}
	if o.Boids == 0 {
		o.Boids = 100_000
	}
	return o
}

func ok(name, format string, args ...any) Check {
	return Check{Name: name, Status: OK, Detail: fmt.Sprintf(format, args...)}
}

// worse turns a check into one of the given status. It is written as a method
// so that a check reads: what was found, then what follows from it.
func (c Check) worse(s Status, consequence, advice string) Check {
	c.Status, c.Consequence, c.Advice = s, consequence, advice
	return c
}

func failed(name string, err error, consequence, advice string) Check {
	return ok(name, "%v", err).worse(Unavailable, consequence, advice)
}

func bytesText(n int64) string {
	const kib = 1 << 10
	switch {
	case n >= kib*kib*kib:
		return fmt.Sprintf("%.1f GiB", float64(n)/(kib*kib*kib))
	case n >= kib*kib:
		return fmt.Sprintf("%.1f MiB", float64(n)/(kib*kib))
	case n >= kib:
		return fmt.Sprintf("%.1f KiB", float64(n)/kib)
	}
	return fmt.Sprintf("%d B", n)
}

func (o Options) check() error {
	if o.Boids < 0 {
		return fmt.Errorf("doctor for %d boids: want a positive number", o.Boids)
	}
	return nil
}
