// A refresh is the editor being asked, by us, to ask again as if by hand. What comes by hand is then told apart: a person's
// asking, ours, or ours that a key overtook.
import { type Place, samePlace } from "./suggestions"
import { invoked } from "./wire"

// Asking is why the editor asks: by itself, because a person wants it, because it was made to at this place, or because it
// was made to and a key came first. After the last three the editor does not ask by hand again for the same text and place.
export type Asking = "itself" | "person" | "again" | "overtaken"

export class Refresh {
  private place: Place | null = null

  // begin expects one asking by hand that is ours, until end is called with what it returns, or forget.
  begin(place: Place): Place { return this.place = place }

  end(place: Place): void { if (this.place === place) this.place = null }

  // forget says that the next asking by hand is a person's.
  forget(): void { this.place = null }

  // told returns what an asking of the editor is. One of ours is told once.
  told(triggerKind: number, place: Place): Asking {
    if (triggerKind !== invoked) return "itself"
    const { place: expected } = this
    this.place = null
    if (!expected) return "person"
    return samePlace(expected, place) ? "again" : "overtaken"
  }
}
