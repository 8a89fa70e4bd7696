// An asker sends requests for suggestions and hands their deltas to them. There is at most one running request a document,
// which is the server's rule too.
import { Asked, type Place, samePlace } from "./suggestions"
import { automatic, type CompletionList, type Delta, invoked, WireError } from "./wire"

export interface AskOptions {
  byHand: boolean
  maxSuggestions: number
  maxTokens: number // 0: the server's own
  multiline: boolean
}

// temperatureOfAlternatives is used for several suggestions: at 0 they would all be the same.
const temperatureOfAlternatives = 0.7

// Link is what an asker needs of a connection.
export interface Link {
  nextId(): number // the id that the next request will have
  request<T>(method: string, params: unknown): Promise<T>
}

export class Asker {
  private latest = new Map<string, Asked>()

  constructor(private readonly connection: Link, private readonly onChange: (asked: Asked) => void) {}

  // current returns the newest request of a document; null where none belongs to its text any more.
  current(uri: string): Asked | null { return this.latest.get(uri) ?? null }

  // at returns the request for a place, running or answered; null where there is none that was not refused.
  at(place: Place): Asked | null {
    const asked = this.latest.get(place.uri)
    return asked && !asked.error && samePlace(asked.place, place) ? asked : null
  }

  get busy(): boolean { return [...this.latest.values()].some((asked) => !asked.done) }

  ask(place: Place, options: AskOptions): Asked {
    const asked = new Asked(this.connection.nextId(), place, options.byHand)
    this.latest.set(place.uri, asked)
    const several = options.maxSuggestions > 1
    this.connection.request<CompletionList>("textDocument/inlineCompletion", {
      textDocument: { uri: place.uri },
      position: place.position,
      context: { triggerKind: options.byHand ? invoked : automatic, ...(place.selected && { selectedCompletionInfo: place.selected }) },
      inkling: {
        streamToken: asked.token, maxSuggestions: options.maxSuggestions, multiline: options.multiline,
        ...(several && { temperature: temperatureOfAlternatives }), ...(options.maxTokens > 0 && { maxTokens: options.maxTokens }),
      },
    }).then((list) => asked.answered(list), (error: unknown) => asked.failed(error instanceof WireError ? error : new WireError(0, String(error))))
      .finally(() => this.onChange(asked))
    this.onChange(asked)
    return asked
  }

  onDelta(token: number, delta: Delta): void {
    for (const asked of this.latest.values()) if (asked.token === token) asked.onDelta(delta)
  }

  // forget drops what is known of a document: it was edited or closed.
  forget(uri: string): void { this.latest.delete(uri) }
}
