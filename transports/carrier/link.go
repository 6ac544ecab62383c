package carrier

import (
	"errors"
	"fmt"
	"slices"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

// A link is what the ends of a transport have in common. It enters the phases that its
// work is charged to; its callers end the last one with compute.
type link struct {
	env   copytax.Env
	codec *charged
	conns [copytax.NumRoles]copytax.Conn
	pull  bool   // the viewer asks for every frame
	buf   []byte // the body being received, where it cannot go to its destination
}

// Close implements every link's.
func (l *link) Close() error {
	var errs []error
	for _, c := range l.conns {
		if c != nil {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}

// compute ends the phase that the link has entered.
func (l *link) compute() { l.env.Meter.Enter(copytax.Compute) }

// send sends a message.
func (l *link) send(to copytax.Role, kind copytax.Kind, number uint64, body []byte) error {
	h := copytax.Header{Kind: kind, Number: number, Length: len(body)}
	if len(body) > 0 {
		h.Type = l.codec.ContentType()
	}
	l.env.Meter.Enter(copytax.Send)
	err := tooLong(len(body), l.env.Boids)
	if err == nil {
		err = l.conns[to].Send(h, body)
	}
	if err != nil {
		return fmt.Errorf("send %v %d to the %s: %w", kind, number, to, err)
	}
	return nil
}

// tooLong returns an error for a body that no reader would make room for.
func tooLong(body, boids int) error {
	if most := copytax.MaxBytes(boids); body > most {
		return fmt.Errorf("%d bytes about %d boids, more than copytax.MaxBytes allows, which is %d", body, boids, most)
	}
	return nil
}

// post sends a message whose body may change when it returns.
func (l *link) post(to copytax.Role, kind copytax.Kind, number uint64, body []byte) error {
	if err := l.send(to, kind, number, body); err != nil {
		return err
	}
	return l.flush(to)
}

// flush waits until the bodies sent to the peer may change.
func (l *link) flush(to copytax.Role) error {
	f, ok := l.conns[to].(copytax.Flusher)
	if !ok {
		return nil
	}
	l.env.Meter.Enter(copytax.Send)
	if err := f.Flush(); err != nil {
		return fmt.Errorf("send to the %s: %w", to, err)
	}
	return nil
}

// next waits for the next message.
func (l *link) next(from copytax.Role) (copytax.Header, error) {
	l.env.Meter.Enter(copytax.Wait)
	h, err := l.conns[from].Next()
	if err != nil {
		return h, fmt.Errorf("wait for the %s: %w", from, err)
	}
	return h, nil
}

// refuse returns err, of which the peer is told if it can be.
func (l *link) refuse(from copytax.Role, err error) error {
	if r, ok := l.conns[from].(copytax.Refuser); ok && err != nil {
		return r.Refuse(err)
	}
	return err
}

// body receives the body of the message of header h if that is of the given kind and
// number: into memory in a format that works in place, whose bodies are as long, and
// into the kept buffer in the others.
func (l *link) body(from copytax.Role, h copytax.Header, kind copytax.Kind, number uint64, memory []byte) ([]byte, error) {
	least, most := len(memory), len(memory)
	if !l.codec.inPlace {
		least, most = 1, copytax.MaxBytes(l.env.Boids)
	}
	if err := check(h, kind, number, least, most); err != nil {
		return nil, l.refuse(from, err)
	}
	if !l.codec.inPlace {
		l.buf = slices.Grow(l.buf[:0], h.Length)[:h.Length]
		memory = l.buf
	}
	l.env.Meter.Enter(copytax.Receive)
	if err := l.conns[from].Receive(memory); err != nil {
		return nil, fmt.Errorf("receive from the %s: %w", from, err)
	}
	return memory, nil
}

// take brings the body of the message of header h into t, which says what is due.
func (l *link) take(from copytax.Role, h copytax.Header, t copytax.Table) error {
	b, err := l.body(from, h, t.Kind, t.Number, zerocopy.Bytes(t.Data))
	if err != nil || l.codec.inPlace {
		return err
	}
	return l.codec.Decode(b, t)
}

// A due is the number of the message that comes next. One who asked for another
// would wait for what never comes.
type due uint64

// await calls receive for the message of the given number if that is what is due.
func (d *due) await(what string, number uint64, receive func() error) error {
	if number != uint64(*d) {
		return fmt.Errorf("%s %d: %d is due", what, number, *d)
	}
	if err := receive(); err != nil {
		return fmt.Errorf("%s %d: %w", what, number, err)
	}
	*d++
	return nil
}
