// The languages that the page knows: what the server calls them, what their files are called, and, loaded on use, how
// they are coloured. A language without colours is completed all the same.
import { type StreamParser, LanguageSupport, StreamLanguage } from "@codemirror/language"
import type { Extension } from "@codemirror/state"
import { parsedLate } from "./late"
import python from "./samples/python.txt"

export interface Language {
  id: string // of LSP
  label: string
  extensions: string[]
  indent: string // of one level
  sample?: () => Promise<string> // with cursorMark where the cursor starts
  load?: () => Promise<Extension>
}

export const cursorMark = "‸"

const sampleOf = (id: string) => async () => (await import("./samples")).samples[id]!
const script = (options: { typescript?: boolean; jsx?: boolean }) => async () => parsedLate((await import("@codemirror/lang-javascript")).javascript(options))
const clike = (name: "c" | "csharp" | "kotlin" | "scala") => async () => stream((await import("@codemirror/legacy-modes/mode/clike"))[name])

function stream(parser: StreamParser<unknown>): Extension { return new LanguageSupport(StreamLanguage.define(parser)) }

// language makes an entry whose sample is loaded on use.
function language(id: string, label: string, extensions: string, indent: string, load: () => Promise<Extension>): Language {
  return { id, label, extensions: extensions.split(" "), indent, sample: sampleOf(id), load }
}

export const languages: Language[] = [
  { ...language("python", "Python", "py pyi", "    ", async () => parsedLate((await import("@codemirror/lang-python")).python())), sample: async () => python },
  language("javascript", "JavaScript", "js mjs cjs", "  ", script({})),
  language("typescript", "TypeScript", "ts mts cts", "  ", script({ typescript: true })),
  language("java", "Java", "java", "    ", async () => parsedLate((await import("@codemirror/lang-java")).java())),
  language("go", "Go", "go", "\t", async () => parsedLate((await import("@codemirror/lang-go")).go())),
  language("javascriptreact", "JSX", "jsx", "  ", script({ jsx: true })),
  language("typescriptreact", "TSX", "tsx", "  ", script({ typescript: true, jsx: true })),
  language("rust", "Rust", "rs", "    ", async () => parsedLate((await import("@codemirror/lang-rust")).rust())),
  language("c", "C", "c h", "    ", clike("c")),
  language("cpp", "C++", "cpp cc cxx hpp", "    ", async () => parsedLate((await import("@codemirror/lang-cpp")).cpp())),
  language("csharp", "C#", "cs", "    ", clike("csharp")),
  language("ruby", "Ruby", "rb", "  ", async () => stream((await import("@codemirror/legacy-modes/mode/ruby")).ruby)),
  language("php", "PHP", "php", "    ", async () => parsedLate((await import("@codemirror/lang-php")).php())),
  language("kotlin", "Kotlin", "kt kts", "    ", clike("kotlin")),
  language("scala", "Scala", "scala", "  ", clike("scala")),
  language("shellscript", "Shell", "sh bash", "    ", async () => stream((await import("@codemirror/legacy-modes/mode/shell")).shell)),
  language("html", "HTML", "html htm", "  ", async () => parsedLate((await import("@codemirror/lang-html")).html())),
  language("css", "CSS", "css", "  ", async () => parsedLate((await import("@codemirror/lang-css")).css())),
  language("json", "JSON", "json", "  ", async () => parsedLate((await import("@codemirror/lang-json")).json())),
]

export const plainText: Language = { id: "plaintext", label: "Plain text", extensions: [], indent: "  " }

// Listed is a language as the server lists it at /api/v1/languages.
export interface Listed { id: string; aliases: string[]; extensions: string[]; filenames: string[]; indent: string }

// filenames leads from whole names of files to languages: the server's own.
const filenames = new Map<string, Language>()

// learn makes the list what the server lists: what it knows besides is added, without colours or a sample, and what it does not
// know goes, but for the five that every server has.
export function learn(list: Listed[]): void {
  const ids = new Set(list.flatMap((one) => [one.id, ...one.aliases]))
  const kept = languages.filter((language, i) => i < 5 || ids.has(language.id))
  for (const one of list) {
    const bare = one.extensions.map((extension) => extension.slice(1))
    let language = kept.find((other) => other.id === one.id)
    if (!language) kept.push(language = { id: one.id, label: one.id[0]!.toUpperCase() + one.id.slice(1), extensions: [], indent: one.indent })
    const claimed = new Set(kept.flatMap((other) => other.extensions))
    language.extensions.push(...bare.filter((extension) => !claimed.has(extension)))
    for (const name of one.filenames) filenames.set(name, language)
  }
  languages.splice(0, languages.length, ...kept)
}

// languageOf returns the language of a file's name.
export function languageOf(name: string): Language {
  const extension = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? ""
  return filenames.get(name) ?? languages.find((language) => language.extensions.includes(extension)) ?? plainText
}
