package main

import (
	"slices"
	"strings"

	"github.com/copytax/copytax/gauge"
	"github.com/copytax/copytax/rivals/shmipc/handoff"
)

// An arm is a row of the comparison.
type arm struct {
	Name   string
	waits  string // how its reader and its writer wait for each other
	About  string
	beside string // the arm of the hub that waits alike: what it is divided by; empty if there is no other
}

// How an arm waits. A polling arm is never set beside a sleeping one.
const (
	polls  = "polling"
	sleeps = "sleeping"
	adapts = "either"
)

const (
	hubSpin = "copytax:spin"
	hubPark = "copytax:park"
)

var arms = []arm{
	{hubSpin, polls, "this project's hub; looks at a word of shared memory, and offers the core to others after some 20 µs and then now and again", hubSpin},
	{"iceoryx2:poll", polls, "a subscriber asked again and again, offering the core every 20 µs", hubSpin},
	{hubPark, sleeps, "this project's hub; sleeps on a futex", hubPark},
	{"copytax:adaptive", adapts, "this project's hub; spins where the signal is about to come and sleeps otherwise", ""},
	{"iceoryx2:event", sleeps, "a subscriber behind a listener, woken by a notifier: the library's own way to sleep", hubPark},
	{"shmipc-go:reserve", sleeps, "`Reserve` and `ReadBytes` on slices that hold a whole payload: nothing is copied", hubPark},
	{"shmipc-go:copy", sleeps, "`WriteBytes` and `ReadBytes`, every option at its default", hubPark},
	{"unix-socket", sleeps, "package net, a stream, every option at its default", hubPark},
}

// ownArms are the arms that the driver plays itself.
func ownArms() map[string]handoff.Sides {
	own := map[string]handoff.Sides{"unix-socket": socketSides}
	for name, how := range strategies {
		own["copytax:"+name] = hubSides(how)
	}
	return own
}

// A size is a payload and how often it is handed over in a round.
type size struct {
	bytes    int
	handOffs int
	warmUp   int
}

var sizes = []size{
	{64, 5000, 500},
	{4 << 10, 5000, 500},
	{256 << 10, 1500, 150},
	{4 << 20, 300, 30},
}

// cells are every arm with every size.
func cells(o options) []gauge.Cell {
	var list []gauge.Cell
	for _, s := range sizes {
		for _, a := range arms {
			list = append(list, gauge.Cell{
				Arm: a.Name, Params: map[string]string{"bytes": gauge.FormatBytes(s.bytes)}, Unavailable: o.unavailable(a.Name),
			})
		}
	}
	return list
}

func (o options) unavailable(arm string) string {
	if o.only != "" && !slices.Contains(strings.Split(o.only, ","), arm) {
		return "left out by -only"
	}
	if strings.HasPrefix(arm, "iceoryx2:") && o.iceoryx2 == "" || strings.HasPrefix(arm, "shmipc-go:") && o.shmipc == "" {
		return o.missing
	}
	return ""
}

func sizeOf(c gauge.Cell) size {
	for _, s := range sizes {
		if gauge.FormatBytes(s.bytes) == c.Params["bytes"] {
			return s
		}
	}
	panic("a cell of no size: " + c.String())
}
