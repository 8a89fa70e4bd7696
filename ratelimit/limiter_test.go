package ratelimit

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"inkling/infer"
)

// script is a generator that says the same deltas to everyone, and counts who asked.
type script struct {
	deltas []infer.Delta
	err    error // after the deltas
	asked  int
}

func (s *script) Generate(ctx context.Context, _ infer.Request) iter.Seq2[infer.Delta, error] {
	return func(yield func(infer.Delta, error) bool) {
		s.asked++
		for _, d := range s.deltas {
			if ctx.Err() != nil {
				yield(infer.Delta{}, ctx.Err())
				return
			}
			if !yield(d, nil) {
				return
			}
		}
		if s.err != nil {
			yield(infer.Delta{}, s.err)
		}
	}
}

// held says a word that finishing holds back, and then releases it.
func held() []infer.Delta {
	return []infer.Delta{{Raw: "a"}, {Raw: "b", Text: "ab"}, {Stop: infer.StopEnd}}
}

func newLimiter(t *testing.T, c Config) *Limiter {
	t.Helper()
	l, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// take asks for one request, leaves the loop after most deltas, and returns how many came and the error.
func take(ctx context.Context, g infer.Generator, caller infer.Caller, most int) (n int, err error) {
	for _, err := range g.Generate(ctx, infer.Request{Caller: caller}) {
		if err != nil {
			return n, err
		}
		if n++; n == most {
			return n, nil
		}
	}
	return n, nil
}

func TestEachDoorIsChargedAtItsOwnTime(t *testing.T) {
	shown, hidden := held(), []infer.Delta{{Raw: "a"}, {Stop: infer.StopFinished, Why: infer.WhyFiltered}}
	cached := []infer.Delta{{Raw: "a", Text: "a", Cached: true}, {Stop: infer.StopEnd, Cached: true}}
	failure := errors.New("broken")
	for _, c := range []struct {
		what            string
		door            infer.Door
		script          script
		most            int
		charged, wasted uint64
	}{
		{"REST, first token", infer.DoorREST, script{deltas: shown}, 1, 1, 0},
		{"REST, nothing kept", infer.DoorREST, script{deltas: hidden}, 9, 1, 0},
		{"REST, fails before", infer.DoorREST, script{err: failure}, 9, 0, 0},
		{"REST, fails after", infer.DoorREST, script{deltas: shown[:1], err: failure}, 9, 1, 0},
		{"REST, cancelled before", infer.DoorREST, script{err: context.Canceled}, 9, 0, 1},
		{"REST, overloaded", infer.DoorREST, script{err: infer.ErrOverloaded}, 9, 0, 0},
		{"no door is REST", "", script{deltas: shown}, 9, 1, 0},
		{"session, left before anything is shown", infer.DoorSession, script{deltas: shown}, 1, 0, 1},
		{"session, shown", infer.DoorSession, script{deltas: shown}, 2, 1, 0},
		{"session, filtered", infer.DoorSession, script{deltas: hidden}, 9, 0, 1},
		{"session, cached", infer.DoorSession, script{deltas: cached}, 9, 0, 0},
		{"warming", infer.DoorWarm, script{deltas: shown}, 9, 0, 0},
	} {
		l := newLimiter(t, Config{})
		_, _ = take(context.Background(), l.Wrap(&c.script), infer.Caller{Door: c.door}, c.most)
		if s := l.Stats(); s.Charged != c.charged || s.Wasted != c.wasted {
			t.Errorf("%s: charged %d, wasted %d, want %d and %d", c.what, s.Charged, s.Wasted, c.charged, c.wasted)
		}
	}
}

func TestUsedUpLimitIsRefusedBeforeTheEngine(t *testing.T) {
	clock := newClock()
	l := newLimiter(t, Config{Tiers: map[string]Tier{"default": {3, time.Hour}}, Now: clock.now})
	s := &script{deltas: held()}
	g := l.Wrap(s)
	ann := infer.Caller{User: "ann", Door: infer.DoorREST}
	for range 3 {
		if _, err := take(context.Background(), g, ann, 9); err != nil {
			t.Fatal(err)
		}
	}
	n, err := take(context.Background(), g, ann, 9)
	var retry *infer.RetryError
	if n != 0 || !errors.Is(err, infer.ErrQuota) || !errors.As(err, &retry) {
		t.Fatalf("%d deltas and %v, want a refusal", n, err)
	}
	if retry.After != 20*time.Minute || retry.Limit != 3 || retry.Remaining != 0 || retry.Reset != time.Hour {
		t.Errorf("%+v, want to wait 20 minutes of an hour", retry)
	}
	if s.asked != 3 {
		t.Errorf("the engine was asked %d times, want 3", s.asked)
	}
	for _, other := range []infer.Caller{{User: "bob"}, {User: "ann", Tenant: "x"}, {User: "ann", Door: infer.DoorSession}} {
		if _, err := take(context.Background(), g, other, 9); err != nil {
			t.Errorf("%+v pays for ann: %v", other, err)
		}
	}
	clock.advance(retry.After)
	if _, err := take(context.Background(), g, ann, 9); err != nil {
		t.Errorf("refused after waiting as told: %v", err)
	}
}

func TestTheChargeDecidesWhenManyPassedTheLook(t *testing.T) {
	l := newLimiter(t, Config{Tiers: map[string]Tier{"default": {1, time.Hour}}})
	// race spends the caller's last permit between the other's look and its first token.
	second := &script{deltas: held()}
	race := generatorFunc(func(ctx context.Context, req infer.Request) iter.Seq2[infer.Delta, error] {
		if _, err := take(ctx, l.Wrap(&script{deltas: held()}), req.Caller, 9); err != nil {
			t.Fatal(err)
		}
		return second.Generate(ctx, req)
	})
	if n, err := take(context.Background(), l.Wrap(race), infer.Caller{}, 9); n != 0 || !errors.Is(err, infer.ErrQuota) {
		t.Errorf("%d deltas and %v, want no delta and a refusal", n, err)
	}
}

type generatorFunc func(context.Context, infer.Request) iter.Seq2[infer.Delta, error]

func (f generatorFunc) Generate(ctx context.Context, req infer.Request) iter.Seq2[infer.Delta, error] {
	return f(ctx, req)
}

func TestThrownAwayComputingHasALimitOfItsOwn(t *testing.T) {
	l := newLimiter(t, Config{Tiers: map[string]Tier{"default": {2, time.Hour}}, WasteFactor: 3})
	g := l.Wrap(&script{deltas: held()})
	caller := infer.Caller{Door: infer.DoorSession}
	for i := range 6 {
		if _, err := take(context.Background(), g, caller, 1); err != nil {
			t.Fatalf("thrown away %d times: %v", i, err)
		}
	}
	if _, err := take(context.Background(), g, caller, 9); !errors.Is(err, infer.ErrQuota) {
		t.Errorf("%v, want a refusal", err)
	}
	if s := l.Stats(); s.WasteRefused != 1 || s.Charged != 0 {
		t.Errorf("%+v", s)
	}
}

func TestTiersOfCallers(t *testing.T) {
	l := newLimiter(t, Config{UserTiers: map[string]string{"pia": TierPremium}, DefaultTier: TierEnterprise})
	for _, c := range []struct {
		caller infer.Caller
		want   int
	}{
		{infer.Caller{}, 10_000},
		{infer.Caller{User: "pia"}, 1000},
		{infer.Caller{User: "pia", Tier: TierDefault}, 100},
		{infer.Caller{Tier: "no such tier"}, 10_000},
		{infer.Caller{User: "pia", Door: infer.DoorSession}, 10_000},
	} {
		if got := l.Look(context.Background(), c.caller).Limit; got != c.want {
			t.Errorf("%+v: %d, want %d", c.caller, got, c.want)
		}
	}
	if l.Stats().UnknownTiers != 1 {
		t.Error("the unknown tier is not counted")
	}
}

func TestLimitsThatCannotBeAreNamed(t *testing.T) {
	for _, c := range []struct {
		cfg  Config
		want string
	}{
		{Config{Tiers: map[string]Tier{"default": {0, time.Hour}}}, "tier default: requests: 0 is outside 1 to"},
		{Config{Tiers: map[string]Tier{"default": {-4, time.Hour}}}, "requests: -4"},
		{Config{Tiers: map[string]Tier{"default": {1, time.Millisecond}}}, "window: 1ms"},
		{Config{DefaultTier: "gold"}, `there is no tier "gold", only default, enterprise, premium`},
		{Config{UserTiers: map[string]string{"u": "gold"}}, `user "u": there is no tier "gold"`},
		{Config{Tiers: map[string]Tier{"default": {1, 0}, "a b": {1, 0}}}, `tier "a b"`},
		{Config{SessionFactor: -1}, "session factor: -1"},
	} {
		if _, err := New(c.cfg); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	for _, text := range []string{"a", "a=", "=b", "a=b,a=c"} {
		if tiers, err := ParseUserTiers(text); !errors.Is(err, ErrConfig) {
			t.Errorf("%q: %v, %v", text, tiers, err)
		}
	}
	if tiers, err := ParseUserTiers(" a=premium, b = default ,"); err != nil || len(tiers) != 2 || tiers["b"] != "default" {
		t.Errorf("%v, %v", tiers, err)
	}
}

func TestForwardedAddressesAreBelievedFromProxiesOnly(t *testing.T) {
	proxies, err := ParseProxies("10.0.0.0/8, 192.168.1.1, fd00::/8")
	if err != nil {
		t.Fatal(err)
	}
	l, err := NewAddressLimit(AddressConfig{Proxies: proxies})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ remote, forwarded, want string }{
		{"1.2.3.4:5", "9.9.9.9", "1.2.3.4"},
		{"10.1.1.1:5", "9.9.9.9", "9.9.9.9"},
		{"10.1.1.1:5", "6.6.6.6, 9.9.9.9, 10.2.2.2", "9.9.9.9"},
		{"10.1.1.1:5", "9.9.9.9:123", "9.9.9.9"},
		{"192.168.1.1:5", "2001:db8::1", "2001:db8::1"},
		{"192.168.1.1:5", "[2001:db8::1]:99", "2001:db8::1"},
		{"192.168.1.2:5", "9.9.9.9", "192.168.1.2"},
		{"10.1.1.1:5", "nonsense", "10.1.1.1"},
		{"10.1.1.1:5", "9.9.9.9, nonsense", "10.1.1.1"},
		{"10.1.1.1:5", "", "10.1.1.1"},
		{"[::ffff:10.1.1.1]:5", "9.9.9.9", "9.9.9.9"},
		{"@", "9.9.9.9", "invalid IP"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.remote
		r.Header.Set("X-Forwarded-For", c.forwarded)
		if got := l.Client(r).String(); got != c.want {
			t.Errorf("%s, forwarded %q: %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
	if _, err := ParseProxies("10.0.0.0/99"); !errors.Is(err, ErrConfig) {
		t.Errorf("%v", err)
	}
}

func TestAddressesAreHeldBackBeforeTheHandler(t *testing.T) {
	clock := newClock()
	l, err := NewAddressLimit(AddressConfig{Requests: 2, Window: time.Minute, Now: clock.now})
	if err != nil {
		t.Fatal(err)
	}
	served := 0
	h := l.Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served++ }))
	get := func(remote string) *httptest.ResponseRecorder {
		r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
		r.RemoteAddr = remote
		h.ServeHTTP(w, r)
		return w
	}
	get("[2001:db8::1]:1")
	get("[2001:db8::2]:1")
	w := get("[2001:db8::3]:1") // the same network
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "30" || w.Header().Get("RateLimit-Limit") != "2" || served != 2 {
		t.Errorf("%d, %v, served %d", w.Code, w.Header(), served)
	}
	for range 5 {
		if w := get("127.0.0.1:1"); w.Code != http.StatusOK {
			t.Errorf("the local user: %d", w.Code)
		}
	}
	clock.advance(30 * time.Second)
	if w := get("[2001:db8::1]:1"); w.Code != http.StatusOK {
		t.Errorf("after waiting as told: %d", w.Code)
	}
}

func BenchmarkLimitedGenerate(b *testing.B) {
	l, err := New(Config{Tiers: map[string]Tier{"default": {maxRequests, time.Hour}}})
	if err != nil {
		b.Fatal(err)
	}
	s := &script{deltas: held()}
	for _, g := range []struct {
		name string
		infer.Generator
	}{{"without", s}, {"with", l.Wrap(s)}} {
		b.Run(g.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := take(context.Background(), g, infer.Caller{User: "u"}, 9); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
