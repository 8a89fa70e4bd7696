package deploytest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// panel is of Grafana's dashboards what is looked at here.
type panel struct {
	ID          int    `json:"id"`
	Type        string `json:"type"`
	Title       string `json:"title"`
	Description string `json:"description"`
	FieldConfig struct {
		Defaults struct {
			Unit string `json:"unit"`
		} `json:"defaults"`
	} `json:"fieldConfig"`
	Targets []struct {
		Expr       string `json:"expr"`
		Datasource struct {
			UID string `json:"uid"`
		} `json:"datasource"`
	} `json:"targets"`
}

func panels(t *testing.T) []panel {
	t.Helper()
	var dashboard struct {
		UID    string  `json:"uid"`
		Panels []panel `json:"panels"`
	}
	if err := json.Unmarshal([]byte(read(t, "deploy/grafana/dashboards/inkling.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	if dashboard.UID != "inkling" || len(dashboard.Panels) < 20 {
		t.Fatalf("dashboard %q has %d panels", dashboard.UID, len(dashboard.Panels))
	}
	return dashboard.Panels
}

// metricName finds our own metrics in an expression.
var metricName = regexp.MustCompile(`\binkling_[a-z0-9_]+`)

func TestTheDashboardAsksForWhatThereIs(t *testing.T) {
	page, ids := read(t, "docs/metrics.md"), map[int]bool{}
	for _, p := range panels(t) {
		if ids[p.ID] {
			t.Errorf("two panels have the id %d", p.ID)
		}
		ids[p.ID] = true
		if p.Type == "row" {
			continue
		}
		if p.Title == "" || p.Description == "" || (p.FieldConfig.Defaults.Unit == "" && p.Type != "logs") || len(p.Targets) == 0 {
			t.Errorf("panel %d %q lacks title, description, unit or query", p.ID, p.Title)
		}
		for _, target := range p.Targets {
			known(t, page, p.Title, target.Expr)
			if rates := strings.Count(target.Expr, "rate(") + strings.Count(target.Expr, "increase("); rates != strings.Count(target.Expr, "[$__rate_interval]") {
				t.Errorf("%s: %s is not over $__rate_interval", p.Title, target.Expr)
			}
		}
	}
}

func TestTheRulesAskForWhatThereIs(t *testing.T) {
	page := read(t, "docs/metrics.md")
	for line := range strings.Lines(read(t, "deploy/prometheus/rules.yml")) {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			known(t, page, "rules.yml", line)
		}
	}
}

// known checks that docs/metrics.md, which is compared with the server elsewhere, has every metric of an expression.
func known(t *testing.T, page, where, expression string) {
	t.Helper()
	for _, name := range metricName.FindAllString(expression, -1) {
		name = regexp.MustCompile(`_seconds_(bucket|sum|count)$`).ReplaceAllString(name, "_seconds")
		if !strings.Contains(page, "`"+name+"`") {
			t.Errorf("%s: there is no %s", where, name)
		}
	}
}

func TestPromtoolAcceptsConfigurationAndRules(t *testing.T) {
	tool := program(t, "promtool")
	folder := filepath.Join(root, "deploy/prometheus")
	must(t, nil, tool, "check", "config", "--lint=all", "--lint-fatal", filepath.Join(folder, "prometheus.yml"))
	must(t, nil, tool, "check", "rules", "--lint=all", "--lint-fatal", filepath.Join(folder, "rules.yml"))
}

// TestAlertsFire plays series to every alert: it fires for them, and does not for a server that is well.
func TestAlertsFire(t *testing.T) {
	must(t, nil, program(t, "promtool"), "test", "rules", filepath.Join(root, "deploy/prometheus/rules_test.yml"))
	tests := read(t, "deploy/prometheus/rules_test.yml")
	for _, found := range regexp.MustCompile(`alert: (\w+)`).FindAllStringSubmatch(read(t, "deploy/prometheus/rules.yml"), -1) {
		if !strings.Contains(tests, "alertname: "+found[1]) {
			t.Errorf("no test makes %s fire", found[1])
		}
	}
	for _, found := range regexp.MustCompile(`help: docs/operations\.md#(\S+)`).FindAllStringSubmatch(read(t, "deploy/prometheus/rules.yml"), -1) {
		heading := regexp.MustCompile(`(?im)^#+ ` + strings.ReplaceAll(found[1], "-", "[ -]") + `$`)
		if !heading.MatchString(read(t, "docs/operations.md")) {
			t.Errorf("docs/operations.md has no section %s", found[1])
		}
	}
}

// sample is one result of a query.
type sample struct {
	Metric map[string]string `json:"metric"`
	Value  []any             `json:"value"`
}

func (s *stack) query(ctx context.Context, expression string) ([]sample, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.prometheus+"/api/v1/query?query="+url.QueryEscape(expression), nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var answer struct {
		Status string `json:"status"`
		Error  string `json:"error"`
		Data   struct {
			Result []sample `json:"result"`
		} `json:"data"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil, err
	}
	if answer.Status != "success" {
		return nil, fmt.Errorf("%s: %s", expression, answer.Error)
	}
	return answer.Data.Result, nil
}

// hasData asks until a query has a number.
func (s *stack) hasData(expression string) func(context.Context) error {
	return func(ctx context.Context) error {
		result, err := s.query(ctx, expression)
		if err != nil {
			return err
		}
		for _, r := range result {
			if r.Value[1] != "NaN" {
				return nil
			}
		}
		return fmt.Errorf("%w: %s (%d series)", errNoData, expression, len(result))
	}
}

func (s *stack) queries(t *testing.T) {
	until(t, "Prometheus scrapes both", func(ctx context.Context) error {
		if result, err := s.query(ctx, `up{job="inkling"} == 1`); err != nil || len(result) != 2 {
			return fmt.Errorf("%v, %w", result, err)
		}
		return nil
	})
	for n := range 6 { // so that rates have something to rise by
		s.complete(t, 300+n)
	}
	until(t, "a cancellation is measured", func(ctx context.Context) error {
		s.leave(t)
		return s.hasData("inkling_engine_cancel_to_free_seconds_count > 0")(ctx)
	})
	s.leave(t)
	asked := 0
	for _, p := range panels(t) {
		for _, target := range p.Targets {
			if target.Datasource.UID == "loki" {
				continue // LogQL; see docs/operations.md
			}
			if strings.Contains(target.Expr, "inkling_tls_") {
				continue // there is no certificate in the servers here
			}
			asked++
			until(t, p.Title, s.hasData(strings.NewReplacer("$__rate_interval", "2m", "$instance", ".+", "$job", ".+").Replace(target.Expr)))
		}
	}
	t.Logf("%d queries have data", asked)
}

func (s *stack) alerts(t *testing.T) {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.prometheus+"/api/v1/rules", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Data struct {
			Groups []struct {
				Rules []struct{ Name, Type, Health, LastError, State, Query string }
			}
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	rules := 0
	for _, g := range answer.Data.Groups {
		for _, r := range g.Rules {
			rules++
			if r.Health != "ok" {
				t.Errorf("%s is %s: %s", r.Name, r.Health, r.LastError)
			}
			if r.State == "firing" {
				t.Errorf("%s fires on a stack that is well", r.Name)
			}
			if r.Type == "recording" {
				until(t, r.Name, s.hasData(r.Name))
			}
			for _, name := range metricName.FindAllString(r.Query, -1) {
				if !strings.HasPrefix(name, "inkling_tls_") { // there is no certificate in the servers here
					until(t, r.Name, s.hasData("count("+name+")"))
				}
			}
		}
	}
	if rules < 10 {
		t.Errorf("only %d rules", rules)
	}
}
