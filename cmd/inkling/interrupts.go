package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// errHurried is returned when a second signal came while the server finished what ran.
var errHurried = errors.New("ended at once by a second signal; what ran was broken off")

// interrupts are the signals that end the program: the first in good order, the second at once, a third kills it.
type interrupts struct {
	first, second context.Context
	quit          chan struct{}
	wg            sync.WaitGroup
}

func watchInterrupts() *interrupts {
	i := &interrupts{quit: make(chan struct{})}
	first, end := context.WithCancel(context.Background())
	second, endNow := context.WithCancel(context.Background())
	i.first, i.second = first, second
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	i.wg.Go(func() {
		defer signal.Stop(signals)
		for _, told := range []context.CancelFunc{end, endNow} {
			select {
			case <-signals:
				told()
			case <-i.quit:
			}
		}
		end()
		endNow()
	})
	return i
}

// Close leaves signals to the system again.
func (i *interrupts) Close() {
	close(i.quit)
	i.wg.Wait()
}
