// The glossary, as the backend has it, and where its words stand in a text. Which one on a page is marked is decided here: the
// first of each.
import type { Term } from "./bindings";

interface Piece {
  text: string;
  term?: Term;
}

class Glossary {
  terms = $state.raw<Term[]>([]);

  /** Every form, the longest first: `DNS zone` before `DNS`. */
  private forms = $derived.by(() => {
    const forms = this.terms.flatMap((term) => [term.word, ...term.forms].map((form) => ({ form, term })));
    return forms.sort((one, other) => other.form.length - one.form.length);
  });
  private pattern = $derived.by(() => {
    const escaped = this.forms.map(({ form }) => form.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/^[a-z]/, (letter) => `[${letter}${letter.toUpperCase()}]`));
    // A part of a name, an address or a path is no word. What stands before one is part of the match: WebKit has no fast way to look
    // behind, and takes milliseconds for a sentence.
    return escaped.length ? new RegExp(`(^|[^\\w\\-./:@“])(${escaped.join("|")})(s?)(?![\\w\\-/:@”]|\\.\\w)`, "g") : null;
  });
  /** What came of each text: the rows of a plan have the same few sentences. */
  private known = $derived.by(() => ({ pattern: this.pattern, pieces: new Map<string, Piece[]>() }));

  /** The text in pieces, those that are words of the glossary with what they mean. */
  split(text: string): Piece[] {
    const { pattern, pieces } = this.known;
    const known = pieces.get(text) ?? (pattern ? this.part(text, pattern) : [{ text }]);
    pieces.set(text, known);
    return known;
  }

  private part(text: string, pattern: RegExp): Piece[] {
    const pieces: Piece[] = [];
    let end = 0;
    for (const match of text.matchAll(pattern)) {
      const [, before = "", word = "", s = ""] = match;
      const term = this.forms.find(({ form }) => form === word || form === word[0]?.toLowerCase() + word.slice(1))?.term;
      if (!term) continue;
      const at = match.index + before.length;
      pieces.push({ text: text.slice(end, at) }, { text: word + s, term });
      end = at + word.length + s.length;
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
