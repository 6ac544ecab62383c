// Package lap is the meter: it charges a role's time to phases, lap by lap.
//
// Every lap of every tick has its wall-clock time taken. On a sample of the
// ticks the CPU clocks of the thread and of the process are read as well, and
// the sample is scaled to the window. Reading a CPU clock is a system call of
// half a microsecond, which is why it is a sample; what the clocks cost is
// calibrated before the window, taken out of the laps and shown as a phase of
// its own. The meter allocates nothing after New. Start at [Meter].
package lap

import (
	"runtime"
	"time"

	"github.com/copytax/copytax"
)

// An Account is what one role has been charged.
type Account struct {
	Wall        [copytax.NumPhases]time.Duration // of every lap
	CPU         [copytax.NumPhases]time.Duration // of the laps of sampled ticks, as read
	Laps        [copytax.NumPhases]int64         // all of them
	SampledLaps [copytax.NumPhases]int64
	Ticks       int
	Sampled     int // ticks whose CPU was read
}

// A Meter charges laps to the account of the role whose turn it is. It belongs
// to one goroutine. The zero value is not ready; see New.
type Meter struct {
	epoch    time.Time // of the wall clock
	accounts [copytax.NumRoles]Account
	role     copytax.Role
	phase    copytax.Phase
	counting bool // in the window
	sampling bool // in a sampled tick
	locked   bool // holds its thread for this lap

	wall    time.Duration // at the start of the lap
	thread  time.Duration // CPU clocks at the start of the lap, while sampling
	process time.Duration
}

var _ copytax.Meter = (*Meter)(nil)

// New returns a meter that charges nothing until Count.
func New(role copytax.Role) *Meter {
	return &Meter{epoch: time.Now(), role: role}
}

// Account returns what role has been charged so far.
func (m *Meter) Account(role copytax.Role) *Account { return &m.accounts[role] }

// Count starts the window, or ends it: laps are charged while on is set.
func (m *Meter) Count(on bool) {
	m.Enter(copytax.Compute)
	m.counting = on
	m.wall = time.Since(m.epoch)
}

// Tick starts a tick of role, in Compute. The CPU of a sampled tick is read.
func (m *Meter) Tick(role copytax.Role, sampled bool) {
	m.Turn(role)
	account := &m.accounts[role]
	if m.counting {
		account.Ticks++
	}
	m.setSampling(sampled && m.counting)
	if m.sampling {
		account.Sampled++
	}
}

// Turn gives the following laps to role, in Compute, without starting a tick.
func (m *Meter) Turn(role copytax.Role) {
	m.Enter(copytax.Compute)
	m.role = role
}

// setSampling switches the CPU clocks on or off, between two laps.
func (m *Meter) setSampling(on bool) {
	if on == m.sampling {
		return
	}
	if m.sampling {
		m.Enter(copytax.Compute) // closes the lap that the clocks are in
	}
	m.sampling = on
	if !on {
		m.unlock()
		return
	}
	m.lock()
	m.process, m.thread = processCPU(), threadCPU()
}

// Enter implements copytax.Meter.
func (m *Meter) Enter(next copytax.Phase) {
	now := time.Since(m.epoch)
	if m.counting {
		account := &m.accounts[m.role]
		account.Wall[m.phase] += now - m.wall
		account.Laps[m.phase]++
		if m.sampling {
			m.sample(account, next)
		}
	}
	m.phase, m.wall = next, now
}

// sample charges the CPU of the lap that ends. The goroutine holds its thread
// in a lap whose thread is charged, and is free in one in which it may sleep,
// so that it can wake on another.
func (m *Meter) sample(a *Account, next copytax.Phase) {
	if !next.Blocking() && !m.locked {
		m.lock() // before the clocks are read, for it is this thread's that the next lap needs
	}
	m.charge(a)
	if next.Blocking() {
		m.unlock()
	}
}

// charge reads the CPU clocks and gives the lap that ends to its phase. In a
// phase that may block, the role's work can be done by other threads of its
// process, so the whole process is charged; in the others the role's thread is,
// and what else the process did goes to Residual.
func (m *Meter) charge(a *Account) {
	process, thread := processCPU(), threadCPU()
	a.SampledLaps[m.phase]++
	switch used := process - m.process; {
	case m.phase.Blocking():
		a.CPU[m.phase] += used
	default:
		own := thread - m.thread
		a.CPU[m.phase] += own
		a.CPU[copytax.Residual] += used - own
	}
	m.process, m.thread = process, thread
}

func (m *Meter) lock() {
	runtime.LockOSThread()
	m.locked = true
}

func (m *Meter) unlock() {
	if m.locked {
		runtime.UnlockOSThread()
		m.locked = false
	}
}
