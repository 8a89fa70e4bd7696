package stream

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"go.uber.org/zap"

	"inkling/contexts"
	"inkling/infer"
	"inkling/stream/wire"
)

// encodings are the names of position encodings.
var encodings = map[string]contexts.Encoding{
	wire.EncodingUTF8: contexts.UTF8, wire.EncodingUTF16: contexts.UTF16, wire.EncodingUTF32: contexts.UTF32,
}

// initialize begins the session: who is there, and how positions are counted.
func (s *session) initialize(id wire.ID, params json.RawMessage) error {
	if s.state != stateNew {
		return wire.Errorf(wire.CodeInvalidRequest, "initialize may come only once")
	}
	var p wire.InitializeParams
	if err := s.decode(params, &p); err != nil {
		return err
	}
	if end, err := s.identify(p.Options.Inkling); err != nil {
		if end == nil {
			return err
		}
		s.refuse(&id, err)
		s.out.end(end.code, end.reason)
		return nil
	}
	s.conn.limit(s.limits.FrameBytes)
	name := wire.EncodingUTF16 // what the protocol falls back to
	known := func(offered string) bool { _, ok := encodings[offered]; return ok }
	if i := slices.IndexFunc(p.Capabilities.General.PositionEncodings, known); i >= 0 {
		name = p.Capabilities.General.PositionEncodings[i]
	}
	s.encoding = encodings[name]
	s.state, s.menus = stateReady, p.Options.Inkling.Menu || s.server.cfg.Menu
	if s.late != nil {
		s.late.Stop()
	}
	if p.ClientInfo != nil {
		s.lock()
		s.client = clip(p.ClientInfo.Name + " " + p.ClientInfo.Version)
		s.unlock()
	}
	s.server.log.Info("session begun", zap.String("session", s.id), zap.String("client", s.client),
		zap.String("encoding", name), zap.String("tier", s.caller.Tier))
	s.reply(id, s.offer(name))
	return nil
}

// identify finds out who the session belongs to. With an ending, the session is over: its code tells the client
// whether to come back.
func (s *session) identify(who wire.InklingInitialize) (*ending, error) {
	token := or(who.Token, s.peer.token)
	for _, f := range []struct{ name, value string }{{"token", token}, {"userId", who.UserID}} {
		if len(f.value) > s.limits.HandshakeBytes {
			return nil, wire.Errorf(wire.CodeInvalidParams, "params.initializationOptions.inkling.%s: %d bytes, at most %d",
				f.name, len(f.value), s.limits.HandshakeBytes)
		}
	}
	caller := infer.Caller{User: who.UserID}
	if s.server.cfg.Auth != nil {
		ctx, cancel := context.WithTimeout(s.ctx, s.limits.InitializeTimeout)
		defer cancel()
		var err error
		if caller, err = s.server.cfg.Auth.Authenticate(ctx, token, who.UserID); err != nil {
			return s.unidentified(err)
		}
	}
	caller.Door = infer.DoorSession
	s.lock()
	s.caller = caller
	s.unlock()
	if !s.server.countUser(s) {
		return &ending{wire.CloseTooManySessions, "too many sessions of this user"},
			wire.Errorf(wire.CodeRequestFailed, "this user has %d sessions, the most that are allowed",
				s.limits.UserSessions).Because("sessions")
	}
	return nil, nil
}

// unidentified turns an authenticator's error into what the client is told. Only a wrong token is the client's fault.
func (s *session) unidentified(err error) (*ending, error) {
	if errors.Is(err, ErrUnauthorized) {
		return &ending{wire.CloseUnauthenticated, "a valid token is needed"},
			wire.Errorf(wire.CodeRequestFailed, "a valid token is needed").Because("unauthorized")
	}
	s.server.log.Warn("authentication failed", zap.String("session", s.id), zap.Error(err))
	e := wire.Errorf(wire.CodeServerCancelled, "identity cannot be checked at the moment").Because("identity")
	e.Data.RetryAfterMs = time.Second.Milliseconds()
	return &ending{wire.CloseRestarting, "identity cannot be checked at the moment"}, e
}

// offer is the answer to initialize.
func (s *session) offer(encoding string) wire.InitializeResult {
	const incremental = 2 // TextDocumentSyncKind of LSP
	model, l := s.server.cfg.Model(), s.limits
	var menu *wire.MenuOptions
	if s.menus {
		menu = &wire.MenuOptions{TriggerCharacters: wire.MenuTriggers()}
	}
	return wire.InitializeResult{
		ServerInfo: wire.ServerInfo{Name: "inkling", Version: s.server.cfg.Version},
		Capabilities: wire.ServerCapabilities{
			PositionEncoding:       encoding,
			TextDocumentSync:       wire.SyncOptions{OpenClose: true, Change: incremental},
			CompletionProvider:     menu,
			ExecuteCommandProvider: wire.CommandOptions{Commands: []string{wire.CommandAccept, wire.CommandDismiss}},
			Experimental: wire.ExperimentalCap{Inkling: wire.InklingCap{
				Protocol: wire.ProtocolVersion, Session: s.id, User: s.caller.User, Tier: s.caller.Tier,
				Model: wire.Model{Name: model.Name, ContextTokens: model.ContextTokens, MaxTokens: model.MaxTokens,
					FillInMiddle: model.FillInMiddle},
				Limits: wire.Limits{FrameBytes: l.FrameBytes, Documents: l.Documents, DocumentBytes: l.DocumentBytes,
					SessionBytes: l.SessionBytes, Pending: l.Pending, Suggestions: l.Suggestions, Tokens: l.Tokens,
					Temperature: l.Temperature, IdleSeconds: int(l.IdleTimeout.Seconds()), ChangesPerEdit: l.Changes},
			}},
		},
	}
}

// shutdown answers; what still runs is of no use to anybody any more.
func (s *session) shutdown(id wire.ID, _ json.RawMessage) error {
	s.state = stateShutdown
	s.lock()
	defer s.unlock()
	for _, g := range s.running {
		g.detach(errCancelled(), Cancelled)
		g.discard()
	}
	s.send(wire.Response(id, nil))
	return nil
}

// drain refuses further requests and ends the session by CloseRestarting once nothing runs for a request any more.
func (s *session) drain() {
	s.lock()
	defer s.unlock()
	s.draining = true
	for _, g := range s.running {
		if g.request == nil {
			g.discard()
		}
	}
	s.drained()
}

// drained ends a draining session that has no request left, nor one about to be taken in. The mutex must be held.
func (s *session) drained() {
	if s.draining && !s.handling && len(s.requests) == 0 {
		s.out.end(wire.CloseRestarting, "the server restarts")
	}
}

// giveUp answers what still runs, and ends the session.
func (s *session) giveUp() {
	s.lock()
	defer s.unlock()
	for _, g := range s.running {
		g.detach(errorOf(infer.ErrClosed), Refused)
		g.discard()
	}
	s.out.end(wire.CloseRestarting, "the server restarts")
}
