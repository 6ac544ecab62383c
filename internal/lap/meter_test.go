package lap

import (
	"math"
	"testing"
	"time"

	"github.com/copytax/copytax"
)

// burn spends at least d of this thread's CPU.
func burn(d time.Duration) {
	for start := threadCPU(); threadCPU()-start < d; {
	}
}

// played runs ticks of a role that computes 1 ms, encodes 0.5 ms and waits
// asleep for 1 ms, sampling one in stride.
func played(ticks, stride int) *Meter {
	m := New(copytax.Engine)
	m.Count(true)
	for i := range ticks {
		m.Tick(copytax.Engine, i%stride == stride-1)
		burn(time.Millisecond)
		m.Enter(copytax.Encode)
		burn(500 * time.Microsecond)
		m.Enter(copytax.Wait)
		time.Sleep(time.Millisecond)
	}
	m.Count(false)
	return m
}

func TestPhasesAreToldApart(t *testing.T) {
	for _, stride := range []int{1, 4} {
		const ticks = 40
		cpu := played(ticks, stride).Account(copytax.Engine).CPUNS(Calibrate())
		for phase, want := range map[copytax.Phase]float64{
			copytax.Compute: ticks * 1e6, copytax.Encode: ticks * 5e5, copytax.Decode: 0,
		} {
			if got := cpu[phase]; math.Abs(got-want) > 0.05*want {
				t.Errorf("stride %d: %s got %.0f ns, want %.0f ns within 5%%", stride, phase, got, want)
			}
		}
		if asleep := cpu[copytax.Wait]; asleep > ticks*3e5 {
			t.Errorf("stride %d: %.0f ns of sleep were charged as CPU, slept %d ms", stride, asleep, ticks)
		}
	}
}

func TestAccountCountsTicksAndLaps(t *testing.T) {
	a := played(8, 4).Account(copytax.Engine)
	if a.Ticks != 8 || a.Sampled != 2 {
		t.Errorf("got %d ticks, %d sampled; want 8, 2", a.Ticks, a.Sampled)
	}
	if got := a.SampledLaps[copytax.Encode]; got != 2 {
		t.Errorf("got %d sampled laps of encode, want 2", got)
	}
	if got := a.Laps[copytax.Encode]; got != 8 {
		t.Errorf("got %d laps of encode, want 8", got)
	}
	if wait := a.Wall[copytax.Wait]; wait < 8*time.Millisecond {
		t.Errorf("wall clock of wait is %v, slept 8 ms", wait)
	}
}

func TestNothingIsChargedOutsideTheWindow(t *testing.T) {
	m := New(copytax.Kernel)
	m.Tick(copytax.Kernel, true)
	m.Enter(copytax.Encode)
	burn(time.Millisecond)
	m.Count(true)
	m.Count(false)
	burn(time.Millisecond)
	m.Enter(copytax.Send)
	a := m.Account(copytax.Kernel)
	if a.Ticks != 0 || a.Wall[copytax.Encode] != 0 || a.CPU[copytax.Encode] != 0 {
		t.Errorf("charged %+v outside the window", a)
	}
}

// Another thread's CPU must not be taken for the role's own.
func TestOtherThreadsAreResidual(t *testing.T) {
	m := New(copytax.Engine)
	done := make(chan struct{})
	m.Count(true)
	m.Tick(copytax.Engine, true)
	go func() { burn(20 * time.Millisecond); close(done) }()
	burn(20 * time.Millisecond)
	m.Enter(copytax.Wait) // the goroutine may still run: its rest is charged here
	<-done
	m.Count(false)
	cpu := m.Account(copytax.Engine).CPUNS(Calibrate())
	if got := cpu[copytax.Compute]; math.Abs(got-20e6) > 1e6 {
		t.Errorf("compute is %.1f ms, the role burnt 20 ms", got/1e6)
	}
	other := cpu[copytax.Residual] + cpu[copytax.Wait]
	if other < 15e6 {
		t.Errorf("residual and wait are %.1f ms, another thread burnt 20 ms", other/1e6)
	}
}

func TestMeterDoesNotAllocate(t *testing.T) {
	m := New(copytax.Viewer)
	m.Count(true)
	n := testing.AllocsPerRun(100, func() {
		m.Tick(copytax.Viewer, true)
		m.Enter(copytax.Receive)
		m.Enter(copytax.Decode)
		m.Tick(copytax.Viewer, false)
	})
	if n != 0 {
		t.Errorf("a tick allocates %v times, want 0", n)
	}
}

func TestCalibrationIsPlausible(t *testing.T) {
	c := Calibrate()
	if c.Plain <= 0 || c.Sampled <= c.Plain || c.Seen <= 0 || c.Seen > c.Sampled*1.5 {
		t.Errorf("calibration %+v: want 0 < plain < sampled, 0 < seen ≲ sampled", c)
	}
}

func BenchmarkLap(b *testing.B) {
	for name, sampled := range map[string]bool{"plain": false, "sampled": true} {
		b.Run(name, func(b *testing.B) {
			m := New(copytax.Kernel)
			m.Count(true)
			m.Tick(copytax.Kernel, sampled)
			for b.Loop() {
				m.Enter(copytax.Compute)
			}
			m.Tick(copytax.Kernel, false)
		})
	}
}
