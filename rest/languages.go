package rest

import (
	"net/http"

	"inkling/contexts/languages"
)

// LanguageList is what the server knows more of than its text.
type LanguageList struct {
	Languages []KnownLanguage `json:"languages" nullable:"false" doc:"By id"`
}

// KnownLanguage is one language. Any other is completed as plain text.
type KnownLanguage struct {
	ID         string   `json:"id" doc:"As in LSP"`
	Aliases    []string `json:"aliases" nullable:"false" doc:"Other ids that mean the same"`
	Extensions []string `json:"extensions" nullable:"false" doc:"Of files, with the dot"`
	Filenames  []string `json:"filenames" nullable:"false" doc:"Whole names of files"`
	Syntax     bool     `json:"syntax" doc:"False: known by its facts alone"`
	Indent     string   `json:"indent" doc:"One level of it in a new file"`
}

const languagesPath = "/api/v1/languages"

// languages answers GET /api/v1/languages.
func (s *server) languages(w http.ResponseWriter, _ *http.Request) {
	list := LanguageList{Languages: []KnownLanguage{}}
	for _, l := range languages.All() {
		list.Languages = append(list.Languages, KnownLanguage{
			ID: l.Name, Aliases: notNil(l.Aliases), Extensions: notNil(l.Extensions), Filenames: notNil(l.Filenames), Syntax: l.Grammar != nil, Indent: l.Facts.Indent,
		})
	}
	writeJSON(w, http.StatusOK, list)
}

// notNil returns list, or an empty one: JSON says [] and not null.
func notNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
