package rawpipe

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

// An end is a role's side of the pipes: it counts, charges phases and closes.
type end struct {
	copytax.Env
	word [8]byte
}

func (e *end) send(f *os.File, b []byte) error {
	e.Meter.Enter(copytax.Send)
	defer e.Meter.Enter(copytax.Compute)
	e.Counters.Syscalls.Add(1)
	e.Counters.WireBytes.Add(int64(len(b)))
	_, err := f.Write(b)
	return err
}

// fill reads until b is full. The phase is Wait for the start of a message.
func (e *end) fill(f *os.File, b []byte, phase copytax.Phase) error {
	e.Meter.Enter(phase)
	defer e.Meter.Enter(copytax.Compute)
	for at := 0; at < len(b); {
		e.Counters.Syscalls.Add(1)
		n, err := f.Read(b[at:])
		if err != nil {
			return err // io.EOF: the peer has gone
		}
		at += n
	}
	return nil
}

func (e *end) sendEpoch(f *os.File, epoch uint64) error {
	return e.send(f, binary.LittleEndian.AppendUint64(e.word[:0], epoch))
}

// expect reads an epoch and compares it: a wrong one is an error, never a wait.
func (e *end) expect(f *os.File, what string, epoch uint64) error {
	if err := e.fill(f, e.word[:], copytax.Wait); err != nil {
		return fmt.Errorf("await %s %d: %w", what, epoch, err)
	}
	if got := binary.LittleEndian.Uint64(e.word[:]); got != epoch {
		return fmt.Errorf("await %s %d: got %d", what, epoch, got)
	}
	return nil
}

func (e *end) receiveFrame(from *os.File, f *copytax.Frame, epoch uint64) (*copytax.Frame, error) {
	if err := e.expect(from, "frame", epoch); err != nil {
		return nil, err
	}
	f.Epoch = epoch
	return f, e.fill(from, zerocopy.Bytes(f.Data), copytax.Receive)
}

// Close implements every link's. The peers read EOF.
func (e *end) Close() error {
	var errs []error
	for _, f := range e.Files {
		errs = append(errs, f.Close())
	}
	e.Files = nil
	return errors.Join(errs...)
}
