package cache

import (
	"context"
	"errors"
	"io"
	"net/url"
	"path"
	"path/filepath"
	"time"

	"inkling/contexts"
	"inkling/contexts/languages"
	"inkling/infer"
)

// work warms what begin listed.
func (w *Warmer) work(ctx context.Context, run *warmth) (err error) {
	defer func() {
		err = errors.Join(err, run.root.Close())
		w.note(run, func(p *Progress) {
			p.Running = false
			if err != nil && ctx.Err() == nil {
				p.Error = err.Error()
			}
		})
	}()
	frequent := make(map[string][]string)
	for language, s := range w.starts(ctx, run) {
		frequent[language] = s.frequent()
	}
	for _, name := range run.names {
		language := languages.ForPath(name).Name
		for _, o := range openings(run.read(name), frequent[language]) {
			if p := w.Progress(); p.Computed >= p.Limit {
				return nil
			}
			if err := w.place(ctx, run, name, language, o); err != nil {
				return err
			}
		}
		w.note(run, func(p *Progress) { p.FilesDone++ })
	}
	return nil
}

// starts counts line starts of all files, by language.
func (w *Warmer) starts(ctx context.Context, run *warmth) map[string]starts {
	all := make(map[string]starts)
	for _, name := range run.names {
		if ctx.Err() != nil {
			break
		}
		language := languages.ForPath(name).Name
		if all[language] == nil {
			all[language] = make(starts)
		}
		all[language].count(run.read(name))
	}
	return all
}

// read returns a file's text, "" where it cannot be read or is too large.
func (run *warmth) read(name string) string {
	file, err := run.root.Open(filepath.FromSlash(name))
	if err != nil {
		return ""
	}
	defer func() { _ = file.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(file, maxWarmFileBytes+1))
	if err != nil || len(data) > maxWarmFileBytes {
		return ""
	}
	return string(data)
}

// place asks about one place, when nobody else asks for anything.
func (w *Warmer) place(ctx context.Context, run *warmth, name, language string, o opening) error {
	uri := (&url.URL{Scheme: "file", Path: path.Join(filepath.ToSlash(run.base), name)}).String()
	doc := contexts.NewDocument(uri, language, 1, o.text)
	defer doc.Close()
	req, err := w.cfg.Builder.Request(contexts.Place{Document: doc, Offset: o.offset}, w.cfg.Options)
	if err != nil {
		w.note(run, func(p *Progress) { p.Skipped++ })
		return nil
	}
	req.Caller, req.Priority = infer.Caller{Door: infer.DoorWarm}, infer.PrioritySpeculative
	for range maxTries {
		if err := w.cache.quiet(ctx); err != nil {
			return err
		}
		known, err := w.generate(ctx, req)
		switch {
		case err == nil && known:
			w.note(run, func(p *Progress) { p.Known++ })
			return nil
		case err == nil:
			w.note(run, func(p *Progress) { p.Computed++ })
			return nil
		case !errors.Is(err, infer.ErrOverloaded):
			return err
		}
		w.note(run, func(p *Progress) { p.Preempted++ })
	}
	w.note(run, func(p *Progress) { p.Skipped++ })
	return nil
}

// generate runs one request; known says whether the cache had it.
func (w *Warmer) generate(ctx context.Context, req infer.Request) (known bool, err error) {
	for d, err := range w.cache.Generate(ctx, req) {
		if err != nil {
			return false, err
		}
		known = d.Cached
	}
	return known, nil
}

// note changes the progress, and tells of it.
func (w *Warmer) note(run *warmth, change func(*Progress)) {
	w.mu.Lock()
	change(&w.progress)
	now := w.progress
	w.mu.Unlock()
	if run.told != nil {
		run.told(now)
	}
}

// quiet waits until nobody has waited for an answer for quietTime.
func (c *Cache) quiet(ctx context.Context) error {
	for {
		c.mu.Lock()
		idle, since := c.idle, c.lastReal
		c.mu.Unlock()
		select {
		case <-idle:
		case <-ctx.Done():
			return ctx.Err()
		}
		wait := quietTime - time.Since(since)
		if wait <= 0 {
			return ctx.Err()
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}
