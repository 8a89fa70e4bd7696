package rest

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/go-chi/cors"
	"go.uber.org/zap"

	"inkling/infer"
	"inkling/rest/metrics"
)

// server holds what the handlers share. It is immutable after New.
type server struct {
	cfg     Config
	limits  Limits
	metrics *metrics.Metrics
	log     *zap.Logger
	access  *zap.Logger
	spec    *spec
	openapi []byte // the OpenAPI document, in JSON
	started time.Time
	recent  *recent
	warming *sync.Mutex // held while a warm-up is computed
}

// gzipLevel is chi's own choice: most of the gain at a fraction of the highest level's time.
const gzipLevel = 5

// New returns the handler of all paths. It starts no goroutine and needs no closing.
func New(cfg Config) (http.Handler, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &server{cfg: cfg, limits: cfg.Limits.withDefaults(), metrics: cfg.Metrics, log: cfg.Logger,
		started: time.Now(), recent: &recent{}, warming: &sync.Mutex{}}
	s.cfg.Version = or(cfg.Version, "dev")
	if s.log == nil {
		s.log = zap.NewNop()
	}
	if s.metrics == nil {
		s.metrics = metrics.New(metrics.Sources{Engine: cfg.Engine})
	}
	if s.cfg.Engine == nil {
		s.cfg.Engine = func() infer.EngineStats { return infer.EngineStats{State: "ok"} }
	}
	if s.access = cfg.AccessLog; s.access == nil {
		s.access = s.log
	}
	s.spec = newSpec(s.cfg.Version, s.limits, cfg.Syntax != nil)
	document, err := s.spec.document()
	if err != nil {
		return nil, err
	}
	s.openapi = document
	return s.routes()
}

// routes puts every path in its place.
func (s *server) routes() (http.Handler, error) {
	crossOrigin, err := s.crossOrigin()
	if err != nil {
		return nil, err
	}
	root := chi.NewRouter()
	root.Use(withRequestID, harden, s.observe, s.checkHost, s.cors(), crossOrigin, middleware.GetHead)
	root.NotFound(s.notFound)
	root.MethodNotAllowed(s.methodNotAllowed(root))
	if s.cfg.Stream != nil {
		root.Handle("/api/v1/stream", s.cfg.Stream) // sessions authenticate by themselves, and may not be compressed
	}
	root.Group(func(r chi.Router) {
		r.Use(middleware.Compress(gzipLevel, "application/json"))
		s.documented(r)
		s.compatible(r)
	})
	return root, nil
}

// documented adds the paths of the OpenAPI document.
func (s *server) documented(r chi.Router) {
	r.Get("/health", s.health)
	r.Get("/health/live", s.live)
	r.Get("/health/ready", s.ready)
	r.Get("/openapi.json", s.openAPIDocument)
	r.Get("/docs", docsRedirect)
	r.Get("/docs/*", docsPages().ServeHTTP)
	r.Get("/metrics", s.metrics.Prometheus().ServeHTTP)
	r.Group(func(r chi.Router) {
		r.Use(s.authenticate(ownShape))
		r.Post("/api/v1/completion", s.completion)
		if s.cfg.Syntax != nil {
			r.Post(contextPath, s.context)
		}
		r.Post("/api/v1/feedback", s.feedback)
		r.Get("/api/v1/metrics", s.metricsJSON)
		r.Get(languagesPath, s.languages)
		if s.cfg.Ticket != nil {
			r.Method(http.MethodPost, "/api/v1/ticket", s.cfg.Ticket)
		}
	})
	r.Group(s.administration)
}

// compatible adds the paths of other servers, so that their clients need nothing but a new address.
func (s *server) compatible(r chi.Router) {
	door := func(name string, as shape, add func(chi.Router)) {
		r.Group(func(r chi.Router) {
			r.Use(s.authenticate(as), through(name))
			add(r)
		})
	}
	door("openai", openAIShape, func(r chi.Router) {
		r.Post("/v1/completions", s.v1Completions)
		r.With(through("fim")).Post("/v1/fim/completions", s.fimCompletions)
		r.Get("/v1/models", s.v1Models)
		r.Get("/v1/models/*", s.v1Model)
	})
	door("llama", llamaShape, func(r chi.Router) {
		r.Post("/infill", s.infill)
		r.Get("/props", s.props)
	})
	door("tabby", tabbyShape, func(r chi.Router) {
		r.Get("/v1/health", s.tabbyHealth)
		r.Post("/v1/health", s.tabbyHealth)
		r.Get("/v1beta/server_setting", s.tabbySetting)
		r.Post("/v1/events", s.tabbyEvent)
	})
	door("ollama", ollamaShape, func(r chi.Router) {
		r.Post("/api/generate", s.ollamaGenerate)
		r.Post("/api/show", s.ollamaShow)
		r.Get("/api/tags", s.ollamaTags)
		r.Get("/api/version", s.ollamaVersion)
	})
}

// cors lets pages of the configured origins read answers; no credentials travel by themselves, keys are headers.
func (s *server) cors() func(http.Handler) http.Handler {
	if len(s.cfg.CORSOrigins) == 0 {
		return func(next http.Handler) http.Handler { return next }
	}
	return cors.Handler(cors.Options{
		AllowedOrigins: s.cfg.CORSOrigins,
		AllowedMethods: []string{http.MethodGet, http.MethodPost, http.MethodDelete},
		AllowedHeaders: []string{"Authorization", "Content-Type", "X-API-Key", headerRequestID},
		ExposedHeaders: []string{"Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", headerRequestID},
		MaxAge:         600, // seconds; longer is cut by browsers anyway
	})
}

// crossOrigin refuses unsafe requests that a browser sends for a page of an origin that is not configured. Requests
// that no browser made carry neither Origin nor Sec-Fetch-Site, and pass.
func (s *server) crossOrigin() (func(http.Handler) http.Handler, error) {
	guard := http.NewCrossOriginProtection()
	for _, origin := range s.cfg.CORSOrigins {
		if origin == "*" {
			return func(next http.Handler) http.Handler { return next }, nil
		}
		if err := guard.AddTrustedOrigin(origin); err != nil {
			return nil, err
		}
	}
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, shapeOf(r.URL.Path), fail(http.StatusForbidden, "cross_origin",
			"pages of this origin may not call the API; add it to the CORS list"))
	}))
	return guard.Handler, nil
}

// notFound hands what is no path of an API to the playground, and answers 404 otherwise.
func (s *server) notFound(w http.ResponseWriter, r *http.Request) {
	page := r.Method == http.MethodGet || r.Method == http.MethodHead
	if page && s.cfg.Playground != nil && !strings.HasPrefix(r.URL.Path, "/api/") && !strings.HasPrefix(r.URL.Path, "/v1") {
		s.cfg.Playground.ServeHTTP(w, r)
		return
	}
	s.refuse(w, r, shapeOf(r.URL.Path), fail(http.StatusNotFound, "not_found", "there is nothing at %s", clip(r.URL.Path)))
}

// methodNotAllowed answers 405 with the methods that the path knows.
func (s *server) methodNotAllowed(root chi.Routes) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, m := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete} {
			if root.Match(chi.NewRouteContext(), m, r.URL.Path) {
				w.Header().Add("Allow", m)
			}
		}
		s.refuse(w, r, shapeOf(r.URL.Path), fail(http.StatusMethodNotAllowed, "method", "%s is not a method of %s",
			clip(r.Method), clip(r.URL.Path)))
	}
}
