package flock

import (
	"math"
	"testing"

	"github.com/copytax/copytax"
)

// patterned returns a frame of n boids in which every float is its own.
func patterned(n int) *copytax.Frame {
	f := copytax.NewFrame(n)
	for c := range copytax.Column(copytax.Columns) {
		for i := range f.Col(c) {
			f.Col(c)[i] = float32(i%7)*0.125 - float32(c)*0.25 + float32(i)/1024
		}
	}
	return f
}

func TestSurveyReadsEveryFloat(t *testing.T) {
	for _, n := range []int{0, 1, 3, 4, 101} {
		f := patterned(n)
		base := survey(f)
		for c := range copytax.Column(copytax.Columns) {
			var want float64
			for _, v := range f.Col(c) {
				want += float64(v)
			}
			if base[c] != want {
				t.Errorf("%d boids: sum of column %d is %v, want %v", n, c, base[c], want)
			}
			for i := range f.Col(c) {
				f.Col(c)[i]++
				if survey(f) == base {
					t.Fatalf("%d boids: the sums do not depend on column %d of boid %d", n, c, i)
				}
				f.Col(c)[i]--
			}
		}
	}
}

func TestDigestCoversColumnsAndNotThePadding(t *testing.T) {
	f := patterned(101)
	base := digest(f)
	for i := range f.Data {
		was := f.Data[i]
		f.Data[i] += 1
		padding := i%copytax.Stride(f.N) >= f.N
		if changed := digest(f) != base; changed == padding {
			t.Fatalf("float %d, padding %v: digest changed %v", i, padding, changed)
		}
		f.Data[i] = was
	}
	f.Epoch++
	if digest(f) == base {
		t.Error("the digest does not depend on the epoch")
	}
}

func TestInstancesDependOnEveryFloat(t *testing.T) {
	f := patterned(33)
	base := make([]float32, InstanceFloats*f.N)
	Instances(base, f)
	got := make([]float32, len(base))
	for c := range copytax.Column(copytax.Columns) {
		for i := range f.Col(c) {
			f.Col(c)[i] += 0.5
			Instances(got, f)
			same := true
			for k := range got {
				same = same && got[k] == base[k]
			}
			if same {
				t.Fatalf("instances do not depend on column %d of boid %d", c, i)
			}
			f.Col(c)[i] -= 0.5
		}
	}
	if n := testing.AllocsPerRun(10, func() { Instances(got, f) }); n != 0 {
		t.Errorf("Instances allocates %v times, want 0", n)
	}
}

func TestBasisIsOrthonormal(t *testing.T) {
	dot := func(a, b [3]float32) float64 {
		return float64(a[0])*float64(b[0]) + float64(a[1])*float64(b[1]) + float64(a[2])*float64(b[2])
	}
	for _, v := range [][3]float32{
		{1, 0, 0}, {0, 1, 0}, {0, -1, 0}, {0, 0, 1}, {0, 0, 0}, {1, 2, 3}, {-3, 0.1, 2}, {1e-15, 1, 0}, {1e-30, 0, 0}, {3e18, 0, 1},
	} {
		r, u, f := basis(v[0], v[1], v[2])
		for name, d := range map[string]float64{
			"|right|": dot(r, r) - 1, "|up|": dot(u, u) - 1, "|forward|": dot(f, f) - 1,
			"right·up": dot(r, u), "up·forward": dot(u, f), "forward·right": dot(f, r),
		} {
			// Each component has a few roundings of 2^-24 behind it.
			if math.Abs(d) > 16.0/(1<<24) || math.IsNaN(d) {
				t.Errorf("basis of %v: %s is off by %g", v, name, d)
			}
		}
	}
}

func BenchmarkConsumers(b *testing.B) {
	f := patterned(10_000)
	dst := make([]float32, InstanceFloats*f.N)
	for name, work := range map[string]func(){
		"survey": func() { survey(f) }, "instances": func() { Instances(dst, f) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(4 * copytax.Columns * f.N))
			for b.Loop() {
				work()
			}
		})
	}
}
