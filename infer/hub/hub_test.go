package hub

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const commit = "0123456789abcdef0123456789abcdef01234567"

// standIn speaks the hub's API for one model: large files lie behind a redirect to another host, as they do there.
type standIn struct {
	t     *testing.T
	files map[string][]byte
	lfs   map[string]bool
	token string

	mu      sync.Mutex
	cut     int  // bytes after which the next large download breaks off; 0: never
	noRange bool // answers every Range with the whole file
	broken  int  // requests to be answered with 503
	asked   []string
	sum     string // stated instead of the true checksum
	cdn     *httptest.Server
	leaked  bool // the token reached the other host
}

func newStandIn(t *testing.T) (*standIn, *httptest.Server) {
	s := &standIn{t: t, files: map[string][]byte{}, lfs: map[string]bool{}}
	s.cdn = httptest.NewServer(http.HandlerFunc(s.content))
	server := httptest.NewServer(http.HandlerFunc(s.api))
	t.Cleanup(server.Close)
	t.Cleanup(s.cdn.Close)
	return s, server
}

func (s *standIn) add(name string, size int, lfs bool) {
	s.files[name], s.lfs[name] = bytes.Repeat([]byte(name), size/len(name)+1), lfs
}

func (s *standIn) api(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken > 0 {
		s.broken--
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return
	}
	if s.token != "" && r.Header.Get("Authorization") != "Bearer "+s.token {
		http.Error(w, "who?", http.StatusUnauthorized)
		return
	}
	switch path := r.URL.Path; {
	case path == "/api/models/own/er/revision/main":
		json.NewEncoder(w).Encode(map[string]string{"sha": commit})
	case path == "/api/models/own/er/tree/"+commit && r.URL.Query().Get("recursive") == "true":
		json.NewEncoder(w).Encode(s.list())
	case strings.HasPrefix(path, "/own/er/resolve/"+commit+"/"):
		name := strings.TrimPrefix(path, "/own/er/resolve/"+commit+"/")
		s.asked = append(s.asked, name+" "+r.Header.Get("Range"))
		if s.lfs[name] {
			http.Redirect(w, r, strings.Replace(s.cdn.URL, "127.0.0.1", "localhost", 1)+"/"+name, http.StatusFound)
			return
		}
		w.Write(s.files[name])
	default:
		http.NotFound(w, r)
	}
}

func (s *standIn) list() (list []map[string]any) {
	list = append(list, map[string]any{"type": "directory", "path": "onnx", "oid": "x"})
	for name, data := range s.files {
		blob := sha1.Sum(append(fmt.Appendf(nil, "blob %d\x00", len(data)), data...))
		entry := map[string]any{"type": "file", "path": name, "size": len(data), "oid": hex.EncodeToString(blob[:])}
		if s.lfs[name] {
			sum := sha256.Sum256(data)
			oid := hex.EncodeToString(sum[:])
			if s.sum != "" {
				oid = s.sum
			}
			entry["lfs"] = map[string]any{"oid": oid, "size": len(data)}
		}
		list = append(list, entry)
	}
	return list
}

func (s *standIn) content(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leaked = s.leaked || r.Header.Get("Authorization") != ""
	data := s.files[strings.TrimPrefix(r.URL.Path, "/")]
	start := 0
	if header := r.Header.Get("Range"); header != "" && !s.noRange {
		start, _ = strconv.Atoi(strings.Trim(header, "bytes=-"))
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", start, len(data)-1, len(data)))
		w.Header().Set("Content-Length", strconv.Itoa(len(data)-start))
		w.WriteHeader(http.StatusPartialContent)
	}
	if s.cut > 0 {
		n := s.cut
		s.cut = 0
		w.Header().Set("Content-Length", strconv.Itoa(len(data)-start))
		w.Write(data[start : start+n])
		panic(http.ErrAbortHandler)
	}
	w.Write(data[start:])
}

func pull(t *testing.T, server *httptest.Server, name string, dir string) (string, error) {
	t.Helper()
	return Pull(t.Context(), Options{Name: name, Dir: dir, Endpoint: server.URL + "/", Client: server.Client(), wait: func(int) time.Duration { return 0 }})
}

func same(t *testing.T, path string, want []byte) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s: %d bytes, %v, want %d", path, len(got), err, len(want))
	}
	if _, err := os.Stat(path + ".part"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s.part is left: %v", path, err)
	}
}

func TestTheBestGGUFIsFetchedAndKept(t *testing.T) {
	s, server := newStandIn(t)
	for _, name := range []string{"m.Q4_K_M.gguf", "m.Q8_0.gguf", "m.F16.gguf", "m-00001-of-00002.Q8_0.gguf"} {
		s.add(name, 500_000, true)
	}
	dir := t.TempDir()
	for range 2 { // the second time nothing is fetched
		path, err := pull(t, server, "own/er", dir)
		if err != nil || path != filepath.Join(dir, "own--er", "m.Q8_0.gguf") {
			t.Fatalf("%s, %v", path, err)
		}
		same(t, path, s.files["m.Q8_0.gguf"])
	}
	if len(s.asked) != 1 {
		t.Errorf("asked for %v", s.asked)
	}
}

func TestABrokenDownloadIsTakenUpWhereItStopped(t *testing.T) {
	s, server := newStandIn(t)
	s.add("m.gguf", 500_000, true)
	s.cut = 200_000
	path, err := pull(t, server, "own/er:m.gguf", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	same(t, path, s.files["m.gguf"])
	if len(s.asked) != 2 || !strings.HasPrefix(s.asked[1], "m.gguf bytes=") {
		t.Errorf("asked for %v", s.asked)
	}
}

func TestAServerThatDoesNotResumeSendsAllAgain(t *testing.T) {
	s, server := newStandIn(t)
	s.add("m.gguf", 500_000, true)
	s.cut, s.noRange = 200_000, true
	path, err := pull(t, server, "own/er:m.gguf", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	same(t, path, s.files["m.gguf"])
}

func TestAFolderComesWithWhatItNeeds(t *testing.T) {
	s, server := newStandIn(t)
	for name, lfs := range map[string]bool{"onnx/decoder_model_merged.onnx": true, "onnx/decoder_model_merged.onnx_data": true,
		"onnx/model.onnx": true, "config.json": false, "tokenizer.json": false, "README.md": false, "model.safetensors": true} {
		s.add(name, 1000, lfs)
	}
	dir := t.TempDir()
	path, err := pull(t, server, "own/er", dir)
	if err != nil || path != filepath.Join(dir, "own--er") {
		t.Fatalf("%s, %v", path, err)
	}
	for _, name := range []string{"onnx/decoder_model_merged.onnx", "onnx/decoder_model_merged.onnx_data", "config.json", "tokenizer.json"} {
		same(t, filepath.Join(path, filepath.FromSlash(name)), s.files[name])
	}
	if len(s.asked) != 4 {
		t.Errorf("asked for %v", s.asked)
	}
}

func TestAWrongChecksumLeavesNothing(t *testing.T) {
	s, server := newStandIn(t)
	s.add("m.gguf", 1000, true)
	s.sum = strings.Repeat("0", 64)
	dir := t.TempDir()
	if _, err := pull(t, server, "own/er", dir); !errors.Is(err, ErrChecksum) {
		t.Errorf("got %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "own--er", "*")); err != nil || len(left) != 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestTheTokenGoesToTheHubAlone(t *testing.T) {
	s, server := newStandIn(t)
	s.add("m.gguf", 1000, true)
	s.token = "secret"
	if _, err := pull(t, server, "own/er", t.TempDir()); !errors.Is(err, ErrDenied) {
		t.Errorf("without a token: %v", err)
	}
	if _, err := Pull(t.Context(), Options{Name: "own/er", Dir: t.TempDir(), Endpoint: server.URL, Token: "secret"}); err != nil {
		t.Errorf("with it: %v", err)
	}
	if s.leaked {
		t.Error("the token reached another host")
	}
}

func TestABusyHubIsAskedAgain(t *testing.T) {
	s, server := newStandIn(t)
	s.add("m.gguf", 1000, false)
	s.broken = 2
	if _, err := pull(t, server, "own/er:m.gguf", t.TempDir()); err != nil {
		t.Errorf("got %v", err)
	}
}

func TestWhatIsNotThereIsNamed(t *testing.T) {
	s, server := newStandIn(t)
	s.add("model.safetensors", 1000, true)
	for name, want := range map[string]struct {
		err  error
		text string
	}{
		"own/other":        {ErrNotFound, "own/other"},
		"own/er":           {ErrNotFound, "no .gguf"},
		"own/er:x.gguf":    {ErrNotFound, `"x.gguf"`},
		"../../etc/passwd": {ErrName, "OWNER/NAME"},
		"own/..":           {ErrName, "OWNER/NAME"},
		"":                 {ErrName, "OWNER/NAME"},
		"own/er/more":      {ErrName, "OWNER/NAME"},
	} {
		if _, err := pull(t, server, name, t.TempDir()); !errors.Is(err, want.err) || !strings.Contains(err.Error(), want.text) {
			t.Errorf("%q: got %v", name, err)
		}
	}
}

func TestAHubCannotWriteOutsideTheFolder(t *testing.T) {
	s, server := newStandIn(t)
	s.add("../../evil.gguf", 1000, false)
	dir := t.TempDir()
	if _, err := pull(t, server, "own/er", dir); !errors.Is(err, ErrName) {
		t.Errorf("got %v", err)
	}
}
