// The glossary, as the backend has it, and where its words stand in a text. Which one on a page is marked is decided here: the
// first of each.
import type { Term } from "./bindings";

class Glossary {
  terms = $state.raw<Term[]>([]);

  /** Every form, the longest first: `DNS zone` before `DNS`. */
  private forms = $derived.by(() => {
    const forms = this.terms.flatMap((term) => [term.word, ...term.forms].map((form) => ({ form, term })));
    return forms.sort((one, other) => other.form.length - one.form.length);
  });
  private pattern = $derived.by(() => {
    const escaped = this.forms.map(({ form }) => form.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/^[a-z]/, (letter) => `[${letter}${letter.toUpperCase()}]`));
    // A part of a name, an address or a path is no word.
    return escaped.length ? new RegExp(`(?<![\\w\\-./:@“])(${escaped.join("|")})(s?)(?![\\w\\-/:@”]|\\.\\w)`, "g") : null;
  });

  /** The text in pieces, those that are words of the glossary with what they mean. */
  split(text: string): { text: string; term?: Term }[] {
    if (!this.pattern) return [{ text }];
    const pieces: { text: string; term?: Term }[] = [];
    let end = 0;
    for (const match of text.matchAll(this.pattern)) {
      const term = this.forms.find(({ form }) => form === match[1] || form === match[1]![0]!.toLowerCase() + match[1]!.slice(1))?.term;
      if (!term) continue;
      pieces.push({ text: text.slice(end, match.index) }, { text: match[0], term });
      end = match.index + match[0].length;
    }
    pieces.push({ text: text.slice(end) });
    return pieces.filter((piece) => piece.text);
  }
}

export const glossary = new Glossary();

/** Which text of a page marks a word: the first that has it, as long as it is there. */
export class Marked {
  private by = new Map<string, object>();

  /** Whether this text marks the word. */
  take(word: string, text: object): boolean {
    const holder = this.by.get(word) ?? text;
    this.by.set(word, holder);
    return holder === text;
  }

  release(text: object) {
    for (const [word, holder] of this.by) if (holder === text) this.by.delete(word);
  }
}

/** Under which a page keeps its own. */
export const MARKED = Symbol("marked words");
