package http

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec"
)

type engine struct {
	env     copytax.Env
	codec   *codec.Charged
	kernel  *server
	viewer  *server
	mem     *copytax.EngineMemory
	buf     []byte    // of the body last read
	order   *exchange // the policy that the next frame answers
	next    uint64    // epoch of the policy that is due
	genomes uint64    // number of genomes received
	slot    int       // of the last frame loaned
}

var _ copytax.EngineLink = (*engine)(nil)

// OpenEngine implements copytax.Transport.
func (t transport) OpenEngine(env copytax.Env) (copytax.EngineLink, error) {
	e := &engine{env: env, codec: codec.Charge(t.format, env)}
	var err error
	e.kernel, err = serve(env, copytax.Kernel, engineForKernel, func(s *server) map[string]http.HandlerFunc {
		return map[string]http.HandlerFunc{
			"PUT /genome/{number}":  s.lend("genome"),
			"POST /policy/{number}": s.lend("policy"),
		}
	})
	if err != nil {
		return nil, err
	}
	e.viewer, err = serve(env, copytax.Viewer, engineForViewer, func(s *server) map[string]http.HandlerFunc {
		return map[string]http.HandlerFunc{"GET /frame/{number}": s.lend("frame")}
	})
	if err != nil {
		return nil, errors.Join(err, e.kernel.close())
	}
	return e, nil
}

// Bind implements copytax.EngineLink. The step's first input lies in the last slot.
func (e *engine) Bind(m *copytax.EngineMemory) error {
	if len(m.Frames) < 2 {
		return fmt.Errorf("bind engine memory of %d slots, want at least 2", len(m.Frames))
	}
	e.mem, e.slot = m, len(m.Frames)-1
	return nil
}

// compute ends the phase that the link has entered.
func (e *engine) compute() { e.env.Meter.Enter(copytax.Compute) }

// AcquirePolicy implements copytax.EngineLink.
func (e *engine) AcquirePolicy(epoch uint64) (uint64, error) {
	if epoch != e.next {
		return 0, fmt.Errorf("acquire policy %d: policy %d is due", epoch, e.next)
	}
	defer e.compute()
	p, err := e.orders(epoch)
	if err != nil {
		return 0, fmt.Errorf("acquire policy %d: %w", epoch, err)
	}
	if p.Generation+1 != e.genomes {
		return 0, fmt.Errorf("policy %d asks for generation %d, %d have come", epoch, p.Generation, e.genomes)
	}
	e.next++
	return p.Generation, nil
}

// orders receives the policy of epoch, and the genome before it if one comes.
func (e *engine) orders(epoch uint64) (*copytax.Policy, error) {
	x, err := e.await(e.kernel)
	if err != nil {
		return nil, err
	}
	if x.route == "genome" {
		if err := e.takeGenome(x); err != nil {
			return nil, err
		}
		if x, err = e.await(e.kernel); err != nil {
			return nil, err
		}
	}
	return e.takePolicy(x, epoch)
}

func (e *engine) await(s *server) (*exchange, error) {
	e.env.Meter.Enter(copytax.Wait)
	return next(s, s.requests)
}

// body reads the body of x if that is what is due, and refuses x otherwise.
func (e *engine) body(x *exchange, route string, number uint64) ([]byte, error) {
	if err := x.is(route, number); err != nil {
		return nil, x.refuse(err)
	}
	e.env.Meter.Enter(copytax.Receive)
	e.buf = slices.Grow(e.buf[:0], int(x.length))[:x.length]
	return e.buf, x.read(e.buf)
}

// takeGenome answers as soon as it has the bytes, so that the kernel can
// encode its policy while they are decoded.
func (e *engine) takeGenome(x *exchange) error {
	b, err := e.body(x, "genome", e.genomes)
	if err != nil {
		return err
	}
	x.reply <- reply{status: http.StatusNoContent}
	g := e.mem.Genomes[e.genomes%2]
	g.Generation = e.genomes
	if err := e.codec.DecodeGenome(b, g); err != nil {
		return err
	}
	e.genomes++
	return nil
}

func (e *engine) takePolicy(x *exchange, epoch uint64) (*copytax.Policy, error) {
	b, err := e.body(x, "policy", epoch)
	if err != nil {
		return nil, err
	}
	e.order = x
	return e.codec.DecodePolicy(b, e.mem.Policies[epoch%2], epoch)
}

// LoanFrame implements copytax.EngineLink: no reader ever holds a slot.
func (e *engine) LoanFrame(epoch uint64) (*copytax.Frame, error) {
	e.slot = (e.slot + 1) % len(e.mem.Frames)
	f := e.mem.Frames[e.slot]
	f.Epoch = epoch
	return f, nil
}

// PublishFrame implements copytax.EngineLink. The frame is encoded once; two
// handlers write the same bytes, and have done so when it returns.
func (e *engine) PublishFrame(f *copytax.Frame) error {
	if e.order == nil || e.order.number != f.Epoch {
		return fmt.Errorf("publish frame %d: no policy of that epoch is open", f.Epoch)
	}
	defer e.compute()
	b, err := e.codec.EncodeFrame(f)
	if err != nil {
		return err
	}
	e.env.Meter.Enter(copytax.Send)
	answer := reply{status: http.StatusOK, contentType: e.codec.ContentType(), body: b}
	e.order.reply <- answer
	err = errors.Join(e.answerViewer(f.Epoch, answer), <-e.order.sent)
	e.order = nil
	if err != nil {
		return fmt.Errorf("publish frame %d: %w", f.Epoch, err)
	}
	return nil
}

// answerViewer waits for the viewer's request, if it has not come before the
// frame, and until the answer is written.
func (e *engine) answerViewer(epoch uint64, answer reply) error {
	x, err := e.await(e.viewer)
	if err != nil {
		return err
	}
	if err := x.is("frame", epoch); err != nil {
		return x.refuse(err)
	}
	e.env.Meter.Enter(copytax.Send)
	x.reply <- answer
	return <-x.sent
}

// Close implements copytax.EngineLink.
func (e *engine) Close() error { return errors.Join(e.kernel.close(), e.viewer.close()) }
