package control

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/internal/lap"
)

// A host is this process with its roles: one, or all three, on one goroutine or
// on one each.
type host struct {
	role    copytax.Role // on whose sample the figures of the process stand
	info    copytax.Info
	runners []*runner
	failed  bool // runners are left that nothing ends but the process
}

// open opens links and actors for the assignment.
func (s *session) open(reg Registry, a Assignment) (*host, error) {
	scenario, err := reg.Scenario(a.Scenario)
	if err != nil {
		return nil, err
	}
	transport, err := reg.Transport(a.Transport)
	if err != nil {
		return nil, err
	}
	role, err := copytax.ParseRole(a.Role)
	if err != nil {
		return nil, err
	}
	h := &host{role: role, info: transport.Info()}
	cost := lap.Calibrate(h.info.OwnThread || h.info.Concurrent)
	for _, role := range []copytax.Role{copytax.Engine, copytax.Kernel, copytax.Viewer} {
		if !h.info.OneProcess && role != h.role {
			continue
		}
		r := h.runner(a, role, cost)
		r.env[role] = h.newEnv(s, a, r, role)
		if err := r.open(role, scenario, transport); err != nil {
			err = s.giveUp(fmt.Errorf("open %s of %s: %w", role, a.Transport, err))
			return nil, errors.Join(err, h.close())
		}
	}
	return h, nil
}

// runner returns the runner of a role, which is that of all unless they run at
// the same time.
func (h *host) runner(a Assignment, role copytax.Role, cost lap.Cost) *runner {
	if len(h.runners) > 0 && !h.info.Concurrent {
		return h.runners[0]
	}
	r := &runner{config: a.Config, host: h.role, first: h.role, own: h.info.OwnThread && !h.info.Concurrent, sampler: sampler{seed: a.Draw, cost: cost, clock: lap.ProcessCPU}}
	if h.info.Concurrent {
		r.first = role
		r.meter = lap.NewBeside(role, cost)
	} else {
		r.meter = lap.New(h.role, h.info.OwnThread, cost)
	}
	h.runners = append(h.runners, r)
	return r
}

// newEnv returns what a role gives to its link. What the process has inherited is its
// own role's.
func (h *host) newEnv(s *session, a Assignment, r *runner, role copytax.Role) copytax.Env {
	env := copytax.Env{
		Config: a.Config, Meter: r.meter, Counters: &copytax.Counters{}, Rendezvous: s, Alone: !h.info.OneProcess,
		Mark: func(epoch uint64) {
			if warm := uint64(a.Config.WarmUp); epoch >= warm && epoch <= a.Config.LastEpoch() {
				r.times[role][epoch-warm] = lab.Nanotime()
			}
		},
	}
	if role == h.role {
		for i := range a.Files {
			env.Files = append(env.Files, os.NewFile(uintptr(ControlFD+1+i), fmt.Sprintf("data-plane-%d", i)))
		}
	}
	return env
}

// run runs every tick of all roles, and returns what was measured in the window.
func (h *host) run() (all report, err error) {
	if len(h.runners) == 1 {
		return h.runners[0].run()
	}
	type result struct {
		report
		err error
	}
	ended := make(chan result, len(h.runners))
	for _, r := range h.runners {
		go func() {
			one, err := r.run()
			if err != nil {
				err = fmt.Errorf("%s: %w", r.first, err)
			}
			ended <- result{one, err}
		}()
	}
	for range h.runners {
		r := <-ended
		if r.err != nil {
			h.failed = true
			return report{}, r.err
		}
		all.add(r.report)
	}
	return all, h.divide(all.Samples)
}

// divide gives what the process used beyond the phases of its roles to the residual of
// the host: their meters cannot see whose work it was; see [lap.NewBeside].
func (h *host) divide(samples []experiment.Sample) error {
	i := slices.IndexFunc(samples, func(s experiment.Sample) bool { return s.Worker == h.role.String() })
	if i < 0 {
		return fmt.Errorf("the %s, whose process it is, has no sample", h.role)
	}
	rest := samples[i].Metrics["process_cpu_ns"]
	for _, s := range samples {
		for name, ns := range s.Metrics {
			if strings.HasPrefix(name, "cpu_") {
				rest -= ns
			}
		}
	}
	samples[i].Metrics["cpu_"+copytax.Residual.String()+"_ns"] += max(rest, 0) // less than none is an error of closure
	return nil
}

// doing says what the roles do in their ticks. Any goroutine may ask.
func (h *host) doing() string {
	all := make([]string, len(h.runners))
	for i, r := range h.runners {
		if all[i] = r.doing(); len(h.runners) > 1 {
			all[i] = r.first.String() + " " + all[i]
		}
	}
	return strings.Join(all, "; ")
}

// close closes the links, so that other processes notice, and then the actors
// whose memory the links may alias. Links that other goroutines still use end
// with the process.
func (h *host) close() error {
	if h.failed {
		return nil
	}
	var errs []error
	for _, r := range h.runners {
		r.meter.Close()
		for _, l := range r.links {
			errs = append(errs, l.Close())
		}
	}
	for _, r := range h.runners {
		for _, role := range r.roles() {
			errs = append(errs, r.actors[role].Close())
		}
	}
	return errors.Join(errs...)
}
