package hub

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

var update = flag.Bool("update", false, "write the tables under testdata anew")

const (
	stepsTable     = "testdata/steps.tsv"
	conversations  = 48
	stepsInEach    = 60
	tableReaders   = 4
	stepsTableHead = "conversation\top\tby\ta\tb\tanswer\twords\n"
)

// The table of steps holds other languages to this package: what a writer, readers and
// scribblers of one hub do in turn, what each is answered, and which words of the control
// page that changes, by their lines. browser/src/hub reads it.
func TestStepsTable(t *testing.T) {
	table := strings.Builder{}
	table.WriteString(stepsTableHead)
	answers := map[string]int{}
	for n := range uint64(conversations) {
		c := newConversation(t, n)
		for range stepsInEach {
			c.step()
		}
		table.WriteString(c.table.String())
		for kind, n := range c.answers {
			answers[kind] += n
		}
	}
	for _, kind := range strings.Fields("slot seen next skipped closed blocked overwritten contradiction taken true false ok") {
		if answers[kind] < 5 {
			t.Errorf("%d answers say %q: the table shows too few", answers[kind], kind)
		}
	}
	if *update {
		if err := os.WriteFile(stepsTable, []byte(table.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(stepsTable)
	if err != nil {
		t.Fatal(err)
	}
	if table.String() != string(want) {
		t.Errorf("%s is not what the package does: go test ./zerocopy/hub -run StepsTable -update", stepsTable)
	}
}

// A conversation is a hub, those who use it in turn, and what they have been seen to do.
type conversation struct {
	t       *testing.T
	n       uint64
	random  *rand.Rand
	table   strings.Builder
	answers map[string]int // by first word
	words   *Words
	before  [zerocopy.Lines]uint64

	writer *Writer
	loaned int // slot, or -1
	marked int // slot of a loan in steps, or -1
	epoch  uint64
	guests [tableReaders]guest
}

// A guest is what reader index is at the moment; all nil if nobody.
type guest struct {
	reader   *Reader
	follower *Follower
	joining  []func()
	pong     *PingPongReader
	holds    bool
}

func newConversation(t *testing.T, n uint64) *conversation {
	slots := 2 + int(n%3)
	c := &conversation{
		t: t, n: n, random: rand.New(rand.NewPCG(n, 1)), answers: map[string]int{}, words: heapWords(t), loaned: -1, marked: -1,
	}
	c.writer, _ = NewWriter(c.words, slots)
	c.writer.How, c.writer.Limit = Spin, 1 // ns
	c.row("hub", 0, slots, 0, "ok")
	return c
}

// row writes what was done: the operation, the reader that did it, its operands, the
// answer, and every word that is another than before.
func (c *conversation) row(op string, by int, a, b any, answer string) {
	var changed []string
	for line := 1; line < zerocopy.Lines; line++ {
		v := c.words.word(line).Load()
		if line >= zerocopy.OwnerLine {
			v = min(v, 1) // the owner's number is anybody's choice
		}
		if v != c.before[line] {
			changed = append(changed, fmt.Sprintf("%d=%d", line, v))
		}
		c.before[line] = v
	}
	c.answers[strings.Fields(answer)[0]]++
	fmt.Fprintf(&c.table, "%d\t%s\t%d\t%v\t%v\t%s\t%s\n", c.n, op, by, a, b, answer, cmp.Or(strings.Join(changed, " "), "-"))
}

// failed says in one or a few words what an error is.
func failed(err error, other string) string {
	if left := (leftError{}); errors.As(err, &left) {
		return fmt.Sprintf("closed %d", left.roles)
	}
	if blocked := (*BlockedError)(nil); errors.As(err, &blocked) {
		return fmt.Sprintf("blocked slot %d reader %d", blocked.Slot, blocked.Reader)
	}
	return other
}

// step has somebody do something that does not wait.
func (c *conversation) step() {
	switch c.random.IntN(20) {
	case 0:
		c.scribble()
	case 1:
		c.signal()
	case 2:
		c.loanInSteps()
	case 3:
		c.pingPong()
	case 4:
		if c.random.IntN(2) == 0 {
			return
		}
		by := c.random.IntN(tableReaders)
		_ = c.words.Reclaim(by) // the index is one
		c.guests[by] = guest{}
		c.row("reclaim", by, 0, 0, "ok")
	case 5, 6, 7, 8, 9:
		c.write()
	default:
		c.read(c.random.IntN(tableReaders))
	}
}

func (c *conversation) write() {
	switch {
	case c.marked >= 0:
		c.loanInSteps()
	case c.loaned >= 0:
		c.writer.Publish(c.loaned, c.epoch)
		c.row("publish", 0, c.loaned, c.epoch, "ok")
		c.epoch++
		c.loaned = -1
	default:
		slot, err := c.writer.Loan()
		if err != nil {
			c.row("loan", 0, 0, 0, failed(err, ""))
			return
		}
		c.loaned = slot
		c.row("loan", 0, 0, 0, fmt.Sprintf("slot %d", slot))
	}
}

// loanInSteps marks a slot that nobody seems to need, or settles the one that is marked.
func (c *conversation) loanInSteps() {
	if c.loaned >= 0 {
		return
	}
	if c.marked >= 0 {
		slot, settled := c.marked, c.writer.settle(c.marked)
		c.marked = -1
		if settled {
			c.loaned = slot
		}
		c.row("settle", 0, slot, 0, strconv.FormatBool(settled))
		return
	}
	slot := (c.writer.current + 1) % c.writer.slots
	wanted := c.writer.wanted(slot)
	c.row("wanted", 0, slot, 0, strconv.FormatBool(wanted))
	if !wanted {
		c.writer.mark(slot)
		c.marked = slot
		c.row("mark", 0, slot, 0, "ok")
	}
}

func (c *conversation) read(by int) {
	g := &c.guests[by]
	switch {
	case c.random.IntN(12) == 0 && g.pong == nil:
		c.index(by, g, Latest)
	case g.reader != nil:
		c.leaseOrRelease(by, g)
	case len(g.joining) > 0:
		g.joining[0]()
		g.joining = g.joining[1:]
		c.row("join", by, 2-len(g.joining), 0, fmt.Sprintf("next %d", g.follower.Next()))
	case g.follower != nil:
		c.follow(by, g)
	case g.pong != nil:
		c.watch(by, g)
	default:
		c.arrive(by, g)
	}
}

func (c *conversation) arrive(by int, g *guest) {
	switch kind := c.random.IntN(5); kind {
	case 0:
		g.reader, _ = NewReader(c.words, c.writer.slots, by)
		c.row("reader", by, 0, 0, "ok")
	case 1:
		g.pong = NewPingPongReader(c.words)
		c.row("pong-reader", by, 0, 0, "ok")
	default:
		c.index(by, g, Mode(kind%2))
	}
}

// index has a follower ask for an index, which it gets if nobody has it.
func (c *conversation) index(by int, g *guest, mode Mode) {
	if !c.words.word(zerocopy.OwnerLine+by).CompareAndSwap(0, 1) {
		c.row("index", by, mode, 0, "taken")
		return
	}
	r, _ := NewReader(c.words, c.writer.slots, by)
	f := &Follower{reader: *r, mode: mode}
	*g = guest{follower: f, joining: f.joining()}
	c.row("index", by, mode, 0, "ok")
}

// ends reports whether a wait for v ends.
func ends(s Signal, v uint64) bool { return s.Load() >= v || s.closed.Load()&s.writer != 0 }

func (c *conversation) leaseOrRelease(by int, g *guest) {
	if g.holds {
		g.reader.Release()
		g.holds = false
		c.row("release", by, 0, 0, "ok")
		return
	}
	epoch := c.epoch - min(c.epoch, c.random.Uint64N(4))
	if !ends(c.words.Frame(), epoch+1) {
		c.leaseInSteps(by, g, epoch)
		return
	}
	slot, _, err := g.reader.Lease(epoch, Spin)
	if g.holds = err == nil; g.holds {
		c.row("lease", by, epoch, 0, fmt.Sprintf("slot %d", slot))
		return
	}
	c.row("lease", by, epoch, 0, failed(err, "overwritten"))
}

func (c *conversation) leaseInSteps(by int, g *guest, epoch uint64) {
	slot := c.random.IntN(c.writer.slots)
	c.row("sees", by, slot, epoch, strconv.FormatBool(g.reader.sees(slot, epoch)))
	g.reader.claim(slot)
	g.holds = true
	c.row("claim", by, slot, 0, "ok")
}

func (c *conversation) follow(by int, g *guest) {
	f := g.follower
	switch {
	case g.holds:
		f.Release()
		g.holds = false
		c.row("done", by, 0, 0, fmt.Sprintf("skipped %d next %d", f.Skipped, f.Next()))
	case ends(f.reader.words.Frame(), f.Next()+1):
		slot, epoch, _, err := f.Acquire(Spin)
		if g.holds = err == nil; g.holds {
			c.row("acquire", by, 0, 0, fmt.Sprintf("slot %d epoch %d", slot, epoch))
			return
		}
		c.row("acquire", by, 0, 0, failed(err, "contradiction"))
	case c.random.IntN(4) == 0:
		_ = f.Leave() // the index is one
		*g = guest{}
		c.row("leave", by, 0, 0, "ok")
	}
}

// pingPong is a writer of the other kind, which comes between.
func (c *conversation) pingPong() {
	p := NewPingPong(c.words)
	c.row("pong-loan", 0, c.epoch, 0, fmt.Sprintf("slot %d", p.Loan(c.epoch)))
	if c.random.IntN(2) == 0 {
		p.Publish(c.epoch)
		c.row("pong-publish", 0, c.epoch, 0, "ok")
	}
}

func (c *conversation) watch(by int, g *guest) {
	if g.holds {
		overrun := g.pong.Release()
		g.holds = false
		c.row("pong-release", by, 0, 0, strconv.FormatBool(overrun))
		return
	}
	if !ends(c.words.Frame(), g.pong.next+1) {
		return
	}
	slot, epoch, _, err := g.pong.Acquire(Spin)
	if g.holds = err == nil; g.holds {
		c.row("pong-acquire", by, 0, 0, fmt.Sprintf("slot %d epoch %d", slot, epoch))
		return
	}
	c.row("pong-acquire", by, 0, 0, failed(err, ""))
}

// signal has somebody post, await, sleep or leave.
func (c *conversation) signal() {
	v := c.random.Uint64N(6)
	switch c.random.IntN(8) {
	case 0:
		role := copytax.Role(c.random.IntN(int(copytax.NumRoles)))
		c.words.Leave(role)
		c.row("gone", 0, role, 0, "ok")
	case 1, 2:
		c.words.Free().sleepers.Add(1)
		c.row("sleeper", 0, 0, 0, "ok")
	case 3, 4:
		c.words.Policy().Post(v)
		c.row("post-policy", 0, v, 0, "ok")
	default:
		if s := c.words.Policy(); ends(s, v) {
			seen, _, err := s.Await(v, Park)
			answer := fmt.Sprintf("seen %d", seen)
			if err != nil {
				answer = failed(err, "")
			}
			c.row("await-policy", 0, v, 0, answer)
		}
	}
}

// scribble writes what nobody should to a word.
func (c *conversation) scribble() {
	if c.n%4 != 0 {
		return // most conversations are honest
	}
	line := 1 + c.random.IntN(zerocopy.Lines-1)
	if c.random.IntN(2) == 0 {
		line = []int{zerocopy.FrameLine, zerocopy.SlotLine, zerocopy.SlotLine + 1, zerocopy.LeaseLine, zerocopy.CursorLine, zerocopy.OwnerLine + 1}[c.random.IntN(6)]
	}
	values := []uint64{0, 1, 2, 3, 17, c.epoch + 1, 1 << 31, 1 << 32, 1 << 63}
	v := values[c.random.IntN(len(values))]
	c.words.word(line).Store(v)
	c.row("store", 0, line, v, "ok")
}
