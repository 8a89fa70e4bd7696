package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// Proxy stands between a client and a server, and can be made a bad network.
type Proxy struct {
	Addr string

	proxy *toxiproxy.Proxy
}

// Directions of what a proxy does.
const (
	toServer = "upstream"
	toClient = "downstream"
)

// Proxy starts a proxy in front of an address.
func (t *T) Proxy(upstream string) (*Proxy, error) {
	proxies := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	p := toxiproxy.NewProxy(proxies, "chaos", "127.0.0.1:0", upstream)
	if err := proxies.Collection.Add(p, true); err != nil {
		return nil, fmt.Errorf("starting a proxy: %w", err)
	}
	t.Cleanup(func() { _ = proxies.Collection.Clear() }) // the listener is gone either way
	return &Proxy{Addr: p.Listen, proxy: p}, nil
}

// URL is that of the sessions of a server behind it.
func (p *Proxy) URL() string { return "ws://" + p.Addr + "/api/v1/stream" }

// Add makes the network bad in one way: a kind of toxiproxy's with its attributes.
func (p *Proxy) Add(kind, direction string, attributes map[string]int) error {
	toxic, err := json.Marshal(map[string]any{"name": kind + "_" + direction, "type": kind, "stream": direction, "toxicity": 1, "attributes": attributes})
	if err != nil {
		return err
	}
	_, err = p.proxy.Toxics.AddToxicJson(strings.NewReader(string(toxic)))
	return err
}

// Cut ends all connections at once; the proxy goes on listening.
func (p *Proxy) Cut() error {
	p.proxy.Stop()
	return p.proxy.Start()
}

// Clear makes the network good again.
func (p *Proxy) Clear(ctx context.Context) error {
	p.proxy.Toxics.ResetToxics(ctx)
	return nil
}
