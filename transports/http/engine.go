package http

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/carrier"
	"github.com/copytax/copytax/transports/codec"
)

type engine struct {
	env    copytax.Env
	codec  *codec.Charged
	kernel *server
	viewer *server
	carrier.Engine[*exchange]
	buf   []byte    // of the body last read
	order *exchange // the policy that the next frame answers
}

var _ copytax.EngineLink = (*engine)(nil)

// OpenEngine implements copytax.Transport.
func (t transport) OpenEngine(env copytax.Env) (copytax.EngineLink, error) {
	e := &engine{env: env, codec: codec.Charge(t.format, env)}
	e.Meter, e.Orders = env.Meter, e
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

// compute ends the phase that the link has entered.
func (e *engine) compute() { e.env.Meter.Enter(copytax.Compute) }

// NextOrder implements carrier.Orders.
func (e *engine) NextOrder() (*exchange, bool, error) {
	x, err := e.await(e.kernel)
	return x, err == nil && x.route == "genome", err
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

// TakeGenome implements carrier.Orders. It answers as soon as it has the bytes,
// so that the kernel can encode its policy while they are decoded.
func (e *engine) TakeGenome(x *exchange, g *copytax.Genome) error {
	b, err := e.body(x, "genome", g.Generation)
	if err != nil {
		return err
	}
	x.reply <- reply{status: http.StatusNoContent}
	return e.codec.Decode(b, g.Table())
}

// TakePolicy implements carrier.Orders. The answer is the frame.
func (e *engine) TakePolicy(x *exchange, block []byte, epoch uint64) (*copytax.Policy, error) {
	b, err := e.body(x, "policy", epoch)
	if err != nil {
		return nil, err
	}
	e.order = x
	return e.codec.DecodePolicy(b, block, epoch)
}

// PublishFrame implements copytax.EngineLink. The frame is encoded once; two
// handlers write the same bytes, and have done so when it returns.
func (e *engine) PublishFrame(f *copytax.Frame) error {
	if e.order == nil || e.order.number != f.Epoch {
		return fmt.Errorf("publish frame %d: no policy of that epoch is open", f.Epoch)
	}
	defer e.compute()
	b, err := e.codec.Encode(f.Table())
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
