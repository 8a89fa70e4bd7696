// Package web serves the playground and the administrator's page with their assets, built from src/ by build.mjs and embedded here.
//
// Invariants:
//   - The page may run and load nothing but what this package serves, and connect nowhere but to where it came from.
//   - Assets carry a hash of their content in their name and may be kept for ever; the page is asked for again by its ETag.
//
// It imports nothing of Inkling: the page speaks to the server by docs/protocol.md, as any other client does.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed dist
var dist embed.FS

// policy allows the page its own script, style, images and session, and nothing inline. Trusted Types are on, without a
// policy: text never becomes markup.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
	"form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// index and admin are the pages' names among the assets: the playground at /, the administrator's at /admin.
const (
	index = "index.html"
	admin = "admin.html"
)

// asset is one file, ready to be sent.
type asset struct {
	mediaType string
	etag      string
	plain     []byte
	gzipped   []byte
}

// Handler returns a handler that serves the page at / and its assets below /assets/. Everything is read and compressed
// once, here. What it does not have is answered 404.
func Handler() http.Handler {
	assets := map[string]*asset{}
	err := fs.WalkDir(dist, "dist", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := dist.ReadFile(name)
		if err != nil {
			return err
		}
		assets[strings.TrimPrefix(name, "dist/")] = newAsset(name, data)
		return nil
	})
	if err != nil {
		panic("web: reading what is embedded: " + err.Error()) // cannot be: the files are in the program
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serve(w, r, assets) })
}

func newAsset(name string, data []byte) *asset {
	sum := sha256.Sum256(data)
	var zipped bytes.Buffer
	out, _ := gzip.NewWriterLevel(&zipped, gzip.BestCompression) // the level is a valid one
	_, _ = out.Write(data)                                       // a bytes.Buffer takes everything
	_ = out.Close()
	return &asset{mediaType: mediaType(name), etag: hex.EncodeToString(sum[:12]), plain: data, gzipped: zipped.Bytes()}
}

// mediaType names the types that the page needs, whatever the machine's own table says.
func mediaType(name string) string {
	switch extension := path.Ext(name); extension {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".html":
		return "text/html; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	default:
		return mime.TypeByExtension(extension)
	}
}

func serve(w http.ResponseWriter, r *http.Request, assets map[string]*asset) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD are methods of a page", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	switch name {
	case "":
		name = index
	case "admin":
		name = admin
	}
	a := assets[name]
	if a == nil {
		h.Set("Cache-Control", "no-store")
		http.Error(w, "there is no such page; the playground is at /", http.StatusNotFound)
		return
	}
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	if name == index || name == admin {
		h.Set("Cache-Control", "no-cache")
	}
	a.send(w, r)
}

// send answers with the asset, compressed where that is accepted, or with 304 where the client has it already.
func (a *asset) send(w http.ResponseWriter, r *http.Request) {
	h, body, etag := w.Header(), a.plain, `"`+a.etag+`"`
	h.Set("Vary", "Accept-Encoding")
	if acceptsGzip(r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		body, etag = a.gzipped, `"`+a.etag+`-gz"`
	}
	h.Set("ETag", etag)
	if known(r.Header.Get("If-None-Match"), etag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", a.mediaType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // a client that has gone needs no answer
	}
}

// acceptsGzip reports whether gzip is among the accepted encodings and not refused by a weight of 0.
func acceptsGzip(header string) bool {
	for _, offer := range strings.Split(header, ",") {
		coding, weight, _ := strings.Cut(offer, ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			value, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(weight), "q="), 64)
			return err != nil || value > 0
		}
	}
	return false
}

// known reports whether If-None-Match names the tag, strongly or weakly.
func known(header, etag string) bool {
	for _, tag := range strings.Split(header, ",") {
		if tag = strings.TrimSpace(tag); tag == "*" || strings.TrimPrefix(tag, "W/") == etag {
			return true
		}
	}
	return false
}
