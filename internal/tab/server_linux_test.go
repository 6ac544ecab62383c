package tab

import (
	"io"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
)

func serving(t *testing.T) *server {
	t.Helper()
	s, err := serve(Site{
		FS: fstest.MapFS{
			"index.html": {Data: []byte("page")}, "worker.js": {Data: []byte("of the bundle")}, "sub/a.mjs": {Data: []byte("module")},
			"style.css": {Data: []byte("style")}, "shader.wgsl": {Data: []byte("shader")}, "data.json": {Data: []byte("{}")},
		},
		Files: map[string][]byte{"flock.wasm": []byte("\x00asm"), "worker.js": []byte("of the caller")},
	}, func() Mark { return Mark{At: 5} })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s
}

func get(t *testing.T, method, url string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

func TestServerServesTheSite(t *testing.T) {
	s := serving(t)
	for path, want := range map[string]struct{ kind, body string }{
		"":            {"text/html; charset=utf-8", "page"},
		"index.html":  {"text/html; charset=utf-8", "page"},
		"worker.js":   {"text/javascript; charset=utf-8", "of the caller"},
		"sub/a.mjs":   {"text/javascript; charset=utf-8", "module"},
		"flock.wasm":  {"application/wasm", "\x00asm"},
		"style.css":   {"text/css; charset=utf-8", "style"},
		"data.json":   {"application/json", "{}"},
		"shader.wgsl": {"application/octet-stream", "shader"},
	} {
		answer, body := get(t, http.MethodGet, s.root+path)
		if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != want.kind || body != want.body {
			t.Errorf("%q: got %d, %s, %q, want %v", path, answer.StatusCode, answer.Header.Get("Content-Type"), body, want)
		}
		for header, want := range map[string]string{
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := answer.Header.Get(header); got != want {
				t.Errorf("%q: %s is %q, want %q", path, header, got, want)
			}
		}
	}
	if answer, body := get(t, http.MethodPost, s.root+"mark"); answer.StatusCode != http.StatusOK || !strings.Contains(body, `"at_ns":5,`) {
		t.Errorf("the mark is %d, %q", answer.StatusCode, body)
	}
}

// Who does not know the token finds nothing, and who does finds no file outside the site.
func TestServerIsForOnePage(t *testing.T) {
	s := serving(t)
	address, token, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(s.root, "http://"), "/"), "/")
	if len(token) < 20 {
		t.Errorf("the token is %q", token)
	}
	if another := serving(t); strings.Contains(another.root, token) {
		t.Errorf("two servers have the token %q", token)
	}
	for _, c := range []struct {
		method, url string
		want        int
	}{
		{http.MethodGet, "http://" + address + "/", http.StatusNotFound},
		{http.MethodGet, "http://" + address + "/index.html", http.StatusNotFound},
		{http.MethodGet, "http://" + address + "/" + strings.Repeat("A", len(token)) + "/index.html", http.StatusNotFound},
		{http.MethodPost, "http://" + address + "/mark", http.StatusNotFound},
		{http.MethodGet, "http://" + address + "/control", http.StatusNotFound},
		{http.MethodGet, s.root + "none.js", http.StatusNotFound},
		{http.MethodGet, s.root + "%2e%2e/%2e%2e/etc/passwd", http.StatusNotFound},
		{http.MethodGet, s.root + "sub", http.StatusNotFound},
		{http.MethodPost, s.root + "index.html", http.StatusMethodNotAllowed},
		{http.MethodGet, s.root + "control", http.StatusUpgradeRequired},
	} {
		if answer, _ := get(t, c.method, c.url); answer.StatusCode != c.want {
			t.Errorf("%s %s: got %d, want %d", c.method, strings.Replace(c.url, token, "TOKEN", 1), answer.StatusCode, c.want)
		}
	}
	if _, err := readFile(nil, "index.html"); err != fs.ErrNotExist {
		t.Errorf("no files: %v", err)
	}
}
