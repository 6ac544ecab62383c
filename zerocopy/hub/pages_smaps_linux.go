package hub

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"unsafe"
)

// UsedPages reports, from /proc/self/smaps, on the pages behind mem, which must
// be a mapping as one of the Map functions returned it.
func UsedPages(mem []byte) (PageUse, error) {
	smaps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return PageUse{}, fmt.Errorf("look up the pages of a mapping: %w", err)
	}
	defer smaps.Close()
	// SAFETY: the address is a number to compare, and nothing is read at it.
	start := uint64(uintptr(unsafe.Pointer(unsafe.SliceData(mem))))
	use, err := parseSmaps(smaps, start, start+uint64(len(mem)))
	if err == nil && use.MappedBytes < len(mem) {
		err = fmt.Errorf("look up the pages of a mapping: only %d of %d bytes at %#x are mapped", use.MappedBytes, len(mem), start)
	}
	return use, err
}

// parseSmaps adds up the entries, in the form of proc_pid_smaps(5), that lie
// between two addresses. A mapping has several when parts of it were advised
// differently.
func parseSmaps(smaps io.Reader, start, end uint64) (use PageUse, err error) {
	inside := false
	lines := bufio.NewScanner(smaps)
	for lines.Scan() {
		if m, ok := parseMapping(lines.Text()); ok {
			inside = m.start >= start && m.end <= end
		} else if inside {
			use.add(lines.Text())
		}
	}
	if err := lines.Err(); err != nil {
		return use, fmt.Errorf("read smaps: %w", err)
	}
	return use, nil
}

// add counts a line like "Rss:   8192 kB". Rss leaves hugetlb's pages out.
func (u *PageUse) add(line string) {
	var kib int
	name, value, _ := strings.Cut(line, ":")
	if _, err := fmt.Sscanf(value, "%d kB", &kib); err != nil {
		return // flags and the like, which are no sizes
	}
	bytes := kib << 10
	switch name {
	case "Size":
		u.MappedBytes += bytes
	case "KernelPageSize":
		u.PageBytes = max(u.PageBytes, bytes)
	case "Rss":
		u.ResidentBytes += bytes
	case "ShmemPmdMapped", "FilePmdMapped", "AnonHugePages":
		u.HugeBytes += bytes
	case "Shared_Hugetlb", "Private_Hugetlb":
		u.ResidentBytes += bytes
		u.HugeBytes += bytes
	}
}
