// The samples of all languages but the first, which the page begins with. They are loaded on use.
import c from "./samples/c.txt"
import cpp from "./samples/cpp.txt"
import csharp from "./samples/csharp.txt"
import css from "./samples/css.txt"
import go from "./samples/go.txt"
import html from "./samples/html.txt"
import java from "./samples/java.txt"
import javascript from "./samples/javascript.txt"
import javascriptreact from "./samples/javascriptreact.txt"
import json from "./samples/json.txt"
import kotlin from "./samples/kotlin.txt"
import php from "./samples/php.txt"
import ruby from "./samples/ruby.txt"
import rust from "./samples/rust.txt"
import scala from "./samples/scala.txt"
import shellscript from "./samples/shellscript.txt"
import typescript from "./samples/typescript.txt"
import typescriptreact from "./samples/typescriptreact.txt"

export const samples: Record<string, string> = {
  c, cpp, csharp, css, go, html, java, javascript, javascriptreact, json, kotlin, php, ruby, rust, scala, shellscript, typescript, typescriptreact,
}
