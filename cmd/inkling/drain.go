package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"go.uber.org/zap"

	"inkling/serving/systemd"
)

// closingTime is for clients to have understood that their session is over, after the last generation: those that have
// vanished do not answer. With the default DRAIN_TIMEOUT, all is over within the 10 s after which container engines kill.
const closingTime = 3 * time.Second

// drain ends the service in good order: readiness turns at once; after DRAIN_DELAY new sessions are refused, the others
// end with CloseRestarting once what runs in them has finished, and requests finish. hurry ends the waiting.
func (s *serveCommand) drain(hurry context.Context, app *application, server *http.Server, log *zap.Logger) error {
	app.draining.Store(true)
	log.Info("stopping", zap.Int("sessions", app.stream.Stats().Sessions), zap.Duration("delay", time.Duration(s.DrainDelay)),
		zap.Duration("timeout", time.Duration(s.DrainTimeout)))
	tellSystemd(systemd.Stopping, log)
	started := time.Now()
	if s.DrainDelay > 0 {
		delay := time.NewTimer(time.Duration(s.DrainDelay))
		defer delay.Stop()
		select {
		case <-delay.C:
		case <-hurry.Done():
		}
	}
	ctx, cancel := context.WithTimeout(hurry, time.Duration(s.DrainTimeout)+closingTime)
	defer cancel()
	err := errors.Join(app.stream.Close(ctx), server.Shutdown(ctx))
	switch {
	case hurry.Err() != nil:
		return errors.Join(errHurried, server.Close())
	case errors.Is(err, context.DeadlineExceeded):
		log.Warn("connections whose clients did not end them were broken", zap.Duration("after", time.Since(started)))
		return server.Close()
	}
	log.Info("stopped", zap.Duration("took", time.Since(started)))
	return err
}

// tellSystemd tells systemd, where there is one.
func tellSystemd(tell func() error, log *zap.Logger) {
	if err := tell(); err != nil {
		log.Warn("systemd was not told", zap.Error(err))
	}
}
