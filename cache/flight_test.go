package cache

import (
	"context"
	"errors"
	"inkling/infer"
	"testing"
	"testing/synctest"
)

// paced is a script that waits for its context or for a nod before each token.
func paced() (*script, chan struct{}) {
	nod := make(chan struct{})
	return &script{step: func(ctx context.Context, _ int) error {
		select {
		case <-nod:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}}, nod
}

// waiting starts a request in the background.
func waiting(ctx context.Context, c *Cache, req infer.Request) chan result {
	out := make(chan result, 1)
	go func() {
		got, err := collect(ctx, c, req)
		out <- result{got, err}
	}()
	return out
}

type result struct {
	told []told
	err  error
}

func TestEqualRequestsShareOneGeneration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		engine, nod := paced()
		c := newCache(t, Config{Generator: engine})
		req := ask(place)
		want, err := collect(context.Background(), &script{}, req)
		if err != nil {
			t.Fatal(err)
		}
		first, leave := context.WithCancel(context.Background())
		leaver := waiting(first, c, req)
		synctest.Wait()
		second := waiting(context.Background(), c, req)
		nod <- struct{}{}
		nod <- struct{}{}
		synctest.Wait()
		late := waiting(context.Background(), c, req)
		synctest.Wait()
		leave()
		if r := <-leaver; !errors.Is(r.err, context.Canceled) {
			t.Errorf("who left got %v", r.err)
		}
		close(nod)
		for _, out := range []chan result{second, late} {
			if r := <-out; r.err != nil || !sameAnswer(r.told[0], want[0]) {
				t.Errorf("%v, %+v, want %+v", r.err, r.told, want)
			}
		}
		if s := c.Stats(); engine.asked.Load() != 1 || s.Shared != 2 || s.Stored != 1 {
			t.Errorf("the engine was asked %d times, %+v", engine.asked.Load(), s)
		}
	})
}

func TestTheLastToLeaveCancelsAndNothingIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		engine, nod := paced()
		c := newCache(t, Config{Generator: engine})
		a, leaveA := context.WithCancel(context.Background())
		b, leaveB := context.WithCancel(context.Background())
		outA, outB := waiting(a, c, ask(place)), waiting(b, c, ask(place))
		nod <- struct{}{}
		leaveA()
		<-outA
		synctest.Wait()
		if engine.running.Load() != 1 {
			t.Error("one leaving cancelled the other")
		}
		leaveB()
		<-outB
		synctest.Wait()
		if engine.running.Load() != 0 {
			t.Error("the generation goes on though nobody waits")
		}
		if s := c.Stats(); s.Stored != 0 || s.Inflight != 0 || s.Entries != 0 {
			t.Errorf("%+v", s)
		}
	})
}

func TestPartiesFinishForThemselves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		engine, nod := paced()
		c := newCache(t, Config{Generator: engine})
		short, long := ask(place), ask(place)
		short.NewFinisher = func(int) infer.Finisher { return &cutter{most: 1} }
		var want [2]told
		for i, req := range []infer.Request{short, long} {
			got, err := collect(context.Background(), &script{}, req)
			if err != nil {
				t.Fatal(err)
			}
			want[i] = got[0]
		}
		outLong := waiting(context.Background(), c, long)
		synctest.Wait()
		outShort := waiting(context.Background(), c, short)
		synctest.Wait()
		nod <- struct{}{}
		if r := <-outShort; r.err != nil || !sameAnswer(r.told[0], want[0]) {
			t.Errorf("%v, %+v, want %+v", r.err, r.told, want[0])
		}
		close(nod)
		if r := <-outLong; r.err != nil || !sameAnswer(r.told[0], want[1]) {
			t.Errorf("%v, %+v, want %+v", r.err, r.told, want[1])
		}
	})
}

func TestQuotaOfOneIsNotTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		engine := &script{}
		c := newCache(t, Config{Generator: quotaOf{"poor", engine, gate}})
		poor, rich := ask(place), ask(place)
		poor.Caller.User, rich.Caller.User = "poor", "rich"
		outPoor := waiting(context.Background(), c, poor)
		synctest.Wait()
		outRich := waiting(context.Background(), c, rich)
		synctest.Wait()
		close(gate)
		if r := <-outPoor; !errors.Is(r.err, infer.ErrQuota) {
			t.Errorf("poor: %v", r.err)
		}
		if r := <-outRich; r.err != nil || r.told[0].text == "" {
			t.Errorf("rich: %+v", r)
		}
	})
}

func TestWarmingGivesWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		engine, nod := paced()
		c := newCache(t, Config{Generator: engine})
		warm := ask(place)
		warm.Caller.Door, warm.Priority = infer.DoorWarm, infer.PrioritySpeculative
		warming := waiting(context.Background(), c, warm)
		synctest.Wait()
		real := waiting(context.Background(), c, ask("other\n"))
		if r := <-warming; !errors.Is(r.err, ErrPreempted) || !errors.Is(r.err, infer.ErrOverloaded) {
			t.Errorf("warming goes on: %v", r.err)
		}
		close(nod)
		if r := <-real; r.err != nil {
			t.Error(r.err)
		}
	})
}

func TestCloseEndsWhatRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		engine, _ := paced()
		c := newCache(t, Config{Generator: engine})
		out := waiting(context.Background(), c, ask("a"))
		synctest.Wait()
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if r := <-out; !errors.Is(r.err, infer.ErrClosed) {
			t.Errorf("%v", r.err)
		}
		if _, err := collect(context.Background(), c, ask("b")); !errors.Is(err, infer.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}
