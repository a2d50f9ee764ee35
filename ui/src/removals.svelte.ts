// The removals of everything that were begun in this window: one goes on when its dialog is closed, so that what is known of it
// is kept here and not in the dialog.
import { backend, problemOf } from "./backend";
import type { Event, Everything, Problem, Removed } from "./bindings";
import { wizard } from "./wizard.svelte";

export class Removal {
  all = $state<Everything | null>(null);
  wrong = $state<Problem | null>(null);
  /** Which page is looked at, in words. */
  looking = $state("");
  busy = $state(false);
  /** It ends once the page that is at work is through. */
  stops = $state(false);
  /** What came of it. */
  ended = $state<Removed | null>(null);
  /** The page that is at work, and what it does now. */
  at = $state("");
  progress = $state("");
  /** Pages whose things are gone. */
  gone = $state<string[]>([]);
  /** What a page that is gone said of it, by its key. */
  told = $state<Record<string, string>>({});

  constructor(readonly id: string) {}

  /** Lists what would go. */
  async look() {
    const asking = setInterval(() => void backend.lookingAt(this.id).then((said) => said && (this.looking = said), () => {}), 400);
    try {
      this.all = await backend.everything(this.id);
    } catch (error) {
      this.wrong = problemOf(error);
    }
    clearInterval(asking);
  }

  /** Removes what is listed; `typed` is the name as a person typed it. */
  async remove(typed: string) {
    if (!this.all || this.busy) return;
    removals.of[this.id] = this;
    this.busy = true;
    try {
      const pages = this.all.pages.map(({ id, run }): [string, number] => [id, run]);
      this.at = pages[0]?.[0] ?? "";
      const ended = await backend.removeEverything(this.id, pages, typed, (events) => this.hear(events));
      this.gone = ended.gone.map(([id]) => id);
      this.told = Object.fromEntries(ended.gone);
      this.ended = ended;
      wizard.said = ended.stopped.length ? ended.stopped.map(({ what, fix }) => `${what} ${fix}`).join(" ") : ended.said;
    } catch (error) {
      this.wrong = problemOf(error);
    }
    this.busy = false;
  }

  async stop() {
    this.stops = true;
    try {
      await backend.stopRemoving(this.id);
    } catch (error) {
      this.stops = false;
      this.wrong = problemOf(error);
    }
  }

  private hear(events: Event[]) {
    for (const event of events) {
      const text = event.type === "progress" || event.type === "asked" ? event.text : event.type === "answered" ? "" : null;
      if (text === null || !this.all?.pages.some((page) => page.id === event.step)) continue;
      if (this.at && this.at !== event.step) this.gone.push(this.at);
      this.at = event.step;
      this.progress = text;
    }
  }
}

class Removals {
  /** By the id of the deployment; those that were begun, until somebody has seen their end. */
  of = $state<Record<string, Removal>>({});
  /** How many are at work. */
  atWork = $derived(Object.values(this.of).filter((one) => one.busy).length);
}

export const removals = new Removals();
