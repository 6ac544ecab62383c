// Package lap is the meter: it charges a role's time to phases, lap by lap.
//
// Every lap of every tick has its wall-clock time taken. On a sample of the
// ticks the CPU clocks of the thread and of the process are read as well, and
// the sample is scaled to the window, stratum by stratum. Reading a CPU clock
// is a system call of half a microsecond, which is why it is a sample; what the
// clocks cost is calibrated before the window, taken out of the laps and shown
// as a phase of its own. The meter allocates nothing after New. Start at
// [Meter].
package lap

import (
	"runtime"
	"sync/atomic"
	"time"

	"github.com/copytax/copytax"
)

// A Meter charges laps to the account of the role whose turn it is. It belongs
// to one goroutine. The zero value is not ready; see New.
type Meter struct {
	epoch    time.Time // of the wall clock
	cost     Cost
	phases   list
	own      bool // the role does all its work on this thread
	beside   bool // other roles of the process run at the same time
	accounts [copytax.NumRoles][numStrata]Account
	ticks    [2][copytax.NumRoles]Account // of the tick in progress and the one before it, in turn
	now      int                          // which of the two is in progress
	before   ended                        // the other one
	gc       collector
	rest     func() time.Duration // reads the CPU of the threads that are no role's; nil if it is not measured
	others   time.Duration        // what it says of the window
	pace     pace
	open     bool // a tick is in progress
	rare     bool // of that tick
	role     copytax.Role
	host     copytax.Role // whose line the process's figures stand on
	phase    copytax.Phase
	counting bool // in the window
	sampling bool // in a sampled tick
	locked   bool // holds its thread for this lap
	entered  int64
	readings int64 // of the CPU clocks, in this tick

	began   time.Duration // of the tick
	wall    time.Duration // at the start of the lap
	thread  time.Duration // CPU clocks at the start of the lap, while sampling
	process time.Duration

	doing atomic.Uint64 // the phase and the start of its lap, for others: see Doing
}

var (
	_ copytax.Meter        = (*Meter)(nil)
	_ copytax.PhaseDefiner = (*Meter)(nil)
	_ copytax.DeviceTimer  = (*Meter)(nil)
)

// New returns a meter that charges nothing until Count. The first turn is
// role's. If own is set, the goroutine is locked to its thread and does all the
// role's work there: the thread's CPU is then charged in every phase, and what
// the rest of the process used in the window is known exactly, as Residual of
// role. Otherwise goroutines of a server may work for the role while it sleeps.
func New(role copytax.Role, own bool, cost Cost) *Meter {
	m := bare(role, own, cost)
	if own {
		m.rest = func() time.Duration { return ProcessCPU() - ThreadCPU() }
	} else {
		m.gc.watch() // of a role's own thread its collections are no part
	}
	return m
}

// NewBeside returns a meter of a role whose process has others that run at the same
// time, each on a goroutine with a meter of its own. Phases that do not block are
// charged with the role's thread; of the others nothing is known, since what the
// process did meanwhile may have been another role's work: none of them is charged.
// Who holds all the meters gives the rest of the process's CPU its place.
//
// Note: a thread of each role's own would tell its CPU in every phase, and was tried. A
// hand-over between goroutines that are locked to their threads takes some 20 µs on two
// virtual processors, where one between others takes 1: the meter would have measured
// itself.
func NewBeside(role copytax.Role, cost Cost) *Meter {
	m := bare(role, false, cost)
	m.beside = true
	return m
}

func bare(role copytax.Role, own bool, cost Cost) *Meter {
	return &Meter{epoch: time.Now(), role: role, host: role, own: own, cost: cost, phases: standard()}
}

// Close ends what New started in the background.
func (m *Meter) Close() { m.gc.end() }

// An ended tick waits for the next one's end: a collection that is found to be
// over then may have begun in it.
type ended struct {
	kind, length int
	sampled      bool
	any          bool
}

// Entered returns how often Enter was called so far, in the window or not.
func (m *Meter) Entered() int64 { return m.entered }

// Count starts the window, or ends it: laps are charged while on is set.
func (m *Meter) Count(on bool) {
	m.endTick()
	m.settle()
	m.open = false
	m.counting = on
	if m.rest != nil {
		m.others = m.rest() - m.others // of both ends: what the first call takes away, the second adds
	}
	m.setSampling(false)
	m.wall = time.Since(m.epoch)
	m.began = m.wall
}

// Tick ends a tick and starts the next, of role, in Compute. Rare ticks are
// those whose cost says nothing of the others. The CPU of a sampled tick is
// read.
func (m *Meter) Tick(role copytax.Role, rare, sampled bool) {
	m.endTick()
	m.open, m.role, m.rare = true, role, rare
	m.setSampling(sampled && m.counting)
	m.began = m.wall
}

// Turn gives the following laps of the tick to role, in Compute.
func (m *Meter) Turn(role copytax.Role) {
	m.Enter(copytax.Compute)
	m.role = role
}

// endTick ends the tick in progress, whose stratum is known only now that its
// length is, and settles the one before it.
func (m *Meter) endTick() {
	m.Enter(copytax.Compute)
	if !m.open {
		return
	}
	duration := m.wall - m.began
	duration -= time.Duration(float64(m.readings) * m.cost.Sampled) // or sampled ticks would look slow
	m.readings = 0
	e := ended{length: m.pace.length(duration, m.rare), sampled: m.sampling, any: true}
	if m.rare {
		e.kind = isRare
	}
	if m.gc.ran() {
		e.kind |= isCollecting
	}
	if !m.counting {
		return
	}
	m.before.kind |= e.kind & isCollecting
	m.settle()
	m.before, m.now = e, 1-m.now
}

// settle moves what was charged in the tick before to the accounts of its
// stratum.
func (m *Meter) settle() {
	if !m.before.any {
		return
	}
	tick := &m.ticks[1-m.now]
	for role := range tick {
		m.accounts[role][newStratum(m.before.kind, m.before.length)].take(&tick[role], m.phases.n, m.before.sampled)
	}
	m.before.any = false
}

// setSampling switches the CPU clocks on or off, between two ticks.
func (m *Meter) setSampling(on bool) {
	if on == m.sampling {
		return
	}
	m.sampling = on
	m.hold(on)
	if on {
		m.readClocks()
	}
}

// readClocks reads the CPU clocks that the next lap starts from.
func (m *Meter) readClocks() {
	if !m.own && !m.beside {
		m.process = ProcessCPU()
	}
	m.thread = ThreadCPU()
}

// Enter implements copytax.Meter.
func (m *Meter) Enter(next copytax.Phase) {
	now := time.Since(m.epoch)
	m.entered++
	if m.counting {
		account := &m.ticks[m.now][m.role]
		charge := &account.Phases[m.phase]
		charge.Wall += now - m.wall
		charge.Laps++
		if m.sampling {
			m.sample(account, next)
		}
	}
	if m.phases.blocking[next] || m.phases.blocking[m.phase] {
		// Not at every lap: the store is a quarter of what a lap costs.
		m.doing.Store(uint64(now)*copytax.MaxPhases | uint64(next))
	}
	m.phase, m.wall = next, now
}

// Doing returns the blocking phase that the meter is in, and for how long it has been.
// In other phases it returns no name, and the time since the last one that blocked or,
// if none has yet, zero. Unlike the other methods it may be called by any goroutine,
// once all phases are defined.
func (m *Meter) Doing() (phase string, since time.Duration) {
	doing := m.doing.Load()
	if doing == 0 {
		return "", 0
	}
	if p := doing % copytax.MaxPhases; m.phases.blocking[p] {
		phase = m.phases.names[p]
	}
	return phase, time.Since(m.epoch) - time.Duration(doing/copytax.MaxPhases)
}

// Device implements copytax.DeviceTimer.
func (m *Meter) Device(p copytax.Phase, ns int64) {
	if m.counting {
		m.ticks[m.now][m.role].Phases[p].Device += ns
	}
}

// sample charges the CPU of the lap that ends. The goroutine holds its thread
// in a lap whose thread is charged, and is free in one in which it may sleep,
// so that it can wake on another.
func (m *Meter) sample(a *Account, next copytax.Phase) {
	blocks := m.phases.blocking[next]
	if !blocks {
		m.hold(true) // before the clocks are read, for it is this thread's that the next lap needs
	}
	last := m.phase
	m.charge(a, last)
	if m.phases.blocking[last] && !blocks {
		// The first reading behind a sleep or a system call finds cold caches
		// and costs more than was calibrated. A second one keeps that out of
		// the lap that starts; what lies between them is the meter's own.
		m.charge(a, copytax.Metering)
	}
	if blocks {
		m.hold(false)
	}
}

// charge reads the CPU clocks and gives the lap that ends to phase p. In a
// phase that may block, the role's work can be done by other threads of its
// process, so that the whole process is charged; in the others the role's
// thread is, and what else the process did goes to Residual. A role that does
// all its work itself has its thread charged in either.
func (m *Meter) charge(a *Account, p copytax.Phase) {
	process, thread := m.process, m.thread
	m.readClocks()
	a.Phases[p].Sampled++
	m.readings++
	own := m.thread - thread
	switch used := m.process - process; {
	case m.own || m.beside && !m.phases.blocking[p]:
		a.Phases[p].CPU += own
	case m.beside:
		// The goroutine may have gone to another thread, and others have worked.
	case m.phases.blocking[p] || p == copytax.Metering:
		a.Phases[p].CPU += used
	default:
		a.Phases[p].CPU += own
		a.Phases[copytax.Residual].CPU += used - own
	}
}

// hold keeps the goroutine on its thread, which one of its own does anyway, or lets
// it go.
func (m *Meter) hold(on bool) {
	switch {
	case on && !m.locked:
		runtime.LockOSThread()
	case !on && m.locked:
		runtime.UnlockOSThread()
	}
	m.locked = on
}
