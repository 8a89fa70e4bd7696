package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"inkling/infer"
)

// Errors of identity.
var (
	// ErrUnauthorized is returned, wrapped, for a missing, unknown, revoked or used token.
	ErrUnauthorized = errors.New("identity: a valid key is needed")
	// ErrTicket is returned for a ticket where only a key will do. It is an [ErrUnauthorized].
	ErrTicket = fmt.Errorf("%w: a ticket opens a session and nothing else", ErrUnauthorized)
	// ErrForbidden is returned for a key that is valid but not an administrator's, where it must be.
	ErrForbidden = errors.New("identity: the key does not allow this")
	// ErrUnavailable is returned, wrapped, when the store cannot be asked: the caller may try again.
	ErrUnavailable = errors.New("identity: keys cannot be looked up at the moment")
)

// Errors of keeping keys.
var (
	// ErrNotFound is returned when there is no key of an id.
	ErrNotFound = errors.New("identity: there is no such key")
	// ErrRecord is returned, wrapped with field, value and limit, for a key that cannot be.
	ErrRecord = errors.New("identity: not a key that can be made")
)

// Forms of tokens: prefix, id, "_" and secret. Hexadecimal, so that they also are valid WebSocket subprotocols.
const (
	keyPrefix    = "ink_"
	ticketPrefix = "tkt_"
	idBytes      = 6
	secretBytes  = 32
	keyLength    = len(keyPrefix) + 2*idBytes + 1 + 2*secretBytes
	ticketLength = len(ticketPrefix) + 2*secretBytes

	maxNameBytes = 128 // of users and tenants
	maxKeys      = 100_000
)

// Record is what is known of a key.
type Record struct {
	ID      string    `json:"id"`   // 12 hexadecimal digits; no secret
	Hash    string    `json:"hash"` // SHA-256 of the whole key, hexadecimal
	User    string    `json:"user"`
	Tier    string    `json:"tier,omitempty"` // "" is the default one
	Tenant  string    `json:"tenant,omitempty"`
	Admin   bool      `json:"admin,omitempty"`
	Created time.Time `json:"created"`
}

// New describes a key that is to be made.
type New struct {
	User   string
	Tier   string
	Tenant string
	Admin  bool
}

// Caller is who the record's key stands for.
func (r Record) Caller() infer.Caller {
	return infer.Caller{User: r.User, Tier: r.Tier, Tenant: r.Tenant, Key: r.ID}
}

// make returns a record and its key, which is known to nobody afterwards.
func (n New) make(now time.Time) (Record, string) {
	id, secret := randomHex(idBytes), randomHex(secretBytes)
	token := keyPrefix + id + "_" + secret
	return Record{ID: id, Hash: hashOf(token), User: n.User, Tier: n.Tier, Tenant: n.Tenant, Admin: n.Admin, Created: now.UTC().Truncate(time.Second)}, token
}

// validate names field, value and limit. tiers are those that exist; nil allows all.
func (n New) validate(tiers []string) error {
	for _, f := range []struct{ name, value string }{{"user", n.User}, {"tenant", n.Tenant}} {
		if len(f.value) > maxNameBytes || !utf8.ValidString(f.value) || strings.ContainsFunc(f.value, unicode.IsControl) {
			return fmt.Errorf("%w: %s: %d bytes; at most %d, without control characters", ErrRecord, f.name, len(f.value), maxNameBytes)
		}
	}
	if n.User == "" {
		return fmt.Errorf("%w: user: it is empty", ErrRecord)
	}
	if n.Tier == "" || tiers == nil {
		return nil
	}
	for _, t := range tiers {
		if t == n.Tier {
			return nil
		}
	}
	return fmt.Errorf("%w: tier: there is no %q, only %s", ErrRecord, n.Tier, strings.Join(tiers, ", "))
}

// idOf returns the id of a key, where the token looks like one.
func idOf(token string) (id string, ok bool) {
	if len(token) != keyLength || !strings.HasPrefix(token, keyPrefix) {
		return "", false
	}
	id, secret, ok := strings.Cut(token[len(keyPrefix):], "_")
	return id, ok && isID(id) && isHex(secret)
}

func isID(id string) bool { return len(id) == 2*idBytes && isHex(id) }

func isHex(s string) bool {
	_, err := hex.DecodeString(s)
	return err == nil
}

// matches compares in constant time.
func (r Record) matches(token string) bool {
	return subtle.ConstantTimeCompare([]byte(r.Hash), []byte(hashOf(token))) == 1
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return hex.EncodeToString(b)
}
