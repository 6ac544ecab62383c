package tab

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log"
	"mime"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync/atomic"

	"github.com/coder/websocket"
)

// longestUp is the limit of a message from the page, in bytes: that of the control
// protocol.
const longestUp = 256 << 20

// A server serves one page to its browser, on the loopback device. All of its paths
// begin with a token that nobody else knows: another page of the machine finds nothing.
type server struct {
	http    *http.Server
	root    string // URL of the site, with the token and a slash behind it
	site    Site
	mark    func() Mark
	taken   atomic.Bool          // the page has its connection
	control chan *websocket.Conn // takes one
}

// serve starts a server, which answers until Close.
func serve(site Site, mark func() Mark) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serve the page: %w", err)
	}
	token := rand.Text()
	s := &server{root: fmt.Sprintf("http://%s/%s/", l.Addr(), token), site: site, mark: mark, control: make(chan *websocket.Conn, 1)}
	below := http.NewServeMux()
	below.HandleFunc("GET /control", s.connect)
	below.HandleFunc("POST /mark", s.read)
	below.HandleFunc("GET /", s.file)
	all := http.NewServeMux()
	all.Handle("/"+token+"/", http.StripPrefix("/"+token, below))
	s.http = &http.Server{Handler: s.isolated(all), ErrorLog: log.New(io.Discard, "", 0)}
	go s.http.Serve(l) // ends with Close, and has nothing else to say
	return s, nil
}

// page is the URL of the page. What it needs to know is in the fragment: the URLs of the
// control connection and of the marks.
func (s *server) page() string {
	return s.root + "index.html#" + url.Values{
		"control": {"ws" + strings.TrimPrefix(s.root, "http") + "control"},
		"mark":    {s.root + "mark"},
	}.Encode()
}

// isolated adds what makes a page isolated from all others: only then may it share
// memory between its workers, and has it a clock of 5 µs instead of 100.
func (s *server) isolated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.site.shared {
			w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
			w.Header().Set("Cross-Origin-Embedder-Policy", "require-corp")
		}
		w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

// types are the media types that a browser insists on. The system's own list has others.
var types = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".json": "application/json",
	".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8", ".wasm": "application/wasm",
}

func (s *server) file(w http.ResponseWriter, r *http.Request) {
	name := cmp.Or(strings.TrimPrefix(path.Clean(r.URL.Path), "/"), "index.html")
	body, ok := s.site.Files[name]
	if !ok {
		var err error
		if body, err = readFile(s.site.FS, name); err != nil {
			http.NotFound(w, r)
			return
		}
	}
	ext := path.Ext(name)
	w.Header().Set("Content-Type", cmp.Or(types[ext], mime.TypeByExtension(ext), "application/octet-stream"))
	_, _ = w.Write(body) // who has gone needs no answer
}

func readFile(files fs.FS, name string) ([]byte, error) {
	if files == nil {
		return nil, fs.ErrNotExist
	}
	return fs.ReadFile(files, name)
}

// read answers with the readings of now.
func (s *server) read(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(s.mark()) // as in file
}

// connect accepts the control connection, once.
func (s *server) connect(w http.ResponseWriter, r *http.Request) {
	if !s.taken.CompareAndSwap(false, true) {
		http.Error(w, "the page has its connection already", http.StatusConflict)
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		s.taken.Store(false)
		return // Accept has answered
	}
	conn.SetReadLimit(longestUp)
	s.control <- conn
}

// close ends the server. A control connection that nobody has taken ends with it.
func (s *server) close() {
	s.http.Close()
	s.taken.Store(true)
	select {
	case conn := <-s.control:
		conn.CloseNow()
	default:
	}
}
