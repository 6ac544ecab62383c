package transporttest

import (
	"fmt"
	"sync"

	"github.com/copytax/copytax"
)

// A Rendezvous is a [copytax.Rendezvous] in memory, for roles that are
// goroutines of one process.
type Rendezvous struct {
	mu     sync.Mutex
	change *sync.Cond
	values map[string]string
	failed error
}

var _ copytax.Rendezvous = (*Rendezvous)(nil)

// NewRendezvous returns an empty rendezvous.
func NewRendezvous() *Rendezvous {
	r := &Rendezvous{values: map[string]string{}}
	r.change = sync.NewCond(&r.mu)
	return r
}

// Share implements [copytax.Rendezvous]. A key can be shared once.
func (r *Rendezvous) Share(key, value string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, taken := r.values[key]; taken {
		return fmt.Errorf("share %q: shared before", key)
	}
	r.values[key] = value
	r.change.Broadcast()
	return nil
}

// Lookup implements [copytax.Rendezvous].
func (r *Rendezvous) Lookup(key string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		if v, ok := r.values[key]; ok {
			return v, nil
		}
		if r.failed != nil {
			return "", fmt.Errorf("look up %q: %w", key, r.failed)
		}
		r.change.Wait()
	}
}

// Fail makes every Lookup of a value that is not there return err, those that
// wait already included.
func (r *Rendezvous) Fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = err
	r.change.Broadcast()
}
