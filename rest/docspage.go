package rest

import (
	"embed"
	"io/fs"
	"net/http"
)

//go:embed docs
var docsFiles embed.FS

// docsPolicy lets the page load nothing but itself, and run nothing that stands in the page.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"

// docsPages serves the page that shows /openapi.json and tries its operations.
func docsPages() http.Handler {
	pages, err := fs.Sub(docsFiles, "docs")
	if err != nil {
		panic(err) // the folder is embedded under this name
	}
	files := http.StripPrefix("/docs/", http.FileServerFS(pages))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", docsPolicy)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		files.ServeHTTP(w, r)
	})
}

func docsRedirect(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "/docs/", http.StatusMovedPermanently)
}
