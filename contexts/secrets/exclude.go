package secrets

import (
	"path"
	"strings"
)

// Files are the names of files that hold credentials and little else, as globs over a file's name in lower case.
var Files = []string{
	".env", ".env.*", "*.env", ".envrc", ".netrc", "_netrc", ".pgpass", ".my.cnf", ".npmrc", ".pypirc", ".htpasswd", ".git-credentials",
	"id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*",
	"*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.ppk", "*.asc", "*.gpg",
	"credentials", "credentials.json", "client_secret*.json", "secrets.y*ml", "secrets.json", "secrets.toml", "*.tfstate", "*.tfvars",
}

// shown are files that one of [Files] names and that are made to be read by everyone.
var shown = []string{".env.example", ".env.sample", ".env.template", "id_*.pub"}

// Excluded reports whether a file, by its path or URI, matches one of the globs; a glob without a slash is held
// against the file's name, another one against the path's end of as many parts. Letters' case does not count.
// A malformed glob matches nothing.
func Excluded(file string, globs []string) bool {
	file = strings.ToLower(strings.ReplaceAll(file, `\`, "/"))
	if matches(file, shown) {
		return false
	}
	return matches(file, globs)
}

func matches(file string, globs []string) bool {
	parts := strings.Split(file, "/")
	for _, glob := range globs {
		n := min(strings.Count(glob, "/")+1, len(parts))
		if ok, err := path.Match(strings.ToLower(glob), strings.Join(parts[len(parts)-n:], "/")); ok && err == nil {
			return true
		}
	}
	return false
}
