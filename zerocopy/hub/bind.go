package hub

import (
	"fmt"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

// Bind gives link the engine's memory of a trial, in a region that is laid out as
// the engine's linear memory is. The hub of a link that is a copytax.MemoryMapper is
// mapped there. The caller unmaps the region once the link is closed, after an error
// too.
func Bind(link copytax.EngineLink, boids, slots int) (region []byte, m *copytax.EngineMemory, err error) {
	layout := zerocopy.Layout{Boids: boids, Slots: slots}
	split := layout.OrdersBytes()
	if region, err = Reserve(split + layout.FramesBytes()); err != nil {
		return nil, nil, err
	}
	orders, frames := region[:split:split], region[split:]
	if mapper, ok := link.(copytax.MemoryMapper); ok {
		if err := mapper.MapOrders(orders); err != nil {
			return region, nil, fmt.Errorf("map orders: %w", err)
		}
		if err := mapper.MapFrames(frames); err != nil {
			return region, nil, fmt.Errorf("map frames: %w", err)
		}
	}
	m = layout.EngineMemory(orders, frames)
	return region, m, link.Bind(m)
}
