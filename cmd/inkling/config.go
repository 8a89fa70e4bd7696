package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"inkling/infer/ort"
)

// Limits of the configuration.
const (
	maxThreads       = 256
	maxRows          = 256
	minContextTokens = 64
	maxContextTokens = 1 << 20
	maxRedisDB       = 15
)

// modelConfig says which model generates, and how much it may use. Every command that holds an engine has it.
type modelConfig struct {
	ModelPath string  `env:"MODEL_PATH" placeholder:"PATH" help:"A .gguf, an .onnx, or a folder with model, tokenizer and configuration. Default: what make setup fetched."`
	Precision string  `env:"PRECISION" enum:"native,int8,auto,mixed,int4-mixed,int8-rows,int8-blocks,int4,fp16,fp32" default:"native" help:"Precision of an imported .gguf: native (the file's own blocks by this server's kernels; int8 on processors without AVX2), int8 (int8-blocks), auto (native, mixed, int4-mixed, int8-blocks or int4, whichever is measured to be better on this processor at the first start), mixed (chunks of prompts as int8-rows, all else as int8-blocks), int4-mixed (all else as int4), int8-rows (faster prefill, less exact), int4 (where the file's blocks map exactly), fp16 (for GPUs; DEVICE=cuda makes it of native, int8 and auto) or fp32."`
	Workers   int     `env:"WORKERS" default:"0" help:"Threads of the runtime. 0: one a core, at most 8."`
	MaxTokens int     `env:"MAX_TOKENS" default:"2048" help:"Tokens of a prompt and its answer together."`
	Rows      int     `env:"ROWS" default:"0" help:"Prompts whose KV is kept. 0: up to 32, as KV_BYTES allows."`
	KVBytes   int64   `name:"kv-bytes" env:"KV_BYTES" default:"0" help:"Most memory for the KV cache, which grows as it is used. 0: a sixteenth of the machine's, 384 MiB to 2 GiB."`
	KVKeep    seconds `name:"kv-keep" env:"KV_KEEP" default:"15m" help:"After which a prompt that nobody used gives its KV memory back: 1s to 24h."`
	Device    string  `env:"DEVICE" enum:"cpu,cuda" default:"cpu" help:"Where the model runs; cuda needs a library with that provider (ONNXRUNTIME_LIBRARY)."`
	ModelURL  string  `env:"MODEL_URL" placeholder:"URL,..." help:"Generate elsewhere: OpenAI-compatible addresses, such as http://10.0.0.5:8000/v1."`
	ModelName string  `env:"MODEL_NAME" placeholder:"NAME" help:"The model's name there."`
	ModelKey  string  `env:"MODEL_KEY" placeholder:"KEY" help:"The key for it."`
	NoSuffix  bool    `name:"model-no-suffix" env:"MODEL_NO_SUFFIX" help:"Never send the text after the cursor there: for models that do not know it, behind servers that take it all the same."`
	Library   string  `env:"ONNXRUNTIME_LIBRARY" placeholder:"PATH" help:"The ONNX Runtime library. Default: what make setup fetched."`
}

// serverConfig is everything that inkling serve can be told. Units are in the help; zero means what it says there.
type serverConfig struct {
	Host           string `env:"HOST" default:"127.0.0.1" help:"Address to listen on."`
	Port           int    `env:"PORT" default:"8000" help:"Port to listen on; 0 takes a free one."`
	Debug          bool   `env:"DEBUG" help:"Log more, for people, and open the profiler (DEBUG_PORT)."`
	Keys           bool   `env:"REQUIRE_KEYS" name:"require-keys" help:"Serve only who has an API key (inkling keys add)."`
	AllowAnonymous bool   `env:"ALLOW_ANONYMOUS" help:"Serve other machines without asking who they are."`

	AllowedHosts   []string `env:"ALLOWED_HOSTS" placeholder:"NAME" help:"Host names under which the server may be asked for, besides its own address."`
	AllowedOrigins []string `env:"ALLOWED_ORIGINS" placeholder:"ORIGIN" help:"Web origins that may use the server, besides its own."`

	RedisHost     string  `env:"REDIS_HOST" placeholder:"HOST" help:"Redis for cache and limits. Default: none, embedded parts."`
	RedisPort     int     `env:"REDIS_PORT" default:"6379" help:"Port of Redis."`
	RedisDB       int     `env:"REDIS_DB" default:"0" help:"Database of Redis."`
	RedisUser     string  `env:"REDIS_USERNAME" placeholder:"NAME" help:"User of Redis."`
	RedisPassword string  `env:"REDIS_PASSWORD" placeholder:"PASSWORD" help:"Password of Redis."`
	RedisURL      string  `env:"REDIS_URL" placeholder:"URL" help:"Redis by URL, in place of host, port and database."`
	RedisRequired bool    `env:"REDIS_REQUIRED" help:"Do not start when Redis does not answer. Without it, the server starts with embedded parts and uses Redis once it is there."`
	RedisTLS      bool    `env:"REDIS_TLS" help:"Speak TLS with the Redis of REDIS_HOST; a URL says rediss:// instead."`
	CacheTTL      seconds `env:"CACHE_TTL" default:"1h" help:"How long a completion is kept. 0: no cache."`

	servingConfig `embed:""`
	teamConfig    `embed:""`
	modelConfig   `embed:""`
}

// Validate implements kong's validation: it names the variable, its value and the limit.
func (c *modelConfig) Validate() error {
	return errors.Join(
		inRange("WORKERS", c.Workers, 0, maxThreads),
		inRange("MAX_TOKENS", c.MaxTokens, minContextTokens, maxContextTokens),
		inRange("ROWS", c.Rows, 0, maxRows),
		c.kvError(),
		c.remoteError(),
	)
}

// kvError names a limit of KV that cannot be; whether a row fits is known when the model is.
func (c *modelConfig) kvError() error {
	if c.KVBytes < 0 {
		return fmt.Errorf("KV_BYTES: %d is less than 0", c.KVBytes)
	}
	if keep := time.Duration(c.KVKeep); keep != 0 && (keep < ort.MinKVKeep || keep > ort.MaxKVKeep) {
		return fmt.Errorf("KV_KEEP: %v is outside %v to %v", keep, ort.MinKVKeep, ort.MaxKVKeep)
	}
	return nil
}

func (c *modelConfig) remoteError() error {
	switch {
	case c.ModelURL != "" && c.ModelName == "":
		return errors.New("MODEL_NAME: it is empty, and MODEL_URL needs the name of the model there")
	case c.ModelURL != "" && c.Device == ort.DeviceCUDA:
		return errors.New("DEVICE: it is cuda, and MODEL_URL is set: the model runs elsewhere")
	case c.ModelURL != "" && c.ModelPath != "":
		return errors.New("MODEL_PATH: it is set, and MODEL_URL too: only one can generate")
	case c.ModelURL != "":
		if err := c.remote().Validate(); err != nil {
			return fmt.Errorf("MODEL_URL: %w", err)
		}
	case c.ModelName != "":
		return useless("MODEL_NAME", "MODEL_URL")
	case c.ModelKey != "":
		return useless("MODEL_KEY", "MODEL_URL")
	case c.NoSuffix:
		return useless("MODEL_NO_SUFFIX", "MODEL_URL")
	}
	return nil
}

// useless is a setting that does nothing without another one: whoever set it expects something else.
func useless(name, without string) error {
	return fmt.Errorf("%s: it is set, and %s is empty: it is of no use without it", name, without)
}

// Validate implements kong's validation.
func (c *serverConfig) Validate() error {
	return errors.Join(
		inRange("PORT", c.Port, 0, 65535),
		inRange("REDIS_PORT", c.RedisPort, 1, 65535),
		inRange("REDIS_DB", c.RedisDB, 0, maxRedisDB),
		c.hostError(),
		c.redisError(),
		c.portsError(),
		c.namesError(),
		c.usersError(),
		c.ttlError(),
		c.servingConfig.validate(),
		c.teamConfig.validate(),
		c.modelConfig.Validate(),
	)
}

func (c *serverConfig) hostError() error {
	if c.Keys && c.AllowAnonymous {
		return errors.New("ALLOW_ANONYMOUS: it is set, and REQUIRE_KEYS too: only one can be")
	}
	if c.loopback() || c.AllowAnonymous || c.Keys {
		return nil
	}
	return fmt.Errorf("HOST: %s can be reached by other machines, and nobody is asked who they are: set REQUIRE_KEYS=true, or ALLOW_ANONYMOUS=true to serve them all the same", c.Host)
}

func (c *serverConfig) portsError() error {
	if c.Port != 0 && c.Port == c.DebugPort {
		return fmt.Errorf("DEBUG_PORT: %d is PORT too", c.DebugPort)
	}
	return nil
}

// namesError names a host or an origin that no request can have.
func (c *serverConfig) namesError() error {
	for _, host := range c.AllowedHosts {
		if strings.ContainsAny(host, "/: ") {
			return fmt.Errorf("ALLOWED_HOSTS: %s is no host name: neither scheme nor port belong there", host)
		}
	}
	for _, origin := range c.AllowedOrigins {
		if err := http.NewCrossOriginProtection().AddTrustedOrigin(origin); origin != "*" && err != nil {
			return fmt.Errorf("ALLOWED_ORIGINS: %s is no origin such as https://editor.example: %w", origin, err)
		}
	}
	return nil
}

// usersError names what contradicts how callers are known, or what is cached of them.
func (c *serverConfig) usersError() error {
	switch {
	case c.Keys && c.UserTiers != "":
		return errors.New("USER_TIERS: it is set, and REQUIRE_KEYS too: a key has its own tier")
	case c.WarmRoot != "" && c.CacheTTL == 0:
		return errors.New("WARM_ROOT: it is set, and CACHE_TTL is 0: there is no cache to warm")
	}
	return nil
}

func (c *serverConfig) redisError() error {
	switch {
	case c.RedisURL != "" && c.RedisHost != "":
		return errors.New("REDIS_HOST: it is set, and REDIS_URL too: only one can name the Redis")
	case c.RedisRequired && c.RedisURL == "" && c.RedisHost == "":
		return errors.New("REDIS_REQUIRED: it is set, and neither REDIS_HOST nor REDIS_URL names a Redis")
	case c.RedisURL != "" && c.RedisDB != 0:
		return errors.New("REDIS_DB: it is set, and REDIS_URL too, which names the database")
	case c.RedisURL == "" && c.RedisHost == "" && c.RedisUser+c.RedisPassword != "":
		return errors.New("REDIS_PASSWORD: it is set, and neither REDIS_HOST nor REDIS_URL names a Redis")
	case c.RedisURL == "" && c.RedisHost == "" && c.RedisTLS:
		return errors.New("REDIS_TLS: it is set, and neither REDIS_HOST nor REDIS_URL names a Redis")
	case c.RedisURL != "" && c.RedisTLS && !strings.HasPrefix(c.RedisURL, "rediss://"):
		return errors.New("REDIS_TLS: it is set, and REDIS_URL does not begin with rediss://")
	}
	return nil
}

func (c *serverConfig) ttlError() error {
	if ttl := time.Duration(c.CacheTTL); ttl < 0 || ttl > 30*24*time.Hour {
		return fmt.Errorf("CACHE_TTL: %v is outside 0 to 720h", ttl)
	}
	return nil
}

// loopback says whether only this machine can reach the server.
func (c *serverConfig) loopback() bool {
	if strings.EqualFold(c.Host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(c.Host)
	return err == nil && address.IsLoopback()
}

// address is what net.Listen takes.
func (c *serverConfig) address() string { return net.JoinHostPort(c.Host, strconv.Itoa(c.Port)) }

func (c *modelConfig) threads() int {
	if c.Workers > 0 {
		return c.Workers
	}
	return min(runtime.NumCPU(), 8)
}

func inRange(name string, value, low, high int) error {
	if value < low || value > high {
		return fmt.Errorf("%s: %d is outside %d to %d", name, value, low, high)
	}
	return nil
}

// home returns the data folder.
func (p *program) home() string {
	if p.Home != "" {
		return p.Home
	}
	if data := os.Getenv("XDG_DATA_HOME"); data != "" {
		return filepath.Join(data, "inkling")
	}
	user, err := os.UserHomeDir()
	if err != nil {
		user = "."
	}
	return filepath.Join(user, ".local", "share", "inkling")
}

// hosts are the names under which the server may be asked: only its own on loopback, against DNS rebinding.
func (c *serverConfig) hosts() []string {
	if len(c.AllowedHosts) == 0 && !c.loopback() {
		return []string{"*"}
	}
	return c.AllowedHosts
}
