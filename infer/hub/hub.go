// Package hub fetches models from a Hugging Face hub, or from whatever speaks its API.
//
// Invariants: a file stands under its name only when it is whole and has the checksum that the hub states; a download that
// broke off is taken up where it stopped; all files of a folder are of one commit; nothing is written outside the folder.
package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// DefaultEndpoint is the public hub.
const DefaultEndpoint = "https://huggingface.co"

// Limits of what a hub may say.
const (
	maxListBytes = 16 << 20
	maxFiles     = 10_000
	maxFileBytes = 64 << 30
	tries        = 5
	headerWait   = 30 * time.Second
)

// Errors of fetching.
var (
	// ErrName is returned when a model's name is not OWNER/NAME[:FILE].
	ErrName = errors.New("hub: not a model's name")
	// ErrNotFound is returned, wrapped with what, when the hub has no such model or file.
	ErrNotFound = errors.New("hub: not found")
	// ErrDenied is returned when the hub wants a token, or another one.
	ErrDenied = errors.New("hub: access denied: set HF_TOKEN to a token that may read this model")
	// ErrChecksum is returned, wrapped with the file's name, when what arrived is not what the hub states.
	ErrChecksum = errors.New("hub: wrong checksum")
)

// Options say what to fetch, and where to.
type Options struct {
	Name     string // OWNER/NAME, or OWNER/NAME:FILE
	Dir      string // folder of models; the model gets one of its own in it
	Endpoint string // "" is [DefaultEndpoint]
	Token    string // sent to the endpoint alone; may be empty
	Progress func(file string, have, total int64)
	Client   *http.Client // nil is one with time limits
	wait     func(attempt int) time.Duration
}

// file is one entry of a model's list.
type file struct {
	Type string `json:"type"`
	Path string `json:"path"`
	Size int64  `json:"size"`
	OID  string `json:"oid"` // SHA-1 of the git blob
	LFS  *struct {
		OID  string `json:"oid"` // SHA-256 of the content
		Size int64  `json:"size"`
	} `json:"lfs"`
}

// puller fetches one model.
type puller struct {
	o      Options
	repo   string
	file   string // "" picks
	commit string
}

var repoPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,95}(/[A-Za-z0-9][A-Za-z0-9._-]{0,95})?$`)

// Pull fetches a model and returns the path for MODEL_PATH: a .gguf file or a folder.
func Pull(ctx context.Context, o Options) (path string, err error) {
	p, err := newPuller(o)
	if err != nil {
		return "", err
	}
	files, err := p.list(ctx)
	if err != nil {
		return "", err
	}
	chosen, whole, err := pick(files, p.file)
	if err != nil {
		return "", fmt.Errorf("%s: %w", p.repo, err)
	}
	dir := filepath.Join(p.o.Dir, strings.ReplaceAll(p.repo, "/", "--"))
	for _, f := range chosen {
		if !filepath.IsLocal(filepath.FromSlash(f.Path)) {
			return "", fmt.Errorf("%w: the hub lists a file %q outside the model", ErrName, f.Path)
		}
		if err := p.fetch(ctx, f, filepath.Join(dir, filepath.FromSlash(f.Path))); err != nil {
			return "", err
		}
	}
	if whole {
		return dir, nil
	}
	return filepath.Join(dir, filepath.FromSlash(chosen[0].Path)), nil
}

func newPuller(o Options) (*puller, error) {
	repo, name, _ := strings.Cut(o.Name, ":")
	if !repoPattern.MatchString(repo) || strings.Contains(repo, "..") {
		return nil, fmt.Errorf("%w: %q: it has the form OWNER/NAME or OWNER/NAME:FILE", ErrName, o.Name)
	}
	if o.Endpoint == "" {
		o.Endpoint = DefaultEndpoint
	}
	endpoint, err := url.Parse(o.Endpoint)
	if err != nil || endpoint.Host == "" || endpoint.Scheme != "https" && endpoint.Scheme != "http" {
		return nil, fmt.Errorf("%w: HF_ENDPOINT %q is no http or https address", ErrName, o.Endpoint)
	}
	o.Endpoint = strings.TrimRight(o.Endpoint, "/")
	if o.Client == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.ResponseHeaderTimeout = headerWait
		o.Client = &http.Client{Transport: transport}
	}
	if o.wait == nil {
		o.wait = func(attempt int) time.Duration { return time.Duration(attempt*attempt) * time.Second }
	}
	return &puller{o: o, repo: repo, file: name}, nil
}

// list returns the model's files at its newest commit.
func (p *puller) list(ctx context.Context) ([]file, error) {
	var revision struct {
		SHA string `json:"sha"`
	}
	err := p.retry(ctx, func() error { return p.json(ctx, "/api/models/"+p.repo+"/revision/main", &revision) })
	if err != nil {
		return nil, err
	}
	if len(revision.SHA) != 40 || strings.Trim(revision.SHA, "0123456789abcdef") != "" {
		return nil, fmt.Errorf("hub: %s: the hub states no commit", p.repo)
	}
	p.commit = revision.SHA
	var files []file
	err = p.retry(ctx, func() error {
		return p.json(ctx, "/api/models/"+p.repo+"/tree/"+p.commit+"?recursive=true", &files)
	})
	if err != nil {
		return nil, err
	}
	if len(files) > maxFiles {
		return nil, fmt.Errorf("hub: %s: %d files are more than %d", p.repo, len(files), maxFiles)
	}
	return files, nil
}

func (p *puller) json(ctx context.Context, path string, into any) (err error) {
	response, err := p.get(ctx, path, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	if err := p.status(response); err != nil {
		return err
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, maxListBytes+1))
	if err != nil {
		return err
	}
	if len(data) > maxListBytes {
		return fmt.Errorf("hub: %s: the answer is longer than %d bytes", path, maxListBytes)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("hub: %s: the answer is not the hub's JSON: %w", path, err)
	}
	return nil
}

func (p *puller) get(ctx context.Context, path string, header http.Header) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.o.Endpoint+path, nil)
	if err != nil {
		return nil, err
	}
	if header != nil {
		request.Header = header
	}
	request.Header.Set("User-Agent", "inkling")
	if p.o.Token != "" {
		request.Header.Set("Authorization", "Bearer "+p.o.Token)
	}
	return p.o.Client.Do(request)
}

// status turns a response's status into an error, nil for 200 and 206.
func (p *puller) status(r *http.Response) error {
	switch r.StatusCode {
	case http.StatusOK, http.StatusPartialContent:
		return nil
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("%w (%s: %s)", ErrDenied, p.repo, r.Status)
	case http.StatusNotFound:
		return fmt.Errorf("%w: %s", ErrNotFound, p.repo)
	}
	return &statusError{p.repo, r.StatusCode}
}

// statusError is any other status; those of 500 and above are tried again.
type statusError struct {
	repo string
	code int
}

func (e *statusError) Error() string {
	return fmt.Sprintf("hub: %s: %d %s", e.repo, e.code, http.StatusText(e.code))
}
