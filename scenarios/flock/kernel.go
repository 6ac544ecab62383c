package flock

import (
	"fmt"

	"github.com/copytax/copytax"
)

// A kernel sets the policy of every tick from what it read in the frame
// before, and breeds a new genome every copytax.GenerationTicks.
type kernel struct {
	witness
	env    copytax.Env
	link   copytax.KernelLink
	base   copytax.Policy // as DefaultPolicy made it, target and goal as last decided
	own    copytax.Policy // where a policy is written when the link lends no memory
	orbit  [2]float32     // direction from the centre of the world to the target, of length 1
	pool   *Pool
	bred   *copytax.Genome // the genome to publish with the next policy
	goal   float32         // the goal weight of DefaultPolicy
	reach  float32         // distance of the target from the centre
	centre [3]float32
}

// NewKernel implements [copytax.Scenario]. The kernel has bred the first genome.
func (scenario) NewKernel(env copytax.Env, link copytax.KernelLink) (copytax.KernelActor, error) {
	base := DefaultPolicy(env.Config)
	k := &kernel{
		witness: newWitness(env.Config),
		env:     env, link: link, base: base, orbit: [2]float32{1, 0}, pool: NewPool(env.Boids, env.Seed),
		goal: base.Goal, centre: base.Target, reach: (base.Max[0] - base.Min[0]) / 4,
	}
	if err := k.loan(); err != nil {
		return nil, err
	}
	k.pool.Seed(k.bred)
	return k, nil
}

// loan borrows the memory of the next genome from the link.
func (k *kernel) loan() (err error) {
	if k.bred, err = k.link.LoanGenome(); err != nil {
		return fmt.Errorf("loan a genome: %w", err)
	}
	return nil
}

// Begin implements copytax.KernelActor.
func (k *kernel) Begin(epoch uint64) error {
	p := &k.own
	if lender, ok := k.link.(copytax.PolicyLoaner); ok {
		p = lender.LoanPolicy(epoch)
	}
	k.base.Epoch, k.base.Generation = epoch, epoch/copytax.GenerationTicks
	*p = k.base
	k.env.Mark(epoch)
	err := k.link.Publish(p, k.bred)
	k.bred = nil
	return err
}

// Tick implements copytax.Actor.
func (k *kernel) Tick(epoch uint64) error {
	f, err := k.link.AcquireFrame(epoch)
	if err != nil {
		return err
	}
	sums := survey(f)
	k.decide(f.N, &sums)
	if err := k.see(f, &sums, k.link); err != nil {
		return err
	}
	if (epoch+1)%copytax.GenerationTicks == 0 {
		if err := k.loan(); err != nil {
			return err
		}
		k.pool.Breed(k.bred, f.Col(copytax.Fitness))
	}
	if err := k.link.ReleaseFrame(f); err != nil {
		return err
	}
	if k.env.Latest {
		return nil
	}
	return k.link.AwaitUsed(epoch)
}

// decide sets the next policy: the target walks a circle around the centre of
// the world, and a flock with energy to spare is pulled to it more strongly.
// The second closes the loop: a kernel that did not read its frames, or read
// other ones, would steer another world.
func (k *kernel) decide(n int, sums *copytax.Sums) {
	// A turn of 0.005 rad a tick, as the rational rotation ((1-h²), 2h)/(1+h²)
	// with h = 1/400, which needs no libm.
	const h = 1.0 / 400
	const c, s = (1 - h*h) / (1 + h*h), 2 * h / (1 + h*h)
	x, y := k.orbit[0], k.orbit[1]
	k.orbit[0] = float32(c*x) - float32(s*y)
	k.orbit[1] = float32(s*x) + float32(c*y)
	k.base.Target[0] = k.centre[0] + float32(k.reach*k.orbit[0])
	k.base.Target[1] = k.centre[1] + float32(k.reach*k.orbit[1])
	mean := float32(sums[copytax.Energy] / float64(max(n, 1)))
	k.base.Goal = k.goal * (float32(0.5*mean) + 0.75)
}

// Evidence implements copytax.Actor.
func (k *kernel) Evidence() (copytax.Evidence, error) {
	e := k.evidence
	e.Genome = fmt.Sprintf("%016x", k.pool.Hash(k.bred != nil))
	return e, nil
}
