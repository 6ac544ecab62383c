package http

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/carrier"
	"github.com/copytax/copytax/transports/codec"
)

// A consumer is the half that kernel and viewer have in common.
type consumer struct {
	carrier.Consumer
	env    copytax.Env
	codec  *codec.Charged
	engine *client
}

func newConsumer(env copytax.Env, f copytax.Format, key string) (consumer, error) {
	engine, err := dial(env, copytax.Engine, key)
	if err != nil {
		return consumer{}, err
	}
	return consumer{carrier.NewConsumer(env.Boids), env, codec.Charge(f, env), engine}, nil
}

// compute ends the phase that a client or a server has entered.
func (c *consumer) compute() { c.env.Meter.Enter(copytax.Compute) }

// receive takes the frame that is due from the answer to a request.
func (c *consumer) receive() error {
	b, err := c.engine.finish(http.StatusOK)
	if err != nil {
		return err
	}
	return c.codec.Decode(b, c.Frame.Table())
}

type viewer struct {
	consumer
	kernel *client
}

var _ copytax.ViewerLink = (*viewer)(nil)

// OpenViewer implements copytax.Transport.
func (t transport) OpenViewer(env copytax.Env) (copytax.ViewerLink, error) {
	c, err := newConsumer(env, t.format, engineForViewer)
	if err != nil {
		return nil, err
	}
	kernel, err := dial(env, copytax.Kernel, kernelForViewer)
	if err != nil {
		c.engine.close()
		return nil, err
	}
	return &viewer{c, kernel}, nil
}

// AcquireFrame implements copytax.ViewerLink.
func (v *viewer) AcquireFrame(epoch uint64) (*copytax.Frame, error) {
	defer v.compute()
	return v.Acquire(epoch, func() error {
		if err := v.engine.start(http.MethodGet, "frame", epoch, "", nil); err != nil {
			return err
		}
		return v.receive()
	})
}

// ReleaseFrame implements copytax.ViewerLink: it tells the kernel.
func (v *viewer) ReleaseFrame(f *copytax.Frame) error {
	defer v.compute()
	if err := v.kernel.start(http.MethodPost, "used", f.Epoch, "", nil); err != nil {
		return err
	}
	if _, err := v.kernel.finish(http.StatusNoContent); err != nil {
		return fmt.Errorf("release frame %d: %w", f.Epoch, err)
	}
	return nil
}

// Close implements copytax.ViewerLink.
func (v *viewer) Close() error {
	v.engine.close()
	v.kernel.close()
	return nil
}

type kernel struct {
	consumer
	carrier.Kernel
	viewer   *server
	uses     chan uint64   // epochs that the viewer has used
	reported atomic.Uint64 // epoch that the viewer must report next
}

// usesAhead is how many ticks the viewer can be ahead of the kernel's AwaitUsed.
const usesAhead = 16

var (
	_ copytax.KernelLink   = (*kernel)(nil)
	_ copytax.PolicyLoaner = (*kernel)(nil)
)

// OpenKernel implements copytax.Transport.
func (t transport) OpenKernel(env copytax.Env) (copytax.KernelLink, error) {
	k := &kernel{Kernel: carrier.NewKernel(env.Boids), uses: make(chan uint64, usesAhead)}
	var err error
	if k.viewer, err = serve(env, copytax.Viewer, kernelForViewer, k.routes); err != nil {
		return nil, err
	}
	if k.consumer, err = newConsumer(env, t.format, engineForKernel); err != nil {
		return nil, errors.Join(err, k.viewer.close())
	}
	return k, nil
}

func (k *kernel) routes(s *server) map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{"POST /used/{number}": func(w http.ResponseWriter, r *http.Request) { k.use(s, w, r) }}
}

// use handles the viewer's requests. It answers at once, so that the viewer
// need not wait until the kernel asks, and before the kernel knows, which may
// close the connection then.
func (k *kernel) use(s *server, w http.ResponseWriter, r *http.Request) {
	epoch, err := numberOf("used", w, r)
	if err != nil {
		return
	}
	if due := k.reported.Load(); epoch != due || !k.reported.CompareAndSwap(due, due+1) {
		http.Error(w, fmt.Sprintf("use of frame %d: that of %d is due", epoch, due), http.StatusConflict)
		return
	}
	w.WriteHeader(http.StatusNoContent)
	if err := http.NewResponseController(w).Flush(); err != nil {
		return // the connection is gone, which the kernel learns from the server
	}
	select {
	case k.uses <- epoch:
	case <-s.closing:
	}
}

// Publish implements copytax.KernelLink. The answer to the policy's request is
// the frame, which AcquireFrame waits for.
func (k *kernel) Publish(p *copytax.Policy, g *copytax.Genome) error {
	defer k.compute()
	if g != nil {
		if err := k.sendGenome(g); err != nil {
			return err
		}
	}
	b, err := k.codec.EncodePolicy(p)
	if err != nil {
		return err
	}
	return k.engine.start(http.MethodPost, "policy", p.Epoch, k.codec.ContentType(), b)
}

func (k *kernel) sendGenome(g *copytax.Genome) error {
	b, err := k.codec.Encode(g.Table())
	if err != nil {
		return err
	}
	if err := k.engine.start(http.MethodPut, "genome", g.Generation, k.codec.ContentType(), b); err != nil {
		return err
	}
	if _, err := k.engine.finish(http.StatusNoContent); err != nil {
		return fmt.Errorf("publish genome %d: %w", g.Generation, err)
	}
	return nil
}

// AcquireFrame implements copytax.KernelLink.
func (k *kernel) AcquireFrame(epoch uint64) (*copytax.Frame, error) {
	defer k.compute()
	return k.Acquire(epoch, k.receive)
}

// AwaitUsed implements copytax.KernelLink. Uses are reported in order.
func (k *kernel) AwaitUsed(epoch uint64) error {
	defer k.compute()
	return k.Await(epoch, func() error {
		k.env.Meter.Enter(copytax.Wait)
		_, err := next(k.viewer, k.uses)
		return err
	})
}

// Close implements copytax.KernelLink.
func (k *kernel) Close() error {
	k.engine.close()
	return k.viewer.close()
}
