package http

import (
	"testing"
	"time"
)

// A connection that ends between two requests, as net/http ends one on a busy machine,
// is no peer that goes: the next request makes another.
func TestConnectionMayEndBetweenRequests(t *testing.T) {
	f := newFlock(t, "json", 5)
	end := make(chan error, 1)
	go func() {
		for epoch := uint64(0); epoch < 20; epoch++ {
			if err := f.tick(epoch); err != nil {
				end <- err
				return
			}
			for _, c := range f.clients {
				c.transport.CloseIdleConnections()
			}
		}
		end <- nil
	}()
	select {
	case err := <-end:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("some role waits for a peer that it takes for gone")
	}
}
