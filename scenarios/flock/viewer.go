package flock

import (
	"errors"
	"math"

	"github.com/copytax/copytax"
)

// InstanceFloats is what a renderer is given for each boid: a 3×4 matrix that
// turns and places a model that flies along +z, row by row, and an RGBA colour.
const InstanceFloats = 16

// A viewer reads every frame, or the latest, and computes the instances that a renderer
// would upload. It draws nothing: it is the renderer's half that runs on the
// processor.
type viewer struct {
	witness
	env       copytax.Env
	link      copytax.ViewerLink
	instances []float32      // InstanceFloats a boid
	taken     *copytax.Frame // by Take
}

var _ copytax.LatestActor = (*viewer)(nil)

// NewViewer implements [copytax.Scenario].
func (scenario) NewViewer(env copytax.Env, link copytax.ViewerLink) (copytax.Actor, error) {
	instances := make([]float32, InstanceFloats*env.Boids)
	return &viewer{witness: newWitness(env.Config), env: env, link: link, instances: instances}, nil
}

// Take implements copytax.LatestActor.
func (v *viewer) Take(epoch uint64) (uint64, error) {
	link, ok := v.link.(copytax.LatestAcquirer)
	if !ok {
		return 0, errors.New("the viewer's link cannot give the latest frame")
	}
	f, err := link.AcquireLatest(epoch)
	if err != nil {
		return 0, err
	}
	v.taken = f
	return f.Epoch, nil
}

// frame returns the frame that was taken, or else that of epoch.
func (v *viewer) frame(epoch uint64) (f *copytax.Frame, err error) {
	if f, v.taken = v.taken, nil; f != nil {
		return f, nil
	}
	return v.link.AcquireFrame(epoch)
}

// Tick implements copytax.Actor.
func (v *viewer) Tick(epoch uint64) error {
	f, err := v.frame(epoch)
	if err != nil {
		return err
	}
	Instances(v.instances, f)
	v.env.Mark(epoch)
	// The sums are for the chain; they come behind the mark, since a renderer
	// has no use for them, but before the frame is given back.
	sums := survey(f)
	if err := v.see(f, &sums, v.link); err != nil {
		return err
	}
	return v.link.ReleaseFrame(f)
}

// Evidence implements copytax.Actor. Who reads the latest frame has no chain of all.
func (v *viewer) Evidence() (copytax.Evidence, error) {
	e := v.evidence
	if v.latest {
		e.Chain = ""
	}
	return e, nil
}

// Instances writes InstanceFloats for each boid of f to dst. The boid looks
// along its velocity, its wings level with the ground (y is up), as large as
// its energy, from blue to orange as its fitness grows.
func Instances(dst []float32, f *copytax.Frame) {
	n := f.N
	x, y, z := f.Col(copytax.X)[:n], f.Col(copytax.Y)[:n], f.Col(copytax.Z)[:n]
	vx, vy, vz := f.Col(copytax.VX)[:n], f.Col(copytax.VY)[:n], f.Col(copytax.VZ)[:n]
	energy, fitness := f.Col(copytax.Energy)[:n], f.Col(copytax.Fitness)[:n]
	for i := range n {
		m := dst[InstanceFloats*i : InstanceFloats*i+InstanceFloats : InstanceFloats*i+InstanceFloats]
		size := 0.5 + float32(0.5*energy[i])
		r, u, w := basis(vx[i], vy[i], vz[i])
		m[0], m[1], m[2], m[3] = r[0]*size, u[0]*size, w[0]*size, x[i]
		m[4], m[5], m[6], m[7] = r[1]*size, u[1]*size, w[1]*size, y[i]
		m[8], m[9], m[10], m[11] = r[2]*size, u[2]*size, w[2]*size, z[i]
		t := fitness[i]
		m[12], m[13], m[14], m[15] = t, 0.45+float32(0.2*t), 1-t, 1
	}
}

// basis returns the right, up and forward vectors of something that flies along
// (x, y, z). At rest it looks along +z, and straight up or down it keeps +x to
// its right.
func basis(x, y, z float32) (right, up, forward [3]float32) {
	flat := float32(x*x) + float32(z*z)
	length := sqrt(flat + float32(y*y))
	if length == 0 {
		return [3]float32{1, 0, 0}, [3]float32{0, 1, 0}, [3]float32{0, 0, 1}
	}
	over := 1 / length
	forward = [3]float32{x * over, y * over, z * over}
	right = [3]float32{1, 0, 0}
	if flat > 0 {
		level := 1 / sqrt(flat)
		right = [3]float32{z * level, 0, -x * level} // y × forward, normalized
	}
	up = [3]float32{
		float32(forward[1]*right[2]) - float32(forward[2]*right[1]),
		float32(forward[2]*right[0]) - float32(forward[0]*right[2]),
		float32(forward[0]*right[1]) - float32(forward[1]*right[0]),
	}
	return right, up, forward
}

func sqrt(v float32) float32 { return float32(math.Sqrt(float64(v))) }
