package zerocopy

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unsafe"
)

// PageUse is what the operating system says of the pages behind a mapping, as
// they stand in the page tables of this process. All sizes are in bytes.
type PageUse struct {
	PageBytes     int `json:"page_bytes"` // size of the mapping's pages by its own account: of hugetlb's, if it is
	MappedBytes   int `json:"mapped_bytes"`
	ResidentBytes int `json:"resident_bytes"` // has a page, small or huge
	HugeBytes     int `json:"huge_bytes"`     // of it, on huge pages
}

// String returns the use as "128 MiB of 128 MiB resident, 126 MiB of it huge".
func (u PageUse) String() string {
	return fmt.Sprintf("%.4g MiB of %.4g MiB resident, %.4g MiB of it huge",
		mib(u.ResidentBytes), mib(u.MappedBytes), mib(u.HugeBytes))
}

func mib(n int) float64 { return float64(n) / (1 << 20) }

// UsedPages reports, from /proc/self/smaps, on the pages behind mem, which must
// be a mapping as one of the Map functions returned it.
func UsedPages(mem []byte) (PageUse, error) {
	smaps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return PageUse{}, fmt.Errorf("look up the pages of a mapping: %w", err)
	}
	defer smaps.Close()
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
		if from, to, ok := addresses(lines.Text()); ok {
			inside = from >= start && to <= end
		} else if inside {
			use.add(lines.Text())
		}
	}
	if err := lines.Err(); err != nil {
		return use, fmt.Errorf("read smaps: %w", err)
	}
	return use, nil
}

// addresses returns those of the first line of an entry: "7f00-7f10 rw-s …".
func addresses(line string) (from, to uint64, ok bool) {
	span, _, _ := strings.Cut(line, " ")
	low, high, ok := strings.Cut(span, "-")
	if !ok {
		return 0, 0, false
	}
	from, err1 := strconv.ParseUint(low, 16, 64)
	to, err2 := strconv.ParseUint(high, 16, 64)
	return from, to, err1 == nil && err2 == nil
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
