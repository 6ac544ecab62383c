package tab

import "testing"

func BenchmarkMark(b *testing.B) {
	p, _ := start(b, echo())
	for b.Loop() {
		p.page.browser.Mark()
	}
}

func BenchmarkPIDs(b *testing.B) {
	p, _ := start(b, echo())
	for b.Loop() {
		p.PIDs()
	}
}
