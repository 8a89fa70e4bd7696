package stream

import (
	"context"

	"golang.org/x/time/rate"
)

// A client that sends without end costs the processor for each message, though nothing of it is refused. So each session has
// a pace: what is over it is read later, which the client feels as a slow network. Editors stay far below: a person types
// ten keys a second, and a whole folder opened at once is within the burst.
const (
	paceBytes = 4 << 10 // a longer message counts as so many of them
	paceBurst = 4       // seconds of its pace that a session may be ahead
)

// pace is how fast the messages of a session are taken.
type pace struct{ *rate.Limiter }

func newPace(perSecond int) pace {
	return pace{rate.NewLimiter(rate.Limit(perSecond), paceBurst*perSecond)}
}

// wait returns when a message of so many bytes may be looked at, or ctx has ended.
func (p pace) wait(ctx context.Context, bytes int) error {
	return p.WaitN(ctx, min(1+bytes/paceBytes, p.Burst()))
}
